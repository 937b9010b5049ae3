"""Many training steps in one call, for models so small that Python is the whole cost of a step."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from gatewise.compiled import core as _core
from gatewise.compiled import warn_of_slow_training
from gatewise.engine.arguments import as_lengths, check_threads
from gatewise.engine.native import Native, most_threads
from gatewise.engine.params import Params, refilled
from gatewise.engine.passes import ENGINES, backward, forward, resolve
from gatewise.engine.variant import weights
from gatewise.errors import ArgumentError, DtypeError, ShapeError
from gatewise.learn.losses import l2
from gatewise.learn.optimizers import ADAM, Moments, adam, sgd
from gatewise.learn.optimizers.single_layer import own_moments
from gatewise.support.arrays import FloatArray, IntArray, as_array, as_numbers, as_real
from gatewise.support.given import brief, check_order
from gatewise.support.options import as_choice, as_whole
from gatewise.support.reprs import short_repr

OFFERED = ("sgd", "adam")
MOST_STEPS = 2**40  # in one call: a loss of each is kept


class Trained(NamedTuple):
    """What `train_steps` returns.

    `losses` (steps,) has the loss of each step before its update. Where one is not finite, training stopped
    there: the arrays end with it and the parameters are those that gave it. `moments` is Adam's state, to be
    handed to the next call; None for SGD.
    """

    params: Params
    losses: FloatArray
    moments: Moments | None

    def __repr__(self) -> str:
        return short_repr(self, **self._asdict())


def train_steps(
    params: Params,
    x: ArrayLike,
    label: ArrayLike,
    *,
    steps: int | None = None,
    batches: ArrayLike | None = None,
    lengths: ArrayLike | None = None,
    optimizer: str = "sgd",
    learning_rate: float = 0.1,
    beta1: float = ADAM["beta1"],
    beta2: float = ADAM["beta2"],
    epsilon: float = ADAM["epsilon"],
    moments: Moments | None = None,
    engine: str = "auto",
    threads: int | None = None,
) -> Trained:
    """Make training steps: forward, L2, backward and update, again and again, in one call.

    Parameters
    ----------
    params : Params
        Where to start, of any cell; left as they are.
    x, label : arrays (N, T, D) and (N, T, H), or (T, D) and (T, H)
        NaN in label where there is none.
    steps : int
        How many steps, each on all sequences. Or instead:
    batches : int array (steps, n)
        For each step the n sequences to take.
    lengths : int array (N,), optional
        As for `forward`.
    optimizer : "sgd" or "adam"
        P1, or Adam with beta1, beta2 and epsilon (Kingma and Ba 2015).
    moments : Moments, optional
        Adam's state from an earlier call, to go on as if it had been one.
    engine, threads : optional
        As for `forward`.

    Raises
    ------
    ShapeError, DtypeError, ArgumentError, EngineError
        If an argument does not fit.
    """
    check_order("train_steps", {"params": params, "x": x, "label": label}, {"params": Params})
    optimizer = as_choice("optimizer", optimizer, OFFERED)
    learning_rate, epsilon = (
        _in_range(name, value, math.inf, "a finite number of at least 0")
        for name, value in (("learning_rate", learning_rate), ("epsilon", epsilon))
    )
    beta1, beta2 = (
        _in_range(name, value, 1.0, "at least 0 and below 1")
        for name, value in (("beta1", beta1), ("beta2", beta2))
    )
    check_threads(threads)
    x, label = _data(params, x, label)
    order = _order(steps, batches, len(x))
    ends = as_lengths(lengths, x.shape[:1], x.shape[1])
    if optimizer == "sgd" and moments is not None:
        raise ArgumentError("moments are Adam's; optimizer='sgd' has none. Leave them out.")
    if moments is not None:
        moments = own_moments(moments, params)
    chosen = ENGINES[resolve(engine, params.dtype, params.cell)]
    if not isinstance(chosen, Native):
        warn_of_slow_training(engine)  # of the core alone; other cells than the LSTM's have no other engine
        options = {"beta1": beta1, "beta2": beta2, "epsilon": epsilon}
        return _in_python(params, x, label, ends, order, optimizer, learning_rate, options, moments)

    flat = params.flat()
    before = moments or Moments.zero(params)
    first, second = before.first, before.second
    losses = np.empty(len(order))
    *_, b, beside = weights(params)
    made = _core.train(
        flat, first, second, x, label, ends, None if batches is None else order, losses, params.hidden_size,
        optimizer == "adam", learning_rate, beta1, beta2, epsilon, before.steps, most_threads(threads),
        chosen.instruction_set, beside, b is not None,
    )  # fmt: skip
    if made is None:
        raise AssertionError("the engine refused arguments that were checked; please report this")
    after = refilled(params, flat)
    kept = Moments(first, second, before.steps + made) if optimizer == "adam" else None
    return Trained(after, losses[: made + 1], kept)


def _in_range(name: str, value: object, end: float, needed: str) -> float:
    """Read a number from 0 to below `end`."""
    number = as_real(value)
    if not 0 <= number < end:
        raise ArgumentError(f"{name}={brief(value)}; it must be {needed}.")
    return number


def _in_python(
    params: Params,
    x: FloatArray,
    label: FloatArray,
    ends: IntArray,
    order: IntArray,
    optimizer: str,
    learning_rate: float,
    options: dict[str, float],
    moments: Moments | None,
) -> Trained:
    """Make the same steps by the readable engine, one equation after the other."""
    losses: list[float] = []
    for chosen in order:
        trace = forward(params, x[chosen], lengths=ends[chosen], engine="reference")
        inside = np.arange(x.shape[1]) < ends[chosen][:, np.newaxis]
        loss, delta = l2(trace.out, np.where(inside[..., np.newaxis], label[chosen], np.nan))
        losses.append(float(loss))
        if not math.isfinite(loss):
            break
        grads = backward(params, trace, delta, inputs=False)
        if optimizer == "adam":
            params, moments = adam(params, grads, learning_rate, moments, **options)
        else:
            params = sgd(params, grads, learning_rate)
    return Trained(params, np.array(losses), moments)


def _data(params: Params, x: ArrayLike, label: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Read x and label as batches, contiguous."""
    x = np.ascontiguousarray(as_array("x", x, params.dtype))
    if x.ndim not in (2, 3) or x.shape[-1] != params.input_size or 0 in x.shape:
        raise ShapeError(
            f"x is {x.shape}, read as (N, T, D) or (T, D); W was made for D = {params.input_size}, and "
            "there must be at least one sequence and one step."
        )
    label = np.ascontiguousarray(as_array("label", label, params.dtype, (*x.shape[:-1], params.output_size)))
    return (x, label) if x.ndim == 3 else (x[np.newaxis], label[np.newaxis])


def _order(steps: int | None, batches: ArrayLike | None, N: int) -> IntArray:
    """Read which sequences each step takes: (steps, n)."""
    if (steps is None) == (batches is None):
        raise ArgumentError("give either steps, each on all sequences, or batches, an int array (steps, n).")
    if batches is None:
        return np.broadcast_to(np.arange(N), (as_whole("steps", steps, 1, MOST_STEPS), N))
    order = np.array(as_numbers("batches", batches))  # what is checked is what is used
    if order.dtype.kind not in "iu" or order.ndim != 2 or 0 in order.shape:
        raise DtypeError(f"batches is {order.shape} of {order.dtype}; it must be (steps, n), whole numbers.")
    if order.min() < 0 or order.max() >= N:
        raise ArgumentError(
            f"batches names sequences {order.min()} to {order.max()}; x has {N}, 0 to {N - 1}."
        )
    return np.ascontiguousarray(order, dtype=np.int64)
