"""`read` and `read_file`: the format is found, its reader is called, the whole is finished."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import BinaryIO

from gatewise.cells.cell import Cell
from gatewise.cells.known.table import LSTM
from gatewise.support.files import as_path, open_input
from gatewise.teach.checker.read.cell_letters import CellLetters, letters_of
from gatewise.teach.checker.read.collect import Collector
from gatewise.teach.checker.read.finish import standardize
from gatewise.teach.checker.read.formats.claims import read_csv, read_table, read_toml
from gatewise.teach.checker.read.formats.entities import with_signs, with_usual_width
from gatewise.teach.checker.read.formats.finder import json_of
from gatewise.teach.checker.read.formats.markup import is_markup, read_markup
from gatewise.teach.checker.read.formats.notebook import is_notebook, notebook_source
from gatewise.teach.checker.read.formats.pages import as_markdown, is_own_page
from gatewise.teach.checker.read.formats.plain import read_plain
from gatewise.teach.checker.read.formats.sheets import is_sheet, read_sheet
from gatewise.teach.checker.read.reading import Reading
from gatewise.teach.checker.read.source import MAX_CHARACTERS, ReadingError, Source
from gatewise.teach.checker.read.tokens.commas import with_plain_numbers

_NOT_TEXT = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip archive, such as a .docx",
    b"\x1f\x8b": "compressed by gzip",
    b"\xd0\xcf\x11\xe0": "a file of an older Word or Excel",
    b"{\\rtf": "a rich text file",
    b"%!PS": "PostScript",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
}
_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:!doctype\s|html\b|head\b|body\b)",
    re.DOTALL | re.IGNORECASE,
)
_PAGES = (".html", ".htm", ".xhtml")
_PICTURE = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<svg\b", re.DOTALL | re.IGNORECASE)
NOTATIONS = ("document", "textbook", "torch", "keras")


def read(
    text: str, *, name: str = "document", notation: str | None = None, cell: Cell | None = None
) -> Reading:
    """Read a worked cell as `read_as_written` does, with its matrices as the spec has them."""
    reading = read_as_written(text, name=name, notation=notation, cell=cell)
    return reading if reading.standard else standardize(reading)


def read_as_written(
    text: str, *, name: str = "document", notation: str | None = None, cell: Cell | None = None
) -> Reading:
    """Read a worked cell.

    Parameters
    ----------
    text : str
        Markdown with LaTeX, LaTeX, plain text, an HTML page, a notebook, a sheet of ours as text, Markdown,
        LaTeX or JSON, or claims as TOML, JSON or CSV (docs/checking.md).
    name : str
        The file's name; by its suffix, TOML, CSV and LaTeX are known. JSON and pages are known by their look.
    notation : str, optional
        "document", "textbook", "torch" or "keras"; else it is found from the names that are used.
    cell : Cell, optional
        The cell in whose letters it is written, as gatewise's own sheets are; else, in those that people
        have for the LSTM.

    Returns
    -------
    Reading
        What was read, what was not, and what was mended on the way. Never an exception for damaged text.

    Raises
    ------
    ReadingError
        For a text of more than 2,000,000 characters or with NUL in it, a page that gatewise made, JSON or
        TOML that is none, an unknown notation.
    """
    if notation is not None and notation not in NOTATIONS:
        raise ReadingError(f"notation {notation!r} is not known; choose one of: {', '.join(NOTATIONS)}.")
    if len(text) > MAX_CHARACTERS:
        raise ReadingError(
            f"{name} has {len(text):,} characters, and at most {MAX_CHARACTERS:,} are read. "
            "Give the part of it that is to be checked."
        )
    if (at := text.find("\0")) >= 0:
        raise ReadingError(
            f"{name} is a binary file: line {text.count(chr(10), 0, at) + 1} holds a NUL byte. "
            "What can be read is text, in UTF-8, or in UTF-16 with its byte order mark."
        )
    if _PICTURE.match(text) or Path(name).suffix.lower() == ".mhtml":
        raise ReadingError(
            f"{name} is a picture or an archive; what can be read is text, an HTML page, a notebook."
        )
    if is_page(text, name) and is_own_page(text):
        raise ReadingError(
            f"{name} is a page that gatewise made, whose mathematics is not read. Give the document it was "
            "made from; a sheet is read as text, Markdown, LaTeX or JSON: gatewise work -o sheet.md"
        )
    letters = None if cell is None or cell is LSTM else letters_of(cell)
    return _collected(text, name, letters).reading(notation)


def is_page(text: str, name: str) -> bool:
    """Return whether a document is an HTML page, by its name or its look."""
    return Path(name).suffix.lower() in _PAGES or _PAGE.match(text) is not None


# Formats that are known by their suffix alone; the others are told by what is in them.
READERS: Mapping[str, Callable[[str, str, Collector], None]] = {
    ".toml": read_toml,
    ".csv": read_csv,
}


def _collected(text: str, name: str, letters: CellLetters | None) -> Collector:
    """Collect everything in the document by the reader of its format."""
    suffix = Path(name).suffix.lower()
    collector = Collector(Source(text), letters)
    if suffix in READERS:
        READERS[suffix](text, name, collector)
    elif suffix in (".json", ".ipynb") or (not suffix and text.lstrip()[:1] == "{"):
        return _from_json(text, name, collector)
    elif is_page(text, name):
        page, unread = as_markdown(text)
        page = collector.plain = with_plain_numbers(page)
        for start, end, numbers in unread:
            collector.add_skipped(start, end, "formula", numbers)
        if is_markup(page):
            read_markup(page, collector)
        else:
            read_plain(page, 0, len(page), collector)
    elif suffix != ".txt" and is_markup(text):
        tex = suffix == ".tex"
        collector.plain = with_plain_numbers(with_usual_width(text) if tex else with_signs(text))
        read_markup(collector.plain, collector, tex=tex)
    else:
        collector.plain = with_plain_numbers(with_signs(text))
        read_plain(collector.plain, 0, len(text), collector)
    return collector


def _from_json(text: str, name: str, collector: Collector) -> Collector:
    data = json_of(text, name)
    if is_sheet(data):
        read_sheet(data, text, collector)
    elif is_notebook(data):
        source = notebook_source(data)
        collector = Collector(source, collector.letters)
        collector.plain = with_plain_numbers(with_signs(source.text))
        read_markup(collector.plain, collector)
    else:
        read_table(data, text, name, collector)
    return collector


def read_file(path: str | PathLike[str], *, notation: str | None = None) -> Reading:
    """Read a file as `read` does.

    Raises
    ------
    OSError
        If it cannot be opened.
    ReadingError
        As for `read`, and for a file that is not UTF-8 text.
    """
    path = as_path("path", path, "a document")
    with open_input(path, pipe=True) as file:
        return read(read_text(file, path.name), name=path.name, notation=notation)


def read_text(file: BinaryIO, name: str) -> str:
    """Return the text of an open file, of which no more is taken into memory than can be read.

    Raises
    ------
    ReadingError
        If it is longer, or no text; the message says what it seems to be.
    """
    data = file.read(4 * MAX_CHARACTERS + 1)  # UTF-8 takes up to four bytes for a character
    for start, kind in _NOT_TEXT.items():
        if data.startswith(start):
            raise ReadingError(
                f"{name} is {kind}; what can be read is Markdown, LaTeX, plain text, HTML pages, notebooks,"
                " TOML, JSON, CSV."
            )
    if len(data) > 4 * MAX_CHARACTERS:
        raise ReadingError(
            f"{name} is larger than the {MAX_CHARACTERS:,} characters that are read. "
            "Give the part of it that is to be checked."
        )
    try:
        return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ReadingError(
            f"{name} is not UTF-8 text: line {line} holds the byte 0x{data[error.start]:02x}. "
            "Save it as UTF-8, or convert it: iconv -f latin1 -t utf-8"
        ) from None
