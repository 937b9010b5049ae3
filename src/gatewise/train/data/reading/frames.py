"""Frames and arrays of Python as a `Table`: pandas, polars, pyarrow, dicts, NumPy arrays, ragged lists."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from gatewise.support.extras import need
from gatewise.support.files import as_path
from gatewise.support.given import brief, has_method, items_of, one_line
from gatewise.train.data.data_error import DataError
from gatewise.train.data.reading.tables import ROWS, NamedFile, SourceTable, open_file


def open_source(source: Any, skip_rows: int = 0) -> SourceTable:
    """Open whatever holds a table; messages call it by its path or its kind.

    Parameters
    ----------
    skip_rows : int
        Rows of a CSV file that are left out after the header.

    Raises
    ------
    DataError
        If it holds no table.
    """
    if isinstance(source, SourceTable):
        return source  # that was opened to look into it
    if isinstance(source, NamedFile):
        return open_file(source.path, skip_rows, source.name)
    if isinstance(source, (str, os.PathLike)):
        name = os.fsdecode(source)
        if re.match(r"(https?|ftp|s3|gs)://", name):
            raise DataError(f"{name} is an address; download the file first, and give its path.")
        if name == "-" and not Path(name).exists():
            raise DataError(
                "- is standard input for the commands alone; from Python give a path, a frame or arrays."
            )
        return open_file(as_path("data", source, "a table"), skip_rows)
    if skip_rows:
        raise DataError(
            f"skip_rows={skip_rows} is for CSV files; leave the rows out of the data that you give."
        )
    if isinstance(source, np.ndarray):
        return _array(source)
    if isinstance(source, Mapping):
        return _columns("the dict", {_as_text(name): column for name, column in source.items()})
    if isinstance(source, (list, tuple)):
        return _sequences(source)
    return _frame(source)


def _frame(frame: Any) -> SourceTable:
    narwhals = need("narwhals", "train", "reading a data frame")
    if type(frame).__name__ == "Series" and has_method(frame, "to_frame"):
        frame = frame.to_frame(frame.name or "y")
    home = str(getattr(type(frame), "__module__", ""))  # ctypes' arrays have none
    name = f"the {home.split('.')[0]} frame"
    try:
        wrapped = narwhals.from_native(frame)
    except narwhals.exceptions.NarwhalsError as error:
        raise DataError(f"{name} cannot be read: {' '.join(str(error).split())}") from None
    except Exception:  # noqa: BLE001  # it asks the object, whose own attributes may raise or be missing
        raise DataError(
            f"data is a {f'{home}.' if home else ''}{type(frame).__name__}. It can be a path of a CSV or "
            f"Parquet file, a frame of "
            "pandas, polars or pyarrow, a dict of columns, an array (rows, columns) or a list of such arrays."
        ) from None
    if isinstance(wrapped, narwhals.LazyFrame):
        wrapped = wrapped.collect()
    wrapped = _without_periods(narwhals, wrapped)
    arrow = need("pyarrow", "train", "reading a data frame")
    try:
        wrapped, own_time = _with_index(narwhals, wrapped)
        table = wrapped.to_arrow()
    except narwhals.exceptions.NarwhalsError as error:
        raise DataError(f"{name} cannot be read: {' '.join(str(error).split())}") from None
    except (arrow.ArrowInvalid, arrow.ArrowTypeError) as error:
        raise DataError(f"{name} has a column of several kinds: {' '.join(str(error).split())}") from None
    return _arrow(name, table, time=own_time)


def _without_periods(narwhals: Any, wrapped: Any) -> Any:
    """Make times of the periods of a pandas frame, as Arrow has none: the first moment of each."""
    frame = narwhals.to_native(wrapped)
    kinds: Any = getattr(frame, "dtypes", None)
    if not hasattr(kinds, "items") or not frame.columns.is_unique:
        return wrapped
    made = {
        name: frame[name].dt.to_timestamp() if _is_period(kind) else [_begin(each) for each in frame[name]]
        for name, kind in kinds.items()
        if _is_period(kind) or (str(kind) == "object" and _is_period(_first(frame[name])))
    }
    if not made:
        return wrapped
    frame = frame.copy(deep=False)
    for name, column in made.items():
        frame[name] = column
    return narwhals.from_native(frame)


def _is_period(value: Any) -> bool:
    """Return whether it is a period of pandas, or the kind of a column of them."""
    return type(value).__name__ in ("Period", "PeriodDtype")


def _begin(value: Any) -> Any:
    return value.to_timestamp() if _is_period(value) else value


def _first(column: Iterable[Any]) -> Any:
    return next((value for value in column if value is not None), None)


def _with_index(narwhals: Any, wrapped: Any) -> tuple[Any, str | None]:
    """Make an index of times or periods a column, as pandas has one; return that column's name."""
    index = narwhals.maybe_get_index(wrapped)
    if type(index).__name__ not in ("DatetimeIndex", "PeriodIndex"):
        return wrapped, None
    name = str(index.name or "time")
    if name in wrapped.columns:
        return wrapped, name
    native = narwhals.to_native(wrapped).rename_axis(name)
    if type(index).__name__ == "PeriodIndex":
        native = native.to_timestamp()
    return narwhals.from_native(native.reset_index()), name


def _arrow(name: str, table: Any, *, series: str | None = None, time: str | None = None) -> SourceTable:
    def pieces(names: Sequence[str], _numbers: Collection[str]) -> Iterator[Any]:
        for batch in table.select(list(names)).to_batches(ROWS):
            try:
                batch.validate(full=True)  # texts that are no UTF-8
            except (ValueError, UnicodeDecodeError) as error:  # ArrowInvalid is a ValueError
                raise DataError(f"{name} is damaged: {one_line(error)}.") from None
            yield batch

    return SourceTable(name, [str(each) for each in table.column_names], pieces, series=series, time=time)


def _columns(name: str, columns: Mapping[str, Any], series: str | None = None) -> SourceTable:
    arrow = need("pyarrow", "train", "reading columns")
    made = {}
    for key, column in columns.items():
        values = _as_array(f"column {key} of {name}", column)
        if values.dtype == object and values.ndim == 1 and _is_period(_first(values)):
            values = np.array(
                [_begin(each) if _is_period(each) else np.datetime64("NaT") for each in values],
                "datetime64[us]",
            )
        if values.ndim != 1:
            raise DataError(f"column {key} of {name} is {values.shape}; a column has one dimension.")
        if values.dtype.kind == "M":
            values = values.astype("datetime64[us]")
        elif values.dtype.kind in "iuf":
            values = values.astype(values.dtype.newbyteorder("="))
        try:
            made[key] = arrow.array(values.tolist() if values.dtype.kind in "OU" else values)
        except (arrow.ArrowInvalid, arrow.ArrowTypeError, arrow.ArrowNotImplementedError) as error:
            raise DataError(
                f"column {key} of {name} cannot be read: {' '.join(str(error).split())}"
            ) from None
    lengths = {key: len(column) for key, column in made.items()}
    if len(set(lengths.values())) > 1:
        raise DataError(f"the columns of {name} have different lengths: {lengths}.")
    return _arrow(name, arrow.table(made), series=series)


def _as_text(name: object) -> str:
    """Return the name of a column as text: what pandas names by a number or a tuple, too."""
    return str(name) if isinstance(name, (str, Real)) else brief(name)


def _as_array(name: str, value: object) -> np.ndarray[Any, Any]:
    """Return an array of numbers, texts or times, or refuse that of which NumPy makes none."""
    try:
        if isinstance(value, np.ma.MaskedArray):  # what is masked is missing
            plain: Any = value.astype(np.float64 if value.dtype.kind in "biuf" else object)
            return np.asarray(plain.filled(np.nan if plain.dtype.kind == "f" else None))
        return np.asarray(value)
    except Exception as error:  # noqa: BLE001  # its own methods may raise anything
        raise DataError(f"{name} is {brief(value)}, and no array: {one_line(error)}.") from None


def _array(given: np.ndarray[Any, Any]) -> SourceTable:
    array = _as_array("the array", given)
    if array.dtype.names:
        return _columns("the array", {name: array[name] for name in array.dtype.names})
    if array.ndim == 3:
        return _sequences(list(array))
    return _columns("the array", _named("the array", array))


def _sequences(sequences: list[Any] | tuple[Any, ...]) -> SourceTable:
    """Read a list of arrays, each a series of its own length with the same columns."""
    each_of = items_of(sequences)
    if not each_of:
        raise DataError("data is an empty list.")
    parts = [
        _named(f"series {number}", _as_array(f"series {number}", each)) for number, each in enumerate(each_of)
    ]
    for number, part in enumerate(parts):
        if len(part) != len(parts[0]):
            raise DataError(f"series {number} has {len(part)} columns, series 0 has {len(parts[0])}.")
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    numbers = np.repeat(np.arange(len(parts)), [len(next(iter(part.values()))) for part in parts])
    return _columns("the list", {**columns, "series": numbers}, series="series")


def _named(name: str, array: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
    """Give the columns of an array names: y for the only one, else their numbers."""
    if array.ndim == 1:
        return {"y": array}
    if array.ndim != 2:
        raise DataError(f"{name} is {array.shape}; it must be (rows,) or (rows, columns).")
    if not array.shape[1]:
        raise DataError(f"{name} is {array.shape}; it has no columns.")
    return {str(number): array[:, number] for number in range(array.shape[1])}
