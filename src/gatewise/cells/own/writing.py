"""A cell written as TOML, which cell_file.py reads, and as the table of it: what files keep of one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from gatewise.cells.cell import Cell
from gatewise.cells.known.names import find_known
from gatewise.cells.own.cell_file import cell_of_text
from gatewise.cells.own.equations import sentence_of
from gatewise.cells.record import CellError
from gatewise.expression import ascii, text
from gatewise.support.toml import parse_toml


def cell_toml(cell: Cell) -> str:
    """Write a cell as such a file: reading it gives the `same` cell.

    Raises
    ------
    CellError
        If the cell has what its equations do not tell, such as another order of its parameters.
    """
    for printer in (text, ascii):  # plain text where signs above a name, as tanh², are not read
        lines = [f"{printer(each.left)} = {printer(each.right)}  # {each.why}" for each in cell.forward]
        texts = {"name": cell.name, "title": cell.title, "source": cell.source}
        toml = "".join(f"{key} = {quoted(value)}\n" for key, value in texts.items() if value)
        toml += f"equations = {_block(lines)}\n"
        for key, table in (("sizes", cell.sizes), ("words", cell.words)):
            pairs = ", ".join(f"{name} = {quoted(value)}" for name, value in table.items())
            toml += f"{key} = {{ {pairs} }}\n" if table else ""
        try:
            if same(cell_of_text(toml), cell):
                return toml
        except ValueError:
            continue
    raise CellError(
        f"cell {cell.name} cannot be written as equations: reading them would give another cell. Make it of "
        "equations in the first place, with gatewise.cells.read_cell."
    )


def name_or_toml(cell: Cell) -> str:
    """Return what a file keeps of a cell: the name of one that gatewise has, or the text of one's own.

    Raises
    ------
    CellError
        As `cell_toml`.
    """
    return cell.name if is_known(cell) else cell_toml(cell)


def table_of(cell: Cell) -> dict[str, Any]:
    """Return a cell as the table that such a file is, which `cell_of_table` makes it of again.

    Raises
    ------
    CellError
        As `cell_toml`.
    """
    return parse_toml(cell_toml(cell), longest_key="words.r", deepest="words has 2 levels")


def name_or_table(cell: Cell) -> str | dict[str, Any]:
    """Return what a document keeps of a cell, which `cell_file.cell_kept` reads: its name, or its table.

    Raises
    ------
    CellError
        As `cell_toml`.
    """
    return cell.name if is_known(cell) else table_of(cell)


def is_known(cell: Cell) -> bool:
    """Say whether gatewise has this cell under its name."""
    known = find_known(cell.name)
    return known is not None and same(cell, known)


def same(one: Cell, other: Cell) -> bool:
    """Say whether two cells have one name and are the same in all that is computed and printed."""

    def told(cell: Cell) -> tuple[Any, ...]:
        equations = [replace(each, why=sentence_of(each.left.name, each.why)) for each in cell.forward]
        parts = {name: cell.parts_of(name) for name in cell.parameters}  # said, or as the rows say
        tables = [list(cell.parameters.items()), parts, dict(cell.sizes), dict(cell.words)]
        return (cell.name, cell.title, cell.source, cell.gates, cell.carried, equations, *tables)

    return told(one) == told(other)


def quoted(value: str) -> str:
    """Write a text as TOML does, on one line."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _block(lines: list[str]) -> str:
    """Write lines as one text of TOML, each on a line of its own where nothing in them needs an escape."""
    whole = "".join(f"{line}\n" for line in lines)
    plain = "'''" not in whole and all(sign.isprintable() for sign in whole.replace("\n", ""))
    return f"'''\n{whole}'''" if plain else quoted(whole)
