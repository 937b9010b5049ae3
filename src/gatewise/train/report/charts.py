"""The charts of what was learned and predicted; inside.py has those of what goes on in the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gatewise.support.extras import need
from gatewise.train.report.drawing import (
    COLOURS,
    INK,
    legend_above,
    new_figure,
    plain_numbers,
    styled,
    svg_of,
    whole_numbers,
)
from gatewise.train.report.time_axis import label_times

STRIP_COLUMNS = 400  # of a strip of classes
NAME_ROOM = 22  # letters beside a bar


@styled
def learning(history: Sequence[Mapping[str, Any]]) -> str:
    """Draw the loss by epoch, in training and on validation, with the best epoch marked."""
    figure, axes = new_figure()
    epochs = [row["epoch"] for row in history]
    axes.plot(epochs, [row["loss"] for row in history], label="training", marker="o", markersize=2.5)
    if "validation_loss" in history[0]:
        validation = [row["validation_loss"] for row in history]
        axes.plot(epochs, validation, label="validation", marker="o", markersize=2.5)
        # Where another metric decides, the best epoch is not that of the lowest loss.
        chosen = [place for place, row in enumerate(history) if row.get("best")]
        best = chosen[-1] if chosen else int(np.argmin(validation))
        name = f"best, epoch {epochs[best]}"
        axes.plot(epochs[best], validation[best], "o", color=COLOURS[1], markersize=7, label=name)
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    plain_numbers(axes.yaxis)
    whole_numbers(axes.xaxis)
    legend_above(axes)
    return svg_of(figure, "loss by epoch")


@styled
def forecasts(
    target: str,
    times: Any,
    truth: Any,
    pieces: Sequence[tuple[Any, Any, Any]],
    axis: str = "",
    band_name: str = "",
) -> str:
    """Draw what was observed, and forecasts of several origins, each (times, values, (low, high) or None)."""
    figure, axes = new_figure(height=3.0)
    dots = "o" if len(times) < 2 else None
    axes.plot(times, truth, color=INK, linewidth=1.1, marker=dots, markersize=3, label="observed")
    for place, (when, values, band) in enumerate(pieces):
        dots = "o" if len(values) == 1 else None
        name = "forecast" if place == 0 else None
        axes.plot(when, values, color=COLOURS[1], linewidth=1.4, marker=dots, markersize=3, label=name)
        if band is not None:
            _shade(axes, when, band, band_name if place == 0 else None)
        if len(values) > 1:
            axes.axvline(when[0], color=INK, alpha=0.15, linewidth=0.7)
    _label(axes, times, target, axis)
    return svg_of(figure, f"forecasts of {target} and what was observed")


@styled
def over_time(
    target: str,
    times: Any,
    observed: Any,
    predicted: Any,
    band: tuple[Any, Any] | None,
    axis: str = "",
    band_name: str = "",
) -> str:
    """Draw observed and predicted values of one series, one of each at a time, and a band (low, high)."""
    figure, axes = new_figure(height=3.0)
    dots = "o" if len(times) < 40 else None
    axes.plot(times, observed, color=INK, linewidth=1.1, marker=dots, markersize=3, label="observed")
    axes.plot(times, predicted, color=COLOURS[1], linewidth=1.4, marker=dots, markersize=3, label="predicted")
    if band is not None:
        _shade(axes, times, band, band_name)
    _label(axes, times, target, axis)
    return svg_of(figure, f"{target}, observed and predicted")


class Panel(NamedTuple):
    """One panel of the whole test: lines (times, values), and a band (times, (low, high)) or None."""

    name: str
    observed: tuple[Any, Any]
    predicted: tuple[Any, Any]
    band: tuple[Any, tuple[Any, Any]] | None


@styled
def over_the_test(
    target: str, panels: Sequence[Panel], axis: str = "", band_name: str = "", which: str = ""
) -> str:
    """Draw observed and predicted values of a whole test, a panel for each step ahead that is shown."""
    figure, drawn = new_figure(height=2.4 * len(panels) + 0.5, rows=len(panels))
    all_axes = np.atleast_1d(drawn)
    for axes, panel in zip(all_axes, panels, strict=True):
        _line(axes, *panel.observed, INK, 0.9, "observed")
        _line(axes, *panel.predicted, COLOURS[1], 1.1, "forecast" if len(panels) > 1 else panel.name)
        if panel.band is not None:
            _shade(axes, *panel.band, band_name)
        axes.set_ylabel(target, parse_math=False)
        plain_numbers(axes.yaxis)
        if len(panels) > 1:
            axes.set_title(panel.name, fontsize=9, loc="left")
    times = np.concatenate([panel.observed[0] for panel in panels])
    all_axes[-1].set_xlabel(axis, parse_math=False)
    legend_above(all_axes[0])
    label_times(all_axes[-1], times)
    return svg_of(figure, f"{target}{which} over the whole test, observed and predicted")


def _line(axes: Any, times: Any, values: Any, colour: str, width: float, name: str) -> None:
    """Draw a line that breaks at NaN; a value between two gaps is a dot."""
    axes.plot(times, values, color=colour, linewidth=width, label=name)
    gone = np.concatenate([[True], np.isnan(values), [True]])
    alone = gone[:-2] & gone[2:] & ~gone[1:-1]
    if alone.any():
        axes.plot(times[alone], values[alone], "o", color=colour, markersize=2.5)


@styled
def strip(
    target: str, times: Any, labels: Sequence[str], lanes: Sequence[tuple[Any, Any, Any]],
    axis: str = "", which: str = "",
) -> str:  # fmt: skip
    """Draw classes over time: a row for each, and in it when it came, was rightly and was wrongly predicted.

    Parameters
    ----------
    lanes : sequence of (came, right, wrong)
        For each label, bool (N,) each.
    """
    figure, axes = new_figure(height=1.1 + 0.4 * len(labels))
    dates = need("matplotlib.dates", "train", "the report")
    at = dates.date2num(times) if np.asarray(times).dtype.kind == "M" else np.asarray(times, dtype=float)
    span = float(at[-1] - at[0])
    usual = float(np.median(np.diff(at))) if len(at) > 1 else 1.0
    width = max(span / STRIP_COLUMNS, usual) or 1.0
    column = np.round((at - at[0]) / width).astype(int)
    looks = (("observed", INK, 0.55, 0.02), ("predicted, right", COLOURS[0], 1, -0.36),
             ("predicted, wrong", COLOURS[1], 1, -0.36))  # fmt: skip
    named: set[str] = set()
    for row, shown in enumerate(reversed(lanes)):  # the first stands at the top
        for (name, colour, alpha, foot), there in zip(looks, shown, strict=True):
            if not (bars := _runs(np.unique(column[there]))):
                continue
            drawn = [(float(at[0]) + (first - 0.5) * width, steps * width) for first, steps in bars]
            label = None if name in named else name
            named.add(name)
            axes.broken_barh(
                drawn, (row + foot, 0.34), facecolor=colour, alpha=alpha, linewidth=0, label=label
            )
    axes.set_yticks(range(len(labels)), [_short(each) for each in reversed(labels)], parse_math=False)
    axes.set_ylim(-0.5, len(labels) - 0.5)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(axis, parse_math=False)
    legend_above(axes)
    label_times(axes, times)
    return svg_of(figure, f"classes of {target}{which} over the whole test, observed and predicted")


def _runs(columns: Any) -> list[tuple[int, int]]:
    """Return (first, how many) of each run of consecutive numbers."""
    if not len(columns):
        return []
    begins = np.r_[0, np.flatnonzero(np.diff(columns) > 1) + 1]
    return list(zip(columns[begins].tolist(), np.diff(np.r_[begins, len(columns)]).tolist(), strict=True))


def _short(name: str) -> str:
    """Shorten a name that would leave a picture no room."""
    return name if len(name) <= NAME_ROOM else name[: NAME_ROOM - 1] + "…"


@styled
def worse_without(names: Sequence[str], worse: Sequence[Sequence[float]], unit: str) -> str:
    """Draw how much worse predictions get without each input: the mean, and a line from least to most."""
    figure, axes = new_figure(height=1.0 + 0.3 * len(names))
    values = np.array(worse, dtype=float)
    mean, rows = values.mean(axis=1), np.arange(len(names))
    axes.barh(rows, mean, color=COLOURS[0], height=0.7)
    axes.hlines(rows, values.min(axis=1), values.max(axis=1), color=INK, linewidth=1.2)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(rows, [_short(name) for name in names], parse_math=False)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(unit, parse_math=False)
    plain_numbers(axes.xaxis)
    return svg_of(figure, "how much worse predictions get without each input")


@styled
def coverage(
    target: str, inside: Sequence[float | None], wanted: float, widths: Sequence[float | None]
) -> str:
    """Draw by step ahead how many truths lie in the interval, beside how many should, and how wide it is."""
    figure, (left, right) = new_figure(height=2.4, columns=2)
    steps = np.arange(1, len(inside) + 1)
    left.plot(steps, 100 * np.array(inside, dtype=float), color=COLOURS[1], marker="o", markersize=3)
    left.axhline(100 * wanted, color=INK, linewidth=0.9, linestyle="--")
    left.set_ylim(0, 102)
    left.set_title(f"% inside; dashed: {100 * wanted:g} % wanted", fontsize=9, loc="left")
    right.plot(steps, np.array(widths, dtype=float), color=COLOURS[1], marker="o", markersize=3)
    right.set_ylim(bottom=0)
    right.set_title("mean width", fontsize=9, loc="left")
    plain_numbers(right.yaxis)
    for axes in (left, right):
        axes.set_xlabel("steps ahead")
        whole_numbers(axes.xaxis)
    return svg_of(figure, f"how often {target} is inside its interval, and its width, by step ahead")


@styled
def scatter(target: str, observed: Any, predicted: Any) -> str:
    """Draw predicted against observed values, with the line on which they are equal."""
    figure, axes = new_figure(width=4.2, height=3.6)
    axes.plot(observed, predicted, "o", color=COLOURS[0], markersize=3, alpha=0.6, markeredgewidth=0)
    ends = [min(np.min(observed), np.min(predicted)), max(np.max(observed), np.max(predicted))]
    axes.plot(ends, ends, color=INK, linewidth=0.8)
    axes.set_xlabel(f"observed {target}", parse_math=False)
    axes.set_ylabel(f"predicted {target}", parse_math=False)
    plain_numbers(axes.xaxis)
    plain_numbers(axes.yaxis)
    axes.xaxis.get_major_locator().set_params(nbins=3)  # room for large numbers
    return svg_of(figure, f"predicted against observed {target}")


def _shade(axes: Any, times: Any, band: tuple[Any, Any], name: str | None) -> None:
    """Shade what lies between two lines."""
    axes.fill_between(times, *band, color=COLOURS[1], alpha=0.25, linewidth=0, label=name or None)


def _label(axes: Any, times: Any, target: str, axis: str) -> None:
    """Name the axes and say which line is which."""
    axes.set_ylabel(target, parse_math=False)  # a column may be named in dollars
    axes.set_xlabel(axis, parse_math=False)
    plain_numbers(axes.yaxis)
    legend_above(axes)
    label_times(axes, times)


@styled
def by_step(
    target: str,
    errors: Mapping[str, Sequence[float | None]],
    network: str = "LSTM",
    measure: str = "mean absolute error",
) -> str:
    """Draw a measure of the error at each step ahead, for everything that was compared."""
    figure, axes = new_figure()
    for name, values in errors.items():
        ours = name == network
        axes.plot(
            np.arange(1, len(values) + 1),
            np.array(values, dtype=float),
            label=name,
            linewidth=2.2 if ours else 1.2,
            zorder=3 if ours else 2,
        )
    axes.set_xlabel("steps ahead")
    whole_numbers(axes.xaxis)
    axes.set_ylabel(f"{measure} of {target}", parse_math=False)
    if all(value is None or value >= 0 for values in errors.values() for value in values):
        axes.set_ylim(bottom=0)
    plain_numbers(axes.yaxis)
    legend_above(axes)
    return svg_of(figure, f"{measure} of {target} by step ahead")
