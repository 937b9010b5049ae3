"""Predictions of the test and what was observed: a stretch of one series, a scatter, a table of classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.train.data import Windows
from gatewise.train.data.reading.steps import Times
from gatewise.train.data.reading.times import clock_time, time_text
from gatewise.train.model.forecasts import levels_of
from gatewise.train.model.metrics_text import count, number, percent
from gatewise.train.model.model import Model
from gatewise.train.report import charts

SHOWN_STEPS = 240  # of the target, in a stretch
SHOWN_POINTS = 2000  # in a scatter
SHOWN_CLASSES = 12
NEAR = 0.05  # of all truths: a coverage this near to the one wanted is as promised
DEVIATIONS = 2  # standard deviations either side, where the loss is of a likelihood

Band = tuple[FloatArray, FloatArray]


@dataclass(frozen=True)
class Picture:
    """A picture or table, and what it shows in words."""

    drawn: Markup
    caption: str


@dataclass(frozen=True)
class Confusion:
    """Windows by class: a row for each class that was observed, a column for each that was predicted."""

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    others: int  # windows of classes that are not shown


def pictures(
    model: Model, windows: Windows, numbers: IntArray, forecast: FloatArray, target: int, of: str
) -> list[Picture]:
    """Draw one target of the windows `numbers`: predicted, and observed.

    Parameters
    ----------
    forecast : array (N, horizon, K, Q)
        What `Model.forecast` says of the windows.
    target : int
        Which of the K targets.
    of : str
        What the windows are called: "test".
    """
    name = model.preparation.targets[target]
    ids, times = windows.where(numbers)
    series = np.array([number for number, one in enumerate(ids) if one == ids[-1]])
    point = model.loss.best(forecast, **model.loss_options)[..., target]
    band = band_of(model, forecast, target, point)
    truth = windows.truth(numbers)[..., target]
    zone = windows.preparation.zone
    which = f" of series {ids[-1]}" if len(windows.dataset.ids) > 1 else ""
    clock = clock_time(times, zone)
    shade = band_name(model)
    labels = (axis_label(windows, zone), shade)
    shaded = f" Shaded: {shade}." if shade else ""
    if model.config.task == "forecast":
        drawn = _stretch(name, series, clock, truth, point, band, labels)
        caption = (
            f"{name}{which} in the last part of the {of}: what was observed, and forecasts, each made "
            f"at the faint line before it.{shaded}"
        )
        return [Picture(drawn, caption)]
    found = []
    if len(series) > SHOWN_STEPS:  # fewer are drawn as the whole test
        shown = series[-SHOWN_STEPS:]
        lines = None if band is None else (band[0][shown, 0], band[1][shown, 0])
        drawn = Markup(
            charts.over_time(name, clock[shown, 0], truth[shown, 0], point[shown, 0], lines, *labels)
        )
        caption = f"{name}{which} in the last part of the {of}, observed and predicted.{shaded}"
        found.append(Picture(drawn, caption))
    there = np.flatnonzero(~np.isnan(truth[:, 0]))
    if len(there) > 1:
        some = there[
            np.unique(np.linspace(0, len(there) - 1, min(SHOWN_POINTS, len(there))).round().astype(int))
        ]
        drawn = Markup(charts.scatter(name, truth[some, 0], point[some, 0]))
        many = (
            f"{count(len(some), 'window')}, spread evenly over the {of}"
            if len(some) < len(there)
            else f"the {of}"
        )
        found.append(
            Picture(drawn, f"Predicted against observed {name}, {many}; on the line they are equal.")
        )
    return found


@dataclass(frozen=True)
class IntervalCoverage:
    """How well quantiles keep their word.

    Attributes
    ----------
    said : str
        That in words.
    levels : list of (str, str)
        Each level, and how many truths are at or below its quantile, in percent.
    drawn : Markup or None
        The outermost pair by step ahead, where there are several steps.
    """

    said: str
    levels: list[tuple[str, str]]
    drawn: Markup | None


def coverage(
    model: Model, windows: Windows, numbers: IntArray, said: FloatArray, target: int
) -> IntervalCoverage | None:
    """Count how often the truth is within the quantiles; None where the loss says one value alone."""
    levels = levels_of(model.loss, model.loss_options)
    truth = windows.truth(numbers)[..., target] if levels else np.empty(0)
    there = ~np.isnan(truth)
    if not there.any():
        return None
    quantiles = model.quantiles(said)[..., target, :]
    below = [float((truth[there] <= quantiles[there][:, q]).mean()) for q in range(len(levels))]
    listed = [(f"{100 * level:g} %", percent(share, 1)) for level, share in zip(levels, below, strict=True)]
    if len(levels) < 2:
        return IntervalCoverage(
            f"{listed[0][1]} of {int(there.sum()):,} truths are at or below the quantile that {listed[0][0]} "
            "should be below.", listed, None,
        )  # fmt: skip
    low, high = quantiles[..., 0], quantiles[..., -1]
    inside, width = (truth >= low) & (truth <= high), high - low
    share, wanted = float(inside[there].mean()), levels[-1] - levels[0]
    judged = (
        "about as many as should"
        if abs(share - wanted) <= NEAR
        else "fewer than should: the intervals are too narrow"
        if share < wanted
        else "more than should: the intervals are wider than they need be"
    )
    text = (
        f"{percent(share, 1)} of {int(there.sum()):,} truths are between the quantiles {levels[0]:g} and "
        f"{levels[-1]:g}, where {100 * wanted:g} % belong: {judged}. On average the interval is "
        f"{number(float(width[there].mean()))} wide."
    )
    drawn = None
    if truth.shape[1] > 1:
        by_step = [
            (float(inside[some, h].mean()), float(width[some, h].mean())) if some.any() else (None, None)
            for h, some in enumerate(there.T)
        ]
        shares, widths = zip(*by_step, strict=True)
        drawn = Markup(charts.coverage(model.preparation.targets[target], shares, wanted, widths))
    return IntervalCoverage(text, listed, drawn)


def confusion(model: Model, windows: Windows, numbers: IntArray, chances: FloatArray) -> Confusion | None:
    """Count the windows by the class observed and the class predicted; the most frequent classes."""
    truth = windows.truth(numbers)
    there = ~np.isnan(truth)
    if not there.any() or model.preparation.classes is None:
        return None
    names = [str(name) for name in model.preparation.classes]
    observed, predicted = truth[there].astype(int), chances[there].argmax(axis=1)
    table = np.zeros((len(names), len(names)), int)
    np.add.at(table, (observed, predicted), 1)
    frequent = np.argsort(-(table.sum(axis=0) + table.sum(axis=1)), kind="stable")
    kept = np.sort(frequent[:SHOWN_CLASSES])
    shown = table[np.ix_(kept, kept)]
    return Confusion(
        tuple(names[k] for k in kept),
        tuple(tuple(int(count) for count in row) for row in shown),
        int(table.sum() - shown.sum()),
    )


def span_of(windows: Windows) -> str:
    """Return from when to when the rows of all series go, in words; empty where there are no times."""
    time = windows.dataset.time
    if time is None or not len(time):
        return ""
    zone = windows.preparation.zone
    return f"{time_text(np.min(time), zone)} to {time_text(np.max(time), zone)}{f' {zone}' if zone else ''}"


def axis_label(windows: Windows, zone: str | None) -> str:
    """Name what runs along the axis of time."""
    if windows.dataset.time is None:
        return "row of the series"
    name = windows.preparation.time_name or "time"
    return f"{name}, {zone}" if zone else name


def _stretch(
    name: str,
    series: IntArray,
    times: Times,
    truth: FloatArray,
    point: FloatArray,
    band: Band | None,
    labels: tuple[str, str],
) -> Markup:
    """Draw the last stretch of one series with forecasts that follow on one another.

    `labels` name the axis of time and the band.
    """
    horizon = times.shape[1]
    chosen = series[::-1][:SHOWN_STEPS:horizon][::-1]
    shown = series[series >= chosen[0]]
    # Each time is in as many windows as the horizon has steps, and has one truth.
    observed_times, places = np.unique(times[shown].ravel(), return_index=True)
    observed = truth[shown].ravel()[places]
    pieces = [
        (times[n], point[n], None if band is None else (band[0][n], band[1][n])) for n in chosen.tolist()
    ]
    return Markup(charts.forecasts(name, observed_times, observed, pieces, *labels))


def band_of(model: Model, forecast: FloatArray, target: int, point: FloatArray) -> Band | None:
    """Return the outermost quantiles, or two standard deviations either side; none below 0 if so asked."""
    columns = model.loss.columns(**model.loss_options)
    if "sd" in columns:
        spread = DEVIATIONS * forecast[..., target, columns.index("sd")]
        low = point - spread
        return np.maximum(low, 0) if model.preparation.non_negative else low, point + spread
    return (forecast[..., target, 0], forecast[..., target, -1]) if len(columns) > 1 else None


def band_name(model: Model) -> str:
    """Say what the band is; empty where there is none."""
    columns = model.loss.columns(**model.loss_options)
    if "sd" in columns:
        return f"± {DEVIATIONS} standard deviations"
    if len(columns) < 2:
        return ""
    return f"quantiles {columns[0].removeprefix('q')} to {columns[-1].removeprefix('q')}"
