"""Whose parameters a problem file has: `cell` by name, its file, a table of equations; else the LSTM."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gatewise.cells import LSTM, Cell, CellError
from gatewise.cells.known.names import find_known
from gatewise.cells.own.cell_file import KEYS, cell_of_table, cell_of_text, find_cell, known_cell
from gatewise.cells.own.writing import same
from gatewise.errors import GatewiseError
from gatewise.support.toml import TomlError, show
from gatewise.teach.problem.npz import Stored
from gatewise.teach.problem.written import ProblemFileError

LONGEST_NAME = 60  # of a cell: messages have it
LONGEST_REASON = 400  # of a message about equations, which may list all names of a cell


def cell_of(document: Mapping[str, Any], folder: Path, files: Mapping[str, Stored]) -> Cell:
    """Return the cell that a problem file says; if none, the one that its .npz files say, or the LSTM.

    Raises
    ------
    ProblemFileError
        If there is no such cell, its equations are none, or file and .npz file say different ones.
    """
    found = {stored.source: _stored(stored) for stored in files.values() if stored.cell is not None}
    if "cell" in document:
        found = {"cell": _written(document["cell"], folder), **found}
    elif not found:
        return LSTM
    (first, cell), *others = found.items()
    for source, other in others:
        if not same(cell, other):
            here = f"{first} is" if first == "cell" else f"{first} is of cell"
            raise ProblemFileError(f"{here} {cell.name}, and {source} is of {_other(cell, other)}.")
    return cell


def _other(cell: Cell, other: Cell) -> str:
    """Name a cell beside another; both may have one name."""
    return f"cell {other.name}" if other.name != cell.name else f"another cell that is called {other.name}"


def checked(cell: Cell) -> Cell:
    """Return a cell that a problem can be of, or refuse one whose names mean something else in its file.

    Raises
    ------
    ProblemFileError
    """
    from gatewise.teach.problem.tables import (
        COMMON_KEYS,
    )  # brings pydantic: only when there is something to read

    if len(cell.name) > LONGEST_NAME or not cell.name.isprintable() or not cell.name.strip():
        raise ProblemFileError(
            f"cell.name is {show(cell.name)}; it must be a line of 1 to {LONGEST_NAME} characters."
        )
    known = find_known(cell.name)
    if known is not None and not same(cell, known):
        raise ProblemFileError(
            f"the cell is called {cell.name}, as one of gatewise whose equations are others; give it another "
            'name, with name = "…" above its equations.'
        )
    for name in cell.parameters:
        if name in COMMON_KEYS:
            raise ProblemFileError(
                f"the cell has a parameter {name}, which is a key of problem files and means something else "
                "there; give it another name."
            )
    return known or cell


def refuse_another(problem: Cell, asked: Cell) -> None:
    """Refuse a problem of another cell than the one that was asked for.

    Raises
    ------
    ProblemFileError
        With both named.
    """
    if not same(problem, asked):
        known = find_known(asked.name) is not None
        how = f'; if they are its parameters, write cell = "{asked.name}" there' if known else ""
        raise ProblemFileError(
            f"the parameters are of cell {problem.name}, and {_other(problem, asked)} is asked for{how}."
        )


def refuse_equations(document: Mapping[str, Any], name: str) -> None:
    """Refuse the file of a cell, called `name`, that is given as that of a problem.

    Raises
    ------
    ProblemFileError
        With how the file is given as a cell.
    """
    if "equations" in document and set(document) <= {*KEYS}:
        raise ProblemFileError(
            "this file has the equations of a cell, and a problem file has numbers. gatewise work --cell "
            f'{name} draws some; cell = "{name}" in a problem file takes the cell from here.'
        )


def _written(given: Any, folder: Path) -> Cell:
    try:
        if isinstance(given, str):
            return checked(find_cell(given, folder))
        if isinstance(given, dict):
            return checked(cell_of_table(_own_keys(given)))
    except CellError as error:
        where = "cell.equations, " if isinstance(given, dict) and str(error).startswith("line ") else "cell: "
        raise ProblemFileError(f"{where}{_brief(error)}") from None
    raise ProblemFileError(
        f"cell is {show(given)}; it must be the name of a cell, such as "
        '"gru", the file of one, such as "mine.toml", or a table [cell] with its equations.'
    )


def _own_keys(table: dict[str, Any]) -> dict[str, Any]:
    """Refuse a key of problem files that stands below [cell]: what follows a [table] is in it."""
    from gatewise.support.keys import under_a_table
    from gatewise.teach.problem.tables import ProblemTable

    for key in table:
        if key not in KEYS and key in ProblemTable.model_fields:
            raise CellError(f"{key} is not a key of a cell; {under_a_table(['cell'])}")
    return table


def _stored(stored: Stored) -> Cell:
    text = stored.cell or ""
    try:
        return checked(
            cell_of_text(text) if "=" in text else known_cell(text, "the TOML of one with its equations")
        )
    except (CellError, TomlError) as error:
        raise ProblemFileError(f"cell in {stored.source}: {_brief(error)}") from None


def _brief(error: GatewiseError) -> str:
    said = " ".join(str(error).split())
    return said if len(said) <= LONGEST_REASON else f"{said[:LONGEST_REASON]}…"
