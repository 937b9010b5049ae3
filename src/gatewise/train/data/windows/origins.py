"""Origins and bounds of windows. A window is known by its last row, its origin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.train.data.prepare.preparation import Preparation
from gatewise.train.data.prepare.splits import Range
from gatewise.train.data.reading.dataset import CHUNK, Stretch


class WindowBounds:
    """Where windows and their labels begin and end.

    Attributes
    ----------
    firsts, ends : int array
        The first row of each stretch, and the row past its last.
    steps : int array
        The rows of the labels, counted from the origin.
    ahead : int
        How many rows after the origin are predicted; 0 where the label is at the origin.
    """

    def __init__(self, stretches: Sequence[Stretch], preparation: Preparation) -> None:
        forecast = preparation.task == "forecast"
        self.window = preparation.window
        self.ahead = preparation.horizon if forecast else 0
        self.steps = np.arange(1, self.ahead + 1) if forecast else np.zeros(1, np.int64)
        self.firsts = np.array([each.first for each in stretches], dtype=np.int64)
        self.ends = np.array([each.end for each in stretches], dtype=np.int64)

    def stretch_of(self, numbers: IntArray) -> IntArray:
        """Return which stretch each window is in."""
        return np.asarray(np.searchsorted(self.ends, numbers, side="right"))

    def starts(self, numbers: IntArray) -> IntArray:
        """Return the first row of each window."""
        if self.window == 0:
            return np.asarray(self.firsts[self.stretch_of(numbers)])
        return numbers - (self.window - 1)

    def labels(self, numbers: IntArray) -> tuple[IntArray, IntArray]:
        """Return the first row of each window's labels, and the row past the last that the stretch has."""
        first = self.starts(numbers) if self.window == 0 else numbers + self.steps[0]
        return first, np.minimum(numbers + self.steps[-1] + 1, self.ends[self.stretch_of(numbers)])


def origins(
    stretch: Stretch, part: Range, bounds: WindowBounds, *, stride: int = 1, beyond: bool = False
) -> IntArray:
    """Return the origins in a stretch whose labels all lie in a part of it.

    The window itself may begin before the part: what is known then, a forecast may use.

    Parameters
    ----------
    stride : int
        Rows from one to the next.
    beyond : bool
        Whether labels may lie past the part's end, as long as the origin does not.
    """
    first, end = part
    if bounds.window == 0:
        return np.array([stretch.end - 1] if first < end else [], dtype=np.int64)
    lowest = max(stretch.first + bounds.window - 1, first - (bounds.ahead > 0))
    highest = end - 1 if beyond else end - 1 - bounds.ahead
    return np.arange(lowest, max(highest + 1, lowest), stride, dtype=np.int64)


class RunningCount:
    """Counts rows with a property between two rows, by running sums."""

    def __init__(self, has: NDArray[np.bool_]) -> None:
        kind: type[np.signedinteger[Any]] = np.int32 if len(has) < 2**31 else np.int64
        self._sums = np.zeros(len(has) + 1, kind)
        np.cumsum(has, out=self._sums[1:])

    def between(self, first: IntArray, end: IntArray) -> IntArray:
        """Return how many of the rows first..end-1 have it."""
        rows = len(self._sums) - 1
        return np.asarray(self._sums[np.minimum(end, rows)] - self._sums[np.minimum(first, rows)])


def rows_where(array: FloatArray, test: Callable[[FloatArray], Any]) -> NDArray[np.bool_]:
    """Return for each row whether it passes a test, of an array that may be larger than memory."""
    found = np.empty(len(array), bool)
    for start in range(0, len(array), CHUNK):
        found[start : start + CHUNK] = test(np.asarray(array[start : start + CHUNK]))
    return found


def longest(stretches: Sequence[Stretch]) -> int:
    """Return the rows of the longest stretch."""
    return max(each.end - each.first for each in stretches)
