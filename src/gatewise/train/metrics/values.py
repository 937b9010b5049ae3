"""The metrics of values, each of the sums of a series: y are the truths, p the predictions, n how many."""

from __future__ import annotations

import numpy as np

from gatewise.support.arrays import FloatArray
from gatewise.train.metrics.metric import Metric
from gatewise.train.metrics.sums import ErrorSums


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """Return above / below, NaN where below is 0."""
    return np.asarray(above / np.where(below == 0, np.nan, below))


def _mae(sums: ErrorSums, scale: FloatArray) -> FloatArray:
    """Σ|p - y| / n."""
    return _ratio(sums.absolute, sums.known)


def _rmse(sums: ErrorSums, scale: FloatArray) -> FloatArray:
    """√(Σ(p - y)² / n)."""
    return np.asarray(np.sqrt(_ratio(sums.squared, sums.known)))


def _bias(sums: ErrorSums, scale: FloatArray) -> FloatArray:
    """Σ(p - y) / n: above 0, predictions are too high."""
    return _ratio(sums.signed, sums.known)


def _mape(sums: ErrorSums, scale: FloatArray) -> FloatArray:
    """100 Σ(|p - y| / |y|) / n; none if any y is 0, of which no error is a share."""
    return np.where(sums.zeros > 0, np.nan, 100 * _ratio(sums.shares, sums.known))


def _smape(sums: ErrorSums, scale: FloatArray) -> FloatArray:
    """100 Σ(2|p - y| / (|p| + |y|)) / n, 0 where both are 0: from 0 to 200."""
    return 100 * _ratio(sums.symmetric, sums.known)


def _mase(sums: ErrorSums, scale: FloatArray) -> FloatArray:
    """Σ|p - y| / n / the mean absolute difference of the training rows one season apart."""
    return _ratio(_mae(sums, scale), scale)


def _efficiency(sums: ErrorSums, scale: FloatArray) -> FloatArray:
    """1 - Σ(p - y)² / Σ(y - ȳ)²; none of one value, or where y is constant."""
    return 1 - _ratio(sums.squared, sums.y_spread)


def _kge(sums: ErrorSums, scale: FloatArray) -> FloatArray:
    """1 - √((r - 1)² + (α - 1)² + (β - 1)²): correlation, ratio of the spreads, ratio of the means.

    None where the mean of y is 0, or y or p is constant.
    """
    n = np.maximum(sums.known, 1)
    together = sums.py - sums.p * sums.y / n
    r = _ratio(together, np.sqrt(sums.p_spread * sums.y_spread))
    alpha = np.sqrt(_ratio(sums.p_spread, sums.y_spread))
    beta = _ratio(sums.p_from + sums.p / n, sums.y_from + sums.y / n)
    return np.asarray(1 - np.sqrt((np.clip(r, -1, 1) - 1) ** 2 + (alpha - 1) ** 2 + (beta - 1) ** 2))


def _none_known(sums: ErrorSums) -> str:
    return "" if sums.known.any() else "no truth is known"


def _zero_truth(sums: ErrorSums) -> str:
    """Say how many truths are 0."""
    zeros, count = int(sums.zeros.sum()), int(sums.known.sum())
    return f"{zeros:,} of {count:,} truths are 0, of which no error is a share" if zeros else ""


def _no_scale(sums: ErrorSums) -> str:
    return "no series has a scale: in the rows that it is taken from, each is constant or has a single value"


def _no_spread(sums: ErrorSums) -> str:
    """Say that there is nothing to compare a spread with."""
    if sums.known.max() < 2:
        return "there is one value, and one has no spread"
    return "" if sums.y_spread.any() else "the truth is constant"


def _no_kge(sums: ErrorSums) -> str:
    """Say which of the three ratios there is not."""
    if reason := _no_spread(sums):
        return reason
    return "" if sums.p_spread.any() else "the predictions are constant, and so have no correlation"


VALUES = (
    Metric(
        name="mae", title="mean absolute error", unit="target", better="smaller", of="value",
        source="Σ|p - y| / n", each=_mae,
    ),
    Metric(
        name="rmse", title="root mean squared error", unit="target", better="smaller", of="value",
        source="√(Σ(p - y)² / n)", each=_rmse,
    ),
    Metric(
        name="bias", title="bias", unit="target", better="level", of="value",
        source="Σ(p - y) / n", each=_bias,
    ),
    Metric(
        name="mape", title="mean absolute percentage error", unit="percent", better="smaller", of="value",
        source="100 Σ(|p - y| / |y|) / n; Hyndman and Koehler 2006", each=_mape, missing=_zero_truth,
    ),
    Metric(
        name="smape", title="symmetric mean absolute percentage error", unit="percent", better="smaller",
        of="value", source="Makridakis 1993, as in the M4 competition (Makridakis et al. 2020)", each=_smape,
    ),
    Metric(
        name="mase", title="mean absolute scaled error", unit="scaled", better="smaller", of="value",
        source="Hyndman and Koehler 2006", each=_mase, over="mean", missing=_no_scale,
    ),
    Metric(
        name="r2", title="R²", unit="score", better="larger", of="value",
        source="1 - Σ(p - y)² / Σ(y - ȳ)², as scikit-learn's r2_score", each=_efficiency, missing=_no_spread,
    ),
    Metric(
        name="nse", title="Nash-Sutcliffe efficiency", unit="score", better="larger", of="value",
        source="Nash and Sutcliffe 1970", each=_efficiency, over="median", missing=_no_spread,
    ),
    Metric(
        name="kge", title="Kling-Gupta efficiency", unit="score", better="larger", of="value",
        source="Gupta, Kling, Yilmaz and Martinez 2009", each=_kge, over="median", missing=_no_kge,
    ),
)  # fmt: skip


def why_none(metric: Metric, sums: ErrorSums) -> str:
    """Say why a metric has no value."""
    if reason := _none_known(sums):
        return reason
    if not np.isfinite(sums.squared).all():
        return "the predictions are no finite numbers, or too large"
    reason = metric.missing(sums) if metric.missing else ""
    return reason or ("the mean of the truth is 0" if metric.name == "kge" else "it is too large a number")
