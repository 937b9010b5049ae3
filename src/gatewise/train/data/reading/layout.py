"""Rows as they come into the order of a Dataset: series together, steps even, gaps as missing rows."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.train.data.data_error import OrderError
from gatewise.train.data.reading.dataset import CHUNK, Stretch
from gatewise.train.data.reading.steps import ROWS, Times, TimeStep, find_step
from gatewise.train.data.store import Store

LONG_GAP = 100
"""Steps. A gap up to this is filled with missing rows; a longer one ends a stretch that no window crosses."""
FILLED = "they count as missing values"
"""How the note of steps that are filled in ends."""


class RowLayout(NamedTuple):
    """What `lay_out` makes; see Dataset."""

    values: FloatArray
    time: Times | None
    stretches: tuple[Stretch, ...]
    step: TimeStep
    rows: IntArray | None
    notes: list[str]


def lay_out(
    source: str,
    values: FloatArray,
    time: Times | None,
    codes: IntArray | None,
    ids: list[Any],
    store: Store,
    many: bool,
) -> RowLayout:
    """Bring rows into order.

    Parameters
    ----------
    codes : int array (rows,), optional
        The series of each row.
    many : bool
        Whether a column of series was named; for the message about equal times.

    Raises
    ------
    DataError
        If the times of a series do not rise.
    """
    rows = None
    if codes is not None and (np.diff(codes) < 0).any():
        rows = np.argsort(codes, kind="stable")
        values = _take(values, rows, store)
        time = None if time is None else time[rows]
        codes = codes[rows]
    bounds = _bounds(codes, len(values))
    if time is None:
        return RowLayout(values, None, _plain(bounds), ROWS, rows, [])
    _check_rising(source, time, bounds, ids, rows, many)
    step = find_step(time, bounds)
    if step.kind == "uneven":
        note = (
            f"the times of {source} keep no step ({step} in the middle); rows are taken one after the other"
        )
        return RowLayout(values, time, _plain(bounds), step, rows, [note])
    return _spaced(source, values, time, bounds, step, rows, store)


def _bounds(codes: IntArray | None, rows: int) -> list[tuple[int, int]]:
    if codes is None:
        return [(0, rows)]
    starts = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), rows]
    return list(pairwise(starts))


def _plain(bounds: list[tuple[int, int]]) -> tuple[Stretch, ...]:
    return tuple(Stretch(first, end, series) for series, (first, end) in enumerate(bounds))


def _take(values: FloatArray, rows: IntArray, store: Store) -> FloatArray:
    taken = store.empty(values.shape, values.dtype)
    for start in range(0, len(rows), CHUNK):
        taken[start : start + CHUNK] = values[rows[start : start + CHUNK]]
    return taken


def _check_rising(
    source: str, time: Times, bounds: list[tuple[int, int]], ids: list[Any], rows: IntArray | None, many: bool
) -> None:
    for series, (first, end) in enumerate(bounds):
        for start in range(first, end - 1, CHUNK):
            piece = time[start : min(start + CHUNK + 1, end)]
            wrong = piece[1:] <= piece[:-1]
            if not wrong.any():
                continue
            at = start + int(wrong.argmax())
            here, before = (
                int(at + 1 if rows is None else rows[at + 1]),
                int(at if rows is None else rows[at]),
            )
            of = f" of series {ids[series]}" if many else ""
            this, last = (str(time[row]).replace("T", " ")[:19] for row in (at + 1, at))
            if this == last and time[at] == time[at + 1]:
                raise OrderError(
                    f"{source}: rows {before + 1} and {here + 1}{of} have the same time, {this}. Leave "
                    f"one out"
                    + ("." if many else ", or name the column that tells the series apart (series).")
                    + " If a clock was set back, write the times in UTC."
                )
            raise OrderError(
                f"{source}: row {here + 1}{of} ({this}) is earlier than row {before + 1} ({last}). "
                "Sort the rows by time, the oldest first."
            )


def _spaced(
    source: str,
    values: FloatArray,
    time: Times,
    bounds: list[tuple[int, int]],
    step: TimeStep,
    rows: IntArray | None,
    store: Store,
) -> RowLayout:
    """Put a missing row at each step that short gaps leave out, and cut at the long ones."""
    gaps = [_gaps(time, first, end, step) for first, end in bounds]
    missing = sum(int((size[size <= LONG_GAP] - 1).sum()) for _, size in gaps)
    stretches = _stretches(bounds, gaps)
    if missing > len(values):
        note = f"{source} has more gaps ({missing} of {step}) than rows; rows are taken one after the other"
        return RowLayout(values, time, _plain(bounds), TimeStep("uneven", step.size), rows, [note])
    notes = []
    if len(stretches) > len(bounds):
        long = len(stretches) - len(bounds)
        notes.append(
            f"{long} gaps are longer than {LONG_GAP} steps of {step}; no window crosses them"
            if long > 1
            else f"a gap is longer than {LONG_GAP} steps of {step}; no window crosses it"
        )
    if not missing:
        return RowLayout(values, time, stretches, step, rows, notes)
    notes.append(f"{missing} of {len(values) + missing} steps of {step} are not in {source}; {FILLED}")
    total = len(values) + missing
    new_values, new_rows = (
        store.empty((total, values.shape[1]), values.dtype),
        store.empty((total,), np.int64),
    )
    new_time = store.empty((total,), time.dtype)
    for start in range(0, total, CHUNK):
        new_values[start : start + CHUNK] = np.nan
        new_rows[start : start + CHUNK] = -1
    placed, first_new = [], 0
    for stretch in stretches:
        first_of_stretch = first_new
        for start in range(stretch.first, stretch.end, CHUNK):
            end = min(start + CHUNK, stretch.end)
            # The first time of the piece before, so that positions go on from it.
            piece = np.concatenate([time[stretch.first : stretch.first + 1], time[start:end]])
            at = first_of_stretch + step.positions(piece)[1:]
            new_values[at] = values[start:end]
            new_rows[at] = np.arange(start, end) if rows is None else rows[start:end]
            first_new = int(at[-1]) + 1
        origin = time[stretch.first]
        for start in range(first_of_stretch, first_new, CHUNK):
            end = min(start + CHUNK, first_new)
            count = np.arange(start - first_of_stretch, end - first_of_stretch)
            new_time[start:end] = step.after(np.asarray([origin]), count)
        placed.append(Stretch(first_of_stretch, first_new, stretch.series))
    return RowLayout(new_values, new_time, tuple(placed), step, new_rows, notes)


def _gaps(time: Times, first: int, end: int, step: TimeStep) -> tuple[IntArray, IntArray]:
    """Return the rows of a series after which steps are missing, and how many steps lie to the next row."""
    found, sizes = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for start in range(first, end - 1, CHUNK):
        distance = np.diff(step.positions(time[start : min(start + CHUNK + 1, end)]))
        at = np.flatnonzero(distance > 1)
        found.append(start + at)
        sizes.append(distance[at])
    return np.concatenate(found), np.concatenate(sizes)


def _stretches(bounds: list[tuple[int, int]], gaps: list[tuple[IntArray, IntArray]]) -> tuple[Stretch, ...]:
    stretches = []
    for series, ((first, end), (at, size)) in enumerate(zip(bounds, gaps, strict=True)):
        cuts = [first, *(at[size > LONG_GAP] + 1).tolist(), end]
        stretches += [Stretch(start, stop, series) for start, stop in pairwise(cuts)]
    return tuple(stretches)
