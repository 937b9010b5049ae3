"""What the user says of a document's reading: --reading first-step=1,weights="h x",loss=mse,cell=gru."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatewise.cells.known.names import find_known
from gatewise.errors import ArgumentError

_CHOICE = re.compile(r"""\s*([a-z][a-z_-]*)\s*=\s*("[^"]*"|'[^']*'|\[[^\]]*\]|[^,]*?)\s*(?:,|\Z)""")
WEIGHTS = {"x h": "W on x, U on h", "h x": "W on h, U on x", "[h,x]": "W on [h, x]", "[x,h]": "W on [x, h]"}
LOSSES = {
    "half": "half", "sse/2": "half", "sum": "sum", "sse": "sum", "mean": "mean", "mse": "mean",
    "last": "last", "last squares": "last squares",
    "given": "given",
}  # fmt: skip
DERIVATIVES = ("gate", "activation")
OFFERED = "first-step, weights, loss, cell, derivatives"
LARGEST = 9999


def choices_of(text: str | None) -> dict[str, str]:
    """Return the choices of a text: their names with what is chosen, each as the reading has it.

    Raises
    ------
    ArgumentError
        For a name or a value that is not offered, a name given twice, or text that is no list of choices.
    """
    found: dict[str, str] = {}
    for name, value in _choices(text or ""):
        if name in found:
            raise ArgumentError(f"reading gives {name} twice.")
        found[name] = _checked(name, value)
    return found


def _choices(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text.rstrip()):
        choice = _CHOICE.match(text, at)
        if choice is None or choice.end() == at:
            raise ArgumentError(
                f'reading is {text[:80]!r}; it must be choices such as first-step=1,weights="h x",cell=gru.'
            )
        yield choice[1].replace("_", "-"), choice[2].strip("\"'").strip()
        at = choice.end()


def _checked(name: str, value: str) -> str:
    match name:
        case "first-step" if value.isdecimal() and int(value) <= LARGEST:
            return value
        case "first-step":
            raise ArgumentError(f"first-step is {value!r}; it must be a whole number, mostly 0 or 1.")
        case "weights":
            plain = value.replace(", ", ",") if value.startswith("[") else " ".join(value.split())
            return _one_of(name, plain, WEIGHTS)
        case "loss":
            return LOSSES[_one_of(name, value.lower(), LOSSES)]
        case "derivatives":
            return _one_of(name, value, DERIVATIVES)
        case "cell":
            if find_known(value) is None:
                raise ArgumentError(f"there is no cell {value!r}; gatewise cells lists them.")
            return value
    raise ArgumentError(f"reading has no {name!r}; choose from: {OFFERED}.")


def _one_of(name: str, value: str, offered: object) -> str:
    assert isinstance(offered, (dict, tuple))
    if value not in offered:
        raise ArgumentError(f"{name} is {value!r}; choose from: {', '.join(offered)}.")
    return value
