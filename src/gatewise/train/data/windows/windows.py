"""`Windows`: which windows a dataset has, in which part, and where they stand.

What they read is cut in inputs.py, on demand; what they are to predict is in labels.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from gatewise.support.options import as_choice, as_flag
from gatewise.support.reprs import short_repr
from gatewise.train.data.data_error import DataError
from gatewise.train.data.prepare.checks import check_choice, check_same
from gatewise.train.data.prepare.outliers import nines, outlier_notes
from gatewise.train.data.prepare.preparation import Preparation
from gatewise.train.data.prepare.series_scaling import with_series_scales
from gatewise.train.data.prepare.splits import PARTS, split_rows
from gatewise.train.data.prepare.statistics import fit_preparation, negative_notes, refuse_negative
from gatewise.train.data.reading.dataset import Dataset
from gatewise.train.data.reading.reader import MEMORY
from gatewise.train.data.reading.steps import Times
from gatewise.train.data.reading.times import time_text
from gatewise.train.data.store import Store
from gatewise.train.data.windows.inputs import WindowInputs
from gatewise.train.data.windows.selection import LEAST_LEARNED, Chooser

SCALES = ("table", "series")


class Windows(WindowInputs):
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
    trained : list of (int, int)
        Of each stretch the first row of the training and the row past its last; empty of new data.
    notes : list of str
        What a user should know of how the data were taken.
    """

    @classmethod
    def fit(
        cls, dataset: Dataset, *, task: str = "forecast", window: int = 168, horizon: int | None = None,
        stride: int = 1, split: str = "time", validation: float | str = 0.15, test: float | str = 0.15,
        change: bool | None = None, calendar: bool | Sequence[str] = True, missing: str = "fill",
        scale_target: bool = True, scale: str = "table", season: int = 0, past: str = "values",
        log: bool = False, non_negative: bool = False,
        short: bool = False, seed: int = 0, dtype: str = "float32",
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
        scale : str
            "table": by mean and spread of each column; "series": of each column in each series, but of
            static columns. A series that training has not seen is scaled by its own history.
        season : int
            Labels are changes from the value so many rows before; 0: from the last value. Where `change` is.
        past : str
            Whether the target's own past is read as "values" or as "changes"; see Preparation.
        log : bool
            Whether log(1 + y) is learned of each target, and read of its past. A target below 0 is refused.
        non_negative : bool
            Whether predictions below 0 are 0.
        short : bool
            Whether a series that has no full window in a part gives it windows of the rows that it has, two
            at least; they come with `lengths`.
        dtype : str
            Of batches.

        Raises
        ------
        DataError
            If the data do not suffice; the message has the numbers.
        """
        dtype = as_choice("dtype", dtype, ("float32", "float64"))
        choice = check_choice(
            dataset,
            task,
            window,
            horizon,
            stride,
            split,
            change,
            missing,
            scale_target,
            log,
            non_negative,
            season,
            past,
        )
        parts = split_rows(dataset, split, validation, test, seed, whole=window == 0)
        preparation = fit_preparation(dataset, [each[0] for each in parts], choice, calendar, dtype)
        if as_choice("scale", scale, SCALES) == "series":
            if dataset.series_name is None:
                raise DataError(
                    "scale=series is for tables of several series: name their column with series."
                )
            preparation = with_series_scales(dataset, preparation, [each[0] for each in parts])
        windows = cls(dataset, preparation, Store(memory, scratch))
        windows.trained = [each[0] for each in parts]
        if preparation.non_negative:
            windows.notes += negative_notes(dataset, [each[0] for each in parts])
        far = outlier_notes(dataset, [each[0] for each in parts])
        windows.notes += [*chain.from_iterable(far.values()), *nines(dataset, far)]
        least = LEAST_LEARNED if as_flag("short", short) else None
        chooser = Chooser(dataset, preparation, windows._places, windows._y, least)
        for place, name in enumerate(PARTS):
            windows._take(name, chooser.part(name, [part[place] for part in parts], stride), least)
        others = np.concatenate([windows.validation, windows.test])
        windows.notes += chooser.series_notes(windows.train, others, split)
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
            comes after it; of tasks other than forecast, as "every": all. Where a series has no full window,
            windows of the rows that it has, from one on; a note says so.

        Raises
        ------
        DataError
            If the data are not like those of the training, or hold no such window.
        """
        check_same(dataset, preparation)
        if preparation.log:
            refuse_negative(dataset)
        from_the_end = choose == "last" and preparation.task == "forecast"
        windows = cls(dataset, preparation, Store(memory, scratch), from_the_end=from_the_end)
        chooser = Chooser(dataset, preparation, windows._places, windows._y, least=1)
        windows._take("test", chooser.of(choose), least=1)
        windows.notes += [*chooser.notes, *nines(dataset)]
        return windows

    def __len__(self) -> int:
        return len(self.train) + len(self.validation) + len(self.test)

    def where(self, numbers: ArrayLike) -> tuple[list[Any], Times]:
        """Return the series of each window, and the times (N, horizon) that it predicts.

        Times are UTC where the data have a zone; without a time, rows of the series, from 0.
        """
        numbers = self.checked(numbers)
        stretch = self._places.stretch_of(numbers)
        ids = [self.dataset.ids[self.dataset.stretches[each].series] for each in stretch]
        if self.dataset.time is None:
            return ids, (numbers - self._places.firsts[stretch])[:, np.newaxis] + self._places.steps
        return ids, self._step.after(
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

    def __repr__(self) -> str:
        parts = {name: len(getattr(self, name)) for name in ("train", "validation", "test")}
        return short_repr(self, self.preparation.task, window=self.preparation.window, **parts)
