"""Where windows stand: a window is known by its last row, its origin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.train.data.prepare.preparation import Preparation
from gatewise.train.data.prepare.splits import Range
from gatewise.train.data.reading.dataset import CHUNK, Stretch


class Places:
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
        """Return the first row of each window: of one that has not all its rows, the first of its stretch."""
        firsts = self.firsts[self.stretch_of(numbers)]
        return np.asarray(firsts if self.window == 0 else np.maximum(numbers - (self.window - 1), firsts))

    def are_full(self, numbers: IntArray) -> NDArray[np.bool_]:
        """Return whether each window has all its rows, in one stretch."""
        return np.asarray(numbers - (self.window - 1) >= self.firsts[self.stretch_of(numbers)])

    def labels(self, numbers: IntArray) -> tuple[IntArray, IntArray]:
        """Return the first row of each window's labels, and the row past the last that the stretch has."""
        first = self.starts(numbers) if self.window == 0 else numbers + self.steps[0]
        return first, np.minimum(numbers + self.steps[-1] + 1, self.ends[self.stretch_of(numbers)])


def origins(
    stretch: Stretch, part: Range, places: Places, *, stride: int = 1, beyond: bool = False,
    least: int | None = None,
) -> IntArray:  # fmt: skip
    """Return the origins in a stretch whose labels all lie in a part of it.

    The window itself may begin before the part: what is known then, a forecast may use.

    Parameters
    ----------
    stride : int
        Rows from one to the next.
    beyond : bool
        Whether labels may lie past the part's end, as long as the origin does not.
    least : int, optional
        Rows that a window has at least; all of them, if None.
    """
    first, end = part
    if places.window == 0:
        return np.array([stretch.end - 1] if first < end else [], dtype=np.int64)
    rows = places.window if least is None else min(least, places.window)
    lowest = max(stretch.first + rows - 1, first - (places.ahead > 0))
    highest = end - 1 if beyond else end - 1 - places.ahead
    return np.arange(lowest, max(highest + 1, lowest), stride, dtype=np.int64)


class Counter:
    """Counts rows with a property between two rows, by running sums."""

    def __init__(self, has: NDArray[np.bool_]) -> None:
        kind: type[np.signedinteger[Any]] = np.int32 if len(has) < 2**31 else np.int64
        self._sums = np.zeros(len(has) + 1, kind)
        np.cumsum(has, out=self._sums[1:])

    def between(self, first: IntArray, end: IntArray) -> IntArray:
        """Return how many of the rows first..end-1 have it."""
        rows = len(self._sums) - 1
        return np.asarray(self._sums[np.minimum(end, rows)] - self._sums[np.minimum(first, rows)])


def flags(array: FloatArray, test: Callable[[FloatArray], Any]) -> NDArray[np.bool_]:
    """Return for each row whether it passes a test, of an array that may be larger than memory."""
    found = np.empty(len(array), bool)
    for start in range(0, len(array), CHUNK):
        found[start : start + CHUNK] = test(np.asarray(array[start : start + CHUNK]))
    return found


class Walk(NamedTuple):
    """Consecutive steps laid in rows, for training that carries out and state over from chunk to chunk.

    rows (R, L) is the dataset's row of each step, and PAST_END after a row's last step; labelled (R, L) says
    whether a window ends at the step, so that it has a label.
    """

    rows: IntArray
    labelled: NDArray[np.bool_]

    @property
    def length(self) -> int:
        """Return the steps of the longest row."""
        return int(self.rows.shape[1])

    def part(self, first: int, end: int) -> Walk:
        """Return the steps first..end-1 of every row."""
        return Walk(self.rows[:, first:end], self.labelled[:, first:end])


PAST_END = -1


def lay_walk(stretches: Sequence[Stretch], numbers: IntArray, rows: int, window: int) -> Walk:
    """Lay the steps of some windows, and those on the way to them, in rows.

    Parameters
    ----------
    numbers : int array
        Windows, rising; a step is labelled where one of them ends.
    rows : int
        How many rows are wanted. Each walks its own steps of one series, so there are at least as many rows
        as series; a long series is cut into several.
    window : int
        Steps before the first window of a series that are walked to warm up.
    """
    walks = []
    for stretch in stretches:
        own = numbers[np.searchsorted(numbers, stretch.first) : np.searchsorted(numbers, stretch.end)]
        if len(own):
            steps = np.arange(max(stretch.first, int(own[0]) - window + 1), int(own[-1]) + 1)
            walks.append((steps, np.isin(steps, own)))
    lengths = [len(steps) for steps, _ in walks]
    longest_row = max(lengths) if len(walks) >= rows else max(-(-sum(lengths) // rows), 1)
    cut = [
        (steps[start : start + longest_row], labelled[start : start + longest_row])
        for steps, labelled in walks
        for start in range(0, len(steps), longest_row)
    ]
    shape = (len(cut), max(len(steps) for steps, _ in cut))
    laid = Walk(np.full(shape, PAST_END, np.int64), np.zeros(shape, bool))
    for row, (steps, labelled) in enumerate(cut):
        laid.rows[row, : len(steps)] = steps
        laid.labelled[row, : len(steps)] = labelled
    return laid


def longest(stretches: Sequence[Stretch]) -> int:
    """Return the rows of the longest stretch."""
    return max(each.end - each.first for each in stretches)
