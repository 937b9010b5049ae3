"""Tables of predictions: columns by name, written as CSV or Parquet or handed out as a frame."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.errors import ArgumentError
from gatewise.support.extras import need
from gatewise.support.files import no_formula

Table = dict[str, NDArray[Any]]


def table_bytes(
    table: Mapping[str, NDArray[Any]], suffix: str, zone: str | None = None, empty: Collection[str] = ()
) -> bytes:
    """Write a table in the format of a suffix; its times are UTC and shown in `zone` where there is one.

    In the columns `empty` NaN is a value that is not known: an empty cell.

    In CSV, what a spreadsheet would take for a formula has an apostrophe before it; Parquet has all as it is.

    Raises
    ------
    ArgumentError
        If the suffix is neither .csv nor .parquet.
    """
    _check(suffix)
    stream = io.BytesIO()
    if suffix == ".parquet":
        need("pyarrow.parquet", "train", "a Parquet file").write_table(_arrow(table, zone, empty), stream)
    else:
        need("pyarrow.csv", "train", "a CSV file").write_csv(
            _arrow(_without_formulas(table), zone, empty), stream
        )
    return stream.getvalue()


def check_suffix(output: Path | None) -> str:
    """Return the suffix that says the format of a file, before work begins; .csv where there is none.

    Raises
    ------
    ArgumentError
        If it is neither .csv nor .parquet.
    """
    suffix = output.suffix.lower() if output is not None else ".csv"
    _check(suffix)
    return suffix


def check_npz(path: Path | None) -> None:
    """Refuse a file for arrays that is not named .npz, before work begins.

    Raises
    ------
    ArgumentError
    """
    if path is not None and path.suffix.lower() != ".npz":
        raise ArgumentError(f"inputs are written as .npz, not as {path.suffix or 'a file without suffix'}.")


def npz_bytes(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Write arrays by name as NumPy's .npz, which holds no pickled code."""
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays)
    return stream.getvalue()


def _check(suffix: str) -> None:
    if suffix not in (".csv", ".parquet"):
        named = suffix or "a file without suffix"
        raise ArgumentError(f"a table is written as .csv or .parquet, not as {named}.")


def _without_formulas(table: Mapping[str, NDArray[Any]]) -> Table:
    """Return the table with no name and no text in it that a spreadsheet would run."""
    return {
        no_formula(name): np.array([no_formula(cell) for cell in column.tolist()], object)
        if column.dtype.kind in "OU"
        else column
        for name, column in table.items()
    }


def like(source: Any, table: Table, zone: str | None = None, empty: Collection[str] = ()) -> Any:
    """Return the table as a frame of the library that `source` is of; as it is if that is none."""
    match str(getattr(type(source), "__module__", "")).split(".")[0]:  # ctypes' arrays have none
        case "pandas":
            return _arrow(table, zone, empty).to_pandas()
        case "polars":
            return need("polars", "train", "a polars frame").from_arrow(_arrow(table, zone, empty))
        case "pyarrow":
            return _arrow(table, zone, empty)
    return table


def _arrow(table: Mapping[str, NDArray[Any]], zone: str | None, empty: Collection[str] = ()) -> Any:
    arrow = need("pyarrow", "train", "a table of predictions")

    def column(name: str, values: NDArray[Any]) -> Any:
        if values.dtype.kind in "OU":
            return arrow.array(values.tolist())
        if values.dtype.kind != "M":
            return arrow.array(values, from_pandas=name in empty)
        whole = values.astype("datetime64[s]")
        exact = arrow.array(whole if (whole == values).all() else values.astype("datetime64[us]"))
        return exact if zone is None else exact.cast(arrow.timestamp(exact.type.unit, zone))

    return arrow.table({name: column(name, values) for name, values in table.items()})
