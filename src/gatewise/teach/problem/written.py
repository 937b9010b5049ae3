"""Numbers as a problem file has them: nested lists become float64 arrays of the shape they must have.

Every refusal is a `ProblemFileError` that says which entry is wrong, what was given and what is needed.
Which keys a problem file has is in tables.py.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatewise.errors import GatewiseError
from gatewise.support.arrays import FloatArray
from gatewise.support.toml import show

MISSING = "missing"  # stands for a label that is not there
MAX_DEPTH = 3  # x is (N, T, D); nothing is nested deeper
FINITE_NUMBER = 'it must be a number that is finite in float64, such as 0.25 or "0.250"'

# Sign, digits, exponent. A sheet prints a real minus, so one may be copied from there.
_DECIMAL = re.compile(r"([+−-]?)((?:0|[1-9]\d*)(?:\.\d+)?)(?:[eE]([+−-]?\d{1,4}))?", re.ASCII)


class ProblemFileError(GatewiseError):
    """A problem file cannot be used."""


class WrittenArray(NamedTuple):
    """Numbers, and the texts of those that stood in quotes: None for the others, or if there were none."""

    values: FloatArray
    texts: NDArray[Any] | None = None

    def reshape(self, shape: tuple[int, ...]) -> WrittenArray:
        """Return the same numbers in another shape."""
        texts = None if self.texts is None else self.texts.reshape(shape)
        return WrittenArray(self.values.reshape(shape), texts)


def stack(parts: Sequence[WrittenArray]) -> WrittenArray:
    """Put the rows of all parts one below the other."""
    values = np.concatenate([part.values for part in parts])
    if all(part.texts is None for part in parts):
        return WrittenArray(values)
    texts = [np.full(part.values.shape, None) if part.texts is None else part.texts for part in parts]
    return WrittenArray(values, np.concatenate(texts))


def read_number(key: str, given: Any) -> WrittenArray:
    """Read a single number."""
    if isinstance(given, list):
        raise ProblemFileError(f"{key} is {show(given)}; it must be a single number.")
    return read(key, given)


def read(key: str, given: Any, *, missing: bool = False) -> WrittenArray:
    """Read a number, nested lists of numbers or an array.

    With `missing`, "missing" stands for an entry or a whole row of lists, and NaN for an entry of an array.
    """
    if isinstance(given, np.ndarray):
        return WrittenArray(_finite(key, given.astype(np.float64), missing))
    shape, entries = _flatten(key, given, missing)
    values = np.empty(len(entries))
    texts = np.full(len(entries), None)
    for place, entry in enumerate(entries):
        texts[place] = _plain(entry) if isinstance(entry, str) else None
        values[place] = _as_float(texts[place] if isinstance(entry, str) else entry)
        if not math.isfinite(values[place]) and not (missing and entry == MISSING):
            raise ProblemFileError(f"{_name(key, place, shape)} is {show(entry)}; {FINITE_NUMBER}.")
    written = WrittenArray(values, texts if any(text is not None for text in texts) else None)
    return written.reshape(shape)


def _finite(key: str, values: FloatArray, missing: bool) -> FloatArray:
    wrong = ~np.isfinite(values) & ~(missing & np.isnan(values))
    if wrong.any():
        place = int(wrong.argmax())
        raise ProblemFileError(f"{_name(key, place, values.shape)} is {values.flat[place]}; {FINITE_NUMBER}.")
    return values


def _flatten(key: str, given: Any, missing: bool) -> tuple[tuple[int, ...], list[Any]]:
    """Find the shape of nested lists, all rows of a level being of one length, and the entries in order."""
    shape: tuple[int, ...] = ()
    level = [given]
    while (first := next((row for row in level if isinstance(row, list)), None)) is not None:
        if len(shape) == MAX_DEPTH:
            raise ProblemFileError(f"{key} is nested more than {MAX_DEPTH} lists deep.")
        rows = [[row] * len(first) if missing and row == MISSING else row for row in level]
        for place, row in enumerate(rows):
            if not isinstance(row, list) or len(row) != len(first):
                here, there = _name(key, place, shape), _name(key, level.index(first), shape)
                hint = " Pad shorter sequences with 0 and give lengths." if key == "x" else ""
                raise ProblemFileError(
                    f"{here} is {show(row)} but {there} is {show(first)}; they must be alike.{hint}"
                )
        shape += (len(first),)
        level = [entry for row in rows for entry in row]
    return shape, level


def _plain(text: str) -> str | None:
    """Return a quoted number as a sheet writes it, 1e-5 for "+1E-05"; None if it is no number."""
    parts = _DECIMAL.fullmatch(text)
    if parts is None:
        return None
    sign, digits, exponent = parts.groups()
    number = digits if exponent is None else f"{digits}e{int(exponent.replace('−', '-'))}"
    return f"-{number}" if sign in ("-", "−") and float(number) else number


def _as_float(entry: Any) -> float:
    """Return `entry` in float64: NaN if it is not a number, infinity if it is too large."""
    if isinstance(entry, bool) or not isinstance(entry, (int, float, str)):
        return math.nan
    try:
        return float(entry)
    except OverflowError:  # a whole number
        return math.inf


def _name(key: str, place: int, shape: tuple[int, ...]) -> str:
    """Name an entry by where it stands: x[1][0]."""
    return key + "".join(f"[{index}]" for index in np.unravel_index(place, shape))


class ProblemSizes:
    """N, T, D, H, Q and 4H as far as they are known, each with the key that it was learnt from."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, str]] = {}

    def __getitem__(self, letter: str) -> int:
        return self._known[letter][0]

    def learn(self, letter: str, size: int, source: str) -> None:
        """Take note of a size, unless it is known already."""
        self._known.setdefault(letter, (size, source))

    def _found(self, letter: str) -> tuple[int, str] | None:
        """Return a size and its key, if it is known: 4H also from H."""
        if letter not in self._known and letter.endswith("H") and "H" in self._known:
            size, source = self._known["H"]
            return int(letter.removesuffix("H") or 1) * size, source
        return self._known.get(letter)

    def fit(
        self, key: str, written: WrittenArray, letters: Sequence[str], gates: Sequence[str] = ()
    ) -> WrittenArray:
        """Give `written` the shape that `letters` say, or refuse it; a size not known yet is learnt from it.

        Brackets around a single entry may be left out: b = 0.2 for H = 1. `gates` are those whose rows stand
        one below the other, for the message.
        """
        known = [None if (found := self._found(letter)) is None else found[0] for letter in letters]
        shape = written.values.shape or (1,)
        for axis, size in enumerate(known):
            if size == 1 and len(shape) < len(letters):
                shape = (*shape[:axis], 1, *shape[axis:])
        fits = len(shape) == len(letters) and all(
            given > 0 and size in (None, given) for size, given in zip(known, shape, strict=True)
        )
        if not fits:
            raise ProblemFileError(self._mismatch(key, written.values.shape, letters, gates))
        for letter, size in zip(letters, shape, strict=True):
            self.learn(letter, size, key)
        return written.reshape(shape)

    def _mismatch(
        self, key: str, given: tuple[int, ...], letters: Sequence[str], gates: Sequence[str]
    ) -> str:
        what = f"has shape {given}" if given else "is a single number"
        shape = f"({', '.join(letters)}{',' * (len(letters) == 1)})"
        reasons = [
            "{} = {} from {}".format(letter, *found)
            if (found := self._found(letter)) is not None
            else f"{letter} at least 1"
            for letter in dict.fromkeys(letters)
        ]
        order = f"; it has the rows of the gates {', '.join(gates)}, in this order" if len(gates) > 1 else ""
        return f"{key} {what}; it must be {shape} with {', '.join(reasons)}{order}."
