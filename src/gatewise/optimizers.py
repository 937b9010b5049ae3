"""Optimizers: each is an update in place of one flat vector, and one row of `OPTIMIZERS`.

    memory = OPTIMIZERS["adam"].memory(vector.size, vector.dtype)
    OPTIMIZERS["adam"](vector, gradient, memory, rate=1e-3, step=1)

`sgd` and `adam` take a step with the parameters of a single layer and return new ones.
Arithmetic is in the vector's own dtype, element by element, so that a step gives the same bits everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

import gatewise._core as _core
from gatewise.arrays import FloatArray
from gatewise.errors import ArgumentError, ShapeError
from gatewise.params import Grads, Params

Memory = dict[str, FloatArray]


@dataclass(frozen=True, kw_only=True, eq=False)
class Optimizer:
    """An optimizer with everything that is needed around it. Calling it takes a step.

    Attributes
    ----------
    name : str
    update : function
        (vector, gradient, memory, rate, step, **options), in place.
    remembers : tuple of str
        The names of what it carries from step to step, each laid out like the vector.
    options : dict
        The options and their defaults. "beta…", "decay" and "momentum" are at least 0 and below 1, the others
        at least 0.
    """

    name: str
    update: Callable[..., None]
    remembers: tuple[str, ...] = ()
    options: Mapping[str, float] = field(default_factory=dict)

    def memory(self, size: int, dtype: DTypeLike) -> Memory:
        """Return what it knows before the first step: zeros."""
        return {name: np.zeros(size, dtype) for name in self.remembers}

    def __call__(
        self,
        vector: FloatArray,
        gradient: FloatArray,
        memory: Memory,
        rate: float,
        step: int,
        **options: float,
    ) -> None:
        """Take one step: `vector` and `memory` change in place.

        Parameters
        ----------
        vector, gradient : arrays of one shape
        memory : dict of arrays
            What `memory` made and earlier steps changed.
        rate : float
            λ, the step size.
        step : int
            The number of this step, from 1 on.
        options
            Those of the optimizer.

        Raises
        ------
        ShapeError
            If the gradient or the memory is of other parameters.
        ArgumentError
            If rate, step or an option is out of its range.
        """
        if (
            gradient.shape != vector.shape
            or set(memory) != set(self.remembers)
            or any(array.shape != vector.shape for array in memory.values())
        ):
            given = {name: array.shape for name, array in memory.items()}
            raise ShapeError(
                f"vector is {vector.shape}, gradient {gradient.shape}, memory {given or 'empty'}; all must "
                f"be of one shape, and {self.name} remembers {', '.join(self.remembers) or 'nothing'}."
            )
        check_rate(rate)
        if step < 1:
            raise ArgumentError(f"step={step}; steps are counted from 1.")
        chosen = self.with_options(options) if options else self.options
        with np.errstate(all="ignore"):  # a gradient that is not finite shows in the parameters
            self.update(vector, gradient, memory, float(rate), step, **chosen)

    def with_options(self, options: Mapping[str, float]) -> dict[str, float]:
        """Return all options, the defaults where they were not given.

        Raises
        ------
        ArgumentError
            If one is unknown or out of its range.
        """
        for name, value in options.items():
            if name not in self.options:
                known = ", ".join(self.options) or "none"
                raise ArgumentError(f"optimizer {self.name} has no option {name}. Its options: {known}.")
            is_mean = name.startswith("beta") or name in ("decay", "momentum")
            if not (math.isfinite(value) and value >= 0 and (value < 1 or not is_mean)):
                below = " and below 1" if is_mean else ""
                raise ArgumentError(f"{name}={value}; it must be a finite number of at least 0{below}.")
        return {**self.options, **options}


def check_rate(rate: float, name: str = "rate") -> None:
    """Refuse a step size that is none."""
    if not (math.isfinite(rate) and rate >= 0):
        raise ArgumentError(f"{name}={rate}; it must be a finite number of at least 0.")


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
    if _core.adam(vector, first, second, gradient, rate, beta1, beta2, epsilon, step):
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
    if not largest > 0:
        raise ArgumentError(f"largest={largest}; the largest norm must be above 0.")
    with np.errstate(all="ignore"):
        wide = gradient.astype(np.result_type(gradient.dtype, np.float64), copy=False)
        norm = float(np.sqrt(np.add.reduce(wide * wide)))
    if largest < norm < math.inf:
        gradient *= largest / norm
    return norm


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
    return _stepped(params, grads, learning_rate, "sgd", {}, 1, {})


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
    before = moments or Moments.zero(params)
    memory = {"first": before.first.copy(), "second": before.second.copy()}
    options = {"beta1": beta1, "beta2": beta2, "epsilon": epsilon}
    after = _stepped(params, grads, learning_rate, "adam", memory, before.steps + 1, options)
    return after, Moments(**memory, steps=before.steps + 1)


def _stepped(
    params: Params,
    grads: Grads,
    learning_rate: float,
    optimizer: str,
    memory: Memory,
    step: int,
    options: dict[str, Any],
) -> Params:
    """Return new parameters, one step of an optimizer of the table further."""
    if grads.d_W.shape != params.W.shape or grads.d_U.shape != params.U.shape:
        raise ShapeError(
            f"d_W is {grads.d_W.shape} and d_U is {grads.d_U.shape} "
            f"but W is {params.W.shape} and U is {params.U.shape}."
        )
    check_rate(learning_rate, "learning_rate")
    flat = params.flat()
    OPTIMIZERS[optimizer](flat, grads.flat(), memory, learning_rate, step, **options)
    return Params.from_flat(flat, params.input_size, params.hidden_size)
