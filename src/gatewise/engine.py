"""The two public functions, `forward` and `backward`: what they accept is checked here, once for all engines.

An engine sees batches only: x (N, T, D), initial state (N, H), lengths (N,), all of the parameters' dtype.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from gatewise import reference
from gatewise.arrays import FloatArray, IntArray, as_array, as_numbers, is_count
from gatewise.errors import ArgumentError, DtypeError, EngineError, ShapeError
from gatewise.params import Grads, Params
from gatewise.trace import State, Trace


class Engine(NamedTuple):
    """A row of `ENGINES`: the two functions, as in `reference/lstm.py`."""

    forward: Callable[[Params, FloatArray, State, IntArray, bool], Trace]
    backward: Callable[[Params, Trace, FloatArray, State, bool], Grads]


ENGINES = {"reference": Engine(reference.forward, reference.backward)}
"""The engines that can run here, the one that "auto" takes first."""


def available() -> tuple[str, ...]:
    """Return the names of the engines that can run here."""
    return tuple(ENGINES)


def resolve(engine: str) -> str:
    """Return the name of the engine that will run: for "auto" the first available, else the one named.

    Raises
    ------
    EngineError
        If it cannot run here. A named engine is never replaced by another.
    """
    if engine == "auto":
        return available()[0]
    if engine not in ENGINES:
        raise EngineError(f"engine={engine!r} cannot run here. Choose from: auto, {', '.join(available())}.")
    return engine


def forward(
    params: Params,
    x: ArrayLike,
    state: State | tuple[ArrayLike, ArrayLike] | None = None,
    lengths: ArrayLike | None = None,
    *,
    engine: str = "auto",
    threads: int | None = None,
    trace: bool = True,
) -> Trace:
    """Run the LSTM over whole sequences.

    Parameters
    ----------
    params : Params
        W (4H, D), U (4H, H), b (4H,).
    x : array (N, T, D), or (T, D) for a single sequence
        The input. What the trace keeps is a copy.
    state : State, optional
        Initial out and state, (N, H) each, or (H,) for a single sequence. Zero by default.
    lengths : int array (N,), or an int for a single sequence, optional
        Each sequence's own number of steps, 0 to T; what x holds past it is not used. T by default.
    engine : "auto" or a name from `available()`
        A named engine is used or refused.
    threads : int, optional
        At most so many threads. It has no effect on the reference engine: NumPy's matrix library decides.
    trace : bool
        False keeps only out and the last state, which is all that prediction needs.

    Returns
    -------
    Trace
        a, i, f, o, state, out (N, T, H) and more; past a sequence's own length all read 0.

    Raises
    ------
    ShapeError, DtypeError, ArgumentError, EngineError
        If an argument does not fit `params` or another argument; the message has the numbers.

    Notes
    -----
    Equations F1-F6. NaN in x gives NaN from that step on, without a warning.
    """
    run = ENGINES[resolve(engine)].forward
    _check_threads(threads)
    x = _input(params, x)
    *batch, T, _ = x.shape
    initial = _state("state", state, params, (*batch, params.hidden_size))
    ends = _lengths(lengths, tuple(batch), T)
    if batch:
        return run(params, x, initial, ends, trace)
    single = State(initial.out[np.newaxis], initial.state[np.newaxis])
    return run(params, x[np.newaxis], single, ends[np.newaxis], trace).unbatched()


def backward(
    params: Params,
    trace: Trace,
    delta: ArrayLike,
    *,
    d_last_state: State | tuple[ArrayLike, ArrayLike] | None = None,
    threads: int | None = None,
    keep: bool = False,
) -> Grads:
    """Backpropagate through time: the gradient of the loss with respect to everything.

    Parameters
    ----------
    params : Params
        The parameters that `forward` ran with.
    trace : Trace
        What `forward` returned; the engine that made it is used.
    delta : array (N, T, H), or (T, H) for a single sequence
        Δ, the gradient that reaches each out_t directly from the loss; ignored past a sequence's own length.
    d_last_state : State, optional
        The gradients that reach `trace.last`, the last out and state of each sequence, from outside: for
        example d_out0 and d_state0 of the chunk that follows. (N, H) each, or (H,). Zero by default.
    threads : int, optional
        As in `forward`.
    keep : bool
        Whether δout, δstate, δa, δi, δf, δo, δgates and Δout of every step stay readable on the result.

    Returns
    -------
    Grads
        d_W (4H, D), d_U (4H, H), d_b (4H,), d_x (N, T, D), d_out0 and d_state0 (N, H). A new one each time:
        nothing is accumulated between calls.

    Raises
    ------
    NotKeptError
        If `trace` was made with trace=False.
    ShapeError, DtypeError, ArgumentError
        If `delta`, `d_last_state` or `params` do not fit the trace.

    Notes
    -----
    Equations B1-B8 and G1-G3.
    """
    run = ENGINES[resolve(trace.engine)].backward
    _check_threads(threads)
    _check_belongs(trace, params)
    delta = as_array("delta", delta, params.dtype, trace.out.shape)
    d_last = _state("d_last_state", d_last_state, params, trace.out0.shape)
    if trace.is_batch:
        return run(params, trace, delta, d_last, keep)
    single = State(d_last.out[np.newaxis], d_last.state[np.newaxis])
    return run(params, trace.batched(), delta[np.newaxis], single, keep).unbatched()


def _check_threads(threads: int | None) -> None:
    """Refuse anything but None and whole numbers of at least 1."""
    if threads is not None and not is_count(threads):
        raise ArgumentError(
            f"threads={threads!r}; it must be a whole number of at least 1, or None for the default."
        )


def _input(params: Params, x: ArrayLike) -> FloatArray:
    """Read x, (N, T, D) or (T, D), checked against `params`."""
    x = as_array("x", x, params.dtype)
    if x.ndim not in (2, 3):
        raise ShapeError(f"x is {x.shape}; it must be (N, T, D), or (T, D) for a single sequence.")
    if x.shape[-1] != params.input_size:
        raise ShapeError(
            f"x has {x.shape[-1]} features per step but W was made for {params.input_size}. "
            f"x is {x.shape}, read as {'(N, T, D)' if x.ndim == 3 else '(T, D)'}."
        )
    if x.shape[-2] == 0:
        raise ShapeError(
            f"x is {x.shape}: no time steps. Give at least one; lengths may be 0 for some sequences."
        )
    return x


def _state(name: str, given: Any, params: Params, shape: tuple[int, ...]) -> State:
    """Read a pair (out, state), each a new array of `shape`; zeros if none is given."""
    if given is None:
        return State(np.zeros(shape, params.dtype), np.zeros(shape, params.dtype))
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise ArgumentError(
            f"{name} is a {type(given).__name__}; it must be a pair (out, state), each {shape}."
        )
    out, state = (
        as_array(f"{name}.{part}", array, params.dtype, shape)
        for part, array in zip(State._fields, given, strict=True)
    )
    return State(out.copy(), state.copy())


def _lengths(given: ArrayLike | None, batch: tuple[int, ...], T: int) -> IntArray:
    """Read lengths as int64 of shape `batch`, each in 0..T; T if none are given."""
    if given is None:
        return np.full(batch, T, np.int64)
    lengths = as_numbers("lengths", given)
    if lengths.dtype.kind not in "iu" and lengths.size:
        raise DtypeError(f"lengths holds {lengths.dtype}; it must hold whole numbers.")
    if lengths.shape != batch:
        needed = (
            f"one for each of the {batch[0]} sequences" if batch else "a whole number for a single sequence"
        )
        raise ShapeError(f"lengths is {lengths.shape}; it must be {batch}, {needed}.")
    if ((lengths < 0) | (lengths > T)).any():
        raise ArgumentError(
            f"lengths go from {lengths.min()} to {lengths.max()}; x has {T} steps, so 0 to {T}."
        )
    return lengths.astype(np.int64)


def _check_belongs(trace: Trace, params: Params) -> None:
    """Refuse a trace that these parameters cannot have made."""
    made_with = (trace.x.shape[-1], trace.out.shape[-1], trace.dtype)
    given = (params.input_size, params.hidden_size, params.dtype)
    if made_with != given:
        raise ArgumentError(
            "trace was made with other parameters: input size {}, hidden size {}, {}; "
            "params have {}, {}, {}. Pass the ones that forward ran with.".format(*made_with, *given)
        )
