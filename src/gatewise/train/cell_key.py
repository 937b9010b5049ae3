"""The key `cell` of a configuration: the name of a cell that gatewise has, or the table of one of your own.

The table holds the equations, so that a run folder and a saved model need no other file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from os import PathLike
from typing import Any

from pydantic_core import PydanticCustomError

from gatewise.cells import CELLS, Cell, CellError
from gatewise.cells.known.names import find_known, is_later
from gatewise.cells.own.cell_file import cell_kept, cell_of_table, find_cell, known_cell, load_cell
from gatewise.cells.own.writing import table_of
from gatewise.support.given import brief

NAME = re.compile(r"[\w.+-]{1,40}")
Kept = str | dict[str, Any]


def as_kept(given: Any) -> Kept:
    """Read the key as it is kept: a name, or a table that reads back to the same cell; for pydantic.

    Raises
    ------
    PydanticCustomError
        If there is no such cell, or a table is none.
    """
    try:
        return kept(given)
    except CellError as error:
        # The message is formatted once more where it is put into words, and equations have braces.
        reason = str(error).removesuffix(".").replace("{", "{{").replace("}", "}}")
        raise PydanticCustomError("cell", "{reason}", {"reason": reason}) from None


def kept(given: Any) -> Kept:
    """Return the key of a cell, of its name or of its table.

    Raises
    ------
    CellError
    """
    if isinstance(given, str):
        known = find_known(given)
        if known is None and ("+" in given or is_later(given)):
            known_cell(given, "give the TOML file of a cell of your own")
        if known is None:
            raise CellError(f"choose from {', '.join(CELLS)}, or give the TOML file of a cell of your own.")
        return known.name
    if not isinstance(given, (Cell, Mapping)):
        raise CellError("it must be the name of a cell, or a table with the equations of your own.")
    cell = given if isinstance(given, Cell) else cell_of_table(dict(given))
    known = find_known(cell.name)
    if known == cell:
        return cell.name
    if known is not None:
        raise CellError(f"gatewise has another cell {cell.name}; give yours another name.")
    if not NAME.fullmatch(cell.name):
        raise CellError("its name is to be at most 40 letters, digits, and - _ + or . ; give it one.")
    said = (cell.title, cell.source, *cell.words.values())
    if not all(text.isprintable() for text in said):  # they are shown, in terminals too
        raise CellError("title, source and words are each to be one line of letters that can be printed.")
    return table_of(cell)


def cell_of(key: Kept) -> Cell:
    """Return the cell that a key is of."""
    return cell_kept(key)


def name_of(key: Kept) -> str:
    """Return what the cell is called."""
    return key if isinstance(key, str) else str(key["name"])


def with_cell(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys that a user gave, with the cell as it is kept: one that is a path is read.

    What stands in a run folder or a saved model never goes through here: there, a path opens nothing.

    Raises
    ------
    CellError
        If the file is no cell; it names the file.
    """
    given = keys.get("cell")
    if not isinstance(given, (str, PathLike, Cell)):
        return dict(keys)
    if isinstance(given, Cell):
        cell = given
    else:
        cell = find_cell(given) if isinstance(given, str) else load_cell(given)
    try:
        return {**keys, "cell": kept(cell)}
    except CellError as error:
        raise CellError(f"cell {brief(given)}: {error}") from None
