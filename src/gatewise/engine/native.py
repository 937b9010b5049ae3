"""The compiled engine behind the same two functions: what Python adds is names, shapes and views.

The work is in cpp/. Traces and gradients are held there in the kernels' own layout; a field becomes an array
when it is first read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from gatewise.cells.cell import Cell
from gatewise.cells.known.table import LSTM
from gatewise.compiled import core as _core
from gatewise.compiled import missing
from gatewise.engine import any_cell
from gatewise.engine.any_cell import CellGrads, CellTrace
from gatewise.engine.grads import Grads
from gatewise.engine.params import Params
from gatewise.engine.trace import State, Trace, made_trace
from gatewise.engine.variant import kept_for_each, weights
from gatewise.support.arrays import FloatArray, IntArray, NamedArrays
from gatewise.support.given import masked_in
from gatewise.support.options import as_flag

DTYPES = (np.dtype(np.float32), np.dtype(np.float64))
MOST_THREADS = 2**20


def release_memory() -> int:
    """Give the system back the memory that the compiled engine keeps for its next pass.

    Arrays of a pass that nobody holds any more are kept, up to 1 GiB in at most 32 pieces: fresh memory
    costs a third of a training step of common size. What is still held stays.

    Returns
    -------
    int
        How many bytes were given back; 0 where there is no compiled engine.
    """
    return 0 if missing else _core.release_memory()


class _Fields(Mapping[str, FloatArray]):
    """The arrays of a compiled result by name, each made when it is first asked for."""

    __slots__ = ("_gates", "_made", "_names", "_result")

    def __init__(
        self,
        result: _core.ForwardRun | _core.Gradients,
        names: tuple[str, ...],
        gates: tuple[str, ...] = (),
    ) -> None:
        self._result = result
        self._names = names
        self._gates = gates  # d_gates (N, T, 4H) is cut into the gradients of these
        self._made: dict[str, FloatArray] = {}

    def __getitem__(self, name: str) -> FloatArray:
        made = self._made.get(name)
        if made is None:
            if name not in self._names:
                raise KeyError(name)
            made = self._made[name] = self._cut(name) if name[2:] in self._gates else self._result.field(name)
        return made

    def flat(self) -> FloatArray:
        """All parameters' gradients as they lie in memory, one after the other."""
        vector: FloatArray = self._result.field("flat")
        return vector

    def _cut(self, name: str) -> FloatArray:
        gates: FloatArray = self["d_gates"]
        H = gates.shape[-1] // len(self._gates)
        first = self._gates.index(name[2:]) * H
        return gates[..., first : first + H]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __reduce__(self) -> tuple[Any, ...]:
        """Give copies and pickles plain arrays."""
        return dict, (dict(self),)


@lru_cache(maxsize=256)
def _traced(kind: Any) -> tuple[str, ...]:
    """Return the names of a class of traces: looked up once, for small problems would feel it."""
    names: tuple[str, ...] = kind.names()
    return names


@lru_cache(maxsize=256)
def _of_a_pass(kind: Any, inputs: bool, keep: bool) -> tuple[str, ...]:
    """Return the names that a backward pass gives; those of the parameters, x and the start it always has."""
    cell = kind.cell
    whole = {*(f"d_{name}" for name in (*cell.parameters, "x")), *(f"d_{name}0" for name in cell.carried)}
    return tuple(name for name in kind.names() if (name in whole or keep) and (inputs or name != "d_x"))


class _MadeLate(NamedArrays):
    """A record whose mapping of arrays is made when one is first read: small problems would feel it."""

    _made: _Fields | None = None

    def _fields(self) -> _Fields:
        raise NotImplementedError  # by both kinds below

    @property
    def _arrays(self) -> _Fields:  # type: ignore[override]  # an attribute of other records
        if self._made is None:
            self._made = self._fields()
        return self._made


class NativeTrace(_MadeLate, Trace):
    """A trace whose arrays are unpacked when they are first read."""

    def __init__(self, run: _core.ForwardRun, engine: str) -> None:
        self.run = run
        self.engine = engine

    @property
    def reverse(self) -> bool:  # type: ignore[override]  # an attribute of other traces
        """Whether the steps were read from each sequence's last to its first."""
        return self.run.reverse

    def _fields(self) -> _Fields:
        # Not self.run: a trace that is half made has none, and looking for it would lead back here.
        run: _core.ForwardRun = self.__dict__["run"]
        kind: Any = type(self)
        return _Fields(run, _traced(kind) if run.traced else ("out",))

    @property
    def last(self) -> State:
        """Each sequence's own last out and state, the initial ones where its length is 0."""
        return State(self.run.field("last_out"), self.run.field("last_state"))

    @property
    def last_out(self) -> FloatArray:
        """Each sequence's own last out (N, H)."""
        out: FloatArray = self.run.field("last_out")
        return out

    @property
    def lengths(self) -> IntArray:
        """The number of steps of each sequence (N,)."""
        lengths = np.array(self.run.lengths(), np.int64)
        return lengths if self.is_batch else lengths[0]

    def __copy__(self) -> NativeTrace:
        """Return a trace of the same run, of which it shares what is an array there."""
        return type(self)(self.run, self.engine)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles and deep copies hold plain arrays, which may be read where this engine does not run."""
        return made_trace, (dict(self._arrays), self.last, self.lengths, "reference", self.reverse)


class NativeCellTrace(NativeTrace, CellTrace):
    """The same of a variant of the LSTM: the quantities that its equations name."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Give copies and pickles plain arrays."""
        return any_cell.made_trace, (self.cell, dict(self._arrays), self.last, self.lengths, self.reverse)


class NativeGrads(_MadeLate, Grads):
    """Gradients whose arrays are made when they are first read."""

    cell = LSTM

    def __init__(self, result: _core.Gradients, inputs: bool, keep: bool) -> None:
        self._result = result
        self._kept = inputs, keep

    def _fields(self) -> _Fields:
        kind: Any = type(self)
        names = _of_a_pass(kind, *self._kept)
        return _Fields(self._result, names, self.cell.gates)

    def __repr__(self) -> str:
        return repr(Grads(self._arrays))

    def __reduce__(self) -> tuple[Any, ...]:
        """Give copies and pickles plain arrays."""
        return Grads, (dict(self._arrays),)


class NativeCellGrads(NativeGrads, CellGrads):
    """The same of a variant of the LSTM."""

    def flat(self, *, copy: bool = True) -> FloatArray:
        """Lay the parameters' gradients into one vector, in the order of `Params.flat`, as the LSTM's."""
        return CellGrads.flat(self) if as_flag("copy", copy) else self._arrays.flat()

    def __reduce__(self) -> tuple[Any, ...]:
        """Give copies and pickles plain arrays."""
        return any_cell.made_grads, (self.cell, dict(self._arrays))


@kept_for_each
def _classes(cell: Cell) -> tuple[type[NativeTrace], type[NativeGrads]]:
    """Return what holds the traces and the gradients of a variant: made when it is first run."""
    trace, grads = (
        type(kind.__name__, (kind,), {"cell": cell, "__doc__": kind.__doc__})
        for kind in (NativeCellTrace, NativeCellGrads)
    )
    return trace, grads


class Native:
    """The engine with the best instruction set, or with the one named."""

    def __init__(self, name: str, instruction_set: str | None = None) -> None:
        self.name = name
        self.instruction_set = instruction_set

    def forward(
        self,
        params: Params,
        x: Any,
        state: Any,
        lengths: Any,
        threads: int | None,
        trace: bool,
        reverse: bool,
    ) -> NativeTrace | None:
        """Run as `gatewise.forward`, or return None if an argument is not an array that can be used as is."""
        out0 = state0 = None
        if state is not None:
            pair = _pair(state)
            if pair is None:
                return None
            out0, state0 = pair
        if params.cell is LSTM:  # here, not in weights: small problems would feel a call more
            W, U, b, beside, kind = params.W, params.U, params.b, None, NativeTrace
        else:
            (W, U, b, beside), kind = weights(params), _classes(params.cell)[0]
        run = _core.forward(
            W,
            U,
            b,
            x,
            out0,
            state0,
            lengths,
            0 if threads is None else most_threads(threads),
            trace,
            self.instruction_set,
            beside,
            reverse,
        )
        return None if run is None else kind(run, self.name)

    def backward(
        self,
        params: Params,
        trace: NativeTrace,
        delta: Any,
        d_last: Any,
        threads: int | None,
        inputs: bool,
        keep: bool,
    ) -> Grads | None:
        """Run as `gatewise.backward`, or return None likewise."""
        d_out = d_state = None
        if d_last is not None:
            pair = _pair(d_last)
            if pair is None:
                return None
            d_out, d_state = pair
        if params.cell is LSTM:  # here, not in weights: small problems would feel a call more
            W, U, b, beside, kind = params.W, params.U, params.b, None, NativeGrads
        else:
            (W, U, b, beside), kind = weights(params), _classes(params.cell)[1]
        result = _core.backward(
            trace.run,
            W,
            U,
            b,
            delta,
            d_out,
            d_state,
            0 if threads is None else most_threads(threads),
            inputs,
            keep,
            beside,
        )
        return None if result is None else kind(result, inputs, keep)


def most_threads(threads: int | None) -> int:
    """Read `threads` as the core takes it: 0 for the default; no machine has as many as do not fit."""
    if threads is None:
        return 0
    if threads > MOST_THREADS:
        return MOST_THREADS
    return threads  # compared by hand: min costs as much as a tenth of a microsecond


def _pair(state: Any) -> tuple[Any, Any] | None:
    """Out and state of a State, None for anything else."""
    if not isinstance(state, tuple) or len(state) != 2:
        return None
    out, carried = state
    if type(out) is np.ndarray and type(carried) is np.ndarray:
        return state
    # Half a state is none.
    return None if out is None or carried is None or masked_in(state) is not None else state
