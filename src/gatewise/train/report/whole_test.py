"""Observed and predicted over the whole test: a hydrograph of a few series, or a strip of classes over time.

A long test is thinned by the columns of the picture: of each the lowest and the highest value are drawn, so
that no peak is lost. What is not known stays a gap. observed.py has the last part, a step at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.train.data import Windows
from gatewise.train.data.reading.steps import Times
from gatewise.train.data.reading.times import clock_time
from gatewise.train.model.metrics_text import count, number, title
from gatewise.train.model.model import Model
from gatewise.train.model.scales import series_of
from gatewise.train.report import charts
from gatewise.train.report.observed import SHOWN_CLASSES, Picture, axis_label, band_name, band_of

COLUMNS = 600  # of a picture
Band = tuple[FloatArray, FloatArray]


class Course(NamedTuple):
    """A line through points, thinned: `places` of the points drawn, and their values, NaN where it breaks."""

    places: IntArray
    values: FloatArray


class Chosen(NamedTuple):
    """A series that is shown: its number in the dataset, and why it is this one."""

    series: int
    why: str


def over_the_test(
    model: Model, windows: Windows, numbers: IntArray, said: FloatArray, target: int, of: str
) -> list[Picture]:
    """Draw one target over all of the windows `numbers`, of several series the worst, the middle, the best.

    Parameters
    ----------
    said : array (N, horizon, K, Q), of classes (N, C)
        What `Model.forecast` says of the windows.
    target : int
        Which of the K targets.
    of : str
        What the windows are called: "test".

    Returns
    -------
    list of Picture
        None of series that are one window each, which have no course.
    """
    if model.preparation.window == 0:
        return []
    whose = series_of(windows, numbers)
    rows = model.results.get("by_series", {}).get(model.preparation.targets[target], [])
    found = []
    for chosen in chosen_series(windows, whose, rows, model.predictor, model.results.get("metric")):
        here = np.flatnonzero(whose == chosen.series)
        if len(here) < 2:
            continue
        name = windows.dataset.ids[chosen.series]
        which = f" of series {name}{chosen.why}" if len(windows.dataset.ids) > 1 else ""
        draw = _strip if model.preparation.classes is not None else _hydrograph
        found.append(draw(model, windows, numbers[here], said[here], target, (which, of)))
    return found


def chosen_series(
    windows: Windows, whose: IntArray, rows: Sequence[Mapping[str, Any]], network: str, metric: str | None
) -> list[Chosen]:
    """Choose which series are shown: all of up to two, else the worst, the middle and the best by `metric`.

    `rows` are those of results["by_series"], the worst first; without them the last window's series is taken.
    """
    numbers = {str(name): place for place, name in enumerate(windows.dataset.ids)}
    measure = measured_by(rows, network, metric)
    known = [row for row in rows if measure and row["metrics"][network].get(measure) is not None]
    known = [row for row in known if row["series"] in numbers]
    if not known or measure is None:
        return [Chosen(int(whose[-1]), "")]

    def of(row: Mapping[str, Any], place: str) -> Chosen:
        value = number(row["metrics"][network][measure])
        return Chosen(numbers[row["series"]], f", {place} of {len(known):,} ({title(measure)} {value}),")

    if len(known) == 1:
        return [Chosen(numbers[known[0]["series"]], "")]
    worst, best = of(known[0], "the worst"), of(known[-1], "the best")
    return [worst, best] if len(known) == 2 else [worst, of(known[len(known) // 2], "the middle"), best]


def measured_by(rows: Sequence[Mapping[str, Any]], network: str, metric: str | None) -> str | None:
    """Return the metric by which series are shown: the one that decides, or else one they have."""
    there = rows[0]["metrics"].get(network, {}) if rows else {}
    return next((name for name in (metric, "mae", "accuracy") if name in there), None)


def _hydrograph(
    model: Model, windows: Windows, numbers: IntArray, said: FloatArray, target: int, words: tuple[str, str]
) -> Picture:
    """Draw one series: forecasts of the first and of the last step ahead, or the value predicted."""
    name, zone = model.preparation.targets[target], windows.preparation.zone
    point = model.loss.best(said, **model.loss_options)[..., target]
    truth, band = windows.truth(numbers)[..., target], band_of(model, said, target, point)
    _, when = windows.where(numbers)
    clock = clock_time(when, zone)
    breaks = 1 + np.flatnonzero((np.diff(numbers) != 1) | (np.diff(windows.stretch_of(numbers)) != 0))
    forecast, horizon = model.config.task == "forecast", truth.shape[1]
    panels, thin = [], False
    for h in (0, horizon - 1) if horizon > 1 else (0,):
        column = columns_of(clock[:, h])
        observed, predicted = (thinned(column, y[:, h], breaks) for y in (truth, point))
        thin = thin or len(np.unique(column)) < len(column)
        shade = None if band is None else shaded(column, (band[0][:, h], band[1][:, h]), breaks)
        panels.append(
            charts.Panel(
                f"forecast {count(h + 1, 'step')} ahead" if forecast else "predicted",
                (clock[observed.places, h], observed.values),
                (clock[predicted.places, h], predicted.values),
                None if shade is None else (clock[shade[0], h], shade[1]),
            )
        )
    drawn = charts.over_the_test(name, panels, axis_label(windows, zone), band_name(model), words[0])
    ahead = (
        ("forecast one step ahead" if horizon == 1 else f"forecast 1 step and {horizon:,} steps ahead")
        if forecast
        else "predicted"
    )
    return Picture(
        Markup(drawn),
        f"{name}{words[0]} over the whole {words[1]}: observed, and {ahead}, from "
        f"{count(len(numbers), 'window')}."
        + (
            f" Of each of {COLUMNS} columns of the picture the lowest and the highest value are drawn."
            if thin
            else ""
        ),
    )


def _strip(
    model: Model, windows: Windows, numbers: IntArray, said: FloatArray, target: int, words: tuple[str, str]
) -> Picture:
    """Draw the classes of one series over time: which came, and which were predicted, right or wrong."""
    name, zone = model.preparation.targets[target], windows.preparation.zone
    _, when = windows.where(numbers)
    clock = clock_time(when, zone)[:, 0]
    truth = windows.truth(numbers)
    there = ~np.isnan(truth)
    observed, predicted = truth[there].astype(int), said[there].argmax(axis=1)
    right = observed == predicted
    labels = [str(each) for each in model.preparation.classes or ()]
    few = len(labels) <= SHOWN_CLASSES
    if few:
        lanes = [
            (observed == k, (predicted == k) & right, (predicted == k) & ~right) for k in range(len(labels))
        ]
        caption = "for each class, above when it came, below when it was predicted, rightly or wrongly"
    else:
        labels, lanes = [name], [(np.zeros(len(right), bool), right, ~right)]
        caption = "when the class that was predicted was right, and when wrong"
    share = f"{int(right.sum()):,} of {len(right):,} windows are right"
    drawn = charts.strip(name, clock[there], labels, lanes, axis_label(windows, zone), words[0])
    return Picture(Markup(drawn), f"{name}{words[0]} over the whole {words[1]}: {caption}. {share}.")


def columns_of(times: Times) -> IntArray:
    """Return in which of at most `COLUMNS` columns of a picture each time lies; times rise."""
    at = np.asarray(times)
    if len(at) <= COLUMNS:  # each has its own, and there is room for a gap between any two
        return 2 * np.arange(len(at))
    at = at.astype(np.int64) if at.dtype.kind == "M" else at
    share = (at - at[0]) / max(at[-1] - at[0], 1)
    return np.asarray(np.minimum(np.floor(share * COLUMNS), COLUMNS - 1), dtype=np.int64)


def thinned(column: IntArray, values: FloatArray, breaks: IntArray) -> Course:
    """Return of each column the lowest and the highest value, and breaks where a gap can be seen.

    Parameters
    ----------
    column : int array (N,)
        The column of each point, rising.
    values : array (N,)
        NaN where not known.
    breaks : int array
        Points that do not follow on the one before, for rows are missing.
    """
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return Course(np.zeros(1, np.int64), np.full(1, np.nan))
    begins = _begins(known, column, breaks)
    y, at = values[known], column[known]
    order = np.lexsort((y, at))
    ends = np.flatnonzero(np.diff(at[order])) + 1
    lowest, highest = order[np.r_[0, ends]], order[np.r_[ends, len(order)] - 1]
    # The ends of each piece are kept, so that a gap is as wide as it is.
    kept = np.unique(np.concatenate([lowest, highest, begins, np.r_[begins[1:], len(known)] - 1]))
    broken = np.searchsorted(kept, begins[1:])
    places, drawn = known[kept], y[kept]
    return Course(np.insert(places, broken, places[broken]), np.insert(drawn, broken, np.nan))


def shaded(column: IntArray, band: Band, breaks: IntArray) -> tuple[IntArray, Band] | None:
    """Return of each column the lowest of the lower line and the highest of the upper, broken at gaps."""
    known = np.flatnonzero(np.isfinite(band[0]) & np.isfinite(band[1]))
    if not len(known):
        return None
    begins = _begins(known, column, breaks)
    firsts = np.r_[0, np.flatnonzero(np.diff(column[known])) + 1]
    low, high = np.minimum.reduceat(band[0][known], firsts), np.maximum.reduceat(band[1][known], firsts)
    broken = np.searchsorted(firsts, begins[1:])
    places = known[firsts]
    return np.insert(places, broken, places[broken]), (
        np.insert(low, broken, np.nan),
        np.insert(high, broken, np.nan),
    )


def _begins(known: IntArray, column: IntArray, breaks: IntArray) -> IntArray:
    """Return where in `known` a piece begins: after a gap of more than a column."""
    follows = np.ones(int(known[-1]) + 1, bool)
    follows[breaks[breaks < len(follows)]] = False
    skipped = np.cumsum(~follows)[known]
    gap: NDArray[np.bool_] = (np.diff(known) > 1) | (np.diff(skipped) > 0)
    return np.asarray(np.r_[0, np.flatnonzero(gap & (np.diff(column[known]) > 1)) + 1])
