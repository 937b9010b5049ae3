"""Optimizers: each is an update in place of one flat vector, and one row of `OPTIMIZERS`.

    memory = OPTIMIZERS["adam"].memory(vector.size, vector.dtype)
    OPTIMIZERS["adam"](vector, gradient, memory, rate=1e-3, step=1)

`sgd` and `adam` take a step with the parameters of a single layer and return new ones.
Arithmetic is in the vector's own dtype, element by element, so that a step gives the same bits everywhere.
"""

from gatewise.learn.optimizers.optimizer import Memory, Optimizer
from gatewise.learn.optimizers.single_layer import Moments, adam, sgd
from gatewise.learn.optimizers.table import ADAM, OPTIMIZERS, clip_by_norm

__all__ = ["ADAM", "OPTIMIZERS", "Memory", "Moments", "Optimizer", "adam", "clip_by_norm", "sgd"]
