"""`Windows`: a dataset cut into what a network reads, on demand; nothing is copied before it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import ArrayLike

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.support.options import as_choice
from gatewise.support.reprs import short_repr
from gatewise.train.data.prepare.calendar import calendar as calendar_of
from gatewise.train.data.prepare.categories import series_places, unseen_notes
from gatewise.train.data.prepare.checks import check_choice, check_same
from gatewise.train.data.prepare.outliers import nines, outlier_notes
from gatewise.train.data.prepare.preparation import Preparation
from gatewise.train.data.prepare.rows import label_columns, prepared_rows
from gatewise.train.data.prepare.splits import PARTS, split_rows
from gatewise.train.data.prepare.statistics import fit_preparation, negative_notes, refuse_negative
from gatewise.train.data.reading.dataset import Dataset
from gatewise.train.data.reading.reader import MEMORY
from gatewise.train.data.reading.steps import Times
from gatewise.train.data.reading.times import time_text
from gatewise.train.data.store import Store
from gatewise.train.data.windows.batch import Batch, ragged
from gatewise.train.data.windows.labels import Labels
from gatewise.train.data.windows.origins import PAST_END, Places, Walk, lay_walk
from gatewise.train.data.windows.selection import Chooser


class Windows(Labels):
    """Windows over a dataset. A window's number is the row of `dataset.values` that it ends with.

    Made by `Windows.fit` (split, and prepared by the training rows) or `Windows.of` (new data).

    Attributes
    ----------
    dataset : Dataset
        The data.
    preparation : Preparation
        How rows become x; see there.
    train, validation, test : int array
        Numbers of windows, rising. Of new data all are in `test`.
    notes : list of str
        What a user should know of how the data were taken.
    """

    def __init__(self, dataset: Dataset, preparation: Preparation, store: Store) -> None:
        super().__init__(
            label_columns(dataset, preparation), Places(dataset.stretches, preparation), preparation
        )
        self.dataset = dataset
        self.notes = [*dataset.notes, *unseen_notes(dataset, preparation)]
        self._vectors = series_places(dataset, preparation)
        self.train = self.validation = self.test = np.empty(0, np.int64)
        self._rows = prepared_rows(dataset, preparation, store)
        width, size = self._rows.strides[0], preparation.window
        shape = (max(len(self._rows) - size + 1, 0), size, preparation.input_size)
        self._x = as_strided(self._rows, shape, (width, width, self._rows.itemsize), writeable=False)

    @classmethod
    def fit(
        cls, dataset: Dataset, *, task: str = "forecast", window: int = 168, horizon: int | None = None,
        stride: int = 1, split: str = "time", validation: float | str = 0.15, test: float | str = 0.15,
        change: bool | None = None, calendar: bool | Sequence[str] = True, missing: str = "fill",
        scale_target: bool = True, log: bool = False, non_negative: bool = False,
        seed: int = 0, dtype: str = "float32",
        memory: int = MEMORY, scratch: Path | None = None,
    ) -> Self:  # fmt: skip
        """Split a dataset and find on its training rows how to prepare it.

        Parameters
        ----------
        task : str
            "forecast", "regress" or "classify"; see Preparation.
        window : int
            Rows looked back over; 0 takes each series whole, as one sequence with one label.
        horizon : int, optional
            Rows ahead that are predicted at once; of forecasts only. 24 if None.
        stride : int
            Rows from one training window to the next.
        split : str
            "time" or "group"; see `split_rows`.
        validation, test : float or str
            A share, or the time where that part begins.
        change : bool, optional
            Labels are changes from the last value known. If None, they are for forecasts of a scaled target.
        calendar : bool or list of str
            Calendar features: those that fit the step and of which training has seen a whole cycle; none;
            or any of "hour", "weekday", "year".
        missing : str
            For missing values of inputs: "fill" carries the last value forward and marks it, "drop" leaves
            the window out, "error" refuses. A missing target is a missing label.
        scale_target : bool
            Whether labels are scaled; counts for a likelihood of counts are not.
        log : bool
            Whether log(1 + y) is learned of each target, and read of its past. A target below 0 is refused.
        non_negative : bool
            Whether predictions below 0 are 0.
        dtype : str
            Of batches.

        Raises
        ------
        DataError
            If the data do not suffice; the message has the numbers.
        """
        dtype = as_choice("dtype", dtype, ("float32", "float64"))
        choice = check_choice(
            dataset, task, window, horizon, stride, split, change, missing, scale_target, log, non_negative
        )
        parts = split_rows(dataset, split, validation, test, seed, whole=window == 0)
        preparation = fit_preparation(dataset, [each[0] for each in parts], choice, calendar, dtype)
        windows = cls(dataset, preparation, Store(memory, scratch))
        if preparation.non_negative:
            windows.notes += negative_notes(dataset, [each[0] for each in parts])
        far = outlier_notes(dataset, [each[0] for each in parts])
        windows.notes += [*chain.from_iterable(far.values()), *nines(dataset, far)]
        chooser = Chooser(dataset, preparation, windows._places, windows._y)
        for place, name in enumerate(PARTS):
            setattr(windows, name, chooser.part(name, [part[place] for part in parts], stride))
        return windows

    @classmethod
    def of(
        cls, dataset: Dataset, preparation: Preparation, choose: str = "labelled", *, memory: int = MEMORY,
        scratch: Path | None = None,
    ) -> Self:  # fmt: skip
        """Take new data as they were taken in training; the windows are in `test`.

        Parameters
        ----------
        choose : str
            "labelled": those with a label, to evaluate. "last": the last of each series, to forecast what
            comes after it; of tasks other than forecast, as "every": all.

        Raises
        ------
        DataError
            If the data are not like those of the training, or hold no such window.
        """
        check_same(dataset, preparation)
        if preparation.log:
            refuse_negative(dataset)
        windows = cls(dataset, preparation, Store(memory, scratch))
        chooser = Chooser(dataset, preparation, windows._places, windows._y)
        windows.test = chooser.of(choose)
        windows.notes += [*chooser.notes, *nines(dataset)]
        return windows

    def __len__(self) -> int:
        return len(self.train) + len(self.validation) + len(self.test)

    def stretch_of(self, numbers: IntArray) -> IntArray:
        """Return which stretch of the dataset each window is in."""
        return self._places.stretch_of(numbers)

    # What a network is told ---------------------------------------------------------------------------------

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

    def batch(self, numbers: ArrayLike) -> Batch:
        """Cut windows.

        Returns
        -------
        Batch
            x (N, T, D), label (N, horizon·K) scaled and NaN where missing (of classes the code (N, 1)),
            extra (N, E) or None, lengths (N,) for window 0, codes (N, K) of learned vectors or None.
        """
        numbers = self.checked(numbers, whole=True)
        if self.preparation.window == 0:
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

    # From what a network answers ----------------------------------------------------------------------------

    def where(self, numbers: ArrayLike) -> tuple[list[Any], Times]:
        """Return the series of each window, and the times (N, horizon) that it predicts.

        Times are UTC where the data have a zone; without a time, rows of the series, from 0.
        """
        numbers = self.checked(numbers)
        stretch = self._places.stretch_of(numbers)
        ids = [self.dataset.ids[self.dataset.stretches[each].series] for each in stretch]
        if self.dataset.time is None:
            return ids, (numbers - self._places.firsts[stretch])[:, np.newaxis] + self._places.steps
        return ids, self.dataset.step.after(
            self.dataset.time[numbers][:, np.newaxis], self._places.steps[np.newaxis]
        )

    def span(self, numbers: ArrayLike) -> tuple[str, str] | None:
        """Return the first and the last time that windows predict, written by the clocks of the data's zone.

        Of a single series without times they are rows, from 1; of several there is none.
        """
        numbers = self.checked(numbers)
        time = self.dataset.time
        if not len(numbers) or (time is None and len(self.dataset.ids) > 1):
            return None
        order = numbers if time is None else time[numbers]
        ends = numbers[[int(np.argmin(order)), int(np.argmax(order))]]
        _, times = self.where(ends)
        zone = self.preparation.zone
        if time is None:
            return f"row {times.min() + 1}", f"row {times.max() + 1}"
        return time_text(times.min(), zone), time_text(times.max(), zone) + (f" {zone}" if zone else "")

    def fingerprint(self) -> str:
        """Return the hash of the data."""
        return self.dataset.fingerprint()

    # Truncated backpropagation ------------------------------------------------------------------------------

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

    def __repr__(self) -> str:
        parts = {name: len(getattr(self, name)) for name in ("train", "validation", "test")}
        return short_repr(self, self.preparation.task, window=self.preparation.window, **parts)
