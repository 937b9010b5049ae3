"""`Table`: any source as named columns that arrive in pieces. Files are here, frames in frames.py."""

from __future__ import annotations

import csv
import difflib
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatewise.support.extras import need
from gatewise.train.data.data_error import DataError

PIECE = 1 << 20  # bytes of a CSV file read at once
SAMPLE = 1 << 16  # bytes of a CSV file that say how it is written
ROWS = 1 << 16  # rows of a Parquet file read at once
MISSING = ["", "NA", "N/A", "n/a", "NaN", "nan", "NAN", "null", "NULL", "None", "none", "<NA>", "#N/A"]
"""Cells of a CSV file that stand for a missing value."""


@dataclass(frozen=True)
class SourceTable:
    """Columns by name, read in pieces.

    Attributes
    ----------
    source : str
        What messages call it.
    names : list of str
        The columns, in order.
    pieces : callable
        pieces(names, numbers) goes through the rows: pyarrow record batches of the columns `names`. Of a
        CSV file those of them in `numbers` are read as such at once, which is fast; NotPlain if one is not.
    written : bool
        Whether numbers and times are texts still, as in a CSV file.
    decimal : str
        The decimal mark of such texts.
    series, time : str or None
        Columns that the source itself brings for these roles: a list of arrays, an index of times.
    index : tuple of str
        Columns that the source itself says are the index of a frame.
    skip_rows : int
        Rows of a CSV file that were left out after the header.
    """

    source: str
    names: list[str]
    pieces: Callable[[Sequence[str], Collection[str]], Iterator[Any]]
    written: bool = False
    decimal: str = "."
    series: str | None = None
    time: str | None = None
    index: tuple[str, ...] = ()
    skip_rows: int = 0


class NotPlain(Exception):
    """Numbers are not written so plainly that all can be read at once."""


def open_file(path: Path, skip_rows: int = 0) -> SourceTable:
    """Open a CSV (also compressed: .gz, .bz2, .zst, .lz4) or Parquet file.

    Raises
    ------
    DataError
        If there is none, or it is none of these.
    """
    with _readable(path):
        if path.is_dir():
            raise DataError(f"{path} is a folder; give a CSV or Parquet file.")
        with path.open("rb") as file:
            start = file.read(8)
    if not start:
        raise DataError(f"{path} is empty.")
    if start[:4] == b"PAR1":
        if skip_rows:
            raise DataError(
                f"skip_rows={skip_rows} is for CSV files; {path} is Parquet, which has no such rows."
            )
        return _parquet(path)
    if start[:4] == b"PK\x03\x04":
        raise DataError(f"{path} is a zip or Excel file; save the table as CSV or Parquet.")
    return _csv(path, skip_rows)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what the system and pyarrow say about a file into a DataError."""
    try:
        yield
    except FileNotFoundError:
        names = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
        close = difflib.get_close_matches(path.name, names, n=1)
        hint = f"; did you mean {path.with_name(close[0])}?" if close else "."
        raise DataError(f"{path} does not exist{hint}") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from None


# Parquet ----------------------------------------------------------------------------------------------------


def _parquet(path: Path) -> SourceTable:
    arrow = need("pyarrow", "train", "reading a Parquet file")
    parquet = need("pyarrow.parquet", "train", "reading a Parquet file")
    try:
        with _readable(path):
            file = parquet.ParquetFile(path)
    except arrow.ArrowInvalid as error:
        raise DataError(f"{path} is damaged: {_reason(error)}") from None

    def pieces(names: Sequence[str], _numbers: Collection[str]) -> Iterator[Any]:
        try:
            with _readable(path):
                yield from parquet.ParquetFile(path).iter_batches(ROWS, columns=list(names))
        except arrow.ArrowInvalid as error:
            raise DataError(f"{path} is damaged: {_reason(error)}") from None

    names = list(file.schema_arrow.names)
    return SourceTable(str(path), names, pieces, index=_pandas_index(file.schema_arrow))


def _pandas_index(schema: Any) -> tuple[str, ...]:
    """Return the columns that pandas says are its index, in what it adds to a Parquet file."""
    try:
        columns = json.loads((schema.metadata or {})[b"pandas"])["index_columns"]
        return tuple(name for name in columns if isinstance(name, str))
    except (KeyError, ValueError, TypeError):
        return ()


# CSV --------------------------------------------------------------------------------------------------------


def _csv(path: Path, skip_rows: int) -> SourceTable:
    arrow = need("pyarrow", "train", "reading a CSV file")
    reader = need("pyarrow.csv", "train", "reading a CSV file")
    blank, header, sample = _sample(path)
    delimiter = _delimiter(header)
    names = next(csv.reader([header], delimiter=delimiter))
    names = [name.strip() for name in names]

    sample = "\n".join(sample.split("\n")[skip_rows:])
    decimal = _decimal(sample, delimiter)

    def pieces(columns: Sequence[str], numbers: Collection[str]) -> Iterator[Any]:
        kinds = {name: arrow.float64() if name in numbers else arrow.string() for name in columns}
        options = reader.ConvertOptions(
            column_types=kinds, include_columns=list(columns), decimal_point=decimal,
            null_values=MISSING, strings_can_be_null=True, quoted_strings_can_be_null=True,
        )  # fmt: skip
        reading = reader.ReadOptions(block_size=PIECE, column_names=names, skip_rows=1 + blank + skip_rows)
        parsing = reader.ParseOptions(delimiter=delimiter, newlines_in_values=True)
        try:
            with _readable(path), arrow.input_stream(str(path), compression=_compression(path)) as stream:
                yield from reader.open_csv(stream, reading, parsing, options)
        except (arrow.ArrowInvalid, UnicodeDecodeError) as error:
            if "conversion error to double" in str(error):
                raise NotPlain from None
            raise DataError(_not_csv(path, error)) from None

    return SourceTable(str(path), names, pieces, written=True, decimal=decimal, skip_rows=skip_rows)


def _not_csv(path: Path, error: Exception) -> str:
    if "invalid UTF8" in str(error):
        return f"{path} is not UTF-8 text throughout; save it as CSV in UTF-8, or as Parquet."
    return f"{path} is not a CSV table: {_reason(error)}"


def _compression(path: Path) -> str | None:
    """Say by its first bytes how a file is compressed."""
    marks = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\x28\xb5\x2f\xfd": "zstd", b"\x04\x22\x4d\x18": "lz4"}
    with path.open("rb") as file:
        start = file.read(4)
    return next((name for mark, name in marks.items() if start.startswith(mark)), None)


def _sample(path: Path) -> tuple[int, str, str]:
    """Return how many empty lines come first, the header, and the first rows as text."""
    arrow = need("pyarrow", "train", "reading a CSV file")
    with _readable(path), arrow.input_stream(str(path), compression=_compression(path)) as stream:
        start: bytes = stream.read(SAMPLE)
    try:
        text = start.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(start) < SAMPLE or error.start < len(start) - 4:  # a sample may end within a character
            raise DataError(
                f"{path} is not UTF-8 text (byte {error.start + 1} is 0x{start[error.start]:02x}); "
                "save it as CSV in UTF-8, or as Parquet."
            ) from None
        text = start[: error.start].decode("utf-8-sig")
    if "\0" in text:
        raise DataError(f"{path} is no text; give a CSV or Parquet file.")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    header, _, sample = text.lstrip("\n").partition("\n")
    if not header.strip():
        raise DataError(f"{path} has no header: its first line must name the columns.")
    return len(text) - len(text.lstrip("\n")), header, sample


def _delimiter(header: str) -> str:
    """Return which of , ; tab | stands between the names of a header."""
    outside = "".join(header.split('"')[::2])
    return max(",;\t|", key=outside.count)


def _decimal(sample: str, delimiter: str) -> str:
    """Say by the first rows whether numbers are written 1.5 or 1,5, where commas are free for it."""
    if delimiter == ",":
        return "."
    cells = [
        cell.strip() for row in csv.reader(sample.splitlines()[:1000], delimiter=delimiter) for cell in row
    ]
    commas = sum(cell.count(",") == 1 and cell.lstrip("+-").replace(",", "").isdigit() for cell in cells)
    points = sum(cell.count(".") == 1 and cell.lstrip("+-").replace(".", "").isdigit() for cell in cells)
    return "," if commas > points else "."


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if text.endswith(".") else f"{text}."
