"""`score`: one number of some windows, for early stopping and for a search for settings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gatewise.errors import ArgumentError
from gatewise.support.arrays import FloatArray
from gatewise.train.metrics.classes import of_classes, why_no
from gatewise.train.metrics.known import Metrics
from gatewise.train.metrics.measured import measured, of_values
from gatewise.train.metrics.quantiles import of_quantiles
from gatewise.train.metrics.sums import Scales
from gatewise.train.metrics.table import METRICS


def score(
    metric: str,
    predicted: FloatArray,
    truth: FloatArray,
    scales: Scales | None = None,
    levels: Sequence[float] | None = None,
) -> float | None:
    """Return the value of one metric, in the target's own units; None where it has none.

    Of several targets it is the mean over those that have a value. `METRICS[metric].better` says whether
    "smaller" or "larger" is better.

    Parameters
    ----------
    metric : str
        A name of `METRICS`.
    predicted : array
        (N, horizon, K); of metric pinball (N, horizon, K, Q), a quantile for each of `levels`; of metrics of
        classes the probabilities (N, C).
    truth : array
        (N, horizon, K), of classes the codes (N,); NaN where it is not known.
    scales : Scales, optional
        The series of each window, and what their errors are divided by, for mase, nse and kge; without it the
        windows are of one series and mase has no value. `gatewise.train.model.scales.scales_of` makes them.
    levels : sequence of float, optional
        Those of the quantiles.

    Raises
    ------
    ArgumentError
        If there is no such metric, or the levels are missing.
    """
    return _scored(metric, predicted, truth, scales, levels)[0]


def why_no_score(metric: str, truth: FloatArray, scales: Scales | None = None, classes: int = 0) -> str:
    """Say why a metric has no value on these truths, whatever is predicted; empty where it has one."""
    if classes:
        chances = np.eye(classes)[np.nan_to_num(truth).astype(int)]
        found, reason = _scored(metric, chances, truth, scales, None)
    elif metric == "pinball":
        found, reason = _scored(metric, truth[..., np.newaxis], truth, scales, (0.5,))
    else:
        found, reason = _scored(metric, truth, truth, scales, None)
    return reason if found is None else ""


def _scored(
    metric: str,
    predicted: FloatArray,
    truth: FloatArray,
    scales: Scales | None,
    levels: Sequence[float] | None,
) -> tuple[float | None, str]:
    """Return the value, and the reason where there is none."""
    row = METRICS.get(metric)
    if row is None or (row.of == "quantile" and row.name != "pinball"):
        offered = ", ".join(name for name in METRICS if name not in ("inside", "width"))
        raise ArgumentError(f"metric={metric} is not offered. Choose from: {offered}.")
    if row.of == "class":
        value = of_classes(predicted, truth)[metric]
        return value, "" if value is not None else why_no(metric, truth)
    targets = truth.shape[-1]
    scales = scales or Scales.none(len(truth), targets)
    found: list[float | None] = []
    reason = ""
    for k in range(targets):
        values: Metrics
        if row.of == "quantile":
            if levels is None:
                raise ArgumentError("metric=pinball needs the levels of the quantiles.")
            values = of_quantiles(predicted[..., k, :], levels, truth[..., k])
            reason = "no truth is known"
        elif metric in ("mae", "rmse"):
            values = of_values(predicted[..., k], truth[..., k])
            reason = "no truth is known"
        else:
            about = measured(predicted[..., k], truth[..., k], scales, k)
            values, reason = about.together, about.reasons.get(metric, reason)
        found.append(values[metric])
    known = [value for value in found if value is not None]
    return (float(np.mean(known)), "") if known else (None, reason)
