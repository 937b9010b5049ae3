"""Which cutoffs a rolling forecast has: a range of times or rows, every so many; and the training's own test.

A cutoff is the last row that a forecast knows, and so the number of its window. Of other tasks it is the row
at the window's end, which is the one that is predicted.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import numpy as np

from gatewise.errors import ArgumentError
from gatewise.support.arrays import IntArray
from gatewise.support.extras import need
from gatewise.support.given import brief
from gatewise.support.options import as_whole, is_whole, spelled
from gatewise.train.config import FitConfig
from gatewise.train.data import DataError, Windows
from gatewise.train.data.prepare.splits import PARTS, split_rows
from gatewise.train.data.reading.steps import Times
from gatewise.train.data.reading.times import TimeReader, time_text

MOMENT = np.timedelta64(1, "us")


def in_range(windows: Windows, numbers: IntArray, start: Any, end: Any, every: Any) -> IntArray:
    """Return the windows whose cutoff lies from `start` to `end`, both included, and every so many rows.

    Parameters
    ----------
    start, end : time, number or None
        As the data have their times; without any, rows of each series from 0, as `predict` counts them. A
        time without an offset is by the clocks of the data's zone. A day, month or year as the end is meant
        whole.
    every : int or None
        Rows from one cutoff to the next, counted by the clock from the first of all series, so that series
        are cut at the same times; where there is no even time, by rows from the first cutoff of each series.

    Raises
    ------
    DataError, ArgumentError
        If a time cannot be read, or no cutoff lies there; the message has those that there are.
    """
    step = 1 if every is None else as_whole("every", every, 1)
    at = cutoffs(windows, numbers)
    low, high = (_read(windows, name, value) for name, value in (("start", start), ("end", end)))
    if low is not None and high is not None and low > high:
        raise DataError(f"start={brief(start)} is after end={brief(end)}.")
    inside = np.ones(len(at), bool)
    if low is not None:
        inside &= at >= low
    if high is not None:
        inside &= at <= high
    if not inside.any():
        first, last = (_written(windows, value) for value in (at.min(), at.max()))
        asked = " and ".join(f"{n}={brief(v)}" for n, v in (("start", start), ("end", end)) if v is not None)
        raise DataError(
            f"{asked} leaves no cutoff: those of {windows.dataset.source} go from {first} to {last}."
        )
    numbers, at = numbers[inside], at[inside]
    return numbers if step == 1 else numbers[_counted(windows, numbers, at) % step == 0]


def at_cutoff(windows: Windows, numbers: IntArray, at: Any) -> IntArray:
    """Return the windows, of those with these numbers, whose cutoff is `at`: one, or one of each series.

    Parameters
    ----------
    at : int, time or str
        A row of the table, from 0, where the data have dates; else as `in_range` has an end.

    Raises
    ------
    DataError
        If it cannot be read, or no window ends there; the message has those that do.
    """
    time, text = windows.dataset.time, str(at).strip()
    places: Any = cutoffs(windows, numbers)
    is_dated, origins = time is not None and time.dtype.kind == "M", windows.dataset.rows
    rows = numbers if origins is None else origins[numbers]  # below 0 where the table has none
    first, last = (f"row {int(row)}" for row in (rows[rows >= 0].min(initial=len(rows)), rows.max()))
    if is_dated and re.fullmatch(r"\d+", text):
        value: Any = int(text)
        places = rows
    else:
        try:
            value = _read(windows, re.split("[= ]", spelled("at", at))[0], at)
        except DataError as error:
            or_row = f" Or give the number of a row, {first} to {last}." if is_dated else ""
            raise DataError(f"{error}{or_row}") from None
        first, last = (_written(windows, place) for place in (places.min(), places.max()))
    found: IntArray = numbers[places == value]
    if not len(found):
        raise DataError(
            f"{spelled('at', at)} is the last row of no window: those of {windows.dataset.source} end from "
            f"{first} to {last}."
        )
    return found


def cutoffs(windows: Windows, numbers: IntArray) -> Times:
    """Return the time of the last row that each window reads; without times its row in the series, from 0."""
    dataset = windows.dataset
    if dataset.time is not None:
        return np.asarray(dataset.time[numbers])
    firsts = np.array([each.first for each in dataset.stretches])
    return np.asarray(numbers - firsts[windows.stretch_of(numbers)])


def facts_of(windows: Windows, numbers: IntArray, every: int | None) -> dict[str, Any]:
    """Return what results say of the cutoffs: how many there are, the first and the last."""
    at = np.unique(cutoffs(windows, numbers))
    first, last = (_written(windows, value) for value in (at[0], at[-1]))
    return {"cutoffs": len(at), "first": first, "last": last, "every": every or 1}


def own_part(windows: Windows, config: FitConfig) -> tuple[str, IntArray]:
    """Return the test of the training among labelled windows of its own data, as results name it.

    Where no test was kept it is the validation, and without one the training part.
    """
    dataset, ahead = windows.dataset, windows.horizon if config.task == "forecast" else 0
    parts = split_rows(
        dataset, config.split, config.validation, config.test, config.seed, whole=config.window == 0
    )
    numbers = windows.test
    stretch = windows.stretch_of(numbers)
    for place in (2, 1, 0):
        bounds = np.array([part[place] for part in parts], dtype=np.int64)
        first, end = bounds[stretch].T
        if config.window == 0:
            inside = (first < end) & (numbers < end)
        else:
            inside = (numbers >= first - (ahead > 0)) & (numbers + ahead < end)
        if inside.any():
            name = PARTS[place] if place == 2 else f"{_PART_NAMES[place]} (no test was kept)"
            return name, numbers[inside]
    raise DataError(f"no window of {dataset.source} has a label.")


_PART_NAMES = {1: "validation", 0: "training"}


def seen_in_training(windows: Windows, numbers: IntArray, config: FitConfig) -> int:
    """Return how many of the windows of the training's own data predict rows that training has seen."""
    parts = split_rows(
        windows.dataset, config.split, config.validation, config.test, config.seed, whole=config.window == 0
    )
    trained = np.array([part[0] for part in parts], dtype=np.int64)
    first, end = trained[windows.stretch_of(numbers)].T
    ahead = int(config.task == "forecast")
    return int(((numbers + ahead >= first) & (numbers + ahead < end)).sum())


def check_range(rolling: bool, start: Any, end: Any, every: Any) -> None:
    """Refuse a range where there is nothing that it could be taken from.

    Raises
    ------
    ArgumentError
    """
    for name, value in (("start", start), ("end", end), ("every", every)):
        if value is not None and not rolling:
            raise ArgumentError(f"{name}={brief(value)} is for rolling forecasts; set rolling=True.")


def _counted(windows: Windows, numbers: IntArray, at: Times) -> IntArray:
    """Return how many rows each cutoff is after the one that `every` counts from."""
    step = windows.dataset.step
    if windows.dataset.time is not None and step.kind != "uneven":
        return step.positions(np.concatenate([[at.min()], at]))[1:]
    series = np.array([each.series for each in windows.dataset.stretches])[windows.stretch_of(numbers)]
    _, places, back = np.unique(series, return_index=True, return_inverse=True)
    return np.asarray(numbers - numbers[places][back])


def _written(windows: Windows, value: Any) -> str:
    if windows.dataset.time is None:
        return f"row {int(value)}"
    return time_text(value, windows.dataset.zone)


def _read(windows: Windows, name: str, value: Any) -> Any:
    """Read one end of the range as the data have their times."""
    if value is None:
        return None
    time = windows.dataset.time
    if time is None or time.dtype.kind != "M":
        return _number(name, value, rows=time is None)
    if isinstance(value, bool) or not isinstance(value, (str, int, np.integer, date, np.datetime64)):
        raise DataError(f"{name} is {brief(value)}; it must be a time such as 2013-11-01.")
    return _moment(windows, name, str(value).strip())


def _number(name: str, value: Any, *, rows: bool) -> float:
    what = (
        "a row of the series, from 0: these data have no time"
        if rows
        else "a number, as the time of the data"
    )
    try:
        number = float("nan" if isinstance(value, bool) else value)
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    if not np.isfinite(number) or (rows and number != int(number)):
        raise DataError(f"{name} is {brief(value)}; it must be {what}.")
    return int(value) if is_whole(value) else number


def _moment(windows: Windows, name: str, text: str) -> np.datetime64:
    """Read a time in UTC where the data have a zone; as the end of a range, a day is meant whole."""
    arrow = need("pyarrow", "train", "times")
    dataset = windows.dataset
    reader = TimeReader(name, name, ".", dataset.day_first)
    try:
        read = reader.read(arrow.array([text]), 0)
        found = read[0] if read.dtype.kind == "M" else _coarse(name, text)
    except DataError:
        found = _coarse(name, text)  # a month or a year alone, which no table has as a time
    if name == "end":
        found = found + _length(text, found)
    if reader.zone is None and dataset.zone is not None:
        return _by_the_clock(found, dataset.zone)
    if reader.zone is not None and dataset.zone is None:
        raise DataError(
            f'{name}="{text}" has an offset from UTC; the times of the data have none. Leave it out.'
        )
    return np.datetime64(found)


def _coarse(name: str, text: str) -> np.datetime64:
    """Read a month or a year, 2013-11 or 2013."""
    try:
        if re.match(r"\d{4}", text):  # NumPy also reads "now"
            found: np.datetime64 = np.array([text], "datetime64[us]")[0]
            return found
    except ValueError:
        pass
    raise DataError(f'{name}="{text}" is no time such as 2013-11-01.')


def _length(text: str, time: np.datetime64) -> np.timedelta64:
    """Return how long what a text names lasts, to its last moment; nothing of a time of the day."""
    if ":" in text or re.search(r"\dT\d", text):
        return np.timedelta64(0, "us")
    numbers = re.findall(r"\d+", text)
    if re.fullmatch(r"\d{4}", text):
        months = 12
    elif "q" in text.lower() and len(numbers) == 2:
        months = 3
    elif re.fullmatch(r"\d{4}-\d{2}", text) or (len(numbers) == 1 and re.search(r"[^\W\d]", text)):
        months = 1
    else:
        return np.timedelta64(1, "D") - MOMENT
    return np.timedelta64((time.astype("datetime64[M]") + months).astype("datetime64[us]") - time - MOMENT)


def _by_the_clock(time: np.datetime64, zone: str) -> np.datetime64:
    """Return the moment in UTC at which the clocks of a zone show a time."""
    arrow, compute = need("pyarrow", "train", "times"), need("pyarrow.compute", "train", "times")
    plain = arrow.array(np.array([time], "datetime64[us]"))
    moved = compute.assume_timezone(plain, zone, ambiguous="earliest", nonexistent="earliest")
    return np.datetime64(moved.cast(arrow.int64())[0].as_py(), "us")
