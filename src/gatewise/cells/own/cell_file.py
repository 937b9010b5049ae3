"""A cell in TOML, a file or a table: its equations as one text, its name, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from gatewise.cells.cell import Cell
from gatewise.cells.known.names import cell_named, find_known, is_later
from gatewise.cells.known.table import CELLS
from gatewise.cells.own.equations import read_cell
from gatewise.cells.record import CellError
from gatewise.errors import ArgumentError
from gatewise.support.files import Limit, as_path, read_input
from gatewise.support.given import brief
from gatewise.support.toml import parse_toml

LIMIT = Limit(100_000, "a cell has some lines")
OWN = "own"  # what a cell is called that has no name and no file to be called after
_TEXTS = ("name", "title", "source", "equations")
_TABLES = ("sizes", "words")
KEYS = (*_TEXTS, *_TABLES)


def find_cell(name: str, folder: Path = Path()) -> Cell:
    """Return the cell of a name, or that of a TOML file, looked for in `folder`.

    Raises
    ------
    CellError
        If there is no such cell, with the nearest name; or the file is none of a cell.
    """
    if find_known(name) is None and (name.lower().endswith(".toml") or (name and _exists(folder / name))):
        return load_cell(folder / name)
    return known_cell(name, "give a TOML file")


def known_cell(name: str, other_way: str) -> Cell:
    """Return a cell of gatewise by its name, with options or without.

    `other_way` is what a message says can be done instead.

    Raises
    ------
    CellError
        With the nearest name, and all.
    """
    if "+" in name or is_later(name):
        try:
            return cell_named(name)
        except ArgumentError as error:
            raise CellError(str(error)) from None
    if name not in CELLS:
        likely = _nearest(name, CELLS)
        hint = f"Did you mean {likely}? " if likely else ""
        raise CellError(
            f"There is no cell {brief(name)}. {hint}Choose from: {', '.join(CELLS)}, or {other_way}."
        )
    return CELLS[name]


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _nearest(name: str, known: Iterable[str]) -> str:
    from gatewise.support.keys import nearest  # brings pydantic: only for a message

    return nearest(name, known)


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
        return cell_of_text(read_input(place, LIMIT).decode("utf-8-sig"), place.stem)
    except UnicodeDecodeError:
        raise CellError(f"{place} is no UTF-8 text.") from None
    except OSError as error:
        raise CellError(f"{place} cannot be read: {error.strerror or error}.") from None
    except ValueError as error:
        of = "equations, " if isinstance(error, CellError) and str(error).startswith("line ") else ""
        raise CellError(f"{place}: {of}{error}") from None


def cell_of_text(toml: str, name: str = OWN) -> Cell:
    """Read a cell from the text of such a file; `name` is what it is called if the text does not say.

    Raises
    ------
    CellError, TomlError
    """
    return cell_of_table(parse_toml(toml, longest_key="words.r", deepest="words has 2 levels"), name)


def cell_kept(told: str | Mapping[str, Any]) -> Cell:
    """Return the cell that a document keeps as `writing.name_or_table` has it.

    Raises
    ------
    CellError
        If there is no such cell, or the table is none.
    """
    return cell_named(told) if isinstance(told, str) else cell_of_table(dict(told))


def cell_of_table(table: dict[str, Any], name: str = OWN) -> Cell:
    """Make a cell of a table of TOML, which has the keys of such a file.

    Raises
    ------
    CellError
        As `load_cell`.
    """
    unknown = [key for key in table if key not in KEYS]
    if unknown:
        likely = _nearest(unknown[0], KEYS)
        hint = f"did you mean {likely}?" if likely else f"a cell has {', '.join(KEYS)}."
        raise CellError(f"there is no key {brief(unknown[0])}; {hint}")
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
    return read_cell(table["equations"], table.get("name", name), **texts, **tables)
