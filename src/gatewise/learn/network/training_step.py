"""A training step of a network: forward, loss, Δ, backward, clipping, update.

The compiled core does it where it can (compiled_step.py); the functions of this wing, one after the other,
give the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from numpy.typing import ArrayLike

from gatewise.engine.arguments import check_threads
from gatewise.errors import ArgumentError, DtypeError, GatewiseError
from gatewise.learn.network.backward_pass import backward
from gatewise.learn.network.compiled_step import (
    StepInputs,
    StepTaken,
    compiled_step,
    loss_of,
    row_of,
)
from gatewise.learn.network.forward_pass import States, forward
from gatewise.learn.network.parameters import Network
from gatewise.learn.network.results import NetworkTrace
from gatewise.learn.optimizers import OPTIMIZERS, Memory, clip_by_norm
from gatewise.support.arrays import FloatArray, as_real
from gatewise.support.given import brief, check_order
from gatewise.support.options import as_generator
from gatewise.support.reprs import short_repr


class StepNotFiniteError(GatewiseError):
    """The loss or its gradient is not finite, and nothing was changed.

    Attributes
    ----------
    loss : scalar
    trace : NetworkTrace
    d_y : array like trace.y
        The gradient of the loss with respect to y.
    """

    def __init__(self, loss: Any, trace: NetworkTrace, d_y: FloatArray) -> None:
        what = "the gradient is not finite" if math.isfinite(loss) else f"the loss is {float(loss)}"
        super().__init__(
            f"{what}, and no step was taken. Lower the rate, clip, or look for huge values in x."
        )
        self.loss, self.trace, self.d_y = loss, trace, d_y


class TrainingStep:
    """Training steps of a network, one at each call, in the compiled core where that can.

    Parameters
    ----------
    network : Network
        What learns: its vector changes with every step.
    loss : Loss, or functools.partial of one with options
        Or any function (y, label, weight) → (loss, d_y), which gets `lengths` too where the head is "steps".
    optimizer : Optimizer, or functools.partial of one with options
        Or any function (vector, gradient, memory, rate, step) that changes vector and memory in place.
    memory : dict of arrays, optional
        What the optimizer remembers, changed in place. By default what it knows before the first step.
    clip : float
        The longest gradient, by its Euclidean norm; 0 for no limit.
    engine, threads
        As for `network.forward`. The bits depend neither on the threads nor on what the core can do.

    Attributes
    ----------
    network, memory
        As given, or made.

    Raises
    ------
    ArgumentError, EngineError
        If an argument cannot be used.

    Notes
    -----
    The core has the LSTM and its variants in float32 and float64, without learned vectors of categories, all
    optimizers, and the losses l2, mse, mae, huber and pinball; other losses are worked by NumPy between its
    forward and its backward pass.
    """

    def __init__(
        self,
        network: Network,
        loss: Callable[..., tuple[Any, FloatArray]],
        optimizer: Callable[..., None],
        memory: Memory | None = None,
        *,
        clip: float = 0.0,
        engine: str = "auto",
        threads: int | None = None,
    ) -> None:
        given = {"network": network, "loss": loss, "optimizer": optimizer}
        check_order("TrainingStep", given, {"network": Network})
        for name, function in (("loss", loss), ("optimizer", optimizer)):
            if not callable(function):
                raise ArgumentError(
                    f"{name}={brief(function)}; it must be a row of gatewise's, or a function."
                )
        if not as_real(clip) >= 0:
            raise ArgumentError(f"clip={brief(clip)}; it must be a number above 0, or 0 for no limit.")
        if network.dtype.kind == "c":
            raise DtypeError(f"network is {network.dtype}; a step goes along the gradient of a real loss.")
        if memory is not None and not isinstance(memory, dict):
            raise ArgumentError(
                f"memory={brief(memory)}; it must be a dict of arrays, as optimizer.memory makes."
            )
        check_threads(threads)
        self.network = network
        self.memory = _first_memory(optimizer, network) if memory is None else memory
        self._loss, self._optimizer, self._clip = loss, optimizer, float(clip) or math.inf
        self._engine, self._threads = engine, threads
        self._compiled = compiled_step(network, loss, optimizer, self.memory, self._clip, engine, threads)

    def __call__(
        self,
        x: ArrayLike,
        label: ArrayLike,
        *,
        rate: float,
        step: int,
        weight: ArrayLike | None = None,
        lengths: ArrayLike | None = None,
        extra: ArrayLike | None = None,
        state: States | None = None,
        seed: int | Sequence[int] | None = None,
        codes: ArrayLike | None = None,
    ) -> StepTaken:
        """Take a step.

        Parameters
        ----------
        x, lengths, extra, state, codes
            As for `network.forward`.
        label, weight
            As for the loss.
        rate : float
            λ, the step size.
        step : int
            The number of this step, from 1 on.
        seed : int or sequence of int, optional
            Draws the dropout masks. Without it there is no dropout.

        Raises
        ------
        StepNotFiniteError
            If the loss or its gradient is not finite.
        ShapeError, DtypeError, ArgumentError
            If an argument does not fit.
        """
        given = StepInputs(x, label, rate, step, weight, lengths, extra, state, seed, codes)
        taken = self._compiled and self._compiled(given, self.memory)
        return taken or self._one_by_one(given)

    def _one_by_one(self, given: StepInputs) -> StepTaken:
        """Take a step by the functions of this wing; also where the core has met what is not finite."""
        network = self.network
        rng = None if given.seed is None else as_generator(given.seed)
        trace = forward(
            network, given.x, given.state, given.lengths, extra=given.extra, codes=given.codes,
            engine=self._engine, threads=self._threads, rng=rng,
        )  # fmt: skip
        loss, d_y = loss_of(self._loss, network, trace.y, given.label, given.weight, given.lengths)
        if not math.isfinite(loss):
            raise StepNotFiniteError(loss, trace, d_y)
        gradient = backward(network, trace, d_y, threads=self._threads).vector
        if not math.isfinite(clip_by_norm(gradient, self._clip)):
            raise StepNotFiniteError(loss, trace, d_y)
        self._optimizer(network.vector, gradient, self.memory, given.rate, given.step)
        return StepTaken(float(loss), trace.last)

    def __repr__(self) -> str:
        return short_repr(self, repr(self.network), compiled=self._compiled is not None)


def _first_memory(optimizer: Callable[..., None], network: Network) -> Memory:
    """Return what an optimizer of the table remembers before its first step."""
    row, _ = row_of(optimizer, OPTIMIZERS)
    if row is None:
        raise ArgumentError("memory is not given; only the optimizers of gatewise.optimizers make their own.")
    return row.memory(network.size, network.dtype)
