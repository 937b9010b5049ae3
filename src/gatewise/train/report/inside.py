"""The charts of what goes on inside a network: gates, memory, gradients, units."""

from __future__ import annotations

import numpy as np

from gatewise.cells.known.lstm import GATE_NAMES, GATES
from gatewise.train.model.metrics_text import count
from gatewise.train.report.diagnostics import MeasuredCell
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
LONGEST = 1e4  # steps; a longer half-life is drawn here


@styled
def activity(cell: MeasuredCell) -> str:
    """Draw how open each gate is at each step: the mean over units, and the middle 80 % of them."""
    figure, all_axes = new_figure(height=2.2, columns=4)
    T = len(cell.d_state)
    for axes, gate, colour in zip(all_axes, GATES, COLOURS, strict=False):
        axes.fill_between(np.arange(T), cell.low[gate], cell.high[gate], color=colour, alpha=0.2, linewidth=0)
        axes.plot(np.arange(T), cell.activity[gate], color=colour)
        axes.set_ylim(0, 1)
        axes.set_title(f"|{gate}|" if gate == "a" else gate, fontsize=10)
        axes.set_xlabel("step t")
        axes.tick_params(labelleft=axes is all_axes[0])
    return svg_of(
        figure, f"activity of the gates {', '.join(GATE_NAMES[gate] for gate in GATES)} of {cell.name}"
    )


@styled
def memory(cell: MeasuredCell) -> str:
    """Draw after how many steps each unit has forgotten half of its state, sorted."""
    figure, axes = new_figure(height=2.4)
    T = len(cell.d_state)
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
    """Draw ‖δstate_t‖ and ‖δout_t‖ back through time."""
    figure, axes = new_figure()
    tiny = 1e-30
    for label, values in (("‖δstate‖", cell.d_state), ("‖δout‖", cell.d_out)):
        if (values > tiny).any():
            axes.plot(np.arange(len(values)), np.where(values > tiny, values, np.nan), label=label)
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
    axes.set_xlabel("unit")
    axes.set_ylabel("% of all movement")
    return svg_of(figure, f"units of {cell.name} that matter most")
