"""Values of the training rows so far from all others that they may stand for a missing one: -9999, 1e20."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gatewise.train.data.prepare.splits import Range
from gatewise.train.data.prepare.statistics import pieces
from gatewise.train.data.reading.dataset import Dataset

SAMPLED = 200_000  # rows that median and spread are found from
FAR = 30.0  # robust spreads from the median
MOST = 3  # different values; where there are more, the column itself reaches that far
NORMAL = 1.349  # standard deviations between the quartiles of a normal distribution


def outlier_notes(dataset: Dataset, train: Sequence[Range]) -> list[str]:
    """Say which values lie tens of robust spreads from the rest, alone: one sentence for each column.

    A value counts if nothing else lies even half as far from the median, so that a long tail, as of rain, is
    none. The spread is that between the quartiles, or where they are equal that of the middle 98 %.
    """
    notes: list[str] = []
    for name in dict.fromkeys((*dataset.targets, *dataset.features)):
        if name in dataset.texts:
            continue
        columns = dataset.columns([name])
        every = max(sum(end - first for first, end in train) // SAMPLED, 1)
        parts = [piece[::every, 0] for _, piece in pieces(dataset, train, columns)]
        sample = np.concatenate(parts or [np.empty(0)])
        sample = sample[~np.isnan(sample)]
        if len(sample) < 8:
            continue
        low, quarter, median, upper, high = np.quantile(sample, [0.01, 0.25, 0.5, 0.75, 0.99])
        spread = (upper - quarter) / NORMAL or (high - low) / (2 * 2.326)
        if not spread > 0:
            continue
        found = _alone(dataset, train, columns, float(median), float(spread))
        notes += [_sentence(dataset, name, *each, float(median), float(spread)) for each in found]
    return notes


def _alone(
    dataset: Dataset, train: Sequence[Range], columns: Sequence[int], median: float, spread: float
) -> list[tuple[float, int, int]]:
    """Return the far values that stand alone, how often each comes, and in which row first."""
    counts: dict[float, tuple[int, int]] = {}
    nearer = 0.0  # how far the furthest value lies that is not far
    for start, piece in pieces(dataset, train, columns):
        distance = np.abs(np.nan_to_num(piece[:, 0], nan=median) - median)
        far = np.flatnonzero(distance > FAR * spread)
        nearer = max(nearer, float(np.delete(distance, far).max(initial=0.0)))
        for row in far.tolist():
            value = float(piece[row, 0])
            times, first = counts.get(value, (0, start + row))
            counts[value] = (times + 1, first)
            if len(counts) > MOST:
                return []
    return [
        (value, times, first) for value, (times, first) in counts.items() if abs(value - median) > 2 * nearer
    ]


def _sentence(
    dataset: Dataset, name: str, value: float, times: int, first: int, median: float, spread: float
) -> str:
    often = "once, in" if times == 1 else f"{times:,} times, first in"
    distance = abs(value - median) / spread
    return (
        f"{name} is {value:g} {often} {dataset.row(first)}: {distance:,.0f} times the usual spread from its "
        f"median, {median:g}. If that stands for a missing value, say so: --na {value:g}."
    )
