"""From a trained model and its windows to report.html."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.support.pages import environment, policy, source, styles_as_classes
from gatewise.train.cell_key import name_of
from gatewise.train.config import FitConfig
from gatewise.train.data import Windows
from gatewise.train.metrics.table import METRICS
from gatewise.train.model.metrics_text import against, count, few_windows, left_out, metric, no_test, number
from gatewise.train.model.model import Model
from gatewise.train.report import charts, inside, words
from gatewise.train.report.diagnostics import MeasuredCell, measure_cells
from gatewise.train.report.inputs import shown_inputs
from gatewise.train.report.observed import (
    Confusion,
    IntervalCoverage,
    Picture,
    confusion,
    coverage,
    pictures,
    span_of,
)
from gatewise.train.report.whole_test import measured_by, over_the_test
from gatewise.train.slow_training import why_slow

MEASURED_WINDOWS = 64  # windows whose gates and gradients are measured, spread evenly over the test
SHOWN_TARGETS = 4
SHOWN_SERIES = 20  # in the table by series, the worst
TASKS = {"forecast": "forecast", "regress": "regression", "classify": "classification"}


@dataclass(frozen=True)
class Target:
    """What the page says of one target."""

    name: str
    verdict: str
    worth: str
    metrics: words.Metrics
    by_step: Markup | None
    by_step_of: str
    whole: list[Picture]
    pictures: list[Picture]
    confusion: Confusion | None
    coverage: IntervalCoverage | None
    series: SeriesTable | None
    reasons: dict[str, str]


@dataclass(frozen=True)
class SeriesTable:
    """The errors of each series, the worst first: a row for each that is shown."""

    measure: str
    who: list[str]
    rows: list[tuple[str, list[str], str, str]]  # name, a value for each of `who`, beside the best, values
    said: str


class SearchTold(NamedTuple):
    """What a search for settings tried, and what it chose.

    Attributes
    ----------
    tried : sequence of (str, str)
        Settings, and how their error stands to that of the start.
    said : sequence of str
        What was chosen and why.
    """

    tried: Sequence[tuple[str, str]]
    said: Sequence[str]


@dataclass(frozen=True)
class CellPage:
    """What the page says of one layer and direction."""

    cell: MeasuredCell
    activity: Markup
    memory: Markup | None
    measured_by: str
    gradients: Markup
    importance: Markup | None
    importance_said: str
    saturation_said: str
    memory_said: str
    gradients_said: str


def render(
    model: Model, windows: Windows, search: SearchTold | None = None, explore: str = "", no_page: str = ""
) -> str:
    """Return the page: verdict, the whole test, errors, inputs, settings, learning curves, gates, gradients.

    Parameters
    ----------
    model : Model
        Its network, configuration, history and results are shown.
    windows : Windows
        Those with a `test` part (or, without one, validation or training) to run the network on.
    search : SearchTold, optional
        What was tried before the training.
    explore, no_page : str
        Where the page of a window is, beside the report; or why there is none.
    """
    numbers = next(part for part in (windows.test, windows.validation, windows.train) if len(part))
    cells = _measured_cells(model, windows, numbers)
    made = model.config.made_cell
    title = f"Report: {', '.join(model.preparation.targets)}"
    body, rules = styles_as_classes(
        environment(__package__)
        .get_template("body.html.jinja")
        .render(
            title=title,
            facts=_facts(model, windows),
            targets=_targets(model, windows, numbers),
            inputs=shown_inputs(model, windows, numbers),
            search=search,
            explore=explore,
            no_page=no_page,
            validated=len(windows.validation) > 0,
            learning=Markup(charts.learning(model.history)) if model.history else None,
            cells=[_cell_page(cell) for cell in cells],
            predictor=model.predictor,
            gates=words.gates(made),
            has_gates=bool(made.gates),
            activity=words.activity(made),
            passes=words.passes_by(made),
            measured=_measured_text(len(numbers), model.results["of"]),
            notes=windows.notes,
            results=model.results,
            few=" ".join(
                each for each in (no_test(model.results["of"]), few_windows(model.results["windows"])) if each
            ),
            left_out=left_out(model.results, METRICS),
            count=count,
            metric=metric,
            number=number,
        )
    )
    style = source(__package__, "page.css") + rules
    page = environment(__package__).get_template("page.html.jinja")
    return page.render(title=title, body=body, style=style, policy=policy([style]))


def _facts(model: Model, windows: Windows) -> list[tuple[str, str]]:
    """Return the rows of the header."""
    config, network = model.config, model.network
    layers = f"{count(config.layers, 'layer')} of {count(config.hidden, 'unit')}"
    parts = {"training": windows.train, "validation": windows.validation, "test": windows.test}
    times = span_of(windows)
    span = f", {times}" if times else ""
    many = (
        f" of {count(len(windows.dataset.ids), 'series', 'series')}" if len(windows.dataset.ids) > 1 else ""
    )
    return [
        ("task", f"{TASKS[config.task]} of {', '.join(model.preparation.targets)}"),
        ("data", f"{count(len(windows.dataset.values), 'row')}{many}{span}"),
        *((name, _part(windows, numbers)) for name, numbers in parts.items() if len(numbers)),
        (
            "reads",
            f"{_reads(windows.preparation.window)}, {count(windows.input_size, 'input')}"
            f"{_skips(config.skip, model.predictor)}; "
            f"{_predicts(config, windows)}",
        ),
        (
            "network",
            f"{layers}{', both directions' if config.bidirectional else ''}{_of_cell(config)}; "
            f"{network.vector.size:,} parameters, {network.vector.dtype}",
        ),
        *([("engine", slow)] if (slow := why_slow(config.engine, config.dtype, config.made_cell)) else []),
        (
            "learning",
            f"{count(len(model.history), 'epoch')}, {config.optimizer}, loss {model.loss.name}, "
            f"seed {config.seed}",
        ),
    ]


def _of_cell(config: FitConfig) -> str:
    """Say which cell the layers are of, where it is not the LSTM."""
    if config.cell == "lstm":
        return ""
    projected = f", out projected to {config.projection}" if config.projection else ""
    return f" of cell {name_of(config.cell)}{projected}"


def _part(windows: Windows, numbers: IntArray) -> str:
    """Say how many windows a part has, and from when to when they predict."""
    span = windows.span(numbers)
    return count(len(numbers), "window") + (f", predicting {span[0]} to {span[1]}" if span else "")


def _reads(window: int) -> str:
    return count(window, "step") if window else "each series whole"


def _skips(rows: int, network: str) -> str:
    return f", the last {count(rows, 'step')} also past the {network}, straight into the head" if rows else ""


def _predicts(config: FitConfig, windows: Windows) -> str:
    if config.task == "forecast":
        return f"predicts {count(windows.horizon, 'step')} ahead"
    return "predicts the value at the end" if config.task == "regress" else "predicts the class at the end"


def _targets(model: Model, windows: Windows, numbers: IntArray) -> list[Target]:
    results = model.results
    said = model.forecast(windows, numbers)
    found = []
    for k, (name, metrics) in enumerate(results["targets"].items()):
        measure, errors = words.by_step(results, name)
        curve = None
        if errors and windows.horizon > 1:
            curve = Markup(charts.by_step(name, errors, model.predictor, measure))
        classes = model.preparation.classes is not None
        shown = k < SHOWN_TARGETS
        of = results["of"]
        found.append(
            Target(
                name,
                words.verdict(name, metrics, of, model.predictor, results.get("metric")),
                words.worth_it(metrics, model.predictor, results.get("metric")),
                metrics,
                curve,
                measure,
                over_the_test(model, windows, numbers, said, k, of) if shown else [],
                pictures(model, windows, numbers, said, k, of) if shown and not classes else [],
                confusion(model, windows, numbers, said) if classes else None,
                None if classes else coverage(model, windows, numbers, said, k),
                _series(model, name),
                results.get("reasons", {}).get(name, {}).get(model.predictor, {}),
            )
        )
    return found


def _series(model: Model, target: str) -> SeriesTable | None:
    """Return the errors of each series, beside the best baseline of that series; None of a single one."""
    rows = model.results.get("by_series", {}).get(target, [])
    measure = measured_by(rows, model.predictor, model.results.get("metric"))
    if len(rows) < 2 or measure is None:
        return None
    found = []
    for row in rows[:SHOWN_SERIES]:
        values = [each.get(measure) for each in row["metrics"].values()]
        beside = against(measure, values[0], words.best_of(measure, values[1:]))
        found.append((row["series"], [number(value) for value in values], beside, f"{row['values']:,}"))
    return SeriesTable(
        measure, [*rows[0]["metrics"]], found, words.series(rows, measure, model.predictor, len(found))
    )


def _measured_cells(model: Model, windows: Windows, numbers: IntArray) -> list[MeasuredCell]:
    """Measure gates and gradients on some of the windows."""
    chosen = numbers[
        np.unique(np.linspace(0, len(numbers) - 1, min(MEASURED_WINDOWS, len(numbers))).round().astype(int))
    ]
    batch = windows.batch(chosen)

    def slope(y: FloatArray) -> FloatArray:
        d_y = np.zeros_like(y)
        # A head at every step predicts at the window's end.
        last = -1 if batch.lengths is None else batch.lengths - 1
        end = (np.arange(len(y)), last) if y.ndim == 3 else ...
        _, d_y[end] = model.loss(np.ascontiguousarray(y[end]), batch.label, **model.loss_options)
        return d_y

    return measure_cells(model.network, batch, slope, model.config.threads)


def _measured_text(windows: int, of: str) -> str:
    """Say on which windows gates and gradients are measured."""
    if windows > MEASURED_WINDOWS:
        return f"{MEASURED_WINDOWS} windows, spread evenly over the {of}"
    return f"the {count(windows, 'window')} of the {of}"


def _cell_page(cell: MeasuredCell) -> CellPage:
    def drawn(draw: Callable[[MeasuredCell], str]) -> Markup:
        return Markup(draw(cell))

    measured = cell.half_life is not None
    return CellPage(
        cell, drawn(inside.activity), drawn(inside.memory) if measured else None,
        words.remembers_by(cell.cell) if measured else "", drawn(inside.gradients),
        drawn(inside.importance) if cell.weight is not None and cell.weight.any() else None,
        words.importance(cell), words.saturation(cell), words.memory(cell), words.gradients(cell),
    )  # fmt: skip
