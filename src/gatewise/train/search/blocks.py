"""Which windows a trial learns from and which judge it: validation, and blocks of the training part."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.train.data import Windows
from gatewise.train.data.prepare.series_scaling import scale_of

BLOCKS = ((0.30, 0.38), (0.64, 0.72))
"""Shares of the training's time that judge, too, so that no one season decides alone."""
JUDGED = 256  # windows of a block, at most: evenly spaced ones
FEWEST = 20  # windows of a block that say anything


class Parts(NamedTuple):
    """The windows of a trial: those to learn from, and those that judge, block by block."""

    learned: IntArray
    blocks: tuple[IntArray, ...]


def parts_of(windows: Windows) -> Parts:
    """Divide the windows of the training part and take the validation windows as one more block.

    No label of a window to learn from lies in a block. Where windows are whole series the validation windows
    judge alone; without any, the last fifth of the training windows does.
    """
    numbers = windows.train
    blocks = [_thinned(windows.validation)] if len(windows.validation) else []
    learned = np.ones(len(numbers), bool)
    if windows.preparation.window:
        origin, end_of_labels = (_place(windows, rows) for rows in (numbers, _last_label(windows, numbers)))
        for first, end in BLOCKS:
            inside = (origin >= first) & (end_of_labels < end)
            if np.count_nonzero(inside) < FEWEST:
                continue
            blocks.append(_thinned(numbers[inside]))
            learned &= (end_of_labels < first) | (origin >= end)
    if blocks and learned.any():
        return Parts(numbers[learned], tuple(blocks))
    kept = max(len(numbers) * 4 // 5, 1)
    return Parts(numbers[:kept], (_thinned(numbers[kept:] if kept < len(numbers) else numbers),))


def _last_label(windows: Windows, numbers: IntArray) -> IntArray:
    """Return the row of the last label of each window."""
    dataset, ahead = windows.dataset, windows.horizon if windows.preparation.task == "forecast" else 0
    ends = np.array([stretch.end for stretch in dataset.stretches])[windows.stretch_of(numbers)]
    return np.asarray(np.minimum(numbers + ahead, ends - 1))


def _place(windows: Windows, rows: IntArray) -> FloatArray:
    """Return how far each row is through the training windows' time, or its series, from 0 to 1."""
    time, train = windows.dataset.time, windows.train
    if time is None:
        stretches = windows.dataset.stretches
        firsts = np.array([stretch.first for stretch in stretches])
        last = np.zeros(len(stretches), np.int64)
        np.maximum.at(last, windows.stretch_of(train), train)
        stretch = windows.stretch_of(rows)
        return np.asarray((rows - firsts[stretch]) / np.maximum(last[stretch] - firsts[stretch] + 1, 1))
    first, whole = time[train].min(), time[train].max() - time[train].min()
    return np.asarray((time[rows] - first) / (whole or 1), np.float64)


def _thinned(numbers: IntArray) -> IntArray:
    """Return evenly spaced ones of some windows, as many as judge."""
    if len(numbers) <= JUDGED:
        return numbers
    return np.asarray(numbers[np.linspace(0, len(numbers) - 1, JUDGED).astype(int)])


def sizes_of_series(windows: Windows) -> FloatArray:
    """Return what errors of each series are divided by (series, K): how much it changes in its training rows.

    So a large series decides no more than a small one. A single series keeps the target's own units, in which
    the errors are, also where logarithms are learned.
    """
    dataset, targets = windows.dataset, windows.targets
    preparation = replace(windows.preparation, log=False) if windows.preparation.log else windows.preparation
    if len(dataset.ids) == 1 or windows.classes is not None:
        return np.ones((len(dataset.ids), targets))
    last = np.full(len(dataset.stretches), -1)
    np.maximum.at(last, windows.stretch_of(windows.train), _last_label(windows, windows.train))
    rows: dict[int, list[tuple[int, int]]] = {series: [] for series in range(len(dataset.ids))}
    for stretch, end in zip(dataset.stretches, last, strict=True):
        if end >= 0:
            rows[stretch.series].append((stretch.first, int(end) + 1))
    return np.array([scale_of(dataset, preparation, series, own).label_scale for series, own in rows.items()])
