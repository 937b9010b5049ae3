"""What was given where numbers are needed, in words: what it is, and how to make an array of it.

Nothing here knows an LSTM or imports another library: a tensor of torch is told by where its type comes from.
arrays.py refuses with these words. `check_order` refuses arguments that stand in each other's place: arrays
look alike, so that only what has a type of its own is looked at, parameters, a trace, gradients.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from numbers import Real
from typing import Any

import numpy as np

from gatewise.errors import ArgumentError
from gatewise.support.foreign import torch_to_numpy

# How the objects of other libraries become NumPy arrays, by the package that their type comes from.
_TO_NUMPY = {
    "tensorflow": "{0}.numpy()",
    "jax": "np.asarray({0})",
    "jaxlib": "np.asarray({0})",
    "mlx": "np.array({0})",
    "cupy": "{0}.get()",
    "scipy": "{0}.toarray()",
    "pandas": "{0}.to_numpy()",
    "polars": "{0}.to_numpy()",
    "xarray": "{0}.to_numpy()",
    "pyarrow": "{0}.to_pandas().to_numpy()",
}
_CALLED: Mapping[type, str] = {Real: "number", np.ndarray: "NumPy array", str: "text", dict: "dict"}
_PLACES = ("first", "second", "third", "fourth", "fifth")
_NEEDED = "numbers, for example float64"
_LONGEST = 30  # characters of a text that a message repeats, digits of a whole number
_LONGEST_VALUE = 100  # characters of a value that is an option
_LONGEST_REASON = 200
_FEW = 8  # entries of a list that a message repeats
_LOOKED_AT = 100_000  # entries of an array of objects
_DEEPEST = 64  # lists within lists: the axes that NumPy's arrays may have


def library_of(value: object) -> str:
    """Return which of the known libraries the type of `value`, or one of its bases, comes from, or ""."""
    homes = (getattr(kind, "__module__", "") for kind in type(value).__mro__)  # ctypes' arrays have none
    roots = (home.partition(".")[0] for home in homes if isinstance(home, str))
    return next((root for root in roots if root in _TO_NUMPY or root == "torch"), "")


def described(value: object) -> str:
    """Say in a few words what was given: "an array (4, 2)", "a torch Tensor (4, 2)", "a list of 3"."""
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, str):
        return f"the text {value if len(value) <= _LONGEST else value[:_LONGEST] + '…'!r}"
    if isinstance(value, (int, float, complex, np.number)):
        return f"the number {_cut(value)}"
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        return f"a {type(value).__name__} of {len(value)}"
    kind, shape = type(value).__name__.removeprefix("Native"), None
    if isinstance(value, np.ndarray):
        kind, shape = "array" if type(value) is np.ndarray else kind, value.shape
    elif library := library_of(value):
        kind, shape = f"{library} {kind}", _shape(value)
    return f"{_article(kind)} {kind}{f' {tuple(shape)}' if isinstance(shape, tuple) else ''}"


def _shape(value: object) -> object:
    try:
        return getattr(value, "shape", None)
    except Exception:  # noqa: BLE001  # a nested tensor of torch has none and raises
        return None


def listed(names: Iterable[str]) -> str:
    """Return names as a sentence has them: a, b and c; "nothing" for none."""
    *first, last = tuple(names) or ("nothing",)
    return f"{', '.join(first)} and {last}" if first else last


def has_method(value: object, name: str) -> bool:
    """Say whether an object has a method of that name, as an open file has `read`."""
    try:
        return callable(getattr(value, name, None))
    except Exception:  # noqa: BLE001  # its own `__getattr__` may raise anything
        return False


def _article(noun: str) -> str:
    return "an" if noun[:1] in "aeioAEIO" else "a"


def brief(value: object) -> str:
    """Return a number, a text or a few of them as Python writes them, cut where long; else what it is."""
    if type(value) in (list, tuple) and len(value) <= _FEW:  # type: ignore[arg-type]  # a list
        plain = all(type(one) in (int, float, str) for one in value)  # type: ignore[attr-defined]  # a list
        written = repr(value) if plain and value else ""
        if 0 < len(written) <= _LONGEST_VALUE:
            return written
    return _cut(value) if isinstance(value, (int, float, complex, str)) else described(value)


def _cut(value: object) -> str:
    """Write a number or a text as Python does, cut where it is long; very long integers are not written."""
    kind = next(kind for kind in (bool, str, int, float, complex, np.number) if isinstance(value, kind))
    if isinstance(value, int) and abs(int(value)) >= 10**_LONGEST:
        return f"a whole number of more than {_LONGEST} digits"
    # A subclass is written as what it is one of: its own repr may be anything.
    written = repr(value) if kind is np.number else kind.__repr__(value)
    return written if len(written) <= _LONGEST_VALUE else f"{written[:_LONGEST_VALUE]}…"


def as_numpy(name: str, value: object) -> str:
    """Return the Python that makes a NumPy array of `value`, which is called `name`."""
    if isinstance(value, (np.ndarray, np.generic)):
        return name
    if type(value) in (list, tuple):
        inside = first_entry(value)
        return (
            f"np.array([{as_numpy('one', inside)} for one in {name}])"
            if library_of(inside)
            else f"np.array({name})"
        )
    library = library_of(value)
    if library == "torch":
        return torch_to_numpy(name, value)
    if library == "scipy" and not has_method(value, "toarray"):
        library = ""
    return _TO_NUMPY.get(library, "np.asarray({0})").format(name)


def one_line(error: object) -> str:
    """Return what an error of another library says, on one line and cut where it is long."""
    if "set_int_max_str_digits" in str(error):  # Python's advice is for programs, not for documents
        return f"a whole number has more than {sys.get_int_max_str_digits():,} digits"
    return " ".join(str(error).split())[:_LONGEST_REASON]


def items_of(value: list[Any] | tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what a list or tuple holds; the methods of a subclass, which may lie, are not asked."""
    return tuple(list.__iter__(value) if isinstance(value, list) else tuple.__iter__(value))


def first_entry(value: object) -> object:
    """Return the first thing in nested lists that is no list, or the list at which looking ends."""
    for _ in range(_DEEPEST):  # a list may hold itself
        if type(value) not in (list, tuple) or not value:
            break
        value = value[0]  # type: ignore[index]  # of a list
    return value


def masked_entries(array: np.ma.MaskedArray[Any, Any]) -> int:
    """Return how many entries are masked; of an array of records, how many parts of them."""
    mask = np.ma.getmaskarray(array)
    return int(mask.sum()) if mask.dtype == np.bool_ else mask.tobytes().count(1)


def masked_in(value: object, deepest: int = _DEEPEST) -> np.ma.MaskedArray[Any, Any] | None:
    """Return an array with masked entries: `value` itself, or one that lies in it as a list."""
    if type(value) is np.ndarray:
        return None
    if isinstance(value, np.ma.MaskedArray):
        return value if masked_entries(value) else None
    if isinstance(value, (list, tuple)) and deepest and not isinstance(first_entry(value), (int, float)):
        for one in items_of(value):
            if (found := masked_in(one, deepest - 1)) is not None:
                return found
    return None


def why_no_numbers(name: str, array: np.ndarray[Any, Any], value: object) -> str:
    """Say what an array holds instead of numbers, and how they are had, where there is a way."""
    kind = array.dtype.kind
    if kind in "US":
        return (
            f"{name} holds {array.dtype}; it must hold {_NEEDED}. It is text, such as {_shown(array)}; where "
            f"the text is digits: np.array({name}, dtype=float)."
        )
    if kind in "Mm":
        unit = "timedelta64" if kind == "m" else "datetime64"
        since = name if kind == "m" else f"({name} - {name}.min())"
        return (
            f"{name} holds times ({unit}); it must hold {_NEEDED}. Hours, say, are "
            f"{since} / np.timedelta64(1, 'h')."
        )
    if array.dtype.names is not None:
        return (
            f"{name} is a structured array with the fields {', '.join(array.dtype.names)}; it must hold "
            f"{_NEEDED}, as numpy.lib.recfunctions.structured_to_unstructured({name}) gives."
        )
    if array.ndim == 0 and kind == "O":
        if library_of(value) or has_method(value, "toarray"):
            way = f"{name}.toarray()" if has_method(value, "toarray") else as_numpy(name, value)
            return f"{name} is {described(value)}; it must be a NumPy array. Pass {way}."
        return f"{name} is {described(value)}; it must be an array of {_NEEDED}.{_parts(name, value)}"
    return f"{name} holds {array.dtype}; it must hold {_NEEDED}.{_first_object(array)}{_parts(name, value)}"


def _shown(array: np.ndarray[Any, Any]) -> str:
    first = next(iter(array.flat), "")
    return repr(first.item() if isinstance(first, np.generic) else first)[: _LONGEST + 2]


def _first_object(array: np.ndarray[Any, Any]) -> str:
    """Name the first entry of an object array that is no number, and where it stands."""
    for place, entry in islice(np.ndenumerate(array), _LOOKED_AT):  # an array may be of any size
        if not isinstance(entry, (int, float, complex, np.number)):
            missing = entry is None or type(entry).__name__ == "NAType"
            what = "NA" if missing and entry is not None else described(entry)
            return f" At [{', '.join(map(str, place))}] it has {what}{': make it NaN' * missing}."
    return ""


def _parts(name: str, value: object) -> str:
    """Say what was probably meant: an array of one of our records, or what pandas gives with NaN."""
    names = getattr(type(value), "names", None)
    if hasattr(value, "_arrays") and callable(names):
        kept: Iterator[str] = iter(value)  # type: ignore[call-overload]
        return f" Pass one of its arrays: {', '.join(kept)}."
    if library_of(value) == "pandas":
        return f" What is missing becomes NaN by {name}.to_numpy(dtype=float, na_value=np.nan)."
    return ""


def check_order(function: str, given: Mapping[str, Any], kinds: Mapping[str, type]) -> None:
    """Refuse what is not of its type, and say where the right one stands if it is among the arguments.

    Parameters
    ----------
    function : str
        What the message calls the function.
    given : dict
        Its first arguments in their order.
    kinds : dict
        The types of those that have one.

    Raises
    ------
    ArgumentError
        Of the first argument that is of another type.
    """
    for name, kind in kinds.items():
        if isinstance(given[name], kind):
            continue
        elsewhere = [other for other, one in given.items() if isinstance(one, kind) and other not in kinds]
        elsewhere += [other for other, one in given.items() if isinstance(one, kind) and other != name]
        called = _CALLED.get(kind, kind.__name__)
        raise ArgumentError(
            f"{function}({', '.join(given)}): {name} comes {_PLACES[list(given).index(name)]}, and "
            f"{described(given[name])} was given there. "
            + (
                f"The {called} stands where {elsewhere[0]} belongs: exchange them."
                if elsewhere
                else f"It must be {_article(called)} {called}."
            )
        )
