"""`Streams`: consecutive steps laid in rows, for training that carries out and state from chunk to chunk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatewise.support.arrays import IntArray
from gatewise.train.data.reading.dataset import Stretch


class Streams(NamedTuple):
    """Steps that follow one another, a stream in each row.

    Attributes
    ----------
    rows : int array (S, L)
        The row of the dataset that each step reads, -1 past the end of a stream.
    labelled : bool array (S, L)
        Whether a step has a label; one that only warms up has none.
    """

    rows: IntArray
    labelled: NDArray[np.bool_]

    @property
    def steps(self) -> int:
        """L, the steps of the longest stream."""
        return int(self.rows.shape[1])

    def between(self, first: int, end: int) -> Streams:
        """Return the steps first..end-1 of every stream."""
        return Streams(self.rows[:, first:end], self.labelled[:, first:end])


def lay_streams(stretches: Sequence[Stretch], numbers: IntArray, count: int, window: int) -> Streams:
    """Lay the steps of windows in streams.

    Parameters
    ----------
    numbers : int array
        Windows, rising; a step is labelled where one of them ends.
    count : int
        How many streams are wanted. Each walks its own steps of one series, so there are at least as many as
        series; a long series is cut into several.
    window : int
        Steps before the first window of a series that are walked to warm up.
    """
    walks = []
    for stretch in stretches:
        own = numbers[np.searchsorted(numbers, stretch.first) : np.searchsorted(numbers, stretch.end)]
        if len(own):
            walks.append(np.arange(max(stretch.first, int(own[0]) - window + 1), int(own[-1]) + 1))
    length = max(-(-sum(map(len, walks)) // count), 1)
    if len(walks) >= count:
        length = max(map(len, walks))
    cut = [walk[start : start + length] for walk in walks for start in range(0, len(walk), length)]
    rows = np.full((len(cut), max(map(len, cut))), -1, np.int64)
    for row, walk in enumerate(cut):
        rows[row, : len(walk)] = walk
    return Streams(rows, np.isin(rows, numbers))
