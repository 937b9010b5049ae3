"""Values that stand for a missing one, as the user names them: -9999, 1e20, unknown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gatewise.support.arrays import FloatArray
from gatewise.support.extras import need
from gatewise.train.data.reading.cells import kind_of


class Sentinels:
    """What stands for a missing value: numbers, wherever a column has numbers, and texts as they are written.

    A number counts in a column of another precision, too: 1e20 is what float32 makes of it.
    """

    def __init__(self, given: Sequence[float | str]) -> None:
        self.given = tuple(given)
        numbers = [number for value in given if (number := _number(value)) is not None]
        single = np.asarray(numbers, dtype=np.float32).astype(np.float64)
        self._numbers = np.unique([*numbers, *single[np.isfinite(single)]])
        self._texts = [str(value).strip() for value in given]

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

    def without_numbers(self, values: FloatArray) -> FloatArray:
        """Return numbers with NaN in place of such ones; the array itself may be changed."""
        if len(self._numbers):
            values[np.isin(values, self._numbers)] = np.nan
        return values


def _number(value: float | str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None
