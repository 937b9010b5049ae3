"""The two public functions, `forward` and `backward`, and which engine runs them.

The compiled engine is asked first: its own checks cost a fraction of a microsecond and say yes or no. A no is
looked into by arguments.py, once for all engines, with a message or a conversion.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeGuard, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from gatewise.cells.cell import Cell
from gatewise.cells.known.table import LSTM
from gatewise.compiled import core, how_to_get_it, missing
from gatewise.engine import any_cell
from gatewise.engine.arguments import as_input, as_lengths, check_threads
from gatewise.engine.grads import Grads
from gatewise.engine.native import DTYPES, Native, NativeTrace
from gatewise.engine.params import Params
from gatewise.engine.readable import Readable
from gatewise.engine.trace import Trace
from gatewise.engine.variant import variant_of
from gatewise.errors import ArgumentError, EngineError
from gatewise.support.arrays import as_array, is_count, refuse_masked
from gatewise.support.given import brief, check_order
from gatewise.support.options import as_flag, named_in

R = TypeVar("R")


class Engine(Protocol):
    """What runs: takes checked arguments, or answers None to what it cannot use."""

    def forward(
        self,
        params: Params,
        x: Any,
        state: Any,
        lengths: Any,
        threads: int | None,
        trace: bool,
        reverse: bool,
    ) -> Trace | None:
        """Run forward: x (N, T, D) or (T, D), state and lengths to match."""

    def backward(
        self,
        params: Params,
        trace: Any,
        delta: Any,
        d_last: Any,
        threads: int | None,
        inputs: bool,
        keep: bool,
    ) -> Grads | None:
        """Run backward on a trace of this engine's own."""


REFERENCE = Readable()
NATIVE = Native("native")
ENGINES: dict[str, Engine] = {"reference": REFERENCE}
if missing is None:
    ENGINES = {
        "native": NATIVE,
        "reference": REFERENCE,
        **{f"native-{name}": Native(f"native-{name}", name) for name in core.instruction_sets()},
    }
"""Every engine that can run here: the compiled and the readable one, and each instruction set by name."""


def available() -> tuple[str, ...]:
    """Return the names of the engines that can run here."""
    return tuple(ENGINES)


# The names under which the compiled engine is asked first.
_QUICK = ("auto", "native") if missing is None else ()


def resolve(engine: str, dtype: np.dtype[Any] | None = None, cell: Cell = LSTM) -> str:
    """Return the name of the engine that will run: for "auto" the compiled one if it has dtype and cell.

    Raises
    ------
    EngineError
        If it cannot run here, or not with this dtype or cell. A named engine is never replaced by another.
    """
    compiled = dtype is None or dtype in DTYPES
    if type(engine) is str and engine == "auto":
        return "native" if compiled and missing is None and variant_of(cell) is not None else "reference"
    if not named_in(engine, ENGINES):
        if missing is not None and type(engine) is str and engine.startswith("native"):
            raise EngineError(
                f"engine={engine!r} cannot run here: {missing}. engine='reference' can. {how_to_get_it()}"
            )
        raise EngineError(f"engine={brief(engine)} cannot run here. Choose from: auto, {', '.join(ENGINES)}.")
    if engine != "reference" and not compiled:
        raise EngineError(
            f"engine={engine!r} has float32 and float64; the parameters are {dtype}. "
            "Use engine='reference', or params.astype('float64')."
        )
    if engine != "reference" and variant_of(cell) is None:
        raise EngineError(
            f"engine={engine!r} has the cell lstm and its variants; the parameters are of cell {cell.name}. "
            "Use engine='reference'."
        )
    return engine


def forward(
    params: Params,
    x: ArrayLike,
    state: tuple[ArrayLike, ...] | ArrayLike | None = None,
    lengths: ArrayLike | None = None,
    *,
    engine: str = "auto",
    threads: int | None = None,
    trace: bool = True,
    reverse: bool = False,
) -> Trace:
    """Run the LSTM over whole sequences.

    Parameters
    ----------
    params : Params
        W (4H, D), U (4H, H), b (4H,), or those of another cell. The compiled engine runs the LSTM and its
        variants, the reference engine every cell.
    x : array (N, T, D), or (T, D) for a single sequence
        The input. What the trace keeps is a copy.
    state : State, optional
        Initial out and state, (N, H) each, or (H,) for a single sequence; of another cell what that
        carries, as a tuple, or the array itself where that is out alone. Zero by default.
    lengths : int array (N,), or an int for a single sequence, optional
        Each sequence's own number of steps, 0 to T; what x holds past it is not used. T by default.
    engine : "auto" or a name from `available()`
        A named engine is used or refused.
    threads : int, optional
        At most so many threads; the bits of the result do not depend on it. By default GATEWISE_THREADS, else
        as many as the CPUs this process may use and its cgroup's quota gives, or OMP_NUM_THREADS, if fewer,
        as joblib's workers are told. The reference engine has no threads of its own: NumPy's matrix library
        decides.
    trace : bool
        False keeps only out and the last state, which is all that prediction needs.
    reverse : bool
        True reads the steps from each sequence's own last to its first, as the second direction of a
        bidirectional layer does. All arrays are in the order of time; `last` is what the first step left.

    Returns
    -------
    Trace
        a, i, f, o, state, out (N, T, H) and more, or the quantities of another cell; past a sequence's own
        length all read 0.

    Raises
    ------
    ShapeError, DtypeError, ArgumentError, EngineError
        If an argument does not fit `params` or another argument; the message has the numbers.

    Notes
    -----
    Equations F1-F6. NaN in x gives NaN from that step on, without a warning.
    """
    if type(params) is not Params:
        check_order("forward", {"params": params, "x": x}, {"params": Params})
    if type(x) is not np.ndarray:
        refuse_masked("x", x)
    if lengths is not None and type(lengths) is not np.ndarray:
        refuse_masked("lengths", lengths)
    # The compiled engine looks at its arguments itself. What it cannot use is checked and put right here.
    quick = type(engine) is str and engine in _QUICK
    quick = quick and (params.cell is LSTM or variant_of(params.cell) is not None)
    if quick and (threads is None or is_count(threads)):
        done = NATIVE.forward(params, x, state, lengths, threads, trace, reverse)
        if done is not None:
            return done
    trace, reverse = as_flag("trace", trace), as_flag("reverse", reverse)
    run = ENGINES[resolve(engine, params.dtype, params.cell)]
    check_threads(threads)
    x = as_input(params, x)
    *batch, T, _ = x.shape
    ends = as_lengths(lengths, tuple(batch), T)
    initial = any_cell.state_from("state", state, params, tuple(batch))
    x = np.ascontiguousarray(x)
    return accepted(run.forward(params.contiguous(), x, initial, ends, threads, trace, reverse))


def backward(
    params: Params,
    trace: Trace,
    delta: ArrayLike,
    *,
    d_last_state: tuple[ArrayLike, ...] | ArrayLike | None = None,
    threads: int | None = None,
    inputs: bool = True,
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
    inputs : bool
        Whether δx is wanted. Without it, the compiled engine is faster.
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
    if type(params) is not Params or type(trace) is not NativeTrace:
        given = {"params": params, "trace": trace, "delta": delta}
        check_order("backward", given, {"params": Params, "trace": Trace})
    if type(delta) is not np.ndarray:
        refuse_masked("delta", delta)
    if _is_native(trace, params) and (threads is None or is_count(threads)):
        done = NATIVE.backward(params, trace, delta, d_last_state, threads, inputs, keep)
        if done is not None:
            return done
    inputs, keep = as_flag("inputs", inputs), as_flag("keep", keep)
    _check_cell(trace, params)
    run = ENGINES[resolve(trace.engine, params.dtype, params.cell)]
    check_threads(threads)
    _check_belongs(trace, params)
    delta = np.ascontiguousarray(as_array("delta", delta, params.dtype, trace.out.shape))
    d_last = any_cell.state_from("d_last_state", d_last_state, params, trace.out.shape[:-2])
    return accepted(run.backward(params.contiguous(), trace, delta, d_last, threads, inputs, keep))


def accepted(result: R | None) -> R:
    """Return what an engine gave for checked arguments, which it has to accept."""
    if result is None:
        raise AssertionError("the engine refused arguments that were checked; please report this")
    return result


def _is_native(trace: Trace, params: Params) -> TypeGuard[NativeTrace]:
    """Say whether the compiled engine made the trace, with this cell."""
    if type(trace) is NativeTrace:
        return params.cell is LSTM
    return isinstance(trace, NativeTrace) and getattr(trace, "cell", LSTM) is params.cell


def _check_cell(trace: Trace, params: Params) -> None:
    of = getattr(trace, "cell", LSTM)
    if of != params.cell:
        raise ArgumentError(
            f"trace is of cell {of.name}, params are of cell {params.cell.name}. Pass the ones that forward "
            "ran with."
        )


def _check_belongs(trace: Trace, params: Params) -> None:
    """Refuse a trace that these parameters cannot have made."""
    made_with = (trace.x.shape[-1], trace.out.shape[-1], trace.dtype)
    given = (params.input_size, params.output_size, params.dtype)
    if made_with != given:
        raise ArgumentError(
            "trace was made with other parameters: input size {}, hidden size {}, {}; "
            "params have {}, {}, {}. Pass the ones that forward ran with.".format(*made_with, *given)
        )
