"""The charts of what was learned and predicted; inside.py has those of what goes on in the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

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
def by_step(target: str, errors: Mapping[str, Sequence[float | None]], network: str = "LSTM") -> str:
    """Draw the mean absolute error of each step ahead, for everything that was compared."""
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
    axes.set_ylabel(f"mean absolute error of {target}", parse_math=False)
    axes.set_ylim(bottom=0)
    plain_numbers(axes.yaxis)
    legend_above(axes)
    return svg_of(figure, f"error of {target} by step ahead")
