"""What the errors of each series are divided by for MASE: how far its training rows differ, a season apart.

Hyndman and Koehler 2006: the mean absolute error of the seasonal naive forecast in the training rows, so that
1 is as good as that forecast was there, and series of any size can be taken together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import numpy as np

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.train.data import Windows
from gatewise.train.data.prepare.columns import by_name
from gatewise.train.data.reading.dataset import CHUNK
from gatewise.train.data.reading.steps import DAY, TimeStep
from gatewise.train.metrics.sums import Scales

SEASONS = {
    ("fixed", DAY / 24): 24,
    ("fixed", DAY): 7,
    ("fixed", 7 * DAY): 52,
    ("month", 1): 12,
    ("month", 3): 4,
}
"""Rows of a season by the time step: hours 24, days 7, weeks 52, months 12, quarters 4; of others 1."""


class KeptScales(NamedTuple):
    """The scales of the training's series, as a model keeps them.

    Attributes
    ----------
    season : int
        Rows apart that are compared; 1 for a series that has no two training rows so far apart.
    by_series : dict
        By the name of the series, as text, one scale for each target; None of one that is constant.
    """

    season: int = 1
    by_series: Mapping[str, list[float | None]] = {}  # a tuple's field, and never changed

    @classmethod
    def fit(cls, windows: Windows) -> Self:
        """Take them from the training rows of windows that `Windows.fit` made; of classes there are none."""
        season = season_of(windows.preparation.step)
        if windows.classes is not None or windows.preparation.window == 0:
            return cls(season)
        first, end = np.array(windows.trained, dtype=np.int64).reshape(-1, 2).T
        scales = _differences(windows, season, first, end)
        ids = windows.dataset.ids
        return cls(season, {str(name): _listed(row) for name, row in zip(ids, scales, strict=True)})

    def of(self, windows: Windows, numbers: IntArray) -> Scales:
        """Return the series of some windows, and the scales of those series.

        A series that training has not seen is scaled by its own rows up to the last that its first window
        reads.
        """
        series = series_of(windows, numbers)
        count, targets = len(windows.dataset.ids), windows.targets
        scale = np.full((count, targets), np.nan)
        if windows.classes is not None or windows.preparation.window == 0:
            return Scales(series, scale)
        new = np.zeros(count, bool)
        found = by_name(self.by_series)
        for place, name in enumerate(windows.dataset.ids):
            kept = found(name)
            new[place] = kept is None
            if kept is not None:
                scale[place] = [np.nan if value is None else value for value in kept]
        present, places = np.unique(series, return_index=True)
        begins = np.full(count, -1, np.int64)
        begins[present] = np.asarray(numbers)[places]
        new &= begins >= 0
        if new.any():
            stretches = windows.dataset.stretches
            first = np.array([each.first for each in stretches])
            whose = np.array([each.series for each in stretches])
            ends = np.minimum(np.array([each.end for each in stretches]), begins[whose] + 1)
            end = np.where(new[whose], np.maximum(ends, first), first)
            scale[new] = _differences(windows, self.season, first, end)[new]
        return Scales(series, scale)

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {"season": self.season, "by_series": dict(self.by_series)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any] | None) -> Self:
        """Read what `to_dict` wrote; a model of before has none."""
        return cls(**document) if document else cls()


def season_of(step: TimeStep) -> int:
    """Return the rows of a season by the time step, 1 where it says none."""
    return SEASONS.get((step.kind, step.size), 1) if step.dated else 1


def series_of(windows: Windows, numbers: IntArray) -> IntArray:
    """Return the number of each window's series, its place in `dataset.ids`."""
    whose = np.array([each.series for each in windows.dataset.stretches], dtype=np.int64)
    return np.asarray(whose[windows.stretch_of(np.asarray(numbers))])


def _differences(windows: Windows, season: int, first: IntArray, end: IntArray) -> FloatArray:
    """Return the mean absolute difference (S, K) of rows a season apart, NaN where it is 0 or there is none.

    `first` and `end` say which rows of each stretch are used.
    """
    sums, counts = _summed(windows, season, first, end)
    if season > 1 and not counts.all():
        short = counts == 0
        sums_1, counts_1 = _summed(windows, 1, first, end)
        sums, counts = np.where(short, sums_1, sums), np.where(short, counts_1, counts)
    mean = sums / np.maximum(counts, 1)
    return np.where(mean > 0, mean, np.nan)


def _summed(windows: Windows, lag: int, first: IntArray, end: IntArray) -> tuple[FloatArray, IntArray]:
    """Sum |y_t - y_{t-lag}| over the rows of each series, and count them: (S, K) each."""
    whose = np.array([each.series for each in windows.dataset.stretches], dtype=np.int64)
    shape = (len(windows.dataset.ids), windows.targets)
    sums, counts = np.zeros(shape), np.zeros(shape, np.int64)
    for start in range(0, len(windows.dataset), CHUNK):
        rows = np.arange(start, min(start + CHUNK, len(windows.dataset)))
        stretch = np.minimum(windows.stretch_of(rows), len(whose) - 1)
        inside = (rows - lag >= first[stretch]) & (rows < end[stretch])
        rows, stretch = rows[inside], stretch[inside]
        pair = windows.targets_at(rows[:, np.newaxis] + np.array([-lag, 0]), stretch)
        distance = np.abs(pair[:, 1] - pair[:, 0])
        for k in range(shape[1]):
            known = ~np.isnan(distance[:, k])
            of = whose[stretch[known]]
            sums[:, k] += np.bincount(of, weights=distance[known, k], minlength=shape[0])
            counts[:, k] += np.bincount(of, minlength=shape[0])
    return sums, counts


def _listed(row: FloatArray) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in row]
