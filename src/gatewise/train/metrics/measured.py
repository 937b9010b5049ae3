"""`measured`: every metric of values for one target, together, by step and by series."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.train.metrics.known import Metrics, finite
from gatewise.train.metrics.sums import ErrorSums, Scales, Starts, error_sums
from gatewise.train.metrics.values import VALUES, why_none

PIECE = 1 << 13  # windows


class Measured(NamedTuple):
    """What predictions of one target are worth.

    Attributes
    ----------
    together : dict
        Each metric over all windows and series.
    reasons : dict
        Why a metric has no value, where it has none.
    by_step : dict
        Each metric for each step ahead, a list.
    by_series : dict
        Each metric for each series (S,), NaN where it has none.
    known : array (S,)
        How many truths each series has.
    """

    together: Metrics
    reasons: dict[str, str]
    by_step: dict[str, list[float | None]]
    by_series: dict[str, FloatArray]
    known: FloatArray


def of_values(predicted: FloatArray, truth: FloatArray) -> Metrics:
    """Return the mean absolute and the root mean squared error, where there is a truth (NaN: none)."""
    error = (predicted - truth)[~np.isnan(truth)]
    if not len(error):
        return {"mae": None, "rmse": None}
    with np.errstate(all="ignore"):
        return {"mae": finite(np.abs(error).mean()), "rmse": finite(np.sqrt((error**2).mean()))}


def measured(predicted: FloatArray, truth: FloatArray, scales: Scales, target: int = 0) -> Measured:
    """Measure predictions (N, horizon) of one target against the truth (N, horizon), NaN where none is known.

    Parameters
    ----------
    scales : Scales
        The series of each window, and their scales.
    target : int
        Which column of the scales is the target's.
    """
    series, scale = scales.series, scales.scale[:, target]
    starts = Starts.of(predicted, truth, series, len(scale))
    steps = _by_step(predicted, truth, series, starts)
    whole = steps[0]
    for step in steps[1:]:
        whole = whole.plus(step)
    with np.errstate(all="ignore"):  # NaN and infinity show in the result, not as warnings
        together = _together(whole, scale) | of_values(predicted, truth)
        by_step = [_together(step, scale) for step in steps]
        by_series = {metric.name: metric.each(whole, scale) for metric in VALUES if metric.each}
    reasons = {metric.name: why_none(metric, whole) for metric in VALUES if together[metric.name] is None}
    listed = {metric.name: [step[metric.name] for step in by_step] for metric in VALUES}
    listed["mae"] = [of_values(predicted[:, h], truth[:, h])["mae"] for h in range(truth.shape[1])]
    return Measured(together, reasons, listed, by_series, whole.known)


def _by_step(predicted: FloatArray, truth: FloatArray, series: IntArray, starts: Starts) -> list[ErrorSums]:
    """Sum each step ahead, in pieces of windows that stay in a cache."""
    piece = max(PIECE, 8 * len(starts.y))
    steps: list[ErrorSums] = []
    for first in range(0, max(len(truth), 1), piece):
        part = slice(first, first + piece)
        p, y = np.ascontiguousarray(predicted[part].T), np.ascontiguousarray(truth[part].T)
        sums = [error_sums(p[h], y[h], series[part], starts) for h in range(len(y))]
        steps = [before.plus(more) for before, more in zip(steps, sums, strict=True)] if steps else sums
    return steps


def _together(sums: ErrorSums, scale: FloatArray) -> Metrics:
    return {metric.name: finite(metric.together(sums, scale)) for metric in VALUES}
