"""`sgd` and `adam` with the parameters of a single layer: one step, new parameters returned."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gatewise.engine.grads import Grads
from gatewise.engine.params import Params, refilled
from gatewise.errors import ArgumentError, ShapeError
from gatewise.learn.optimizers.optimizer import MOST_STEPS, Memory, check_rate
from gatewise.learn.optimizers.table import ADAM, OPTIMIZERS
from gatewise.support.arrays import FloatArray, as_array
from gatewise.support.given import brief, check_order, described
from gatewise.support.reprs import short_repr


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
    _check_order("sgd", params, grads, learning_rate)
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
        if type(params) is not Params:
            check_order("Moments.zero", {"params": params}, {"params": Params})
        return cls(np.zeros(params.size, params.dtype), np.zeros(params.size, params.dtype), 0)

    def __repr__(self) -> str:
        return short_repr(self, **self._asdict())


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
    _check_order("adam", params, grads, learning_rate, moments)
    before = Moments.zero(params) if moments is None else own_moments(moments, params)
    memory = {"first": before.first, "second": before.second}
    options = {"beta1": beta1, "beta2": beta2, "epsilon": epsilon}
    after = _stepped(params, grads, learning_rate, "adam", memory, before.steps + 1, options)
    return after, Moments(**memory, steps=before.steps + 1)


def own_moments(moments: Moments, params: Params) -> Moments:
    """Return Adam's state, checked against the parameters, as a copy that can be updated in place."""
    if not isinstance(moments, Moments):
        raise ArgumentError(f"moments is {described(moments)}; it must be what an earlier call returned.")
    steps: Any = moments.steps
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or not 0 <= steps <= MOST_STEPS:
        raise ArgumentError(
            f"moments.steps is {brief(steps)}; it must be a whole number from 0 to {MOST_STEPS:,}."
        )
    first, second = (
        np.array(as_array(f"moments.{name}", array, params.dtype, (params.size,)), order="C")
        for name, array in (("first", moments.first), ("second", moments.second))
    )
    return Moments(first, second, int(steps))


def _check_order(function: str, params: Any, grads: Any, learning_rate: Any, moments: Any = None) -> None:
    """Refuse parameters, gradients, the rate and Moments in another order."""
    given = {"params": params, "grads": grads, "learning_rate": learning_rate}
    kinds: dict[str, type] = {"params": Params, "grads": Grads}
    if moments is not None:
        given, kinds = given | {"moments": moments}, kinds | {"moments": Moments}
    check_order(function, given, kinds)


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
    if any(f"d_{name}" not in {*grads} for name in params.arrays):
        raise ShapeError(
            f"grads has {', '.join(grads) or 'no arrays'}; it must be what backward gave for these."
        )
    for name, array in params.arrays.items():
        if grads[f"d_{name}"].shape != array.shape:
            raise ShapeError(f"d_{name} is {grads[f'd_{name}'].shape} but {name} is {array.shape}.")
    check_rate(learning_rate, "learning_rate")
    flat = params.flat()
    OPTIMIZERS[optimizer](flat, grads.flat(), memory, learning_rate, step, **options)
    return refilled(params, flat)
