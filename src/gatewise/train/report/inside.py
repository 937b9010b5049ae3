"""The charts of what goes on inside a network: gates, memory, gradients, units."""

from __future__ import annotations

import numpy as np

from gatewise.train.model.metrics_text import count
from gatewise.train.report.diagnostics import GATING, SYMMETRIC, MeasuredCell, function_of
from gatewise.train.report.drawing import (
    COLOURS,
    INK,
    legend_above,
    new_figure,
    plain_logarithm,
    styled,
    svg_of,
    whole_numbers,
)

SHOWN_UNITS = 16
SHOWN_GATES = len(COLOURS)
LONGEST = 1e4  # steps; a longer half-life is drawn here


@styled
def activity(cell: MeasuredCell) -> str:
    """Draw how open each gate is at each step: the mean over units, and the middle 80 % of them."""
    gates = list(cell.activity)[:SHOWN_GATES]
    figure, drawn = new_figure(height=2.2, columns=len(gates))
    all_axes, tops = np.atleast_1d(drawn), [_top(cell, gate) for gate in gates]
    for axes, gate, colour, top in zip(all_axes, gates, COLOURS, tops, strict=False):
        steps = np.arange(cell.steps)
        axes.fill_between(steps, cell.low[gate], cell.high[gate], color=colour, alpha=0.2, linewidth=0)
        axes.plot(steps, cell.activity[gate], color=colour)
        axes.set_ylim(0, top)
        axes.set_title(gate if function_of(cell.cell, gate) in GATING else f"|{gate}|", fontsize=10)
        axes.set_xlabel("step t")
        whole_numbers(axes.xaxis)
        axes.tick_params(labelleft=axes is all_axes[0] or len({*tops}) > 1)
    if not cell.cell.gates:
        return svg_of(figure, f"size of {gates[0]} of {cell.name}")
    words = ", ".join(cell.cell.words.get(gate, gate) for gate in gates)
    return svg_of(figure, f"activity of the gates {words} of {cell.name}")


def _top(cell: MeasuredCell, gate: str) -> float:
    """Return where an axis ends: where the gate's function does, or a little above what it reached."""
    function = function_of(cell.cell, gate)
    if function in GATING:
        return 1
    highest = float(np.nanmax(cell.high[gate], initial=0.0))
    return SYMMETRIC.get(function) or 1.1 * highest or 1.0


@styled
def memory(cell: MeasuredCell) -> str:
    """Draw after how many steps each unit has forgotten half of its state, sorted."""
    figure, axes = new_figure(height=2.4)
    T = cell.steps
    assert cell.half_life is not None
    values = np.sort(np.minimum(cell.half_life, LONGEST))[::-1]
    axes.plot(np.arange(len(values)), values, "o", color=COLOURS[2], markersize=4, label="units")
    axes.axhline(T, color=INK, linewidth=0.8, linestyle="--", label=f"the window, {count(T, 'step')}")
    plain_logarithm(axes)
    legend_above(axes)
    axes.set_xlabel("units, the longest memory first")
    whole_numbers(axes.xaxis)
    axes.set_ylabel("half-life in steps")
    return svg_of(figure, f"memory of the units of {cell.name}")


@styled
def gradients(cell: MeasuredCell) -> str:
    """Draw ‖δ‖ of what is carried, state and out, back through time."""
    figure, axes = new_figure()
    tiny = 1e-30
    for name, values in cell.norms.items():
        if (values > tiny).any():
            axes.plot(np.arange(len(values)), np.where(values > tiny, values, np.nan), label=f"‖δ{name}‖")
    plain_logarithm(axes)
    axes.set_xlabel("step t; the gradient travels from right to left")
    legend_above(axes)
    return svg_of(figure, f"gradients back through time of {cell.name}")


@styled
def importance(cell: MeasuredCell) -> str:
    """Draw how much the units move the predictions, the most important first."""
    assert cell.weight is not None
    figure, axes = new_figure(height=2.4)
    order = np.argsort(cell.weight)[::-1][:SHOWN_UNITS]
    share = cell.weight / (cell.weight.sum() or 1)
    axes.bar([str(unit) for unit in order], share[order] * 100, color=COLOURS[0], width=0.8)
    axes.set_xlabel("unit" if cell.cell.size_of("out") == "H" else "entry of out")
    axes.set_ylabel("% of all movement")
    return svg_of(figure, f"units of {cell.name} that matter most")
