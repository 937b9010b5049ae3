"""`Dataset`: the columns of a table that are used, as numbers, series by series and step by step.

What is one for each series, its static columns, is checked and completed here, too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.support.reprs import short_repr
from gatewise.train.data.data_error import DataError
from gatewise.train.data.reading.steps import Times, TimeStep
from gatewise.train.data.reading.times import time_text

CHUNK = 1 << 16  # rows taken at once through arrays that may be larger than memory


@dataclass(frozen=True)
class Stretch:
    """Rows first..end-1 that follow one another without a long gap, all of one series."""

    first: int
    end: int
    series: int


@dataclass(frozen=True)
class Dataset:
    """A table, read.

    Attributes
    ----------
    values : array (rows, C)
        float64, NaN where missing; of text targets and of categories the codes. May be mapped from a scratch
        file.
    names : tuple of str
        The C columns: targets, features, future, static.
    targets, features, future, static : tuple of str
        Which column is what. `features` has what is observed, beside the targets.
    stretches : tuple of Stretch
        Rows without long gaps. No window crosses their borders.
    time : array (rows,) or None
        datetime64[us], in UTC where there is a zone; int64 or float64 where steps are numbered.
    step : TimeStep
        From one row to the next.
    ids : list
        The name of each series.
    texts : dict
        For each text target and each column of categories the texts that its codes stand for.
    categories : tuple of str
        Which of features, future and static hold categories instead of numbers.
    rows : int array (rows,) or None
        The row of the source for each row here, from 0, -1 where a missing step was put in; None: the same.
    notes : tuple of str
        What was done or left out, for the user.
    na : tuple of float or str
        What stood for a missing value.
    day_first : bool or None
        In dates such as 1/2/2013, whether the day comes first; None where nothing is written so.
    skip_rows : int
        Rows of a CSV file that were left out after the header.
    """

    source: str
    values: FloatArray
    names: tuple[str, ...]
    targets: tuple[str, ...]
    features: tuple[str, ...]
    future: tuple[str, ...]
    static: tuple[str, ...]
    stretches: tuple[Stretch, ...]
    time: Times | None
    step: TimeStep
    zone: str | None
    ids: Sequence[Any]
    series_name: str | None
    time_name: str | None
    texts: Mapping[str, list[str]] = field(default_factory=dict)
    rows: IntArray | None = None
    notes: tuple[str, ...] = ()
    na: tuple[float | str, ...] = ()
    skip_rows: int = 0
    day_first: bool | None = None
    categories: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    def columns(self, names: Sequence[str]) -> list[int]:
        """Return where columns are in `values`."""
        return [self.names.index(name) for name in names]

    def row(self, row: int) -> str:
        """Name a row for a message, as it is counted in the source: "row 17"."""
        origin = row if self.rows is None else int(self.rows[row])
        where = f"row {origin + 1}" if origin >= 0 else "a row that is not in the table"
        return where if self.time is None else f"{where} ({self.time_text(row)})"

    def time_text(self, row: int) -> str:
        """Return the time of a row, as short as it can be written."""
        assert self.time is not None
        return time_text(self.time[row])

    def fingerprint(self) -> str:
        """Return a hash of everything here that a result can depend on."""
        digest = hashlib.sha256()
        about = [
            self.names, self.targets, self.features, self.future, self.static, list(map(str, self.ids)),
            [(each.first, each.end, each.series) for each in self.stretches],
            str(self.step), self.zone, dict(self.texts),
        ]  # fmt: skip
        digest.update(repr(about).encode())
        for array in (self.values, self.time):
            if array is None:
                continue
            for start in range(0, len(array), CHUNK):
                piece = np.ascontiguousarray(array[start : start + CHUNK])
                digest.update(piece.view(np.uint8).data)
        return digest.hexdigest()

    def __repr__(self) -> str:
        roles = {"targets": self.targets, "features": self.features}
        return short_repr(self, f"{len(self)} rows", f"{len(self.ids)} series", **roles, source=self.source)


def check_static(dataset: Dataset) -> None:
    """Refuse a static column that changes within a series."""
    if not dataset.static:
        return
    columns = dataset.columns(dataset.static)
    first_of: dict[int, FloatArray] = {}
    for stretch in dataset.stretches:
        for start in range(stretch.first, stretch.end, CHUNK):
            piece = np.asarray(dataset.values[start : min(start + CHUNK, stretch.end)])[:, columns]
            first = first_of.setdefault(stretch.series, piece[0].copy())
            first[:] = np.where(np.isnan(first), _first_known(piece), first)
            wrong = (piece != first) & ~np.isnan(piece) & ~np.isnan(first)
            if wrong.any():
                row, place = np.argwhere(wrong)[0]
                name = dataset.static[place]
                here, before = (_written(dataset, name, value) for value in (piece[row, place], first[place]))
                what = "category" if name in dataset.categories else "number"
                raise DataError(
                    f"{dataset.source}, column {name}, {dataset.row(start + int(row))}: static is one {what} "
                    f"for each series, and series {dataset.ids[stretch.series]} has {before} and {here}. "
                    "Name it a feature instead."
                )


def fill_static(dataset: Dataset) -> None:
    """Give every row of a series its static categories, also where they are missing or a step was put in."""
    columns = dataset.columns([name for name in dataset.static if name in dataset.categories])
    if not columns:
        return
    known = {stretch.series: np.full(len(columns), np.nan) for stretch in dataset.stretches}
    for fill in (False, True):
        for stretch in dataset.stretches:
            value = known[stretch.series]
            for start in range(stretch.first, stretch.end, CHUNK):
                rows = slice(start, min(start + CHUNK, stretch.end))
                if fill:
                    dataset.values[rows, columns] = value
                else:
                    first = _first_known(np.asarray(dataset.values[rows])[:, columns])
                    value[:] = np.where(np.isnan(value), first, value)


def _first_known(piece: FloatArray) -> FloatArray:
    """Return the first value of each column that is not missing, NaN where all are."""
    return np.asarray(piece[np.argmin(np.isnan(piece), axis=0), np.arange(piece.shape[1])])


def _written(dataset: Dataset, name: str, value: float) -> str:
    return dataset.texts[name][int(value)] if name in dataset.categories else f"{value:g}"
