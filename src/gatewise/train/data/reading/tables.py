"""`Table`: any source as named columns that arrive in pieces. Files are here, frames in frames.py."""

from __future__ import annotations

import difflib
import io
import zipfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatewise.support.extras import need
from gatewise.support.files import JsonError, open_input, parse_json
from gatewise.train.data.data_error import LONGEST_NAME, DataError, quoted
from gatewise.train.data.reading.csv_start import CsvStart, csv_start, uneven_line

PIECE = 1 << 20  # bytes of a CSV file read at once
SAMPLE = 1 << 16  # bytes of a CSV file that say how it is written
LONGEST_COLUMN = 1000  # characters of a column's name
LONGEST = 1 << 24  # bytes that are read to find the end of its header
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
    notes : tuple of str
        What was left out of the source, for the user.
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
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        long = max(self.names, key=len, default="")
        if len(long) > LONGEST_COLUMN:
            raise DataError(
                f"{self.source} has a column whose name has {len(long):,} characters, "
                f"{long[:LONGEST_NAME]}…; "
                f"at most {LONGEST_COLUMN:,} are read. Does the file begin with its header?"
            )


class NotPlain(Exception):
    """Numbers are not written so plainly that all can be read at once."""


@dataclass(frozen=True)
class NamedFile:
    """A file that messages call by another name than its path, as what standard input was copied to."""

    path: Path
    name: str


def open_file(path: Path, skip_rows: int = 0, name: str | None = None) -> SourceTable:
    """Open a CSV (also compressed: .gz, .bz2, .zst, .lz4) or Parquet file; messages call it `name`.

    Raises
    ------
    DataError
        If there is none, or it is none of these.
    """
    called = name or str(path)
    with _readable(path, called):
        if path.is_dir():
            files = sorted(each.name for each in path.iterdir() if each.suffix in (".csv", ".parquet"))
            hint = f", such as {path / files[0]}" if files else ""
            raise DataError(f"{path} is a folder; give a CSV or Parquet file{hint}.")
        with open_input(path) as file:
            start = file.read(8)
    if not start:
        raise DataError(f"{called} is empty.")
    if start[:4] == b"PAR1":
        if skip_rows:
            raise DataError(
                f"skip_rows={skip_rows} is for CSV files; {called} is Parquet, which has no such rows."
            )
        return _parquet(path, called)
    if start[:4] == b"PK\x03\x04" or start == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise _packed(path, called)
    return _csv(path, called, skip_rows)


def _packed(path: Path, called: str) -> DataError:
    """Say what to do with an Excel file or a zip file."""
    inside: list[str] = []
    with _readable(path, called), open_input(path) as file, suppress(zipfile.BadZipFile, ValueError):
        inside = zipfile.ZipFile(file).namelist()
    if inside and not {"xl/workbook.xml", "content.xml"} & {*inside}:
        return DataError(
            f"{called} is a zip file ({quoted(inside, 3)}); unpack it and give the table inside."
        )
    kind = "an Excel or other spreadsheet file" if inside else "a zip or Excel file"
    return DataError(
        f"{called} is {kind}; save the sheet as CSV (in Excel: Save as, CSV "
        "UTF-8), or read it in Python: gatewise.fit(pandas.read_excel(…), …)."
    )


@contextmanager
def _readable(path: Path, called: str) -> Iterator[None]:
    """Turn what the system and pyarrow say about a file into a DataError."""
    try:
        yield
    except FileNotFoundError:
        names = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
        close = difflib.get_close_matches(path.name, names, n=1)
        hint = f"; did you mean {path.with_name(close[0])}?" if close else "."
        raise DataError(f"{path} does not exist{hint}") from None
    except OSError as error:
        raise DataError(f"{called} cannot be read: {_reason(error.strerror or error)}") from None


# Parquet ----------------------------------------------------------------------------------------------------


def _parquet(path: Path, called: str) -> SourceTable:
    arrow = need("pyarrow", "train", "reading a Parquet file")
    parquet = need("pyarrow.parquet", "train", "reading a Parquet file")
    try:
        with _readable(path, called), open_input(path) as file:
            schema = parquet.ParquetFile(file).schema_arrow
            names = list(schema.names)
    except (arrow.ArrowException, UnicodeDecodeError) as error:
        raise DataError(f"{called} is damaged: {_reason(error)}") from None

    def pieces(wanted: Sequence[str], _numbers: Collection[str]) -> Iterator[Any]:
        try:
            with _readable(path, called), open_input(path) as file:
                for batch in parquet.ParquetFile(file).iter_batches(ROWS, columns=list(wanted)):
                    batch.validate(full=True)  # texts that are no UTF-8, too
                    yield batch
        except arrow.ArrowException as error:
            raise DataError(f"{called} is damaged: {_reason(error)}") from None

    return SourceTable(called, names, pieces, index=_pandas_index(schema))


def _pandas_index(schema: Any) -> tuple[str, ...]:
    """Return the columns that pandas says are its index, in what it adds to a Parquet file."""
    try:
        columns = parse_json((schema.metadata or {})[b"pandas"])["index_columns"]
        return tuple(name for name in columns if isinstance(name, str))
    except (KeyError, JsonError, TypeError):
        return ()


# CSV --------------------------------------------------------------------------------------------------------


def _csv(path: Path, called: str, skip_rows: int) -> SourceTable:
    arrow = need("pyarrow", "train", "reading a CSV file")
    reader = need("pyarrow.csv", "train", "reading a CSV file")
    with _stream(path, called) as stream:
        sample = stream.read(SAMPLE)
        while (
            b"\n" not in sample[SAMPLE // 2 :]
            and b"\r" not in sample[SAMPLE // 2 :]
            and len(sample) < LONGEST
        ):
            more = stream.read(SAMPLE)  # until the header, and some rows, are there whole
            if not more:
                break
            sample += more
        start = csv_start(called, sample)

    def pieces(columns: Sequence[str], numbers: Collection[str]) -> Iterator[Any]:
        kinds = {name: arrow.float64() if name in numbers else arrow.string() for name in columns}
        options = reader.ConvertOptions(
            column_types=kinds, include_columns=list(columns), decimal_point=start.decimal,
            null_values=MISSING, strings_can_be_null=True, quoted_strings_can_be_null=True,
        )  # fmt: skip
        encoding = "utf8" if start.encoding == "utf-8-sig" else start.encoding  # Arrow knows the mark itself
        reading = reader.ReadOptions(
            block_size=PIECE, column_names=start.names, skip_rows=start.skipped + skip_rows,
            encoding=encoding,
        )  # fmt: skip
        parsing = reader.ParseOptions(delimiter=start.delimiter, newlines_in_values=True)
        try:
            with _stream(path, called) as stream:
                yield from reader.open_csv(stream, reading, parsing, options)
        except (arrow.ArrowInvalid, UnicodeDecodeError) as error:
            if "conversion error to double" in str(error):
                raise NotPlain from None
            raise DataError(_not_csv(path, called, start, error)) from None

    return SourceTable(
        called, start.names, pieces, written=True, decimal=start.decimal, notes=start.notes,
        skip_rows=skip_rows,
    )  # fmt: skip


def _not_csv(path: Path, called: str, start: CsvStart, error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError) or "invalid UTF8" in str(error):
        return (
            f"{called} is not UTF-8 text throughout; save it as CSV in UTF-8 (in a terminal: iconv -f "
            "WINDOWS-1252 -t UTF-8), or as Parquet."
        )
    if "Could not skip initial" in str(error):
        return f"{called} has no rows."
    with _stream(path, called) as stream:
        where = uneven_line(io.TextIOWrapper(stream, start.encoding, errors="replace", newline=""), start)
    if where is not None:
        return f"{called}, {where}"
    return f"{called} is not a CSV table: {_reason(error)}"


@contextmanager
def _stream(path: Path, called: str) -> Iterator[Any]:
    """Open a file for reading, out of compression, which its first bytes tell."""
    arrow = need("pyarrow", "train", "reading a CSV file")
    marks = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\x28\xb5\x2f\xfd": "zstd", b"\x04\x22\x4d\x18": "lz4"}
    with _readable(path, called), open_input(path) as file:
        first = file.read(4)
        file.seek(0)
        kind = next((name for mark, name in marks.items() if first.startswith(mark)), None)
        with arrow.input_stream(file, compression=kind) as stream:
            yield stream


def _reason(error: Exception | str) -> str:
    text = " ".join(str(error).split())
    return text if text.endswith(".") else f"{text}."
