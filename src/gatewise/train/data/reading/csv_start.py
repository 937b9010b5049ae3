"""How a CSV file begins: lines above its header, the header, its delimiter, its decimal mark."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable
from typing import NamedTuple

from gatewise.train.data.data_error import DataError, quoted

# How the first line of what is no table looks, and what to do with it. <DATE> may be the name of a column.
_NO_TABLES = {
    r"\{|\[\s*([\[{]|$)": (
        "JSON", "save the table as CSV or Parquet, or read it with pandas.read_json and give the frame",
    ),
    r"<(!doctype|\?xml|!--|html|head|body|table|div|svg|kml)": (
        "HTML or XML", "save the table as CSV or Parquet (if it was downloaded, look into it: it is a page)",
    ),
}  # fmt: skip
_SAID = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a |"}
_OPEN = "has a quotation mark that is not closed in that line; close it, or leave it out."
MOST_COLUMNS = 10_000  # which take some seconds; whoever has more has laid rows out as columns
_ABOVE = 50  # lines that may stand above a header
_BELOW = 200  # lines that say how many cells a row has
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
"""A number as it is written, with a point."""
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")
_LIKE_DATES = re.compile(
    r"(0[1-9]|[12]\d|3[01])\.(0[1-9]|1[0-2]|(19|20)\d\d)|([01]\d|2[0-3])\.[0-5]\d"
)  # 01.2013, 08.30


class CsvStart(NamedTuple):
    """What the first lines say.

    Attributes
    ----------
    skipped : int
        Lines up to the header, with it.
    names : list of str
        The columns.
    notes : tuple of str
        What was left out, for the user.
    encoding : str
        How its characters are written, as Python calls it.
    """

    skipped: int
    names: list[str]
    delimiter: str
    decimal: str
    notes: tuple[str, ...]
    encoding: str


def csv_start(name: str, start: bytes) -> CsvStart:
    """Find out how a file is written.

    Parameters
    ----------
    name : str
        What messages call it.
    start : bytes
        Its first bytes, out of compression.

    Raises
    ------
    DataError
        If it is no text, or no line names columns.
    """
    encoding = encoding_of(name, start)
    lines = _decoded(start, encoding, "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at, header, notes = _header(lines)
    _check_text(name, header, lines[at + 1 :])
    delimiter = _delimiter(header)
    try:
        names = [each.strip() for each in next(csv.reader([header], delimiter=delimiter))]
        decimal = _decimal(lines[at + 1 :], delimiter)
    except csv.Error:  # a cell of more than 100,000 letters
        raise DataError(f"{name}, line {at + 1} or one below {_OPEN}") from None
    if len(names) > MOST_COLUMNS:
        raise DataError(
            f"{name} has {len(names):,} columns, and at most {MOST_COLUMNS:,} are read; leave those out that "
            "are not to be predicted from."
        )
    if not all(map(str.isdigit, names)) and all(map(_is_value, names)):
        raise DataError(
            f"{name} has no header: its first line is {quoted(names, 4)}. Put a line above it that names the "
            "columns."
        )
    if encoding == "cp1252":
        notes.append(f"{name} is not UTF-8; it is read as Windows-1252, which Latin-1 is part of")
    return CsvStart(at + 1, names, delimiter, decimal, tuple(notes), encoding)


def _check_text(name: str, header: str, below: list[str]) -> None:
    """Refuse what is no table of cells with a delimiter between them."""
    if not header.strip():
        raise DataError(f"{name} has no header: its first line must name the columns.")
    for look, (kind, how) in _NO_TABLES.items():
        if re.match(look, header.strip(), re.IGNORECASE):
            raise DataError(f"{name} looks like {kind}; {how}.")
    cells = len(header.split())
    rows = [line.split() for line in below[:_BELOW] if line.strip()][:-1]  # the last may be cut
    if cells > 1 and not re.search(r'[,;\t|"]', header) and rows and all(len(row) == cells for row in rows):
        raise DataError(
            f"{name} has spaces between its columns; write commas, or read it in Python: "
            r"gatewise.fit(pandas.read_csv(…, sep=r'\s+'), …)."
        )


def uneven_line(lines: Iterable[str], start: CsvStart) -> str | None:
    """Say in which line the cells are too few or too many; None if there is no such line.

    Parameters
    ----------
    lines : iterable of str
        The lines of the file from its first, with their ends as they are.
    """
    rows = csv.reader(lines, delimiter=start.delimiter)
    begins = 1
    try:
        for row in rows:
            if begins > start.skipped and row and len(row) != len(start.names):
                return f"line {begins} {_uneven(row, start)}"
            begins = rows.line_num + 1
    except csv.Error:  # a cell of more than 100,000 letters
        return f"line {begins} {_OPEN}"
    return None


def _uneven(row: list[str], start: CsvStart) -> str:
    """Say what is wrong with a row of too many or too few cells."""
    if any("\n" in cell or "\r" in cell for cell in row):
        return _OPEN
    text = " ".join(start.delimiter.join(row).split())[:60]
    what = f"has {len(row)} cells, the header {len(start.names)}: {text}"
    if len(row) < len(start.names):
        return f"{what}. Add the cells that are missing, as empty ones."
    return f"{what}. Put a cell that holds {_SAID[start.delimiter]} in quotation marks."


def encoding_of(name: str, start: bytes) -> str:
    """Say how a file's characters are written: UTF-8, UTF-16 by its first bytes, else as Windows has it.

    Raises
    ------
    DataError
        If it is no text.
    """
    encoding = "utf-16" if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    try:
        text = _decoded(start, encoding)
    except UnicodeDecodeError:
        encoding, text = "cp1252", _decoded(start, "cp1252", "replace")
    if any(ord(letter) < 32 and letter not in "\t\n\v\f\r\x1a" for letter in text):
        raise DataError(f"{name} is no text; give a CSV or Parquet file.")
    return encoding


def _decoded(start: bytes, encoding: str, errors: str = "strict") -> str:
    return codecs.getincrementaldecoder(encoding)(errors).decode(start)  # a sample may end within a character


def _header(lines: list[str]) -> tuple[int, str, list[str]]:
    """Return which line is the header, its text, and what to say about the lines above."""
    at = 0
    while at < len(lines) - 1 and (not lines[at].strip() or lines[at].lower().startswith("sep=")):
        at += 1
    comments = at
    while at < len(lines) - 1 and (_is_comment(lines[at]) or (at > comments and not lines[at].strip())):
        at += 1
    if at > comments and _has_numbers(lines[at]):  # as numpy.savetxt writes: the last comment is the header
        at = max(place for place in range(comments, at) if _is_comment(lines[place]))
        return at, lines[at].lstrip("# "), _above(at - comments)
    at = _below_titles(lines, at)
    return at, lines[at], _above(sum(bool(line.strip()) for line in lines[comments:at]))


def _below_titles(lines: list[str], at: int) -> int:
    """Return the header: the first line with as many cells as most below it, unless it has numbers."""
    able = (row for row in range(at, min(len(lines), at + _ABOVE)) if _fits(lines, row))
    found = next(able, at)
    return at if _has_numbers(lines[found]) else found


def _fits(lines: list[str], row: int) -> bool:
    delimiter = _delimiter(lines[row])
    cells = _outside(lines[row]).count(delimiter)
    below = [_outside(line).count(delimiter) for line in lines[row + 1 : row + _BELOW] if line.strip()]
    return cells > 0 and 2 * below.count(cells) > len(below)


def _is_comment(line: str) -> bool:
    """Say whether a line is a comment: not a header whose first column is called #."""
    return re.match(r"#(?!\s*[,;\t|])", line) is not None


def _is_value(name: str) -> bool:
    return bool(NUMBER.fullmatch(name) or re.fullmatch(r"\d{4}-\d{2}-\d{2}.*", name))


def _above(lines: int) -> list[str]:
    if not lines:
        return []
    what = "a line above the header is" if lines == 1 else f"{lines} lines above the header are"
    return [f"{what} left out"]


def _has_numbers(line: str) -> bool:
    cells = re.split(r"[,;\t| ]", line)
    return any(NUMBER.fullmatch(cell.strip()) for cell in cells)


def _outside(line: str) -> str:
    return "".join(line.split('"')[::2])


def _delimiter(header: str) -> str:
    """Return which of , ; tab | stands between the names of a header."""
    return max(",;\t|", key=_outside(header).count)


def _decimal(lines: list[str], delimiter: str) -> str:
    """Say by the first rows whether numbers are written 1.5 or 1,5."""
    cells = [cell.strip() for row in csv.reader(lines[:1000], delimiter=delimiter) for cell in row]
    cells = [cell for cell in cells if not _LIKE_DATES.fullmatch(cell)]
    commas = [cell for cell in cells if cell.count(",") == 1 and cell.lstrip("+-").replace(",", "").isdigit()]
    if delimiter == "," and all(_THOUSANDS.fullmatch(cell) for cell in commas):
        return "."
    points = sum(cell.count(".") == 1 and cell.lstrip("+-").replace(".", "").isdigit() for cell in cells)
    return "," if len(commas) > points else "."
