"""The charts of a report, as inline SVG that takes its text colour from the page."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, ParamSpec

import numpy as np

from gatewise.cells.lstm import GATE_NAMES, GATES
from gatewise.support.extras import need
from gatewise.train.report.diagnostics import Cell

COLOURS = ("#2b8cc4", "#e0702c", "#3f9e63", "#a05fb0", "#b58a1b", "#7a7f87")  # readable on light and dark
INK = "#123457"  # stands for the page's own text colour until the SVG is written
SHOWN_UNITS = 16
# How ticks are written, by the step between them: years, months, days, hours, minutes, seconds; and the first
# of each.
TICKS = ("%Y", "%b", "%d %b", "%H:%M", "%H:%M", "%H:%M:%S")
ZERO_TICKS = ("", "%Y", "%d %b", "%d %b", "%H:%M", "%H:%M")
WIDTH = 7.2  # inches, of a figure as wide as the page
PAGE_WIDTH = 50  # rem


STYLE = {
    "font.size": 9, "font.family": "sans-serif", "axes.spines.top": False, "axes.spines.right": False,
    "axes.edgecolor": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK,
    "text.color": INK, "svg.fonttype": "none", "axes.grid": True, "axes.axisbelow": True, "grid.alpha": 0.25,
    "grid.color": INK, "legend.frameon": False,
}  # fmt: skip
P = ParamSpec("P")


def _styled(draw: Callable[P, str]) -> Callable[P, str]:
    """Draw in the page's colours, every text too, and leave the settings of the calling program alone."""

    @wraps(draw)
    def drawn(*arguments: P.args, **options: P.kwargs) -> str:
        matplotlib = need("matplotlib", "train", "the report")
        with matplotlib.rc_context(STYLE | {"axes.prop_cycle": matplotlib.cycler(color=COLOURS)}):
            return draw(*arguments, **options)

    return drawn


def _figure(width: float = WIDTH, height: float = 2.7, columns: int = 1) -> tuple[Any, Any]:
    """Make a figure without a window."""
    figure = need("matplotlib.figure", "train", "the report").Figure(
        figsize=(width, height), layout="constrained"
    )
    return figure, figure.subplots(1, columns)


def _svg(figure: Any, title: str) -> str:
    """Write the figure as an SVG element in the page's colour; the same figure, the same bytes."""
    written = io.StringIO()
    matplotlib = need("matplotlib", "train", "the report")
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": title}):
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    svg = written.getvalue()
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    # Two charts on one page may not share ids.
    mark = re.sub(r"\W", "", title)
    svg = re.sub(r'\bid="', f'id="{mark}-', svg)
    svg = re.sub(r'href="#', f'href="#{mark}-', svg)
    svg = svg.replace("url(#", f"url(#{mark}-")
    room = f"max-width: {PAGE_WIDTH * figure.get_figwidth() / WIDTH:.0f}rem"
    return svg.replace("<svg", f'<svg role="img" aria-label="{html.escape(title)}" style="{room}"', 1)


@_styled
def learning(history: Sequence[Mapping[str, Any]]) -> str:
    """Draw the loss by epoch, in training and on validation, with the best epoch marked."""
    figure, axes = _figure()
    epochs = [row["epoch"] for row in history]
    axes.plot(epochs, [row["loss"] for row in history], label="training", marker="o", markersize=2.5)
    if "validation_loss" in history[0]:
        validation = [row["validation_loss"] for row in history]
        axes.plot(epochs, validation, label="validation", marker="o", markersize=2.5)
        best = int(np.argmin(validation))
        axes.plot(
            epochs[best],
            validation[best],
            "o",
            color=COLOURS[1],
            markersize=7,
            label=f"best, epoch {epochs[best]}",
        )
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    _legend(axes)
    return _svg(figure, "loss by epoch")


@_styled
def forecasts(
    target: str, times: Any, truth: Any, pieces: Sequence[tuple[Any, Any, Any]], axis: str = ""
) -> str:
    """Draw what was observed, and forecasts of several origins, each (times, values, (low, high) or None)."""
    figure, axes = _figure(height=3.0)
    dots = "o" if len(times) < 2 else None
    axes.plot(times, truth, color=INK, linewidth=1.1, marker=dots, markersize=3, label="observed")
    for number, (when, values, band) in enumerate(pieces):
        label = "forecast" if number == 0 else None
        axes.plot(
            when,
            values,
            color=COLOURS[1],
            linewidth=1.4,
            marker="o" if len(values) == 1 else None,
            markersize=3,
            label=label,
        )
        if band is not None:
            axes.fill_between(when, *band, color=COLOURS[1], alpha=0.2, linewidth=0)
        if len(values) > 1:
            axes.axvline(when[0], color=INK, alpha=0.15, linewidth=0.7)
    _label(axes, times, target, axis)
    return _svg(figure, f"forecasts of {target} and what was observed")


@_styled
def over_time(
    target: str, times: Any, observed: Any, predicted: Any, band: tuple[Any, Any] | None, axis: str = ""
) -> str:
    """Draw observed and predicted values of one series, one of each at a time, and a band (low, high)."""
    figure, axes = _figure(height=3.0)
    dots = "o" if len(times) < 40 else None
    axes.plot(times, observed, color=INK, linewidth=1.1, marker=dots, markersize=3, label="observed")
    axes.plot(times, predicted, color=COLOURS[1], linewidth=1.4, marker=dots, markersize=3, label="predicted")
    if band is not None:
        axes.fill_between(times, *band, color=COLOURS[1], alpha=0.2, linewidth=0)
    _label(axes, times, target, axis)
    return _svg(figure, f"{target}, observed and predicted")


@_styled
def scatter(target: str, observed: Any, predicted: Any) -> str:
    """Draw predicted against observed values, with the line on which they are equal."""
    figure, axes = _figure(width=4.2, height=3.6)
    axes.plot(observed, predicted, "o", color=COLOURS[0], markersize=3, alpha=0.6, markeredgewidth=0)
    ends = [min(np.min(observed), np.min(predicted)), max(np.max(observed), np.max(predicted))]
    axes.plot(ends, ends, color=INK, linewidth=0.8)
    axes.set_xlabel(f"observed {target}", parse_math=False)
    axes.set_ylabel(f"predicted {target}", parse_math=False)
    return _svg(figure, f"predicted against observed {target}")


def _label(axes: Any, times: Any, target: str, axis: str) -> None:
    """Name the axes and say which line is which; dates as dates, counted steps as whole numbers."""
    axes.set_ylabel(target, parse_math=False)  # a column may be named in dollars
    _legend(axes)
    kind = np.asarray(times).dtype.kind
    if kind == "M":
        dates = need("matplotlib.dates", "train", "the report")
        locator = dates.AutoDateLocator(minticks=3, maxticks=8)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(
            dates.ConciseDateFormatter(locator, formats=TICKS, zero_formats=ZERO_TICKS, show_offset=False)
        )
        axis = ", ".join(part for part in (_dates(times), axis) if part)
    elif kind in "iu":
        axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
        axes.ticklabel_format(axis="x", style="plain", useOffset=False)
    axes.set_xlabel(axis, parse_math=False)


def _dates(times: Any) -> str:
    """Write the first and the last day: the ticks between them do not say the year."""
    first, last = (value.astype("datetime64[s]").item() for value in (np.min(times), np.max(times)))
    end = f"{last.day} {last:%b %Y}"
    if first.date() == last.date():
        return end
    return f"{first.day} {first:%b}{'' if first.year == last.year else f' {first:%Y}'} to {end}"


def _legend(axes: Any) -> None:
    """Say which line is which above the picture, at its left: off the curves, and seen on a narrow screen."""
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, borderaxespad=0.2, handlelength=1.6)


@_styled
def by_step(target: str, errors: Mapping[str, Sequence[float | None]]) -> str:
    """Draw the mean absolute error of each step ahead, for everything that was compared."""
    figure, axes = _figure()
    for name, values in errors.items():
        ours = name == "LSTM"
        axes.plot(
            np.arange(1, len(values) + 1),
            np.array(values, dtype=float),
            label=name,
            linewidth=2.2 if ours else 1.2,
            zorder=3 if ours else 2,
        )
    axes.set_xlabel("steps ahead")
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    axes.set_ylabel(f"mean absolute error of {target}", parse_math=False)
    axes.set_ylim(bottom=0)
    _legend(axes)
    return _svg(figure, f"error of {target} by step ahead")


@_styled
def activity(cell: Cell) -> str:
    """Draw how open each gate is at each step: the mean over units, and the middle 80 % of them."""
    figure, all_axes = _figure(height=2.2, columns=4)
    T = len(cell.d_state)
    for axes, gate, colour in zip(all_axes, GATES, COLOURS, strict=False):
        axes.fill_between(np.arange(T), cell.low[gate], cell.high[gate], color=colour, alpha=0.2, linewidth=0)
        axes.plot(np.arange(T), cell.activity[gate], color=colour)
        axes.set_ylim(0, 1)
        axes.set_title(f"|{gate}|" if gate == "a" else gate, fontsize=10)
        axes.set_xlabel("step t")
        axes.tick_params(labelleft=axes is all_axes[0])
    return _svg(
        figure, f"activity of the gates {', '.join(GATE_NAMES[gate] for gate in GATES)} of {cell.name}"
    )


@_styled
def memory(cell: Cell) -> str:
    """Draw after how many steps each unit has forgotten half of its state, sorted."""
    figure, axes = _figure(height=2.4)
    T = len(cell.d_state)
    values = np.sort(np.minimum(cell.half_life, 1e4))[::-1]
    axes.plot(np.arange(len(values)), values, "o", color=COLOURS[2], markersize=4)
    window = f"the window, {T} step{'' if T == 1 else 's'}"
    axes.axhline(T, color=INK, linewidth=0.8, linestyle="--", label=window)
    axes.set_yscale("log")
    ticks = need("matplotlib.ticker", "train", "the report")
    axes.yaxis.set_major_locator(ticks.LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(ticks.FuncFormatter(lambda value, _: f"{value:,.5g}"))
    axes.yaxis.set_minor_formatter(ticks.NullFormatter())
    _legend(axes)
    axes.set_xlabel("units, the longest memory first")
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    axes.set_ylabel("half-life in steps")
    return _svg(figure, f"memory of the units of {cell.name}")


@_styled
def gradients(cell: Cell) -> str:
    """Draw ‖δstate_t‖ and ‖δout_t‖ back through time."""
    figure, axes = _figure()
    tiny = 1e-30
    for label, values in (("‖δstate‖", cell.d_state), ("‖δout‖", cell.d_out)):
        if (values > tiny).any():
            axes.plot(np.arange(len(values)), np.where(values > tiny, values, np.nan), label=label)
    axes.set_yscale("log")
    axes.set_xlabel("step t; the gradient travels from right to left")
    _legend(axes)
    return _svg(figure, f"gradients back through time of {cell.name}")


@_styled
def importance(cell: Cell) -> str:
    """Draw how much the units move the predictions, the most important first."""
    assert cell.weight is not None
    figure, axes = _figure(height=2.4)
    order = np.argsort(cell.weight)[::-1][:SHOWN_UNITS]
    share = cell.weight / (cell.weight.sum() or 1)
    axes.bar([str(unit) for unit in order], share[order] * 100, color=COLOURS[0], width=0.8)
    axes.set_xlabel("unit")
    axes.set_ylabel("% of all movement")
    return _svg(figure, f"units of {cell.name} that matter most")
