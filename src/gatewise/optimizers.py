"""Optimizers: each takes parameters and their gradients and returns new parameters.

An optimizer is one function and one row of `OPTIMIZERS`. One that remembers returns its memory, too.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from gatewise.arrays import FloatArray
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
    _check(params, grads, learning_rate)
    rate = params.dtype.type(learning_rate)
    return Params(
        W=params.W - rate * grads.d_W,  # P1
        U=params.U - rate * grads.d_U,
        b=params.b - rate * grads.d_b,
    )


class Moments(NamedTuple):
    """What Adam remembers: running means of the gradients and of their squares, and the steps they have seen.

    Both are laid out like `Params.flat`.
    """

    first: FloatArray
    second: FloatArray
    steps: int

    @classmethod
    def zero(cls, params: Params) -> Moments:
        """Return what Adam knows before its first step."""
        return cls(np.zeros(params.size, params.dtype), np.zeros(params.size, params.dtype), 0)


ADAM = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}  # the authors' defaults


def adam(
    params: Params,
    grads: Grads,
    learning_rate: float,
    moments: Moments | None = None,
    *,
    beta1: float = ADAM["beta1"],
    beta2: float = ADAM["beta2"],
    epsilon: float = ADAM["epsilon"],
) -> tuple[Params, Moments]:
    """Take one step of Adam; `moments` is what the step before returned.

    Raises
    ------
    ShapeError
        If the gradients are of other parameters.
    ArgumentError
        If learning_rate is negative or not finite.

    Notes
    -----
    Kingma and Ba 2015, algorithm 1.
    """
    _check(params, grads, learning_rate)
    before = moments or Moments.zero(params)
    number = params.dtype.type
    gradient, step = grads.flat(), before.steps + 1
    first = number(beta1) * before.first + number(1 - beta1) * gradient
    second = number(beta2) * before.second + number(1 - beta2) * gradient * gradient
    rate = number(learning_rate / (1 - beta1**step))
    scale = number(1 / math.sqrt(1 - beta2**step))
    flat = params.flat() - rate * first / (np.sqrt(second) * scale + number(epsilon))
    return Params.from_flat(flat, params.input_size, params.hidden_size), Moments(first, second, step)


def _check(params: Params, grads: Grads, learning_rate: float) -> None:
    """Refuse gradients of other parameters, and a step size that is none."""
    if grads.d_W.shape != params.W.shape or grads.d_U.shape != params.U.shape:
        raise ShapeError(
            f"d_W is {grads.d_W.shape} and d_U is {grads.d_U.shape} "
            f"but W is {params.W.shape} and U is {params.U.shape}."
        )
    if not (math.isfinite(learning_rate) and learning_rate >= 0):
        raise ArgumentError(f"learning_rate={learning_rate}; it must be a finite number of at least 0.")


OPTIMIZERS = {"sgd": sgd, "adam": adam}
