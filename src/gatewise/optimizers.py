"""Optimizers: each takes parameters and their gradients and returns new parameters.

An optimizer is one function and one row of `OPTIMIZERS`.
"""

from __future__ import annotations

import math

from gatewise.errors import ArgumentError, ShapeError
from gatewise.params import Grads, Params


def sgd(params: Params, grads: Grads, learning_rate: float) -> Params:
    """Take one step of stochastic gradient descent, in the parameters' own dtype.

    Raises
    ------
    ShapeError
        If the gradients are of other parameters.
    ArgumentError
        If learning_rate is negative or not finite.

    Notes
    -----
    Equation P1: W_new = W - λ δW, and so for U and b.
    """
    if grads.d_W.shape != params.W.shape or grads.d_U.shape != params.U.shape:
        raise ShapeError(
            f"d_W is {grads.d_W.shape} and d_U is {grads.d_U.shape} "
            f"but W is {params.W.shape} and U is {params.U.shape}."
        )
    if not (math.isfinite(learning_rate) and learning_rate >= 0):
        raise ArgumentError(f"learning_rate={learning_rate}; it must be a finite number of at least 0.")
    rate = params.dtype.type(learning_rate)
    return Params(
        W=params.W - rate * grads.d_W,  # P1
        U=params.U - rate * grads.d_U,
        b=params.b - rate * grads.d_b,
    )


OPTIMIZERS = {"sgd": sgd}
