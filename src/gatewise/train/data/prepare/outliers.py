"""Values so far from all others that they may stand for a missing one: -9999, 1e20.

`outlier_notes` measures the training rows by their spread; `nines` looks for nines in any rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from gatewise.support.arrays import FloatArray
from gatewise.train.data.prepare.splits import Range
from gatewise.train.data.prepare.statistics import pieces
from gatewise.train.data.reading.dataset import Dataset

SAMPLED = 200_000  # rows that median and spread are found from
FAR = 30.0  # robust spreads from the median
MOST = 3  # different values; where there are more, the column itself reaches that far
NINES = np.array([-99.0, -99.9, *(sign * nines for nines in (999.0, 999.9, 9999.0, 9999.9, 99999.0, 999999.0)
                                    for sign in (-1, 1))])  # fmt: skip
NORMAL = 1.349  # standard deviations between the quartiles of a normal distribution

Counts = dict[float, tuple[int, int]]
"""How often a value comes, and in which row first."""


def outlier_notes(dataset: Dataset, train: Sequence[Range]) -> dict[str, list[str]]:
    """Say which values lie tens of robust spreads from the rest, alone: one sentence for each column.

    A value counts if nothing else lies even half as far from the median, so that a long tail, as of rain, is
    none. The spread is that between the quartiles, or where they are equal that of the middle 98 %.
    """
    columns = _numbers(dataset)
    every = max(sum(end - first for first, end in train) // SAMPLED, 1)
    parts = [piece[::every].copy() for _, piece in pieces(dataset, train, columns)]  # lets go of the piece
    sample = np.concatenate(parts or [np.empty((0, len(columns)))])
    usual = [_Usual.of(sample[:, place], column) for place, column in enumerate(columns)]
    found = [each for each in usual if each is not None]
    for start, piece in pieces(dataset, train, [each.column for each in found]):
        for place, each in enumerate(found):
            each.add(start, piece[:, place])
    told = {dataset.names[each.column]: list(each.sentences(dataset)) for each in found}
    return {name: sentences for name, sentences in told.items() if sentences}


def nines(dataset: Dataset, but: Collection[str] = ()) -> list[str]:
    """Say which columns hold -9999 or the like beside values that end far from there.

    All rows are looked at, also those of a test or of new data. It is far if it lies beyond the other values
    by more than half of what they reach over. The columns `but` are left out: of them more is known.
    """
    columns = _numbers(dataset)
    counts, low, high = _count(dataset, columns)
    sentences = []
    for place, column in enumerate(columns):
        name, reach = dataset.names[column], high[place] - low[place]
        if not 0 <= reach < np.inf or name in but:
            continue
        for value, (times, first) in counts[place].items():
            if max(low[place] - value, value - high[place]) > reach / 2:
                sentences.append(
                    f"{name} is {value:g} {_often(times)} {dataset.row(first)}; its other values go from "
                    f"{low[place]:g} to {high[place]:g}. {_advice(value)}"
                )
    return sentences


def _numbers(dataset: Dataset) -> list[int]:
    """Return the columns of targets and features that hold numbers."""
    names = dict.fromkeys((*dataset.targets, *dataset.features))
    return list(dataset.columns([name for name in names if name not in dataset.texts]))


def _count(dataset: Dataset, columns: Sequence[int]) -> tuple[list[Counts], FloatArray, FloatArray]:
    """Return for each column the counts of NINES, and the least and the greatest of its other values."""
    counts: list[Counts] = [{} for _ in columns]
    low, high = np.full(len(columns), np.inf), np.full(len(columns), -np.inf)
    for start, piece in pieces(dataset, [(0, len(dataset))], columns):
        marks = np.isin(piece, NINES)
        left_out = marks | np.isnan(piece)
        low = np.minimum(low, np.where(left_out, np.inf, piece).min(axis=0, initial=np.inf))
        high = np.maximum(high, np.where(left_out, -np.inf, piece).max(axis=0, initial=-np.inf))
        for place in np.flatnonzero(marks.any(axis=0)).tolist():
            rows = np.flatnonzero(marks[:, place])
            values, at, often = np.unique(piece[rows, place], return_index=True, return_counts=True)
            for value, k, more in zip(values.tolist(), at.tolist(), often.tolist(), strict=True):
                times, first = counts[place].get(value, (0, start + int(rows[k])))
                counts[place][value] = (times + more, first)
    return counts, low, high


def _often(times: int) -> str:
    return "once, in" if times == 1 else f"{times:,} times, first in"


def _advice(value: float) -> str:
    return f"If that stands for a missing value, say so: --na {value:g}."


class _Usual:
    """Where the values of a column usually lie, and those that are far from there."""

    def __init__(self, column: int, median: float, spread: float) -> None:
        self.column, self.median, self.spread = column, median, spread
        self._far: Counts = {}
        self._nearer = 0.0  # how far the furthest value lies that is not far

    @classmethod
    def of(cls, sample: FloatArray, column: int) -> _Usual | None:
        """Measure a sample of the column; None if it is too small, or all of one value."""
        sample = sample[~np.isnan(sample)]
        if len(sample) < 8:
            return None
        low, quarter, median, upper, high = np.quantile(sample, [0.01, 0.25, 0.5, 0.75, 0.99])
        spread = (upper - quarter) / NORMAL or (high - low) / (2 * 2.326)
        return cls(column, float(median), float(spread)) if spread > 0 else None

    def add(self, start: int, values: FloatArray) -> None:
        """Take the values of the rows from `start`; more far ones than MOST are not counted on."""
        if len(self._far) > MOST:
            return
        distance = np.abs(np.nan_to_num(values, nan=self.median) - self.median)
        far = np.flatnonzero(distance > FAR * self.spread)
        self._nearer = max(self._nearer, float(np.delete(distance, far).max(initial=0.0)))
        for row in far.tolist():
            value = float(values[row])
            times, first = self._far.get(value, (0, start + row))
            self._far[value] = (times + 1, first)
            if len(self._far) > MOST:
                return

    def sentences(self, dataset: Dataset) -> Iterator[str]:
        """Say which far values stand alone."""
        if len(self._far) > MOST:
            return
        for value, (times, first) in self._far.items():
            distance = abs(value - self.median)
            if distance > 2 * self._nearer:
                yield (
                    f"{dataset.names[self.column]} is {value:g} {_often(times)} {dataset.row(first)}: "
                    f"{distance / self.spread:,.0f} times the usual spread from its median, "
                    f"{self.median:g}. {_advice(value)}"
                )
