"""For each optimizer of the table: options that are not its defaults, and many steps with given gradients."""

import numpy as np

from gatewise.learn.optimizers import OPTIMIZERS

OPTIONS = {
    "momentum": {"momentum": 0.8},
    "nesterov": {"momentum": 0.7},
    "adamw": {"weight_decay": 0.1, "beta1": 0.8},
}


def problem(size=37, steps=30, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal(size), rng.standard_normal((steps, size)), rng.uniform(0.001, 0.1, steps)


def run(name, vector, gradients, rates, **options):
    row = OPTIMIZERS[name]
    vector = vector.copy()
    memory = row.memory(vector.size, vector.dtype)
    for step, (gradient, rate) in enumerate(zip(gradients, rates, strict=True), start=1):
        row(vector, gradient.astype(vector.dtype), memory, rate, step, **options)
    return vector, memory
