"""The selection of windows: of each part in training, and of new data."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.train.data.data_error import DataError, quoted
from gatewise.train.data.prepare.preparation import Preparation
from gatewise.train.data.prepare.splits import Range
from gatewise.train.data.prepare.statistics import refuse_missing
from gatewise.train.data.reading.dataset import Dataset
from gatewise.train.data.windows.origins import RunningCount, WindowBounds, longest, origins, rows_where

CHOICES = ("labelled", "last", "every")


class WindowSelector:
    """Selects windows, by their numbers.

    Parameters
    ----------
    y : array (rows, K)
        The targets, NaN where missing.
    """

    def __init__(
        self, dataset: Dataset, preparation: Preparation, bounds: WindowBounds, y: FloatArray
    ) -> None:
        self.dataset, self.preparation, self.bounds, self.y = dataset, preparation, bounds, y
        self.notes: list[str] = []

    def part(self, name: str, ranges: Sequence[Range], stride: int) -> IntArray:
        """Return the windows of a part, given its rows in each stretch; of training every stride-th."""
        step = stride if name == "train" else 1
        found = [
            origins(stretch, each, self.bounds, stride=step)
            for stretch, each in zip(self.dataset.stretches, ranges, strict=True)
        ]
        numbers = self._usable(self._labelled(np.concatenate(found)))
        rows = sum(end - first for first, end in ranges)
        if not len(numbers) and (rows or name == "train"):
            advice = "Give a smaller window or horizon, other shares, or more rows."
            raise DataError(self._too_short(f"no {name} window among {rows} rows", True, advice))
        return numbers

    def of(self, choose: str) -> IntArray:
        """Return the windows of new data: "labelled", "last" or "every"; see `Windows.of`."""
        if choose not in CHOICES:
            raise DataError(f'choose="{choose}"; it can be {", ".join(CHOICES)}.')
        labelled = choose == "labelled"
        numbers = self._last() if choose == "last" and self.bounds.ahead else self._all()
        numbers = self._usable(self._labelled(numbers) if labelled else numbers)
        if not len(numbers):
            raise DataError(
                self._too_short(f"no window of {self.dataset.source}", labelled, "Give more rows.")
            )
        return numbers

    def _all(self) -> IntArray:
        beyond = not self.preparation.future
        stretches = self.dataset.stretches
        return np.concatenate(
            [origins(each, (each.first, each.end), self.bounds, beyond=beyond) for each in stretches]
        )

    def _last(self) -> IntArray:
        """Return the last row of each series in which anything was observed."""
        last_stretch = {stretch.series: stretch for stretch in self.dataset.stretches}
        observed = self.dataset.columns([*self.preparation.targets, *self.preparation.features])
        found, short = [], []
        for series, stretch in sorted(last_stretch.items()):
            row = stretch.end - 1
            while row >= stretch.first and np.isnan(self.dataset.values[row, observed]).all():
                row -= 1
            if row - stretch.first + 1 < self.preparation.window:
                short.append(self.dataset.ids[series])
                continue
            if self.preparation.future and row + self.bounds.ahead >= stretch.end:
                raise DataError(
                    f"a forecast from {self.dataset.row(row)} needs {', '.join(self.preparation.future)} for "
                    f"{self.bounds.ahead} rows after it; there are {stretch.end - 1 - row}. Add rows with "
                    "the time and those columns, the others empty."
                )
            found.append(row)
        if short and found:
            self.notes.append(
                f"series with fewer than {self.preparation.window} rows are left out: {quoted(short)}"
            )
        return np.array(found, dtype=np.int64)

    @cached_property
    def _labels(self) -> RunningCount:
        return RunningCount(rows_where(self.y, lambda piece: np.any(~np.isnan(piece), axis=1)))

    @cached_property
    def _gaps(self) -> RunningCount:
        columns = self.dataset.columns(self.preparation.inputs)
        return RunningCount(
            rows_where(self.dataset.values, lambda piece: np.any(np.isnan(piece[:, columns]), axis=1))
        )

    def _labelled(self, numbers: IntArray) -> IntArray:
        """Leave out windows without a label."""
        return np.asarray(numbers[self._labels.between(*self.bounds.labels(numbers)) > 0])

    def _usable(self, numbers: IntArray) -> IntArray:
        """Leave out windows with missing inputs, if that is the policy."""
        if self.preparation.missing == "fill" or not len(numbers):
            return numbers
        starts = self.bounds.starts(numbers)
        whole = self._gaps.between(starts, numbers + 1) == 0
        if self.preparation.missing == "error" and not whole.all():
            first = int(whole.argmin())
            refuse_missing(
                self.dataset, self.preparation.inputs, (int(starts[first]), int(numbers[first]) + 1)
            )
        return np.asarray(numbers[whole])

    def _too_short(self, what: str, labelled: bool, advice: str) -> str:
        ahead, rows = self.bounds.ahead, longest(self.dataset.stretches)
        needed = f"{self.preparation.window} rows of window"
        if labelled:
            needed += f" and {ahead} of horizon, with a label" if ahead else ", with a label"
        if self.preparation.missing == "drop":
            needed += " without a missing value"
        return f"{what}: one needs {needed}; the longest series without a long gap has {rows} rows. {advice}"
