"""`Labels`: what windows are to predict, scaled and in its own units; what they read is cut in windows.py."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from gatewise.support.arrays import FloatArray, IntArray, as_numbers
from gatewise.support.options import as_flag
from gatewise.train.data.data_error import DataError
from gatewise.train.data.prepare.columns import SeriesScale
from gatewise.train.data.prepare.preparation import Preparation
from gatewise.train.data.windows.origins import Places


class Labels:
    """The labels of windows, by the windows' numbers.

    Parameters
    ----------
    y : array (rows, K)
        The targets of every row, NaN where missing: values, or codes of classes.
    scales : list of SeriesScale
        How each stretch is scaled, where each series has a scaling of its own; else empty.
    """

    def __init__(
        self, y: FloatArray, places: Places, preparation: Preparation, scales: Sequence[SeriesScale] = ()
    ) -> None:
        self.preparation = preparation
        self._y, self._places = y, places
        self._short = np.empty(0, np.int64)  # windows that were chosen though they have not all their rows
        self._mean, self._scale = np.asarray(preparation.label_mean), np.asarray(preparation.label_scale)
        self._scales = scales
        self._own_mean = np.array([each.label_mean for each in scales])
        self._own_scale = np.array([each.label_scale for each in scales])

    def checked(self, numbers: ArrayLike, *, whole: bool = False) -> IntArray:
        """Read numbers of windows; `whole` asks that each has all its rows, or was chosen with fewer.

        Raises
        ------
        DataError
            If one is no window of these data: an index from the end would be another window's.
        """
        read, rows = as_numbers("numbers", numbers), len(self._y)
        if read.ndim != 1 or (read.size and read.dtype.kind not in "iu"):
            raise DataError(f"numbers is {read.shape} of {read.dtype}; it must be whole numbers, (N,).")
        found = np.array(read, dtype=np.int64)  # what is checked is what is used
        if found.size and (found.min() < 0 or found.max() >= rows):
            lowest, highest = found.min(), found.max()
            raise DataError(f"numbers go from {lowest} to {highest}; the data have rows 0 to {rows - 1}.")
        window = self.preparation.window
        if as_flag("whole", whole) and window:
            outside = ~self._places.are_full(found)
            if outside.any() and not np.isin(found[outside], self._short).all():
                raise DataError(
                    f"window {found[outside][0]} has not all of its {window} rows; windows are numbered by "
                    "their last row."
                )
        return found

    @property
    def targets(self) -> int:
        """K, how many targets there are."""
        return len(self.preparation.targets)

    @property
    def scales(self) -> Sequence[SeriesScale]:
        """How each stretch is scaled, where each series has a scaling of its own; else empty."""
        return self._scales

    @property
    def label_mean(self) -> FloatArray:
        """The training mean of each target, (K,), in its own units; of logarithms, what their mean is of."""
        return np.expm1(self._mean) if self.preparation.log else self._mean

    def _labels(self, numbers: IntArray) -> FloatArray:
        """Return the labels (N, horizon·K), scaled; of classes the code (N, 1)."""
        y = self._truth(numbers)
        if self.preparation.classes is None:
            with np.errstate(over="ignore"):
                y = (self.preparation.as_learned(y) - self._zero(numbers)) / self._scale_of(numbers)[
                    :, np.newaxis
                ]
        with np.errstate(over="ignore"):  # what is beyond the precision is infinite
            return y.reshape(len(y), math.prod(y.shape[1:])).astype(self.preparation.dtype)

    def _zero(self, numbers: IntArray) -> FloatArray:
        """Return (N, 1 or horizon, K) what labels, as learned, count from: last value, season or mean."""
        if not self.preparation.change:
            return self._mean_of(numbers)[:, np.newaxis]
        if self.preparation.season:
            return self.preparation.as_learned(self.season_values(numbers, self.preparation.season))
        return self.preparation.as_learned(self.last_values(numbers))[:, np.newaxis]

    def _mean_of(self, numbers: IntArray) -> FloatArray:
        """Return (N, K) the training mean of each target, as learned: of the table or the series."""
        if self._scales:
            return np.asarray(self._own_mean[self._places.stretch_of(numbers)])
        return np.broadcast_to(self._mean, (len(numbers), self.targets))

    def _scale_of(self, numbers: IntArray) -> FloatArray:
        """Return (N, K) what labels are divided by."""
        if self._scales:
            return np.asarray(self._own_scale[self._places.stretch_of(numbers)])
        return np.broadcast_to(self._scale, (len(numbers), self.targets))

    def units(self, numbers: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return what labels count from, as learned, and what they are divided by: (N, horizon, K) each."""
        read = self.checked(numbers)
        shape = (len(read), self.preparation.horizon, self.targets)
        zero, scale = self._zero(read), self._scale_of(read)[:, np.newaxis]
        return np.broadcast_to(zero, shape), np.broadcast_to(scale, shape)

    def last_values(self, numbers: IntArray) -> FloatArray:
        """Return (N, K) the last value of each target in the window; without one the training mean."""
        last = self._y[numbers]
        for row in np.flatnonzero(np.isnan(last).any(axis=1)):
            before = np.array(self._y[int(self._places.starts(numbers[row : row + 1])[0]) : numbers[row] + 1])
            for k in np.flatnonzero(np.isnan(last[row])):
                known = before[~np.isnan(before[:, k]), k]
                if len(known):
                    last[row, k] = known[-1]
                else:
                    last[row, k] = self.preparation.as_given(self._mean_of(numbers[row : row + 1]))[0, k]
        return last

    def values_before(self, numbers: IntArray, period: int) -> FloatArray:
        """Return (N, horizon, K) the targets whole periods before; NaN where there is none."""
        steps = self._places.steps
        back = steps - period * -(-steps // period)  # -period < back <= 0
        return self.targets_at(numbers[:, np.newaxis] + back, self._places.stretch_of(numbers))

    def season_values(self, numbers: IntArray, period: int) -> FloatArray:
        """Return (N, horizon, K) the targets whole periods before; where there is none, the last value."""
        values = self.values_before(numbers, period)
        gone = np.isnan(values)
        if not gone.any():
            return values
        return np.where(gone, self.last_values(numbers)[:, np.newaxis], values)

    def truth(self, numbers: ArrayLike) -> FloatArray:
        """Return what came, in its own units: (N, horizon, K), NaN where missing; of classes codes (N,)."""
        y = self._truth(self.checked(numbers))
        return y if self.preparation.classes is None else y[:, 0, 0]

    def _truth(self, numbers: IntArray) -> FloatArray:
        if self.preparation.window == 0:
            return self._label_of_sequence(numbers)
        return self.targets_at(numbers[:, np.newaxis] + self._places.steps, self._places.stretch_of(numbers))

    def targets_at(self, rows: IntArray, stretch: IntArray) -> FloatArray:
        """Return the targets (N, steps, K) at rows (N, steps), NaN outside of the stretch (N,) of each."""
        y: FloatArray = self._y[np.clip(rows, 0, len(self._y) - 1)]
        outside = (rows >= self._places.ends[stretch][:, np.newaxis]) | (
            rows < self._places.firsts[stretch][:, np.newaxis]
        )
        if outside.any():
            y[outside] = np.nan
        return y

    def _label_of_sequence(self, numbers: IntArray) -> FloatArray:
        """Return the last label that each sequence has."""
        y = np.full((len(numbers), 1, self.targets), np.nan)
        for place, (first, number) in enumerate(zip(self._places.starts(numbers), numbers, strict=True)):
            labels = self._y[first : number + 1]
            for k in range(self.targets):
                known = labels[~np.isnan(labels[:, k]), k]
                y[place, 0, k] = known[-1] if len(known) else np.nan
        return y

    def without_gaps(self, numbers: IntArray) -> Self:
        """Return the same with labels on straight lines where they are missing.

        Only labels of the windows `numbers` are used; before the first and after the last they stay so.
        """
        used = np.zeros(len(self._y), bool)
        for step in self._places.steps:
            used[np.minimum(numbers + step, len(used) - 1)] = True
        filled = np.array(self._y)
        for first, end in zip(self._places.firsts, self._places.ends, strict=True):
            for k in range(self.targets):
                known = first + np.flatnonzero(used[first:end] & ~np.isnan(filled[first:end, k]))
                if len(known):
                    rows = np.arange(known[0], known[-1] + 1)
                    filled[rows, k] = np.interp(rows, known, filled[known, k])
        same = copy(self)
        mean = self.label_mean
        if self._scales:
            mean = self.preparation.as_given(self._mean_of(np.arange(len(filled))))
        same._y = np.where(np.isnan(filled), mean, filled)
        return same

    def restore(self, values: ArrayLike, numbers: ArrayLike) -> FloatArray:
        """Return predicted labels (N, horizon, K, …) in the target's own units."""
        numbers = self.checked(numbers)
        values = self._predicted(values, numbers)
        zero = self._shaped(self._zero(numbers), values)
        return self.preparation.as_given(values * self._shaped(self._scale_of(numbers), values) + zero)

    def restore_spread(self, values: ArrayLike, numbers: ArrayLike | None = None) -> FloatArray:
        """Return predicted standard deviations (N, horizon, K, …) in the target's own units.

        The windows' numbers are needed where each series has a scaling of its own.
        """
        if numbers is None:
            if self._scales:
                raise DataError("each series has its own scale here: give the numbers of the windows, too.")
            values = self._predicted(values)
            return values * self._shaped(self._scale[np.newaxis], values)
        numbers = self.checked(numbers)
        values = self._predicted(values, numbers)
        return values * self._shaped(self._scale_of(numbers), values)

    def _predicted(self, values: ArrayLike, numbers: IntArray | None = None) -> FloatArray:
        """Read what a network predicted of some windows, (N, horizon, K, …)."""
        read = as_numbers("values", values)
        if read.ndim < 3 or read.shape[2] != self.targets:
            raise DataError(f"values is {read.shape}; it must be (N, horizon, {self.targets}, …).")
        if numbers is not None and len(read) != len(numbers):
            raise DataError(f"values is {read.shape}; there are {len(numbers)} windows, one row for each.")
        return read

    def _shaped(self, rows: FloatArray, values: FloatArray) -> FloatArray:
        """Give numbers (N, K) or (N, 1 or horizon, K) the axes of values (N, horizon, K, …)."""
        steps = rows.shape[1] if rows.ndim == 3 else 1
        return rows.reshape(len(rows), steps, self.targets, *[1] * (values.ndim - 3))
