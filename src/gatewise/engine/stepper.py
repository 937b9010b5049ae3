"""One time step at a time, as data arrives: `Stepper` carries out and state from call to call."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gatewise.cells.known.table import LSTM
from gatewise.compiled import core as _core
from gatewise.engine import reference
from gatewise.engine.any_cell import carried_from, state_of
from gatewise.engine.arguments import check_threads
from gatewise.engine.native import Native, most_threads
from gatewise.engine.params import Params
from gatewise.engine.passes import ENGINES, resolve
from gatewise.engine.reference import any_cell
from gatewise.engine.trace import State
from gatewise.engine.variant import weights
from gatewise.errors import ArgumentError
from gatewise.support.arrays import FloatArray, as_array, is_count, refuse_masked
from gatewise.support.given import brief, check_order
from gatewise.support.reprs import short_repr

MOST_SEQUENCES = 2**24  # in step with each other


class Stepper:
    """A cell that is fed one step at a time.

    The weights are read once, when the stepper is made. With the compiled engine a step allocates nothing.

    Parameters
    ----------
    params : Params
        W (4H, D), U (4H, H), b (4H,), or those of another cell. The compiled engine runs the LSTM and its
        variants, the reference engine every cell.
    batch : int, optional
        How many sequences go in step. None for a single one, whose x is (D,) and whose out is (H,).
    state : State, optional
        Initial out and state, (N, H) each, or (H,). Zero by default.
    engine : "auto" or a name from `available()`
    threads : int, optional
        As in `forward`. A step of a single sequence is shared among threads where it is work enough, from
        about 200,000 multiplications on (H = D = 160); a step of a batch is worked by one.

    Raises
    ------
    ShapeError, DtypeError, ArgumentError, EngineError
        If an argument does not fit.

    Notes
    -----
    Equations F1-F6. The outputs are, bit for bit, those of `forward` over the whole sequence.
    """

    def __init__(
        self,
        params: Params,
        batch: int | None = None,
        state: tuple[ArrayLike, ...] | ArrayLike | None = None,
        *,
        engine: str = "auto",
        threads: int | None = None,
    ) -> None:
        check_order("Stepper", {"params": params, "batch": batch, "state": state}, {"params": Params})
        check_threads(threads)
        if batch is not None and not (is_count(batch) and batch <= MOST_SEQUENCES):
            raise ArgumentError(
                f"batch={brief(batch)}; it must be a whole number of at least 1, at most "
                f"{MOST_SEQUENCES:,}, or None for one sequence."
            )
        self.engine = resolve(engine, params.dtype, params.cell)
        self._threads = threads
        self._rows: tuple[int, ...] = () if batch is None else (int(batch),)
        self._params = params.contiguous()
        self._core: _core.NativeStepper | None = None
        self._carried: dict[str, FloatArray] = {}  # of the reference engine; set by reset
        chosen = ENGINES[self.engine]
        if isinstance(chosen, Native):
            W, U, b, beside = weights(self._params)
            self._core = _core.NativeStepper(
                W, U, b, batch or 0, most_threads(threads), chosen.instruction_set, beside
            )
        self.reset(state)

    def step(self, x: ArrayLike) -> FloatArray:
        """Take x_t, (N, D) or (D,), and return out_t, (N, H) or (H,).

        The array belongs to the stepper, which writes the out after next into it: copy what you keep.

        Raises
        ------
        ShapeError, DtypeError
            If x does not fit; the state is then as before.
        """
        if type(x) is not np.ndarray:
            refuse_masked("x", x)
        if self._core is not None:
            out = self._core.step(x)
            if out is not None:
                return out  # type: ignore[no-any-return]  # an array
        x = np.ascontiguousarray(as_array("x", x, self._params.dtype, (*self._rows, self._params.input_size)))
        if self._core is not None:
            return self._core.step(x)  # type: ignore[no-any-return]
        with np.errstate(all="ignore"):  # NaN and infinity show in the result, not as warnings
            now = self._now(x.reshape(-1, x.shape[-1]))
        self._carried = {name: now[name].reshape(old.shape) for name, old in self._carried.items()}
        return self._carried["out"]

    def _now(self, x: FloatArray) -> dict[str, FloatArray]:
        before = {name: np.atleast_2d(part) for name, part in self._carried.items()}
        cell = self._params.cell
        if cell is LSTM:
            return reference.step(self._params, x, *before.values())._asdict()
        return any_cell.step(cell, self._params.arrays, x, before)

    @property
    def state(self) -> State:
        """The newest out and state, as copies: `reset` takes them back."""
        if self._core is not None:
            return State(self._core.out.copy(), self._core.state.copy())
        made: State = state_of(self._params.cell)(*(part.copy() for part in self._carried.values()))
        return made

    def reset(self, state: tuple[ArrayLike, ...] | ArrayLike | None = None) -> None:
        """Start again, from `state` or from zero."""
        start = carried_from("state", state, self._params, self._rows)
        if self._core is not None:
            self._core.reset(*start.values())
        else:
            self._carried = start

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle what makes it: weights, state, engine and threads. A copy goes on by itself."""
        batch = self._rows[0] if self._rows else None
        return _resumed, (self._params, batch, self.state, self.engine, self._threads)

    def __repr__(self) -> str:
        batch = self._rows[0] if self._rows else None
        return short_repr(self, repr(self._params), batch=batch, engine=self.engine)


def _resumed(params: Params, batch: int | None, state: State, engine: str, threads: int | None) -> Stepper:
    """Make a stepper again, on the engine that it had."""
    return Stepper(params, batch, state, engine=engine, threads=threads)
