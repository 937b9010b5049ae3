"""Metrics of quantiles: the pinball loss, and how often and how far apart the outermost pair is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gatewise.support.arrays import FloatArray
from gatewise.train.metrics.known import Metrics, finite
from gatewise.train.metrics.metric import Metric

QUANTILES = (
    Metric(
        name="pinball", title="pinball loss", unit="target", better="smaller", of="quantile",
        source="Koenker and Bassett 1978; the mean over truths and levels",
    ),
    Metric(
        name="inside", title="share of truths inside the interval", unit="share", better="level",
        of="quantile", source="Gneiting and Raftery 2007: coverage; to be compared with the levels' distance",
    ),
    Metric(
        name="width", title="mean width of the interval", unit="target", better="level", of="quantile",
        source="Gneiting and Raftery 2007: sharpness; the smaller of two that cover alike is better",
    ),
)  # fmt: skip


def of_quantiles(quantiles: FloatArray, levels: Sequence[float], truth: FloatArray) -> Metrics:
    """Return the mean pinball loss, and share of truths inside and width of the outermost pair of quantiles.

    `quantiles` has one more axis than `truth`, the last, for the levels. Interval metrics have the levels in
    their names, inside_0.1-0.9; of a single level there is none.
    """
    there = ~np.isnan(truth)
    error = truth[there][:, np.newaxis] - quantiles[there]
    names = interval_names(levels)
    if not len(error):
        return dict.fromkeys(("pinball", *names))
    level = np.asarray(levels)
    pinball = finite(np.maximum(level * error, (level - 1) * error).mean())
    if len(levels) < 2:
        return {"pinball": pinball}
    inside = float(((error[:, 0] >= 0) & (error[:, -1] <= 0)).mean())
    return {"pinball": pinball, names[0]: inside, names[1]: finite((error[:, 0] - error[:, -1]).mean())}


def interval_names(levels: Sequence[float]) -> tuple[str, ...]:
    """Return the keys of coverage and width of the outermost pair of levels."""
    return tuple(f"{name}_{levels[0]:g}-{levels[-1]:g}" for name in ("inside", "width"))
