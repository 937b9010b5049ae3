"""Metrics of probabilities of classes (N, C), beside the class that came (N,)."""

from __future__ import annotations

import numpy as np

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.train.metrics.known import Metrics, finite
from gatewise.train.metrics.metric import Metric

LEAST = 1e-15  # of a probability in the logarithm: a class that was said to be impossible costs 34.5
CLASSES = (
    Metric(
        name="accuracy", title="accuracy", unit="share", better="larger", of="class",
        source="the share of windows whose most probable class came",
    ),
    Metric(
        name="log_loss", title="log loss", unit="nats", better="smaller", of="class",
        source="-Σ log P(the class that came) / n (Good 1952), P at least 1e-15",
    ),
    Metric(
        name="balanced_accuracy", title="balanced accuracy", unit="share", better="larger", of="class",
        source="the mean over classes of the share of a class that was found; Brodersen et al. 2010",
    ),
    Metric(
        name="f1", title="F1", unit="share", better="larger", of="class",
        source="2 tp / (2 tp + fp + fn), the mean over classes; van Rijsbergen 1979",
    ),
    Metric(
        name="auc", title="area under the ROC curve", unit="share", better="larger", of="class",
        source="one class against the others by ranks, the mean over classes; Hanley and McNeil 1982",
    ),
)  # fmt: skip
NO_CLASS = "no class is known"
ONE_CLASS = "all windows are of one class, so none can be told from another"


def of_classes(chances: FloatArray, truth: FloatArray) -> Metrics:
    """Return the metrics of probabilities (N, C), where there is a class (NaN: none)."""
    there = ~np.isnan(truth)
    codes, chances = truth[there].astype(int), chances[there]
    if not len(codes):
        return dict.fromkeys(metric.name for metric in CLASSES)
    said, classes = chances.argmax(axis=1), chances.shape[1]
    right = chances[np.arange(len(codes)), codes]
    came, claimed = np.bincount(codes, minlength=classes), np.bincount(said, minlength=classes)
    found = np.bincount(codes[said == codes], minlength=classes)
    any_of, either = came > 0, came + claimed > 0
    return {
        "accuracy": float((said == codes).mean()),
        "log_loss": finite(-np.log(np.maximum(right, LEAST)).mean()),
        "balanced_accuracy": float((found[any_of] / came[any_of]).mean()),
        "f1": float((2 * found[either] / (came + claimed)[either]).mean()),
        "auc": finite(_auc(chances, codes, came)),
    }


def why_no(name: str, truth: FloatArray) -> str:
    """Say why a metric of classes has no value."""
    codes = truth[~np.isnan(truth)]
    if not len(codes):
        return NO_CLASS
    if name == "auc" and len(np.unique(codes)) < 2:
        return ONE_CLASS
    return "the probabilities are no finite numbers"


def _auc(chances: FloatArray, codes: IntArray, came: IntArray) -> float:
    """Return the mean over classes of P(a window of the class gets more than another), ties counted half."""
    if np.isnan(chances).any():
        return float("nan")
    areas = []
    for code in np.flatnonzero((came > 0) & (came < len(codes))):
        _, place, number = np.unique(chances[:, code], return_inverse=True, return_counts=True)
        rank = (np.cumsum(number) - (number - 1) / 2)[place]
        inside = codes == code
        n, others = int(came[code]), len(codes) - int(came[code])
        areas.append((rank[inside].sum() - n * (n + 1) / 2) / (n * others))
    return float(np.mean(areas)) if areas else float("nan")


def by_series_of_classes(
    chances: FloatArray, truth: FloatArray, series: IntArray, size: int
) -> dict[str, FloatArray]:
    """Return accuracy and log loss of each series, (S,), NaN where no class is known."""
    there = ~np.isnan(truth)
    codes, chances, series = truth[there].astype(int), chances[there], series[there]
    right = chances[np.arange(len(codes)), codes]
    count = np.bincount(series, minlength=size)
    terms = {"accuracy": chances.argmax(axis=1) == codes, "log_loss": -np.log(np.maximum(right, LEAST))}
    return {
        name: np.bincount(series, weights=each, minlength=size) / np.where(count, count, np.nan)
        for name, each in terms.items()
    }
