"""`read`: a table of any kind into a Dataset."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.support.extras import need
from gatewise.support.options import as_flag, as_whole
from gatewise.train.data.data_error import DataError, OrderError
from gatewise.train.data.reading.cells import EXACT, first_null, kind_of, to_categories, to_numbers
from gatewise.train.data.reading.dataset import Dataset, check_static, fill_static
from gatewise.train.data.reading.frames import open_source
from gatewise.train.data.reading.layout import lay_out
from gatewise.train.data.reading.roles import (
    Roles,
    as_name,
    as_names,
    series_column,
    time_reader,
)
from gatewise.train.data.reading.sentinels import Sentinels
from gatewise.train.data.reading.tables import NotPlain, SourceTable
from gatewise.train.data.store import Rows, Store

Names = str | Sequence[str]

MEMORY = 1 << 30
"""Bytes of data that are kept in memory; what is larger goes through scratch files."""


def read(
    source: Any, *, target: Names, features: Names | None = None, time: str | None = None,
    series: str | None = None, future: Names = (), static: Names = (), optional_target: bool = False,
    na: Sequence[float | str] = (), skip_rows: int = 0, day_first: bool | None = None,
    categories: Names = (), memory: int = MEMORY, scratch: Path | None = None,
) -> Dataset:  # fmt: skip
    """Read a table.

    Parameters
    ----------
    source : path, frame, dict, array or list of arrays
        A CSV or Parquet file; a frame of pandas, polars or pyarrow; a dict of columns; an array (rows,),
        whose column is called y, or (rows, columns), called 0, 1, …; a list of such arrays, each a series.
    target : str or list of str
        The column or columns to predict.
    features : str or list of str, optional
        The columns to predict from; all columns of numbers if None.
    time : str, optional
        The column with the time. Rows are taken to be in order without one.
    series : str, optional
        The column that names the series of each row.
    future : str or list of str
        Columns that are known ahead, such as holidays.
    static : str or list of str
        Columns that are one number, or one category, for each series; the name of the series may be one.
    optional_target : bool
        Whether a target may be no column of the table: it is missing in every row then.
    na : list of float or str
        What stands for a missing value, beside empty cells and NA: numbers such as -9999, or texts.
    skip_rows : int
        Rows of a CSV file that are left out after the header, such as one of units.
    day_first : bool, optional
        In dates such as 1/2/2013, whether the day comes first; told by the rows of the column if None.
    categories : str or list of str
        Columns whose values, texts or numbers, are categories; one that has no other role is a feature. A
        text column that is named as a feature, known ahead or static is one without being named here.
    memory : int
        Bytes kept in memory.
    scratch : Path, optional
        The folder for scratch files.

    Raises
    ------
    DataError
        If the table cannot be used; the message names column and row.
    """
    table = open_source(source, as_whole("skip_rows", skip_rows, 0))
    roles = Roles(
        table, as_names("target", target), None if features is None else as_names("features", features),
        None if time is None else as_name("time", time),
        None if series is None else as_name("series", series),
        as_names("future", future), as_names("static", static), as_flag("optional_target", optional_target),
        as_names("categories", categories),
    )  # fmt: skip
    if day_first is not None:
        as_flag("day_first", day_first)
    try:
        try:
            return _read(table, roles, Store(memory, scratch), roles.numbers, na, day_first)
        except NotPlain:  # slower, cell by cell where need be, and every complaint has its row
            return _read(table, roles, Store(memory, scratch), (), na, day_first)
    except OrderError as error:
        apart = series_column(table, roles, day_first)
        if apart is None:
            raise
        raise OrderError(
            f"{error} Or are these several series? By column {apart}, times rise in each: "
            f"series={apart} (--series {apart})."
        ) from None


def _read(
    table: SourceTable, roles: Roles, store: Store, numbers: Collection[str], na: Sequence[float | str],
    day_first: bool | None,
) -> Dataset:  # fmt: skip
    reader = _Reader(table, roles, store, Sentinels(na), day_first)
    pieces = table.pieces(roles.needed, numbers)
    for piece in _without_blank_end(pieces) if roles.time or roles.series else pieces:
        reader.add(piece)
    return reader.finish()


def _without_blank_end(pieces: Iterable[Any]) -> Iterator[Any]:
    """Go through the pieces without the last rows that hold nothing, as spreadsheets leave them."""
    held: list[Any] = []
    for piece in pieces:
        filled = np.flatnonzero(
            np.any([column.is_valid().to_numpy(zero_copy_only=False) for column in piece.columns], axis=0)
        )
        rows = int(filled[-1]) + 1 if len(filled) else 0
        if rows:
            yield from held
            held = []
            yield piece.slice(0, rows)
        held.append(piece.slice(rows))
    # What is held at the end is left out.


class _Reader:
    """Collects the pieces of a table."""

    def __init__(
        self, table: SourceTable, roles: Roles, store: Store, na: Sentinels, day_first: bool | None
    ) -> None:
        self.table, self.roles, self.store, self.na = table, roles, store, na
        self.count = 0
        self.values, self.times, self.codes = Rows(store), Rows(store), Rows(store)
        self.time = time_reader(table, roles.time, day_first) if roles.time else None
        self.ids: dict[Any, int] = {}
        self.texts: dict[str, dict[str, int]] = {name: {} for name in (*roles.texts, *roles.categories)}

    def add(self, piece: Any) -> None:
        """Take the next rows."""
        if not len(piece):
            return
        values = np.empty((len(piece), len(self.roles.columns)))
        for place, name in enumerate(self.roles.columns):
            values[:, place] = np.nan if name in self.roles.absent else self._column(name, piece.column(name))
        with np.errstate(invalid="ignore"):
            values *= 1.0  # a NaN that signals becomes one that does not
        self.values.append(values)
        if self.time is not None:
            self.times.append(self.time.read(piece.column(self.roles.time), self.count))
        if self.roles.series is not None:
            self.codes.append(self._series(piece.column(self.roles.series)))
        self.count += len(piece)

    def _column(self, name: str, column: Any) -> FloatArray:
        """Return a piece of a column as numbers, NaN where a value is missing or stands for one."""
        column = self.na.without_texts(column)
        if name in self.roles.categories:
            where = f"{self.table.source}, column {name}"
            return to_categories(where, column, self.texts[name], self.na.__contains__)
        return self.na.without_numbers(self._numbers(name, column))

    def _numbers(self, name: str, column: Any) -> FloatArray:
        if name in self.texts and kind_of(column) == "text":
            return _codes(column, self.texts[name], np.float64)
        if self.table.written and kind_of(column) == "number":
            values = np.array(column.to_numpy(zero_copy_only=False), dtype=np.float64)
            if (np.abs(values) >= EXACT).any():
                raise NotPlain  # the texts say whether such numbers are whole, or none
            return values
        return to_numbers(self.table.source, name, column, self.count, self.table.decimal)

    def _series(self, column: Any) -> IntArray:
        row = first_null(column)
        if row is not None:
            raise DataError(
                f"{self.table.source}, column {self.roles.series}, row {self.count + row + 1}: the "
                f"series has no name."
            )
        return _codes(column, self.ids, np.int64)

    def finish(self) -> Dataset:
        """Return everything in order."""
        if not self.count:
            raise DataError(f"{self.table.source} has no rows.")
        roles, source = self.roles, self.table.source
        time = self.times.array() if self.time is not None else None
        if time is not None and time.dtype.kind == "f" and (time == np.round(time)).all():
            time = time.astype(np.int64)
        codes = self.codes.array() if roles.series is not None else None
        ids = list(self.ids) if roles.series is not None else [0]
        layout = lay_out(source, self.values.array(), time, codes, ids, self.store, roles.series is not None)
        dataset = Dataset(
            source=source, values=layout.values, names=tuple(roles.columns), targets=tuple(roles.target),
            features=tuple(roles.features), future=tuple(roles.future), static=tuple(roles.static),
            stretches=layout.stretches, time=layout.time, step=layout.step, rows=layout.rows,
            zone=self.time.zone if self.time else None, ids=ids,
            series_name=roles.series, time_name=roles.time,
            texts={name: list(codes) for name, codes in self.texts.items()},
            notes=(*self.table.notes, *roles.notes, *(self.time.notes if self.time else ()), *layout.notes),
            na=self.na.given, skip_rows=self.table.skip_rows,
            day_first=self.time.day_first if self.time else None, categories=tuple(roles.categories),
        )  # fmt: skip
        check_static(dataset)
        fill_static(dataset)
        return dataset


def _codes(column: Any, known: dict[Any, int], dtype: Any) -> NDArray[Any]:
    """Return a number for each value of a column, in the order of their first appearance; NaN for none."""
    arrow = need("pyarrow", "train", "reading data")
    encoded = column if arrow.types.is_dictionary(column.type) else column.dictionary_encode()
    code = [known.setdefault(value, len(known)) for value in encoded.dictionary.to_pylist()]
    places = np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.float64)
    there = ~np.isnan(places)
    codes = np.full(len(places), np.nan if dtype is np.float64 else -1, dtype=dtype)
    codes[there] = np.asarray(code, dtype=dtype)[places[there].astype(np.int64)] if code else 0
    return codes
