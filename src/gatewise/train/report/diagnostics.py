"""What goes on inside a trained network, measured on some windows: gates, memory, gradients through time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.cells.known.lstm import GATES
from gatewise.learn import network as networks
from gatewise.learn.network import Network
from gatewise.support.arrays import FloatArray

NEAR_END = 0.05  # a gate nearer than this to one of its ends is saturated: its slope is below 0.05
ACTIVATION_END = 0.95  # so is an input activation beyond this in size: its slope 1 - a² is below 0.1
LEAST_FORGET = 1e-6  # keeps the logarithm finite

Series = NDArray[np.float64]


@dataclass(frozen=True)
class MeasuredCell:
    """One direction of one layer; steps count from the first that it takes, H units.

    Attributes
    ----------
    name : str
    activity : mapping from gate to (T,)
        Mean over windows and units; of the input activation its size.
    low, high : mapping from gate to (T,)
        The quietest and the busiest tenth of the units.
    saturated : mapping from gate to float
        The share of all values that are so near an end that hardly any gradient passes.
    half_life : (H,)
        Steps after which half of a unit's state is forgotten: ln ½ over the mean of ln f.
    d_state, d_out : (T,)
        Root mean square over windows of ‖δstate_t‖ and ‖δout_t‖. The last is each window's own last step,
        however long it is, for that is where the gradient comes from.
    weight : (H,) or None
        Standard deviation of what a unit's last out adds to the predictions, all of them together; of the
        layer that the head reads.
    """

    name: str
    activity: Mapping[str, Series]
    low: Mapping[str, Series]
    high: Mapping[str, Series]
    saturated: Mapping[str, float]
    half_life: Series
    d_state: Series
    d_out: Series
    weight: Series | None


def measure_cells(
    network: Network, batch: Any, slope: Callable[[FloatArray], FloatArray], threads: int | None = None
) -> list[MeasuredCell]:
    """Run some windows forward and back, and measure every layer.

    Parameters
    ----------
    batch
        x (N, T, D), extra, lengths, as `networks.forward` takes them.
    slope : callable
        y, what the network returns → d_y, the gradient of the loss with respect to it.
    """
    trace = networks.forward(network, batch.x, lengths=batch.lengths, extra=batch.extra, threads=threads)
    grads = networks.backward(network, trace, slope(trace.y), keep=True, threads=threads)
    there = np.ones(batch.x.shape[:2], bool)
    if batch.lengths is not None:
        there = np.arange(batch.x.shape[1]) < batch.lengths[:, np.newaxis]
    cells = []
    for number, directions in enumerate(trace.cells):
        for backwards, (run, gradient) in enumerate(zip(directions, grads.cells[number], strict=True)):
            top = number == len(trace.cells) - 1
            share = _shares(network, run, backwards) if top else None
            cells.append(_measure(_name(number, len(trace.cells), backwards), run, gradient, there, share))
    return cells


def _name(number: int, layers: int, backwards: int) -> str:
    name = f"layer {number + 1}" if layers > 1 else "the layer"
    return name + (", backwards in time" if backwards else "")


def _measure(
    name: str, run: Any, gradient: Any, there: NDArray[np.bool_], weight: Series | None
) -> MeasuredCell:
    activity, low, high, saturated = {}, {}, {}, {}
    for gate in GATES:
        values = np.abs(run[gate]) if gate == "a" else run[gate]
        units = _over_windows(values, there)  # (T, H)
        activity[gate] = units.mean(axis=1)
        low[gate], high[gate] = np.quantile(units, [0.1, 0.9], axis=1)
        ends = values > ACTIVATION_END if gate == "a" else (values < NEAR_END) | (values > 1 - NEAR_END)
        saturated[gate] = float(ends[there].mean())
    logs = np.log(np.maximum(run.f[there].astype(np.float64), LEAST_FORGET)).mean(axis=0)
    with np.errstate(divide="ignore"):
        half_life = np.log(0.5) / np.minimum(logs, -0.0)
    return MeasuredCell(
        name, activity, low, high, saturated, np.abs(half_life),
        _norms(gradient.d_state, there), _norms(gradient.d_out, there), weight,
    )  # fmt: skip


def _over_windows(values: FloatArray, there: NDArray[np.bool_]) -> Series:
    """Mean (T, H) of values (N, T, H) over the windows that have the step."""
    counts = np.maximum(there.sum(axis=0), 1)[:, np.newaxis]
    summed = np.where(there[..., np.newaxis], values, 0).sum(axis=0, dtype=np.float64)
    return np.asarray(summed / counts)


def _norms(gradient: FloatArray, there: NDArray[np.bool_]) -> Series:
    """Root mean square (T,) over windows of the norm of each step, counted back from each one's last."""
    squares = (gradient.astype(np.float64) ** 2).sum(axis=2)
    steps = squares.shape[1]
    place = np.arange(steps) - (steps - there.sum(axis=1))[:, np.newaxis]
    squares = np.take_along_axis(squares, np.maximum(place, 0), axis=1) * (place >= 0)
    return np.asarray(np.sqrt(squares.sum(axis=0) / np.maximum((place >= 0).sum(axis=0), 1)))


def _shares(network: Network, run: Any, backwards: int) -> Series:
    """How much each unit moves the predictions: the spread of its last out times its weights in the head."""
    H = network.architecture.hidden_size
    head = network.views["head.W"][:, backwards * H : (backwards + 1) * H].astype(np.float64)
    return np.asarray(np.linalg.norm(head, axis=0) * run.last.out.astype(np.float64).std(axis=0))
