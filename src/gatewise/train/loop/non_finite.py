"""Where a number stopped being finite: the first layer, step, gate and unit, read from the traces."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gatewise.cells import Cell, cell_named
from gatewise.errors import GatewiseError
from gatewise.learn.network import StepNotFiniteError, backward
from gatewise.support.arrays import FloatArray
from gatewise.train.data import Batch
from gatewise.train.loop.state import TrainingState

ADVICE = "Lower the learning rate, or clip the gradient (clip = 1), and look at the data for huge values."


class NonFiniteError(GatewiseError):
    """The loss or a gradient is not a finite number any more."""


def first_not_finite(state: TrainingState, batch: Batch, stopped: StepNotFiniteError) -> NonFiniteError:
    """Find where a step that was not taken went wrong."""
    if not math.isfinite(stopped.loss):
        return first_in_forward(state, batch, stopped.trace, stopped.loss)
    return first_in_backward(state, stopped.trace, stopped.d_y)


def first_in_forward(state: TrainingState, batch: Batch, trace: Any, loss: Any) -> NonFiniteError:
    """Find where the forward pass of a loss that is not finite went wrong."""
    cell = cell_named(state.network.architecture.cell)
    place = (
        _in_array("the input x", batch.x, ("sequence", "step", "feature"))
        or _in_cells(trace.cells, cell, forwards=True)
        or _in_array("the head's output y", trace.y, ("sequence", "output"))
        or "the loss itself: the outputs are finite, but too large for it"
    )
    return _error(f"the loss is {float(loss)}", place, state)


def first_in_backward(state: TrainingState, trace: Any, d_y: FloatArray) -> NonFiniteError:
    """Find where the backward pass of a finite loss went wrong."""
    grads = backward(state.network, trace, d_y, keep=True)
    cell = cell_named(state.network.architecture.cell)
    place = (
        _in_array("the loss's gradient", d_y, ("sequence", "output"))
        or _in_cells(grads.cells[::-1], cell, forwards=False, top=len(grads.cells) - 1)
        or "the sums over the steps: each step's gradient is finite"
    )
    return _error("the gradient is not finite", place, state)


def _error(what: str, place: str, state: TrainingState) -> NonFiniteError:
    wrong = [name for name, array in state.network.views.items() if not np.isfinite(array).all()]
    weights = f" The weights {', '.join(wrong)} were not finite before this step." if wrong else ""
    return NonFiniteError(
        f"training stopped in epoch {state.epoch + 1}, step {state.step + 1}: {what}. "
        f"It began at {place}.{weights} {ADVICE}"
    )


def _in_cells(cells: Any, cell: Cell, *, forwards: bool, top: int | None = None) -> str | None:
    """Find the first layer with a number that is not finite, and in it the first step, quantity and unit."""
    if forwards:
        names = [equation.left.name for equation in cell.forward]
    else:
        names = [f"d_{name}" for name in cell.derivation.order]
    for number, directions in enumerate(cells):
        for d, run in enumerate(directions):
            bad = {name: ~np.isfinite(run[name]) for name in names}
            steps = np.flatnonzero(np.any([wrong.any(axis=(0, 2)) for wrong in bad.values()], axis=0))
            if not len(steps):
                continue
            t = int(steps[0] if forwards != bool(d) else steps[-1])
            name = next(name for name in names if bad[name][:, t].any())
            sequence, unit = np.argwhere(bad[name][:, t])[0]
            value = run[name][sequence, t, unit]
            layer = number if top is None else top - number
            direction = ", reading backwards" if d else ""
            what = f"{cell.words.get(name, '')} {name}".strip()
            return (
                f"layer {layer}{direction}, step {t}, {what}, unit {unit} "
                f"(sequence {sequence} of the batch), which is {value}"
            )
    return None


def _in_array(what: str, array: FloatArray, axes: tuple[str, ...]) -> str | None:
    places = np.argwhere(~np.isfinite(array))
    if not len(places):
        return None
    where = ", ".join(f"{axis} {index}" for axis, index in zip(axes, places[0], strict=False))
    return f"{what}, {where}, which is {array[tuple(places[0])]}"
