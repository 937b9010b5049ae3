"""From a trained model and its windows to report.html."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.support.files import write_file
from gatewise.support.pages import environment
from gatewise.train.config import FitConfig
from gatewise.train.data import Windows
from gatewise.train.model.model import Model
from gatewise.train.report import charts, interpretation
from gatewise.train.report.diagnostics import Cell, measure_cells

MEASURED_WINDOWS = 64  # windows whose gates and gradients are measured, spread evenly over the test
SHOWN_STEPS = 240  # of the target, in the chart of forecasts
SHOWN_TARGETS = 4
TASKS = {"forecast": "forecast", "regress": "regression", "classify": "classification"}


@dataclass(frozen=True)
class TargetSection:
    """What the page says of one target."""

    name: str
    verdict: str
    worth: str
    metrics: interpretation.Metrics
    by_step: Markup | None
    forecasts: Markup | None


@dataclass(frozen=True)
class CellSection:
    """What the page says of one layer and direction."""

    cell: Cell
    activity: Markup
    memory: Markup
    gradients: Markup
    importance: Markup | None
    saturation_text: str
    memory_text: str
    gradients_text: str


def write(path: Path, model: Model, windows: Windows) -> None:
    """Write the report of a trained model; `windows` are those of its training, test and all."""
    write_file(path, render(model, windows).encode())


def render(model: Model, windows: Windows) -> str:
    """Return the page: verdict, forecasts, learning curves, and what goes on in each layer.

    Parameters
    ----------
    model : Model
        Its network, configuration, history and results are shown.
    windows : Windows
        Those with a `test` part (or, without one, validation or training) to run the network on.
    """
    numbers = next(part for part in (windows.test, windows.validation, windows.train) if len(part))
    cells = _measured_cells(model, windows, numbers)
    return (
        environment("gatewise.train.report")
        .get_template("page.html.jinja")
        .render(
            title=f"Report: {', '.join(model.preparation.targets)}",
            facts=_facts(model, windows),
            targets=_targets(model, windows, numbers),
            learning=Markup(charts.learning(model.history)) if model.history else None,
            cells=[_cell_section(cell) for cell in cells],
            measured_windows=min(MEASURED_WINDOWS, len(numbers)),
            notes=windows.notes,
            results=model.results,
        )
    )


def _facts(model: Model, windows: Windows) -> list[tuple[str, str]]:
    """Return the rows of the header."""
    config, network = model.config, model.network
    layers = f"{_count(config.layers, 'layer')} of {_count(config.hidden, 'unit')}"
    span = ""
    if windows.dataset.time is not None and len(windows.dataset.time):
        span = f", {_day(windows.dataset.time[0])} to {_day(windows.dataset.time[-1])}"
    return [
        ("task", f"{TASKS[config.task]} of {', '.join(model.preparation.targets)}"),
        ("data", f"{len(windows.dataset.values):,} rows{span}"),
        (
            "windows",
            f"{len(windows.train):,} to learn from, {len(windows.validation):,} for validation, "
            f"{len(windows.test):,} for the test",
        ),
        (
            "reads",
            f"{_reads(config.window)}, {_count(windows.input_size, 'input')}{_skips(config.skip)}; "
            f"{_predicts(config, windows)}",
        ),
        (
            "network",
            f"{layers}{', both directions' if config.bidirectional else ''}; "
            f"{network.vector.size:,} parameters, {network.vector.dtype}",
        ),
        (
            "training",
            f"{_count(len(model.history), 'epoch')}, {config.optimizer}, loss {model.loss.name}, "
            f"seed {config.seed}",
        ),
    ]


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'s' * (number != 1)}"


def _reads(window: int) -> str:
    return _count(window, "step") if window else "each series whole"


def _skips(rows: int) -> str:
    return f", the last {_count(rows, 'step')} also past the LSTM, straight into the head" if rows else ""


def _predicts(config: FitConfig, windows: Windows) -> str:
    if config.task == "forecast":
        return f"predicts {_count(windows.horizon, 'step')} ahead"
    return "predicts the value at the end" if config.task == "regress" else "predicts the class at the end"


def _day(time: Any) -> str:
    return str(np.datetime64(time, "m")).replace("T", " ")


def _targets(model: Model, windows: Windows, numbers: IntArray) -> list[TargetSection]:
    results = model.results
    found = []
    forecast = None if model.preparation.classes is not None else model.forecast(windows, numbers)
    for k, (name, metrics) in enumerate(results["targets"].items()):
        errors = results.get("by_step", {}).get(name)
        curve = Markup(charts.by_step(name, errors)) if errors and windows.horizon > 1 else None
        drawn = None
        if forecast is not None and k < SHOWN_TARGETS and model.config.task == "forecast":
            drawn = Markup(_drawn(model, windows, numbers, forecast, k, name))
        found.append(
            TargetSection(
                name,
                interpretation.verdict(name, metrics, results["of"]),
                interpretation.worth(metrics),
                metrics,
                curve,
                drawn,
            )
        )
    return found


def _drawn(model: Model, windows: Windows, numbers: IntArray, forecast: FloatArray, k: int, name: str) -> str:
    """Draw the last stretch of one series with forecasts that follow on one another."""
    ids, times = windows.where(numbers)
    series = np.flatnonzero([one == ids[-1] for one in ids])
    horizon = windows.horizon
    chosen = series[::-1][:SHOWN_STEPS:horizon][::-1]
    truth = windows.truth(numbers[series])[:, 0, k]
    first = times[series, 0]
    keep = first >= times[chosen[0], 0]
    point = model.loss.best(forecast, **model.loss_options)[..., k]
    bands = _bands(model, forecast, k, point)
    pieces = [(times[n], point[n], None if bands is None else (bands[0][n], bands[1][n])) for n in chosen]
    return charts.forecasts(name, first[keep], truth[keep], pieces)


def _bands(
    model: Model, forecast: FloatArray, k: int, point: FloatArray
) -> tuple[FloatArray, FloatArray] | None:
    """Return the outermost quantiles, or two standard deviations either side; None if there is neither."""
    columns = model.loss.columns(**model.loss_options)
    if "sd" in columns:
        spread = 2 * forecast[..., k, columns.index("sd")]
        return point - spread, point + spread
    return (forecast[..., k, 0], forecast[..., k, -1]) if len(columns) > 1 else None


def _measured_cells(model: Model, windows: Windows, numbers: IntArray) -> list[Cell]:
    """Measure gates and gradients on some of the windows."""
    chosen = numbers[
        np.unique(np.linspace(0, len(numbers) - 1, min(MEASURED_WINDOWS, len(numbers))).round().astype(int))
    ]
    batch = windows.batch(chosen)

    def slope(y: FloatArray) -> FloatArray:
        d_y = np.zeros_like(y)
        end = (slice(None), -1) if y.ndim == 3 else ...  # a head at every step predicts at the window's end
        _, d_y[end] = model.loss(np.ascontiguousarray(y[end]), batch.label, **model.loss_options)
        return d_y

    return measure_cells(model.network, batch, slope, model.config.threads)


def _cell_section(cell: Cell) -> CellSection:
    def drawn(draw: Callable[[Cell], str]) -> Markup:
        return Markup(draw(cell))

    return CellSection(
        cell, drawn(charts.activity), drawn(charts.memory), drawn(charts.gradients),
        drawn(charts.importance) if cell.weight is not None else None,
        interpretation.saturation(cell), interpretation.memory(cell), interpretation.gradients(cell),
    )  # fmt: skip
