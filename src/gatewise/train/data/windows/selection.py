"""Which windows there are: of each part in training, of new data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.train.data.data_error import DataError, quoted
from gatewise.train.data.prepare.preparation import Preparation
from gatewise.train.data.prepare.splits import Range
from gatewise.train.data.prepare.statistics import refuse_missing
from gatewise.train.data.reading.dataset import Dataset
from gatewise.train.data.windows.origins import Counter, Places, flags, longest, origins

CHOICES = ("labelled", "last", "every")
LEAST_LEARNED = 2
"""Rows of a window with fewer than all that is learned from; to predict, one will do."""


class Chooser:
    """Finds the numbers of windows.

    Parameters
    ----------
    y : array (rows, K)
        The targets, NaN where missing.
    least : int, optional
        Of a stretch that has no full window, the rows that its windows have at least; None leaves it out.
    """

    def __init__(
        self, dataset: Dataset, preparation: Preparation, places: Places, y: FloatArray,
        least: int | None = None,
    ) -> None:  # fmt: skip
        self.dataset, self.preparation, self.places, self.y = dataset, preparation, places, y
        self.least = least if places.window else None
        self.notes: list[str] = []

    def part(self, name: str, ranges: Sequence[Range], stride: int) -> IntArray:
        """Return the windows of a part, given its rows in each stretch; of training every stride-th."""
        step = stride if name == "train" else 1
        numbers = self._usable(self._of_ranges(ranges, labelled=True, stride=step))
        rows = sum(end - first for first, end in ranges)
        if not len(numbers) and (rows or name == "train"):
            if said := self._too_far(name, max(end - first for first, end in ranges)):
                raise DataError(said)
            advice = "Give a smaller window or horizon, other shares, or more rows."
            raise DataError(self._too_short(f"no {name} window among {rows} rows", True, advice))
        return numbers

    def of(self, choose: str) -> IntArray:
        """Return the windows of new data: "labelled", "last" or "every"; see `Windows.of`."""
        if choose not in CHOICES:
            raise DataError(f'choose="{choose}"; it can be {", ".join(CHOICES)}.')
        labelled = choose == "labelled"
        if choose == "last" and self.places.ahead:
            numbers = self._last()
        else:
            ranges = [(each.first, each.end) for each in self.dataset.stretches]
            numbers = self._of_ranges(ranges, labelled, beyond=not self.preparation.future)
        numbers = self._usable(numbers)
        if not len(numbers):
            raise DataError(
                self._too_short(f"no window of {self.dataset.source}", labelled, "Give more rows.")
            )
        self._note_short(numbers)
        if labelled and (gone := self._without(numbers)):
            self.notes.append(f"series without a label after a row are left out: {quoted(gone)}")
        return numbers

    def _of_ranges(
        self, ranges: Sequence[Range], labelled: bool, stride: int = 1, beyond: bool = False
    ) -> IntArray:
        """Return the windows in some rows of each stretch; where none is full, those with fewer rows."""

        def found(chosen: Iterable[int], least: int | None) -> IntArray:
            parts = [
                origins(
                    self.dataset.stretches[each], ranges[each], self.places,
                    stride=stride, beyond=beyond, least=least,
                )
                for each in chosen
            ]  # fmt: skip
            numbers = np.concatenate([np.empty(0, np.int64), *parts])
            return self._labelled(numbers) if labelled else numbers

        every = range(len(self.dataset.stretches))
        numbers = found(every, None)
        if self.least is None:
            return numbers
        without = np.setdiff1d(every, self.places.stretch_of(numbers))
        if not len(without):
            return numbers
        return np.sort(np.concatenate([numbers, found(without.tolist(), self.least)]))

    def _last(self) -> IntArray:
        """Return the last row of each series in which anything was observed."""
        last_stretch = {stretch.series: stretch for stretch in self.dataset.stretches}
        observed = self.dataset.columns([*self.preparation.targets, *self.preparation.features])
        found, empty = [], []
        for series, stretch in sorted(last_stretch.items()):
            row = stretch.end - 1
            while row >= stretch.first and np.isnan(self.dataset.values[row, observed]).all():
                row -= 1
            if row < stretch.first:
                empty.append(self.dataset.ids[series])
                continue
            if self.preparation.future and row + self.places.ahead >= stretch.end:
                raise DataError(
                    f"a forecast from {self.dataset.row(row)} needs {', '.join(self.preparation.future)} for "
                    f"{self.places.ahead} rows after it; there are {stretch.end - 1 - row}. Add rows with "
                    "the time and those columns, the others empty."
                )
            found.append(row)
        if empty and found:
            self.notes.append(f"series in which nothing is known are left out: {quoted(empty)}")
        return np.array(found, dtype=np.int64)

    def _note_short(self, numbers: IntArray) -> None:
        """Say which series are predicted from fewer rows than a window has."""
        if self.places.window and not (full := self.places.are_full(numbers)).all():
            few = self._series_of(numbers[~full])
            which = f"series {quoted(few)}" if self.preparation.series_name is not None else "these data"
            self.notes.append(
                f"{which}: fewer rows in a stretch than the window has, {self.places.window}; predicted from "
                "those that there are"
            )

    def _series_of(self, numbers: IntArray) -> list[Any]:
        """Return the names of the series that some windows are of, in order."""
        stretches = np.unique(self.places.stretch_of(numbers)).tolist()
        series = dict.fromkeys(self.dataset.stretches[each].series for each in stretches)
        return [self.dataset.ids[each] for each in series]

    def _without(self, numbers: IntArray) -> list[Any]:
        """Return the names of the series that none of these windows is of."""
        there = {*self._series_of(numbers)}
        return [name for name in self.dataset.ids if name not in there]

    def series_notes(self, train: IntArray, others: IntArray, split: str) -> list[str]:
        """Say which series have no window at all, and which are in validation or test alone."""
        if len(self.dataset.ids) == 1 or not self.places.window:
            return []
        learned, judged = self._series_of(train), self._series_of(others)
        notes = []
        if gone := self._without(np.concatenate([train, others])):
            rows = (self.least or self.places.window) + self.places.ahead
            notes.append(
                f"no window of series {quoted(gone)}: one needs {rows} rows in one part, without a long gap"
            )
        if split == "time" and (new := [name for name in judged if name not in {*learned}]):
            notes.append(f"training has no window of series {quoted(new)}; validation and test have")
        return notes

    @cached_property
    def _labels(self) -> Counter:
        return Counter(flags(self.y, lambda piece: np.any(~np.isnan(piece), axis=1)))

    @cached_property
    def _gaps(self) -> Counter:
        columns = self.dataset.columns(self.preparation.inputs)
        return Counter(flags(self.dataset.values, lambda piece: np.any(np.isnan(piece[:, columns]), axis=1)))

    def _labelled(self, numbers: IntArray) -> IntArray:
        """Leave out windows without a label."""
        return np.asarray(numbers[self._labels.between(*self.places.labels(numbers)) > 0])

    def _usable(self, numbers: IntArray) -> IntArray:
        """Leave out windows with missing inputs, if that is the policy."""
        if self.preparation.missing == "fill" or not len(numbers):
            return numbers
        starts = self.places.starts(numbers)
        whole = self._gaps.between(starts, numbers + 1) == 0
        if self.preparation.missing == "error" and not whole.all():
            first = int(whole.argmin())
            refuse_missing(
                self.dataset, self.preparation.inputs, (int(starts[first]), int(numbers[first]) + 1)
            )
        return np.asarray(numbers[whole])

    def _too_far(self, name: str, rows: int) -> str:
        """Say that a part, with so many rows in one stretch, is too short for the horizon; else nothing."""
        least = self.preparation.window if self.least is None else self.least
        most = rows - least if name == "train" else rows  # a window may begin before its part
        if not 1 <= most < self.places.ahead:
            return ""
        what = {"train": "training"}.get(name, name)
        return (
            f"a horizon of {self.places.ahead:,} rows does not fit into the {what}: all rows of a forecast "
            f"lie within it, and its longest series without a long gap has {rows:,}. A horizon of at most "
            f"{most:,} fits; or give the {what} more rows (validation, test)."
        )

    def _too_short(self, what: str, labelled: bool, advice: str) -> str:
        ahead, rows = self.places.ahead, longest(self.dataset.stretches)
        has = f"{rows} {'row' if rows == 1 else 'rows'}"
        least = self.preparation.window if self.least is None else self.least
        needed = f"{least} row{'' if least == 1 else 's'} of window"
        if labelled:
            needed += f" and {ahead} of horizon, with a label" if ahead else ", with a label"
        if self.preparation.missing == "drop":
            needed += " without a missing value"
        return f"{what}: one needs {needed}; the longest series without a long gap has {has}. {advice}"
