"""Traces, states and gradients of cells other than the LSTM, whose quantities have the names of the cell.

They are read as those of the LSTM are: `trace.r`, `trace.last.out`, `grads.d_U`. The classes are made for
each cell when it is first run.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from gatewise.cells.cell import Cell
from gatewise.cells.known.table import LSTM
from gatewise.engine.arguments import as_state
from gatewise.engine.grads import Grads
from gatewise.engine.params import Params
from gatewise.engine.reference import any_cell as reference
from gatewise.engine.trace import State, Trace
from gatewise.errors import ArgumentError
from gatewise.support.arrays import FloatArray, IntArray, as_array
from gatewise.support.given import described, items_of
from gatewise.support.options import as_flag
from gatewise.support.reprs import short_repr


@lru_cache(maxsize=64)
def state_of(cell: Cell) -> Any:
    """Return the named tuple of what a cell carries from step to step: `State` for out and state."""
    if cell.carried == State._fields:
        return State
    fields: Any = namedtuple("State", cell.carried)  # type: ignore[misc]  # the cell's fields
    return type(
        "State",
        (fields,),
        {
            "__slots__": (),
            "__doc__": f"What one step of the cell {cell.name} hands to the next.",
            "__repr__": lambda self: short_repr(self, **self._asdict()),
            "__reduce__": lambda self: (_made_state, (cell, tuple(self))),
        },
    )


def _made_state(cell: Cell, parts: tuple[FloatArray, ...]) -> Any:
    return state_of(cell)(*parts)


class CellTrace(Trace):
    """The forward pass of another cell: x, every quantity of its equations, and what was carried at first.

    Attributes
    ----------
    cell : Cell
        The cell that ran.
    """

    cell: ClassVar[Cell]

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of all arrays that such a record can hold."""
        return ("x", *_quantities(cls.cell), *(f"{name}0" for name in cls.cell.carried))

    def at(self, t: int) -> Any:
        """Return step `t` by name: x, every quantity, and what it started from, as out_prev."""
        t = self.step_number(t)
        now = {name: self[name][..., t, :] for name in ("x", *_quantities(self.cell))}
        before = {f"{name}_prev": self._start(name, t) for name in self.cell.carried}
        made = namedtuple("CellStep", [*now, *before])  # type: ignore[misc]
        return made(**now, **before)

    def _reshaped(self, index: Any) -> Trace:
        arrays = {name: self[name][index] for name in self}
        last = type(self.last)(*(part[index] for part in self.last))
        return made_trace(self.cell, arrays, last, self.lengths[index], self.reverse)

    def __reduce__(self) -> tuple[Any, ...]:
        return made_trace, (self.cell, dict(self._arrays), self.last, self.lengths, self.reverse)


def _quantities(cell: Cell) -> tuple[str, ...]:
    return tuple(equation.left.name for equation in cell.forward)


@lru_cache(maxsize=64)
def _trace_class(cell: Cell) -> type[CellTrace]:
    return type("CellTrace", (CellTrace,), {"cell": cell, "__doc__": CellTrace.__doc__})


def made_trace(
    cell: Cell, arrays: Mapping[str, FloatArray], last: Any, lengths: IntArray, reverse: bool = False
) -> Trace:
    """Make a trace of plain arrays: what copies and pickles call."""
    return _trace_class(cell)(arrays, last=last, lengths=lengths, engine="reference", reverse=reverse)


class CellGrads(Grads):
    """The gradients of another cell: d_ of its parameters, of x and of what was carried at first.

    After `backward(..., keep=True)` also δ of every quantity, (N, T, H), and Δ of what has one.
    """

    cell: ClassVar[Cell]

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of all arrays that such a record can hold."""
        cell = cls.cell
        return (
            *(f"d_{name}" for name in cell.parameters), "d_x", *(f"d_{name}0" for name in cell.carried),
            *(f"delta_{name}" for name in cell.derivation.returning),
            *(f"d_{name}" for name in cell.derivation.order), *(("d_gates",) if cell.gates else ()),
        )  # fmt: skip

    def flat(self, *, copy: bool = True) -> FloatArray:
        """Lay the parameters' gradients row by row into one new vector, in the order of `Params.flat`."""
        as_flag("copy", copy)  # they never lie so: always a new one
        return np.concatenate([self[f"d_{name}"].ravel() for name in self.cell.parameters])

    def unbatched(self) -> Grads:
        """Return the gradients of a batch of one without its axis; those of one sequence as they are."""
        if not self.is_batch_of_one():
            return self
        whole = {f"d_{name}" for name in self.cell.parameters}
        return made_grads(self.cell, {name: self[name] if name in whole else self[name][0] for name in self})

    def __reduce__(self) -> tuple[Any, ...]:
        return made_grads, (self.cell, dict(self._arrays))


@lru_cache(maxsize=64)
def _grads_class(cell: Cell) -> type[CellGrads]:
    return type("CellGrads", (CellGrads,), {"cell": cell, "__doc__": CellGrads.__doc__})


def made_grads(cell: Cell, arrays: Mapping[str, FloatArray]) -> Grads:
    """Make gradients of plain arrays: what copies and pickles call."""
    return _grads_class(cell)(arrays)


def carried_from(name: str, given: Any, params: Params, batch: tuple[int, ...]) -> dict[str, FloatArray]:
    """Read what a cell carries, each a new array (*batch, H); zeros if none is given.

    A cell that carries out alone may be given the array itself.

    Raises
    ------
    ArgumentError, ShapeError, DtypeError
    """
    cell = params.cell
    if cell is LSTM:
        return as_state(name, given, params.dtype, (*batch, params.hidden_size))._asdict()
    shapes = {part: (*batch, params.length_of(part)) for part in cell.carried}
    if given is None:
        return {part: np.zeros(shape, params.dtype) for part, shape in shapes.items()}
    if isinstance(given, (tuple, list)) and not (len(cell.carried) == 1 and isinstance(given, list)):
        parts = items_of(given)
    else:
        parts = (given,) if len(cell.carried) == 1 else ()
    if len(parts) != len(cell.carried):
        needed = ", ".join(f"{part} {shape}" for part, shape in shapes.items())
        raise ArgumentError(
            f"{name} is {described(given)}; cell {cell.name} carries {len(cell.carried)}: give ({needed})."
        )
    return {
        part: np.array(as_array(f"{name}.{part}", array, params.dtype, shapes[part]), order="C")
        for part, array in zip(cell.carried, parts, strict=True)
    }


def state_from(name: str, given: Any, params: Params, batch: tuple[int, ...]) -> Any:
    """Read what a cell carries, as `carried_from` does, as the named tuple of the cell."""
    return state_of(params.cell)(**carried_from(name, given, params, batch))


def forward(params: Params, x: FloatArray, initial: Any, lengths: IntArray, *, trace: bool) -> Trace:
    """Run a cell over x (N, T, D) or (T, D), from what it carries at first; all were checked."""
    batch = x.shape[:-2]
    x3, ends = (x, lengths) if batch else (x[np.newaxis], lengths[np.newaxis])
    first = {name: array if batch else array[np.newaxis] for name, array in initial._asdict().items()}
    arrays, last = reference.forward(params.cell, params.arrays, x3, first, ends, trace)
    made = made_trace(params.cell, arrays, state_of(params.cell)(*last.values()), ends)
    return made if batch else made.unbatched()


def backward(
    params: Params, trace: Trace, delta: FloatArray, d_last: Any, *, inputs: bool, keep: bool
) -> Grads:
    """Go back through a trace of the same cell; delta and what reaches its last state were checked."""
    batch = delta.shape[:-2]
    whole = trace.batched()
    arrays = {name: whole[name] for name in whole}
    back = {name: array if batch else array[np.newaxis] for name, array in d_last._asdict().items()}
    found = reference.backward(
        params.cell,
        params.arrays,
        arrays,
        whole.lengths,
        delta.reshape(whole.out.shape),
        back,
        keep,
        inputs,
    )
    made = made_grads(params.cell, found)
    return made if batch else made.unbatched()
