"""For each loss of the table: options that are not its defaults, and labels on both sides of every kink."""

import numpy as np

from gatewise.learn.losses import LOSSES

OPTIONS = {
    "huber": {"delta": 0.7},
    "pinball": {"quantiles": (0.1, 0.5, 0.8)},
    "cross_entropy": {"classes": 4},
}


def problem(name, seed=0, shape=(5, 3), dtype="float64"):
    """y, label of `shape` with some missing, weights (N,), options. Labels straddle every kink."""
    rng = np.random.default_rng(seed)
    row, options = LOSSES[name], OPTIONS.get(name, {})
    Q = row.outputs(**row.with_options(options))
    y = 2 * rng.standard_normal((*shape[:-1], shape[-1] * Q))
    label = {
        "real": 2 * rng.standard_normal(shape),
        "count": rng.poisson(4, shape).astype(float),
        "class": rng.integers(0, options.get("classes", 2), shape).astype(float),
    }[row.labels]
    label[0, 0] = label[-1, -1] = np.nan
    return y.astype(dtype), label.astype(dtype), rng.uniform(0.5, 2, shape[0]), options
