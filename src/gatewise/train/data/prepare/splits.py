"""Which rows are for training, validation and test: by time, or by group (whole series)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gatewise.support.arrays import IntArray, as_real
from gatewise.support.extras import need
from gatewise.support.given import brief
from gatewise.support.options import as_generator
from gatewise.train.data.data_error import DataError
from gatewise.train.data.reading.dataset import Dataset
from gatewise.train.data.reading.steps import Times
from gatewise.train.data.reading.times import TimeReader

YEARS = range(1000, 10_000)
PARTS = ("train", "validation", "test")
Range = tuple[int, int]
Parts = list[tuple[Range, Range, Range]]
"""For each stretch the rows (first, end) of training, validation and test; first = end where none are."""


def split_rows(
    dataset: Dataset, split: str, validation: float | str, test: float | str, seed: int, *, whole: bool
) -> Parts:
    """Split the rows of a dataset.

    Parameters
    ----------
    split : str
        "time": validation and test are the last part of the time. "group": whole series, drawn by `seed`.
    validation, test : float or str
        A share of the rows (of the series for "group"), or the time where that part begins.
    whole : bool
        Each stretch is one sequence and stays whole.

    Raises
    ------
    DataError
        If there is not enough to split, or a date lies outside.
    """
    for name, value in (("validation", validation), ("test", test)):
        if not isinstance(value, str) and math.isnan(as_real(value)):
            raise DataError(f"{name} is {brief(value)}; it must be a share, such as 0.15, or a time as text.")
    validation, test = (value if isinstance(value, str) else as_real(value) for value in (validation, test))
    if split == "group":
        shares = _shares(validation, test, "split by group")
        return _groups(dataset, shares, as_generator(seed))
    if whole:
        return _in_order(dataset, _shares(validation, test, "whole series (window 0)"))
    if dataset.time is None:
        return _by_rows(dataset, _shares(validation, test, "rows without a time"))
    return _by_time(dataset, validation, test)


def _shares(validation: float | str, test: float | str, what: str) -> tuple[float, float]:
    for name, value in (("validation", validation), ("test", test)):
        if isinstance(value, str):
            raise DataError(f'{name}="{value}" is a time; {what} are split by a share, such as 0.15.')
    _check_shares(float(validation), float(test))
    return float(validation), float(test)


def _check_shares(validation: float, test: float) -> None:
    if not (validation >= 0 and test >= 0 and validation + test < 1):
        raise DataError(
            f"validation={validation:g} and test={test:g} are shares: each at least 0, together below 1."
        )


def _groups(dataset: Dataset, shares: tuple[float, float], rng: np.random.Generator) -> Parts:
    series = sorted({stretch.series for stretch in dataset.stretches})
    order = rng.permutation(series).tolist()
    part_of = _assign(order, shares)
    return [_whole(each.first, each.end, part_of[each.series]) for each in dataset.stretches]


def _in_order(dataset: Dataset, shares: tuple[float, float]) -> Parts:
    """Split whole sequences: the last to end are the test."""
    ends = [each.end - 1 for each in dataset.stretches]
    keys = ends if dataset.time is None else [dataset.time[end] for end in ends]
    order = sorted(range(len(ends)), key=lambda number: keys[number])
    part_of = _assign(order, shares)
    return [_whole(each.first, each.end, part_of[number]) for number, each in enumerate(dataset.stretches)]


def _assign(order: Sequence[int], shares: tuple[float, float]) -> dict[int, int]:
    """Return the part of each: the last ones are the test, those before them validation."""
    validation, test = (max(1, round(share * len(order))) if share else 0 for share in shares)
    if validation + test >= len(order):
        raise DataError(
            f"there are {len(order)} series, too few for training, {validation} for validation and "
            f"{test} for the test. "
            'Give fewer to validation and test, or split="time".'
        )
    first = len(order) - validation - test
    return {
        key: 0 if place < first else 1 if place < first + validation else 2 for place, key in enumerate(order)
    }


def _whole(first: int, end: int, part: int) -> tuple[Range, Range, Range]:
    none = (end, end)
    ranges = [none, none, none]
    ranges[part] = (first, end)
    return ranges[0], ranges[1], ranges[2]


def _by_rows(dataset: Dataset, shares: tuple[float, float]) -> Parts:
    """Give the last rows of each series to validation and test."""
    parts = []
    for each in dataset.stretches:
        rows = each.end - each.first
        test_at = each.end - round(shares[1] * rows)
        parts.append(_cut(each.first, each.end, test_at - round(shares[0] * rows), test_at))
    return parts


def _cut(first: int, end: int, validation_at: int, test_at: int) -> tuple[Range, Range, Range]:
    return (first, validation_at), (validation_at, test_at), (test_at, end)


def _by_time(dataset: Dataset, validation: float | str, test: float | str) -> Parts:
    """Cut every series at the same two times."""
    time, rows = dataset.time, len(dataset)
    assert time is not None
    validation, test = (_beginning(value, time.dtype.kind == "M") for value in (validation, test))
    _check_shares(*(0.0 if isinstance(value, str) else float(value) for value in (validation, test)))
    one = len(dataset.stretches) == 1
    rank = np.asarray(time) if one else np.sort(np.asarray(time))
    test_row = _place(dataset, rank, test, rows, "test")
    validation_row = _place(dataset, rank, validation, test_row, "validation", of=rows)
    if validation_row > test_row or validation_row <= 0:
        why = "validation must begin before the test"
        if not isinstance(validation, str):
            why = (
                f"{test_row:,} of {rows:,} rows come before the test, and validation takes "
                f"{round(validation * rows):,} of them"
            )
        raise DataError(
            f"validation={validation} and test={test} leave no rows to train on: the times go from "
            f"{dataset.time_text(0)} to {dataset.time_text(rows - 1)}, and {why}."
        )
    # With equal times in many series the cut is a time, so that all series are cut at the same one.
    cuts = [rank[row] if row < rows else None for row in (validation_row, test_row)]
    return [
        _cut(each.first, each.end, *_rows_at(time, each.first, each.end, cuts)) for each in dataset.stretches
    ]


def _place(
    dataset: Dataset, rank: Times, value: float | str, end: int, name: str, of: int | None = None
) -> int:
    """Return how many rows come before a part that ends at row `end`."""
    if not isinstance(value, str):
        return end - round(float(value) * (of or end))
    at = _moment(value, name, dataset.day_first) if rank.dtype.kind == "M" else _number(value, name)
    if not rank[0] < at <= rank[-1]:
        first, last = (
            str(time).removesuffix(".000000").removesuffix("T00:00:00") for time in (rank[0], rank[-1])
        )
        raise DataError(f"{name}={value} is not within the times of the data, {first} to {last}.")
    return int(np.searchsorted(rank, at))


def _beginning(value: float | str, dates: bool) -> float | str:
    """Return a number that can be no share as the time it is: among dates a year, else as it stands."""
    if isinstance(value, str) or value < 1 or (dates and value not in YEARS):
        return value
    return f"{value:g}" if value < 1e6 else repr(value)


def _number(value: str, name: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise DataError(
            f'{name}="{value}" is neither a share nor one of the numbers that are the time.'
        ) from None


def _moment(value: str, name: str, day_first: bool | None) -> Any:
    """Read the time where a part begins, as those of a table are read; a year or a month is its first day."""
    arrow = need("pyarrow", "train", "times")
    try:
        found = TimeReader(name, name, ".", day_first).read(arrow.array([value]), 0)
        if found.dtype.kind == "M":
            return found[0]
    except DataError:
        pass  # a month alone, which no table has as a time
    try:
        return np.datetime64(value).astype("datetime64[us]")
    except ValueError:
        raise DataError(f'{name}="{value}" is neither a share nor a time such as 2013-11-01.') from None


def _rows_at(time: Times, first: int, end: int, cuts: list[Any]) -> IntArray:
    return np.asarray(
        [end if cut is None else first + int(np.searchsorted(time[first:end], cut)) for cut in cuts],
        dtype=np.int64,
    )
