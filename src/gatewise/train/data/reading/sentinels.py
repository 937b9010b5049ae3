"""Values that stand for a missing one, as the user names them: -9999, 1e20, unknown."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np

from gatewise.errors import ArgumentError
from gatewise.support.arrays import FloatArray
from gatewise.support.extras import need
from gatewise.support.given import brief
from gatewise.support.options import entries
from gatewise.train.data.reading.cells import kind_of


class Sentinels:
    """What stands for a missing value: numbers, wherever a column has numbers, and texts as they are written.

    A number counts in a column of another precision, too: 1e20 is what float32 makes of it.
    """

    def __init__(self, given: object) -> None:
        self.given = tuple(as_sentinels(given))
        numbers = [number for value in self.given if (number := _number(value)) is not None]
        single = np.asarray(numbers, dtype=np.float32).astype(np.float64)
        self._numbers = np.unique([*numbers, *single[np.isfinite(single)]])
        self._texts = [str(value).strip() for value in self.given]

    @property
    def numbers(self) -> FloatArray:
        """The numbers among them, and what float32 makes of each."""
        return np.asarray(self._numbers, dtype=np.float64)

    def without_texts(self, column: Any) -> Any:
        """Return a piece of a column with null in place of such texts."""
        if not self.given or kind_of(column) != "text":
            return column
        arrow = need("pyarrow", "train", "reading data")
        compute = need("pyarrow.compute", "train", "reading data")
        if arrow.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        found = compute.is_in(compute.utf8_trim_whitespace(column), arrow.array(self._texts, column.type))
        return compute.if_else(found, arrow.scalar(None, column.type), column)

    def __contains__(self, text: str) -> bool:
        """Say whether a text, or the number that it is, stands for a missing value."""
        number = _number(text) if self.given else None
        return text in self._texts or (number is not None and bool(np.isin(number, self._numbers)))

    def without_numbers(self, values: FloatArray) -> FloatArray:
        """Return numbers with NaN in place of such ones; the array itself may be changed."""
        if len(self._numbers):
            values[np.isin(values, self._numbers)] = np.nan
        return values


def as_sentinels(given: object) -> list[float | str]:
    """Return what stands for a missing value as a list; one number or text may be given by itself.

    Raises
    ------
    ArgumentError
        If it holds what is neither a number nor a text.
    """
    values = [given] if isinstance(given, (str, Real)) else entries(given)
    odd = [each for each in values or [] if not isinstance(each, (str, Real)) or isinstance(each, bool)]
    odd += [given] if values is None else []
    if odd:
        raise ArgumentError(f"na has {brief(odd[0])}; it must be numbers and texts that stand for no value.")
    return [
        str(each) if isinstance(each, str) else int(each) if isinstance(each, Integral) else float(each)
        for each in values or []
    ]


def _number(value: float | str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None
