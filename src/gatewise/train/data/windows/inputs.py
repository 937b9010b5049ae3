"""`WindowInputs`: what windows read, cut on demand; what they are to predict is in labels.py."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import ArrayLike

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.train.data.prepare.calendar import calendar as calendar_of
from gatewise.train.data.prepare.categories import series_places, unseen_notes
from gatewise.train.data.prepare.preparation import Preparation
from gatewise.train.data.prepare.rows import label_columns, prepared_rows
from gatewise.train.data.prepare.series_scaling import series_scales
from gatewise.train.data.prepare.splits import Range
from gatewise.train.data.reading.dataset import Dataset
from gatewise.train.data.store import Store
from gatewise.train.data.windows.batch import Batch, ragged
from gatewise.train.data.windows.labels import Labels
from gatewise.train.data.windows.origins import PAST_END, Places, Walk, lay_walk


class WindowInputs(Labels):
    """The inputs of windows, by the windows' numbers. Made as `Windows`; see there."""

    def __init__(
        self, dataset: Dataset, preparation: Preparation, store: Store, *, from_the_end: bool = False
    ) -> None:
        scales, new = series_scales(dataset, preparation, from_the_end=from_the_end)
        super().__init__(
            label_columns(dataset, preparation), Places(dataset.stretches, preparation), preparation, scales
        )
        self.dataset = dataset
        self.notes = [*dataset.notes, *unseen_notes(dataset, preparation), *new]
        several = any(each.end - each.first > 1 for each in dataset.stretches)
        self._step = dataset.step if several else preparation.step  # one row alone has no step
        self._vectors = series_places(dataset, preparation)
        self.train = self.validation = self.test = np.empty(0, np.int64)
        self.trained: list[Range] = []
        self._rows = prepared_rows(dataset, preparation, store, scales)
        width, size = self._rows.strides[0], preparation.window
        shape = (max(len(self._rows) - size + 1, 0), size, preparation.input_size)
        self._x = as_strided(self._rows, shape, (width, width, self._rows.itemsize), writeable=False)

    def _take(self, part: str, numbers: IntArray, least: int | None) -> None:
        """Take windows as a part; those that have not all their rows, but `least`, are known from then on."""
        setattr(self, part, numbers)
        if self.preparation.window and least is not None:
            self._short = np.union1d(self._short, numbers[~self._places.are_full(numbers)])

    @property
    def input_size(self) -> int:
        """D, the columns of x."""
        return self.preparation.input_size

    @property
    def horizon(self) -> int:
        """How many steps are predicted at once; 1 but for forecasts."""
        return self.preparation.horizon

    @property
    def extra_size(self) -> int:
        """E, the numbers known ahead that join the head; 0 if there are none."""
        return len(self.preparation.extra)

    @property
    def embeddings(self) -> tuple[tuple[str, int], ...]:
        """The columns of which the network learns a vector for each category, and how many there are."""
        return self.preparation.embeddings

    @property
    def classes(self) -> tuple[Any, ...] | None:
        """The classes in the order of their codes."""
        return self.preparation.classes

    def stretch_of(self, numbers: IntArray) -> IntArray:
        """Return which stretch of the dataset each window is in."""
        return self._places.stretch_of(numbers)

    def batch(self, numbers: ArrayLike) -> Batch:
        """Cut windows.

        Returns
        -------
        Batch
            x (N, T, D), label (N, horizon·K) scaled and NaN where missing (of classes the code (N, 1)),
            extra (N, E) or None, lengths (N,) where not all have `window` rows, codes (N, K) of learned
            vectors or None.
        """
        numbers = self.checked(numbers, whole=True)
        if self.preparation.window == 0 or (len(self._short) and np.isin(numbers, self._short).any()):
            x, lengths = ragged(self._rows, self._places.starts(numbers), numbers + 1)
        else:
            x, lengths = self._x[numbers - (self.preparation.window - 1)], None
        return Batch(x, self._labels(numbers), self._extra(numbers), lengths, codes=self._codes(numbers))

    def _codes(self, numbers: IntArray) -> IntArray | None:
        """Return (N, K) the codes of the learned vectors, or None where there are none."""
        return None if self._vectors is None else self._vectors[self._places.stretch_of(numbers)]

    def _extra(self, numbers: IntArray) -> FloatArray | None:
        preparation = self.preparation
        if not self.extra_size:
            return None
        parts = []
        if preparation.calendar:
            assert self.dataset.time is not None
            ahead = preparation.step.after(self.dataset.time[numbers], np.ones(1, np.int64))
            parts.append(calendar_of(ahead, preparation.zone, preparation.calendar, self._rows.dtype))
        if preparation.future:
            rows = numbers[:, np.newaxis] + self._places.steps
            ahead = self._rows[rows[:, :, np.newaxis], preparation.future_places]
            parts.append(ahead.reshape(len(numbers), -1))
        return np.concatenate(parts, axis=1)

    def walk(self, numbers: IntArray, rows: int) -> Walk:
        """Lay consecutive steps in rows; see `lay_walk`."""
        return lay_walk(
            self.dataset.stretches, np.asarray(numbers, dtype=np.int64), rows, self.preparation.window
        )

    def chunk(self, walk: Walk) -> Batch:
        """Cut a chunk of a walk (rows, T): x (rows, T, D), label (rows, T, P), extra (rows, T, E)."""
        past_end = walk.rows == PAST_END
        at = np.where(past_end, 0, walk.rows)
        x = self._rows[at]
        x[past_end] = 0
        label = self._labels(at.ravel()).reshape(*at.shape, -1)
        label[~walk.labelled] = np.nan
        extra = self._extra(at.ravel())
        extra = None if extra is None else extra.reshape(*at.shape, -1)
        return Batch(x, label, extra, codes=self._codes(at[:, 0]))  # a row walks along one series
