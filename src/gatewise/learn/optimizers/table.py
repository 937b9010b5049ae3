"""The optimizers: each an update in place of one flat vector, and one row of `OPTIMIZERS`; and clipping."""

from __future__ import annotations

import math

import numpy as np

from gatewise.compiled import core as _core
from gatewise.compiled import missing
from gatewise.errors import ArgumentError, DtypeError
from gatewise.learn.optimizers.optimizer import Memory, Optimizer
from gatewise.support.arrays import FloatArray, as_real, refuse_masked
from gatewise.support.given import brief, check_order


def _sgd(vector: FloatArray, gradient: FloatArray, memory: Memory, rate: float, step: int) -> None:
    """P1: W_new = W - λ δW."""
    vector -= rate * gradient


def _momentum(
    vector: FloatArray, gradient: FloatArray, memory: Memory, rate: float, step: int, momentum: float
) -> None:
    """Polyak 1964, in the form of Sutskever, Martens, Dahl and Hinton 2013 with λ outside the velocity."""
    velocity = memory["velocity"]
    velocity *= momentum
    velocity += gradient
    vector -= rate * velocity


def _nesterov(
    vector: FloatArray, gradient: FloatArray, memory: Memory, rate: float, step: int, momentum: float
) -> None:
    """Nesterov 1983: the gradient is taken where the velocity leads; written from there, as torch does."""
    velocity = memory["velocity"]
    velocity *= momentum
    velocity += gradient
    vector -= rate * (gradient + momentum * velocity)


def _rmsprop(
    vector: FloatArray,
    gradient: FloatArray,
    memory: Memory,
    rate: float,
    step: int,
    decay: float,
    epsilon: float,
) -> None:
    """Tieleman and Hinton 2012, lecture 6.5."""
    second = memory["second"]
    second *= decay
    second += (1 - decay) * gradient * gradient
    vector -= rate * gradient / (np.sqrt(second) + epsilon)


def _adam(
    vector: FloatArray,
    gradient: FloatArray,
    memory: Memory,
    rate: float,
    step: int,
    beta1: float,
    beta2: float,
    epsilon: float,
) -> None:
    """Kingma and Ba 2015, algorithm 1. The corrections for the zeros at the start are taken together."""
    first, second = memory["first"], memory["second"]
    if missing is None and _core.adam(vector, first, second, gradient, rate, beta1, beta2, epsilon, step):
        return  # the same operations, and the same bits, for float32 and float64
    first *= beta1
    first += (1 - beta1) * gradient
    second *= beta2
    second += (1 - beta2) * gradient * gradient
    root = np.sqrt(second)
    root *= 1 / math.sqrt(1 - beta2**step)
    root += epsilon
    moved = rate / (1 - beta1**step) * first
    moved /= root
    vector -= moved


def _adamw(
    vector: FloatArray,
    gradient: FloatArray,
    memory: Memory,
    rate: float,
    step: int,
    weight_decay: float,
    **options: float,
) -> None:
    """Loshchilov and Hutter 2019: the weights shrink beside Adam's step, not through its means."""
    vector *= 1 - rate * weight_decay
    _adam(vector, gradient, memory, rate, step, **options)


ADAM = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}  # the authors' defaults

ROWS = (
    Optimizer(name="sgd", update=_sgd),
    Optimizer(name="momentum", update=_momentum, remembers=("velocity",), options={"momentum": 0.9}),
    Optimizer(name="nesterov", update=_nesterov, remembers=("velocity",), options={"momentum": 0.9}),
    Optimizer(
        name="rmsprop", update=_rmsprop, remembers=("second",), options={"decay": 0.99, "epsilon": 1e-8}
    ),
    Optimizer(name="adam", update=_adam, remembers=("first", "second"), options=ADAM),
    Optimizer(
        name="adamw", update=_adamw, remembers=("first", "second"), options={**ADAM, "weight_decay": 0.01}
    ),
)
OPTIMIZERS = {row.name: row for row in ROWS}


def clip_by_norm(gradient: FloatArray, largest: float) -> float:
    """Scale a gradient down, in place, to a Euclidean norm of at most `largest`; return the norm it had.

    A norm that is not finite is returned and the gradient left as it is: there is no right length for it.

    Raises
    ------
    ArgumentError
        If `largest` is not above 0.

    Notes
    -----
    Pascanu, Mikolov and Bengio 2013. The squares are added up in float64, where none of float32 overflows.
    """
    check_order("clip_by_norm", {"gradient": gradient, "largest": largest}, {"gradient": np.ndarray})
    if gradient.dtype.kind not in "fc" or not gradient.flags.writeable:
        state = "" if gradient.flags.writeable else ", read-only"
        raise DtypeError(
            f"gradient is {gradient.dtype}{state}; it must be a floating array, scaled in place."
        )
    refuse_masked("gradient", gradient)
    if not (most := as_real(largest)) > 0:
        raise ArgumentError(f"largest={brief(largest)}; the largest norm must be above 0.")
    with np.errstate(all="ignore"):
        wide = np.asarray(gradient).astype(np.result_type(gradient.dtype, np.float64), copy=False)
        squares = wide * wide if wide.dtype.kind == "f" else (wide * wide.conj()).real
        norm = float(np.sqrt(np.add.reduce(squares, axis=None)))
    if most < norm < math.inf:
        gradient *= most / norm
    return norm
