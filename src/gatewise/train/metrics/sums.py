"""`ErrorSums`: what the metrics of values need to know of errors, summed for each series.

Sums of two sets of windows add up to those of both, so steps ahead are measured one by one and then together,
and no array is larger than the windows of one step.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatewise.support.arrays import FloatArray, IntArray


class Scales(NamedTuple):
    """Which series each window is of, and what its errors are divided by for MASE.

    Attributes
    ----------
    series : int array (N,)
        The number of each window's series, 0 to S-1.
    scale : array (S, K)
        Of each series and target, in the target's own units; NaN of a constant series.
    """

    series: IntArray
    scale: FloatArray

    @classmethod
    def none(cls, windows: int, targets: int) -> Scales:
        """Return one series without a scale."""
        return cls(np.zeros(windows, np.int64), np.full((1, targets), np.nan))


class ErrorSums(NamedTuple):
    """Sums over the known truths y of each series and the predictions p of them, all (S,).

    Attributes
    ----------
    known : array
        How many truths are known.
    absolute, squared, signed : array
        Of |p - y|, (p - y)² and p - y.
    shares, zeros : array
        Of |p - y| / |y| where y is not 0, and how often it is.
    symmetric : array
        Of 2 |p - y| / (|p| + |y|), 0 where both are 0.
    y, yy, p, pp, py : array
        Of y - y₀, its square, p - p₀, its square, and the product; a constant series so has squares of
        exactly 0.
    y_from, p_from : array
        y₀ and p₀: the first truth of the series, and its prediction.
    """

    known: FloatArray
    absolute: FloatArray
    squared: FloatArray
    signed: FloatArray
    shares: FloatArray
    zeros: FloatArray
    symmetric: FloatArray
    y: FloatArray
    yy: FloatArray
    p: FloatArray
    pp: FloatArray
    py: FloatArray
    y_from: FloatArray
    p_from: FloatArray

    def plus(self, other: ErrorSums) -> ErrorSums:
        """Return the sums over both; the series are the same, and counted from the same values."""
        added = [here + there for here, there in zip(self[:-2], other[:-2], strict=True)]
        return ErrorSums._make([*added, self.y_from, self.p_from])

    @property
    def y_spread(self) -> FloatArray:
        """Σ (y - ȳ)² of each series."""
        return _spread(self.yy, self.y, self.known)

    @property
    def p_spread(self) -> FloatArray:
        """Σ (p - p̄)² of each series."""
        return _spread(self.pp, self.p, self.known)

    def pooled(self) -> ErrorSums:
        """Return the sums over all series as if they were one.

        Spreads are joined by the means of the series (Chan, Golub and LeVeque 1983), so that series of
        different size lose no digits. Products of y and p are not joined.
        """
        there = self.known > 0
        n, total = self.known[there], self.known.sum()
        means = self.y_from[there] + self.y[there] / n
        start = means[0] if len(means) else 0.0
        mean = start + (n * (means - start)).sum() / max(total, 1)
        within, between = self.y_spread[there].sum(), (n * (means - mean) ** 2).sum()
        sums = [np.array([field.sum()]) for field in self[:7]]
        none, unknown = np.zeros(1), np.full(1, np.nan)
        moments = (none, np.array([within + between]), unknown, unknown, unknown)
        return ErrorSums._make([*sums, *moments, np.array([mean]), unknown])


def _spread(squares: FloatArray, sums: FloatArray, count: FloatArray) -> FloatArray:
    return np.maximum(squares - sums**2 / np.maximum(count, 1), 0)


class Starts(NamedTuple):
    """What y and p of each series are counted from, (S,) each."""

    y: FloatArray
    p: FloatArray

    @classmethod
    def of(cls, predicted: FloatArray, truth: FloatArray, series: IntArray, size: int) -> Starts:
        """Take each series' first known truth and its prediction, of arrays (N, horizon); 0 without one."""
        known = ~np.isnan(truth)
        rows = np.flatnonzero(known.any(axis=1))
        numbers, places = np.unique(series[rows], return_index=True)
        rows = rows[places]
        steps = known[rows].argmax(axis=1)
        y, p = np.zeros(size), np.zeros(size)
        y[numbers], p[numbers] = truth[rows, steps], np.nan_to_num(predicted[rows, steps])
        return cls(y, p)


def error_sums(predicted: FloatArray, truth: FloatArray, series: IntArray, starts: Starts) -> ErrorSums:
    """Sum over windows (N,), of which `series` (N,) names the series; NaN is no truth."""
    known = ~np.isnan(truth)
    p, y = predicted, truth
    if not known.all():
        p, y, series = predicted[known], truth[known], series[known]
    with np.errstate(all="ignore"):  # NaN and infinity show in the result, not as warnings
        error = p - y
        size, zero = np.abs(error), y == 0
        both = np.abs(p) + np.abs(y)
        y0, p0 = y - starts.y[series], p - starts.p[series]
        terms = (
            np.ones(len(y)), size, error**2, error, size / np.where(zero, np.inf, np.abs(y)), zero,
            np.where(both == 0, 0, 2 * size / both), y0, y0**2, p0, p0**2, p0 * y0,
        )  # fmt: skip
        sums = [_by_series(term, series, len(starts.y)) for term in terms]
    return ErrorSums._make([*sums, starts.y, starts.p])


def _by_series(terms: NDArray[np.generic], series: IntArray, size: int) -> FloatArray:
    if size == 1:
        return np.array([terms.sum()], dtype=np.float64)
    return np.bincount(series, weights=terms, minlength=size)
