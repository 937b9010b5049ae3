"""Scaling of each series by its own rows: those of its training, or of a new one its history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from gatewise.support.arrays import FloatArray
from gatewise.train.data.data_error import quoted
from gatewise.train.data.prepare.columns import SeriesScale, by_name
from gatewise.train.data.prepare.preparation import Preparation
from gatewise.train.data.prepare.splits import Range
from gatewise.train.data.prepare.statistics import change_spread, distances, mean_and_spread, pieces
from gatewise.train.data.reading.dataset import Dataset

Ranges = Sequence[Range]


def with_series_scales(dataset: Dataset, preparation: Preparation, train: Ranges) -> Preparation:
    """Return the preparation with the scaling of every series that has training rows.

    Parameters
    ----------
    train : sequence of (first, end)
        The training rows of each stretch.
    """
    own: dict[int, list[Range]] = {}
    for stretch, rows in zip(dataset.stretches, train, strict=True):
        if rows[1] > rows[0]:
            own.setdefault(stretch.series, []).append(rows)
    found = (scale_of(dataset, preparation, series, own[series]) for series in sorted(own))
    return replace(preparation, series_scales=tuple(found))


def scale_of(
    dataset: Dataset, preparation: Preparation, series: int, rows: Ranges, label_rows: Ranges | None = None
) -> SeriesScale:
    """Return how one series is scaled by some of its rows; static columns keep the table's scaling.

    What they do not tell is the table's, and the spread of a series that is constant its own size. Where each
    series is one window (window 0) its labels keep the table's scaling: its own label would tell them.

    Parameters
    ----------
    label_rows : sequence of (first, end), optional
        By which its labels are scaled, if not by `rows`.
    """
    count = len(preparation.inputs) - len([name for name in preparation.static if name in preparation.inputs])
    columns = dataset.columns(preparation.inputs)[:count]
    logs = preparation.own_past if preparation.log else 0
    mean, scale = (np.array(row) for row in (preparation.mean, preparation.scale))
    mean[:count], scale[:count] = _mean_and_scale(dataset, rows, columns, mean[:count], scale[:count], logs)
    label_mean, label_scale = (np.array(row) for row in (preparation.label_mean, preparation.label_scale))
    if preparation.window and _are_scaled(preparation):
        label_rows = rows if label_rows is None else label_rows
        targets = dataset.columns(preparation.targets)
        table, logs = label_scale, len(targets) if preparation.log else 0
        label_mean, label_scale = _mean_and_scale(dataset, label_rows, targets, label_mean, label_scale, logs)
        if preparation.change:
            over = distances(preparation.horizon, preparation.season)
            changes = change_spread(dataset, label_rows, targets, over, np.zeros(len(targets)), logs)
            label_scale = np.where(changes > 0, changes, np.where(label_scale > 0, label_scale, table))
    made = (tuple(map(float, row)) for row in (mean, scale, label_mean, label_scale))
    return SeriesScale(str(dataset.ids[series]), *made)


def _are_scaled(preparation: Preparation) -> bool:
    """Say whether labels are scaled: neither classes are, nor counts of which the likelihood is learned."""
    plain = not any(preparation.label_mean) and all(scale == 1 for scale in preparation.label_scale)
    return preparation.classes is None and not plain


def _mean_and_scale(
    dataset: Dataset, rows: Ranges, columns: Sequence[int], mean: FloatArray, scale: FloatArray, logs: int
) -> tuple[FloatArray, FloatArray]:
    """Return mean and scale of columns over some rows; the table's where those say nothing."""
    values = (piece for _, piece in pieces(dataset, rows, columns, logs))
    known, own_mean, spread = mean_and_spread(values, len(columns))
    constant = spread <= 1e-12 * np.abs(own_mean)
    size = np.where(own_mean != 0, np.abs(own_mean), scale)
    return np.where(known > 0, own_mean, mean), np.where(known == 0, scale, np.where(constant, size, spread))


def series_scales(
    dataset: Dataset, preparation: Preparation, *, from_the_end: bool
) -> tuple[list[SeriesScale], list[str]]:
    """Return the scaling of every stretch of a dataset, and a note of series that training has not seen.

    Both are empty where the table is scaled as one. A new series is scaled by its own history: by all its
    rows for a forecast `from_the_end`, else by its first window, so that no forecast knows what comes later.
    A regression's labels are scaled by the rows before the first that is predicted.
    """
    if not preparation.series_scales:
        return [], []
    known = by_name({each.series: each for each in preparation.series_scales})
    found, new = [], []
    stretches = _by_series(dataset)
    for series, name in enumerate(dataset.ids):
        if (kept := known(name)) is not None:
            found.append(kept)
            continue
        new.append(str(name))
        rows = stretches.get(series, [])
        if from_the_end:
            found.append(scale_of(dataset, preparation, series, rows))
            continue
        first = list(_first(rows, preparation.window))
        before = _before_the_first(rows, preparation.window) if preparation.task == "regress" else first
        found.append(scale_of(dataset, preparation, series, first, before))
    by = "all their rows" if from_the_end or not preparation.window else "the rows of their first window"
    note = f"series that training has not seen are scaled by {by}: {quoted(new)}"
    return [found[stretch.series] for stretch in dataset.stretches], [note] if new else []


def _before_the_first(rows: Ranges, window: int) -> list[Range]:
    """Return the rows before the first that a regression predicts; none where no window has all its rows."""
    if not rows or not window or rows[0][1] - rows[0][0] < window:
        return []
    return [(rows[0][0], rows[0][0] + window - 1)]


def _by_series(dataset: Dataset) -> dict[int, list[Range]]:
    found: dict[int, list[Range]] = {}
    for stretch in dataset.stretches:
        found.setdefault(stretch.series, []).append((stretch.first, stretch.end))
    return found


def _first(rows: Ranges, count: int) -> Iterator[Range]:
    """Return the first `count` rows of some ranges, all of them of 0."""
    for first, end in rows:
        taken = end - first if count == 0 else min(end - first, count)
        yield first, first + taken
        count -= taken
        if count <= 0:
            return
