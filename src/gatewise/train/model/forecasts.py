"""From a network's outputs to what it says: values in the target's own units, quantiles, probabilities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from gatewise.learn.losses import Loss
from gatewise.learn.network import Network
from gatewise.support.arrays import FloatArray, IntArray
from gatewise.support.extras import need
from gatewise.train.config import FitConfig
from gatewise.train.data import Batch, Windows
from gatewise.train.loop.batches import InOrder, Walks
from gatewise.train.loop.loop import outputs

AT_ONCE = 512  # windows that are predicted together; bounds memory
LEVELS = (0.1, 0.5, 0.9)
"""The quantiles by which a predicted distribution is measured, those of loss pinball by default."""


def raw_outputs(
    network: Network, config: FitConfig, windows: Windows, numbers: IntArray, threads: int | None
) -> FloatArray:
    """Return a network's own outputs of some windows (N, P)."""
    batches = batches_of(config, windows, numbers)
    told = outputs(network, batches, engine=config.engine, threads=threads or config.threads)
    return joined([y for _, y in told], config, windows, numbers)


def batches_of(config: FitConfig, windows: Windows, numbers: IntArray) -> Iterable[Batch]:
    """Return the batches by which windows are predicted; of a stateful network chunks of a walk over them."""
    if config.stateful:
        return Walks(windows.walk(numbers, 1), windows.preparation.window, windows.chunk).epoch(0)
    return InOrder(numbers, AT_ONCE, windows.batch)


def joined(found: Sequence[FloatArray], config: FitConfig, windows: Windows, numbers: IntArray) -> FloatArray:
    """Join the outputs of batches, or of chunks, to those of the windows, in the order of their numbers."""
    if not config.stateful:
        return np.concatenate(found)
    return np.concatenate(found, axis=1)[
        windows.walk(numbers, 1).labelled
    ]  # the steps at which a window ends


def restored(
    y: FloatArray, loss: Loss, options: Mapping[str, Any], windows: Windows, numbers: IntArray
) -> FloatArray:
    """Return outputs (N, P) as what they say: (N, horizon, K, Q) in the targets' units; of classes (N, C)."""
    values = loss.forecast(y, **options)
    if windows.classes is not None:
        return values[:, 0].astype(np.float64)
    values = values.astype(np.float64).reshape(len(values), windows.horizon, windows.targets, -1)
    back = windows.restore(values, numbers)
    for q, column in enumerate(loss.columns(**options)):
        if column == "sd":
            back[..., q] = windows.restore_spread(values[..., q], numbers)
    return back


def levels_of(loss: Loss, options: Mapping[str, Any]) -> tuple[float, ...]:
    """Return the levels of the quantiles that predictions say; none of a loss that says one value."""
    if loss.name == "pinball":
        return tuple(options["quantiles"])
    return LEVELS if loss.name in ("gaussian", "negative_binomial") else ()


def quantiles_of(
    said: FloatArray, loss: Loss, options: Mapping[str, Any], *, non_negative: bool
) -> FloatArray:
    """Return the quantiles (N, horizon, K, Q) of what was said, for each of `levels_of`.

    Of a normal distribution mean + z·sd, with `non_negative` 0 where that is below; of a negative binomial
    one of the same mean and variance.
    """
    levels = np.asarray(levels_of(loss, options))
    if loss.name == "pinball":
        return said
    if loss.name == "gaussian":
        z = np.array([NormalDist().inv_cdf(level) for level in levels])
        quantiles = np.asarray(said[..., :1] + said[..., 1:2] * z)
        return np.maximum(quantiles, 0) if non_negative else quantiles
    mean, sd = said[..., :1], said[..., 1:2]
    stats = need("scipy.stats", "train", "quantiles of counts")
    with np.errstate(all="ignore"):  # a spread no larger than that of Poisson's is taken as just above it
        excess = np.maximum(sd**2 - mean, 1e-9 * mean)
        return np.asarray(stats.nbinom.ppf(levels, mean**2 / excess, mean / (mean + excess)))
