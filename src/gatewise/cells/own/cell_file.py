"""A cell in a TOML file: its equations as one text, its name, and what is said of it."""

from __future__ import annotations

from os import PathLike
from typing import Any

from gatewise.cells.cell import Cell
from gatewise.cells.own.equations import read_cell
from gatewise.cells.record import CellError
from gatewise.support.files import Limit, as_path, read_input
from gatewise.support.given import brief
from gatewise.support.toml import parse_toml

LIMIT = Limit(100_000, "a cell has some lines")
_TEXTS = ("name", "title", "source", "equations")
_TABLES = ("sizes", "words")
_KEYS = (*_TEXTS, *_TABLES)


def load_cell(path: str | PathLike[str]) -> Cell:
    """Read a cell of one's own from a TOML file.

    The file has `equations`, a text of several lines as `gatewise.cells.read_cell` reads it, and may have
    `name`, `title`, `source`, and the tables `sizes` (out = "Q") and `words` (r = "reset gate").

    Raises
    ------
    CellError
        If it cannot be read, is no TOML, has other keys, or its equations are no cell: the message has the
        line and column of what is not understood.
    """
    place = as_path("path", path, "a cell's TOML file")
    try:
        text = read_input(place, LIMIT).decode("utf-8-sig")
        table = parse_toml(text, longest_key="words.r", deepest="words has 2 levels")
    except UnicodeDecodeError:
        raise CellError(f"{place} is no UTF-8 text.") from None
    except OSError as error:
        raise CellError(f"{place} cannot be read: {error.strerror or error}.") from None
    except ValueError as error:
        raise CellError(f"{place}: {error}") from None
    try:
        return _cell_of(table, place.stem)
    except CellError as error:
        raise CellError(f"{place}: {error}") from None


def _cell_of(table: dict[str, Any], stem: str) -> Cell:
    unknown = [key for key in table if key not in _KEYS]
    if unknown:
        raise CellError(f"there is no key {brief(unknown[0])}; a cell has {', '.join(_KEYS)}.")
    for key in _TEXTS:
        if not isinstance(table.get(key, ""), str):
            raise CellError(f"{key} is {brief(table[key])}; it must be a text.")
    for key in _TABLES:
        value = table.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
            raise CellError(f"{key} is {brief(value)}; it must be a table of texts.")
    if "equations" not in table:
        raise CellError("equations are missing: a text with a line for each quantity of a step.")
    texts = {key: table[key] for key in ("title", "source") if key in table}
    tables = {key: table[key] for key in _TABLES if key in table}
    return read_cell(table["equations"], table.get("name", stem), **texts, **tables)
