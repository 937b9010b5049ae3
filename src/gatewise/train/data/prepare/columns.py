"""Columns of x from those of a table: scaled, gaps filled from earlier rows, categories as 0 and 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.train.data.reading.cells import category_name

T = TypeVar("T")


class SeriesScale(NamedTuple):
    """How one series is scaled; its name is the text of what the table calls it.

    mean, scale: of each column of `Preparation.inputs`; label_mean, label_scale: of each target.
    """

    series: str
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    label_mean: tuple[float, ...]
    label_scale: tuple[float, ...]


def by_name(kept: Mapping[str, T]) -> Callable[[object], T | None]:
    """Return what finds what is kept of a series by its name, None of one that is not there.

    A name is first looked up as it is, and then as categories are called: 3, 3.0 and "3" are one series, for
    a column of whole numbers becomes one of 3.0 where a value is missing.
    """
    plain = {category_name(name): value for name, value in kept.items()}

    def found(name: object) -> T | None:
        text = str(name)
        return kept[text] if text in kept else plain.get(category_name(name))

    return found


def filled_from_before(values: FloatArray, gone: Any, last: FloatArray) -> FloatArray:
    """Return values with each gap as the value before it, and `last` before the first row."""
    if not gone.any():
        return values
    row = np.where(gone, -1, np.arange(len(values))[:, np.newaxis])
    row = np.maximum.accumulate(row, axis=0)
    filled = np.take_along_axis(values, np.maximum(row, 0), axis=0)
    return np.where(row < 0, last, filled)


def ones(places: IntArray, counts: Sequence[int], dtype: str) -> FloatArray:
    """Return 1 in the column of each row's category: places (rows, columns), of so many categories each."""
    parts = [places[:, column, np.newaxis] == np.arange(count) for column, count in enumerate(counts)]
    return np.concatenate(parts, axis=1).astype(dtype)


def in_logs(values: FloatArray, columns: int) -> FloatArray:
    """Return values (rows, all) of which the first `columns` are log(1 + value)."""
    if not columns:
        return values
    return np.concatenate([np.log1p(values[:, :columns]), values[:, columns:]], axis=1)
