"""What goes on inside a trained network, measured on some windows: gates, memory, gradients through time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.cells import Cell
from gatewise.cells.memory import kept_of
from gatewise.engine.params import Params
from gatewise.engine.reference.any_cell import worth
from gatewise.expression import Call, Expression, Number, Symbol
from gatewise.learn import network as networks
from gatewise.learn.network import Network
from gatewise.support.arrays import FloatArray

NEAR_END = 0.05  # a gate nearer than this to one of its ends is saturated: its slope is below 0.05
ACTIVATION_END = 0.95  # so is an input activation beyond this in size: its slope 1 - a² is below 0.1
GATING = ("sigmoid", "hard_sigmoid")  # functions from 0 to 1
SYMMETRIC = {"tanh": 1.0, "h": 1.0, "softsign": 1.0, "g": 2.0}  # functions around 0, and how far they go
LEAST_FORGET = 1e-6  # keeps the logarithm finite

Series = NDArray[np.float64]


@dataclass(frozen=True)
class MeasuredCell:
    """One direction of one layer; steps count from the first that it takes, H units.

    Attributes
    ----------
    name : str
        Of the layer and direction.
    cell : Cell
    activity : mapping from gate to (T,)
        Mean over windows and units; of what is no gate from 0 to 1, such as the input activation, its size.
        Of a cell without gates: out.
    low, high : mapping from gate to (T,)
        The quietest and the busiest tenth of the units.
    saturated : mapping from gate to float
        The share of all values that are so near an end that hardly any gradient passes. What has no end is
        not there.
    half_life : (H,) or None
        Steps after which half of a unit's state is forgotten: ln ½ over the mean of ln f, or of what keeps it
        in another cell (`memory_of`). None where nothing does, or a number that is always the same.
    norms : mapping from what is carried to (T,)
        Root mean square over windows of ‖δstate_t‖ and ‖δout_t‖. The last is each window's own last step,
        however long it is, for that is where the gradient comes from.
    weight : (H,) or None
        Standard deviation of what a unit's last out adds to the predictions, all of them together; of the
        layer that the head reads.
    """

    name: str
    cell: Cell
    activity: Mapping[str, Series]
    low: Mapping[str, Series]
    high: Mapping[str, Series]
    saturated: Mapping[str, float]
    half_life: Series | None
    norms: Mapping[str, Series]
    weight: Series | None

    @property
    def steps(self) -> int:
        """T."""
        return len(next(iter(self.norms.values())))


def shown(cell: Cell) -> tuple[str, ...]:
    """Return what is measured at each step: the gates, or out where a cell has none."""
    return cell.gates or cell.carried[:1]


def function_of(cell: Cell, name: str) -> str:
    """Return the function that a quantity is the value of; empty if it is another formula."""
    right = cell.equation(name).right
    return right.function if isinstance(right, Call) else ""


def memory_of(cell: Cell) -> tuple[str, Expression | None]:
    """Return what a cell remembers by, its state or its out, and the factor by which a step keeps it."""
    found = {name: kept_of(cell, name) for name in reversed(cell.carried)}
    return next(((name, kept) for name, kept in found.items() if kept is not None), (cell.carried[-1], None))


def measure_cells(
    network: Network, batch: Any, slope: Callable[[FloatArray], FloatArray], threads: int | None = None
) -> list[MeasuredCell]:
    """Run some windows forward and back, and measure every layer.

    Parameters
    ----------
    batch
        x (N, T, D), extra, lengths, codes, as `networks.forward` takes them.
    slope : callable
        y, what the network returns → d_y, the gradient of the loss with respect to it.
    """
    trace = networks.forward(
        network, batch.x, lengths=batch.lengths, extra=batch.extra, codes=batch.codes, threads=threads
    )
    grads = networks.backward(network, trace, slope(trace.y), keep=True, threads=threads)
    there = np.ones(batch.x.shape[:2], bool)
    if batch.lengths is not None:
        there = np.arange(batch.x.shape[1]) < batch.lengths[:, np.newaxis]
    cells = []
    for number, directions in enumerate(trace.cells):
        for backwards, (run, gradient) in enumerate(zip(directions, grads.cells[number], strict=True)):
            top = number == len(trace.cells) - 1
            share = _shares(network, run, backwards) if top else None
            params = network.cells[number][backwards]
            name = _name(number, len(trace.cells), backwards)
            cells.append(_measure(name, params, run, gradient, there, share))
    return cells


def _name(number: int, layers: int, backwards: int) -> str:
    name = f"layer {number + 1}" if layers > 1 else "the layer"
    return name + (", backwards in time" if backwards else "")


def _measure(
    name: str, params: Params, run: Any, gradient: Any, there: NDArray[np.bool_], weight: Series | None
) -> MeasuredCell:
    cell = params.cell
    activity, low, high, saturated = {}, {}, {}, {}
    for gate in shown(cell):
        function = function_of(cell, gate)
        values = run[gate] if function in GATING else np.abs(run[gate])
        units = _over_windows(values, there)  # (T, H)
        activity[gate] = units.mean(axis=1)
        low[gate], high[gate] = np.quantile(units, [0.1, 0.9], axis=1)
        if (ends := _at_an_end(values, function)) is not None:
            saturated[gate] = float(ends[there].mean())
    norms = {name: _norms(gradient[f"d_{name}"], there, run.reverse) for name in reversed(cell.carried)}
    return MeasuredCell(
        name, cell, activity, low, high, saturated, _half_life(params, run, there), norms, weight
    )


def _at_an_end(values: FloatArray, function: str) -> NDArray[np.bool_] | None:
    """Say which values of a function are so near an end that hardly any gradient passes; None: no end."""
    if function in GATING:
        return (values < NEAR_END) | (values > 1 - NEAR_END)
    if function in SYMMETRIC:
        return values > ACTIVATION_END * SYMMETRIC[function]
    return values == 0 if function == "relu" else None


def _half_life(params: Params, run: Any, there: NDArray[np.bool_]) -> Series | None:
    name, kept = memory_of(params.cell)
    if kept is None or isinstance(kept, Number):
        return None

    def look_up(symbol: Symbol) -> FloatArray:
        if symbol.step is None:
            whole = params.arrays[symbol.name]
            return whole[params.cell.rows_of(symbol.name, symbol.part, len(whole))] if symbol.part else whole
        if symbol.step.offset == 0:
            return np.asarray(run[symbol.name])
        return np.stack([run.start_of(symbol.name, t) for t in range(run.steps)], axis=1)

    factor = np.broadcast_to(np.abs(worth(kept, look_up)), run[name].shape)
    logs = np.log(np.maximum(factor[there].astype(np.float64), LEAST_FORGET)).mean(axis=0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.abs(np.log(0.5) / np.minimum(logs, -0.0)))


def _over_windows(values: FloatArray, there: NDArray[np.bool_]) -> Series:
    """Mean (T, H) of values (N, T, H) over the windows that have the step."""
    counts = np.maximum(there.sum(axis=0), 1)[:, np.newaxis]
    summed = np.where(there[..., np.newaxis], values, 0).sum(axis=0, dtype=np.float64)
    return np.asarray(summed / counts)


def _norms(gradient: FloatArray, there: NDArray[np.bool_], reverse: bool) -> Series:
    """Root mean square (T,) over windows of the norm of each step, counted back from the one read last."""
    squares = (gradient.astype(np.float64) ** 2).sum(axis=2)
    steps = squares.shape[1]
    place = np.arange(steps) - (steps - there.sum(axis=1))[:, np.newaxis]
    if reverse:  # the one read last is each window's first
        place = np.where(place >= 0, steps - 1 - np.arange(steps), -1)
    squares = np.take_along_axis(squares, np.maximum(place, 0), axis=1) * (place >= 0)
    return np.asarray(np.sqrt(squares.sum(axis=0) / np.maximum((place >= 0).sum(axis=0), 1)))


def _shares(network: Network, run: Any, backwards: int) -> Series:
    """How much each unit moves the predictions: the spread of its last out times its weights in the head."""
    Q = network.architecture.output_size
    head = network.views["head.W"][:, backwards * Q : (backwards + 1) * Q].astype(np.float64)
    return np.asarray(np.linalg.norm(head, axis=0) * run.last.out.astype(np.float64).std(axis=0))
