"""What a teacher says of a mistake: its name and one sentence of explanation.

FAMOUS has both for the well-known ones and for those made by hand, by id, from mistakes.toml; `reason` has a
sentence for every other edit, by its kind.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files

from gatewise.cells.equation import Equation
from gatewise.cells.known.lstm import GATE_NAMES
from gatewise.expression import Symbol, text
from gatewise.teach.checker.mistakes.edits import Edit
from gatewise.teach.worksheet.render import prose

# What is wrong with an edit of each kind; the right formula follows.
_REASONS = {
    "term": "A part of the sum is missing",
    "factor": "A factor is missing",
    "sign": "The sign is the other one",
    "function": "Tanh is for the input activation and the state, σ for the gates",
    "linear": "The activation keeps it in bounds",
    "square": "The square belongs there",
    "square-inside": "Tanh² is the square of tanh, not tanh of the square",
    "slope": "The slope of tanh is 1 − tanh², that of σ is σ(1 − σ)",
    "bounds": "Every step counts once, from 0 to T − 1",
    "one-step": "Every step adds its part, not only one",
    "mean": "The sum over the steps is not divided by their number",
    "block": "All four gates pass something back",
    "scale": "The factor does not belong there",
}


def reason(equation: Equation, edit: Edit) -> str:
    """Return one sentence on what is wrong with `edit` of `equation`."""
    if edit.old is not None:
        fault = f"{text(edit.old)} belongs there"
    else:
        fault = _REASONS.get(edit.kind, "The formula is another one")
    return f"{fault}: {text(equation.left)} = {text(equation.right)}."


def _famous() -> dict[str, tuple[str, str]]:
    written = tomllib.loads((files(__package__) / "mistakes.toml").read_text("utf-8"))
    table = {id: (name, _in_unicode(why)) for id, (name, why) in written["single"].items()}

    def family(words: str, id: str, **letters: str) -> None:
        for slug, (name, why) in written["families"][words].items():
            table.setdefault(
                f"{id}/{_filled(slug, letters)}", (_filled(name, letters), _in_unicode(_filled(why, letters)))
            )

    for id, gate in (("F1", "a"), ("F2", "i"), ("F3", "f"), ("F4", "o")):
        family("gate", id, g=gate, name=f"the {GATE_NAMES[gate]}")
    for id, gate in (("B4", "i"), ("B5", "f"), ("B6", "o")):
        family("slope", id, g=gate)
    family("matrix", "B7", M="W", other="U", source="x_t")
    family("matrix", "B8", M="U", other="W", source="out_{t-1}")
    for id, parameter in (("G1", "W"), ("G2", "U"), ("G3", "b")):
        family("sum", id, P=parameter)
        family("update", f"P1[{parameter}]", P=parameter)
    return table


def _filled(template: str, letters: Mapping[str, str]) -> str:
    """Return the template with its letters; other braces belong to quantities such as state_{t-1}."""
    for key, value in letters.items():
        template = template.replace("{" + key + "}", value)
    return template


def _in_unicode(sentence: str) -> str:
    """Return a sentence with its quantities in Unicode: state_{t-1} as stateₜ₋₁."""
    return "".join(text(part) if isinstance(part, Symbol) else part for part in prose.parts(sentence))


FAMOUS: Mapping[str, tuple[str, str]] = _famous()
