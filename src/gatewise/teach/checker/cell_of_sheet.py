"""Which cell a document is of, as far as it says so itself: our sheets do at their heads, claims may."""

from __future__ import annotations

import re

from gatewise.cells.cell import Cell
from gatewise.cells.known.names import find_known
from gatewise.cells.own.equations import read_cell
from gatewise.cells.record import CellError
from gatewise.errors import ArgumentError
from gatewise.expression import Expression, Symbol, rebuild, text
from gatewise.teach.checker.read.names import name_of, step_of
from gatewise.teach.checker.read.reader import read
from gatewise.teach.checker.read.reading import Reading

HEAD = 50_000  # characters of a document in which a sheet says its cell; a page begins with its style
_CELL = re.compile(r'\bcell\b(?:<[^<>]{0,20}>|[^\w<>\n]){1,30}([a-z0-9]+(?:[-+][a-z0-9.=]+){0,9})(?=: |")')
_OF_SHEET = re.compile(
    r'^(?:cell\s{2,}|- \*\*cell\*\*: |cell & )([^\n]{1,200}?): |"cell": "([^"\n]{1,200})"', re.MULTILINE
)
_FORWARD = re.compile(r"F[0-9]+")


def cell_of_sheet(document: str, name: str, given: Cell | None = None) -> Cell | None:
    """Return the cell that a document says it is of, else `given`; None where nothing says it.

    Raises
    ------
    ArgumentError
        If it says another one than that of `given`, or one of its author's own and not by which equations.
    """
    for found in _CELL.finditer(document[:HEAD]):
        known = find_known(found[1])
        if known is not None:
            return _agreed(known, given)
    own = _OF_SHEET.search(document[:HEAD])
    if own is None or given is not None:
        return given
    reading = read(document, name=name)
    if "sizes" not in reading.facts and "ties" not in reading.facts:
        return None  # words about cells, and no sheet of one
    return _of_equations(reading, own[1] or own[2])


def _agreed(said: Cell, given: Cell | None) -> Cell:
    if given is not None and given is not said:
        raise ArgumentError(
            f"this is a sheet of cell {said.name}, and the model is of cell {given.name}; "
            f"give a model of cell {said.name}, or none."
        )
    return said


def _of_equations(reading: Reading, name: str) -> Cell:
    """Return the cell of the equations that a sheet of one's own prints at its beginning."""
    lines = [
        f"{text(_as_written(claim.left.tree))} = {text(_as_written(claim.sides[0].tree))}"
        for claim in reading.claims
        if _FORWARD.fullmatch(claim.id) and claim.sides
    ]
    try:
        return read_cell("\n".join(lines), name)
    except CellError as error:
        raise ArgumentError(
            f"this is a sheet of cell {name}, which is none of gatewise's, and its equations "
            + ("do not stand in it" if not lines else f"could not be read from it ({error})")
            + ". Give a problem of that cell: gatewise check DOCUMENT --model PROBLEM.toml"
        ) from None


def _as_written(node: Expression) -> Expression:
    """Return a formula in the letters that stand in the document, whatever they would be of an LSTM."""
    if not isinstance(node, Symbol):
        return rebuild(node, _as_written)
    name = name_of(node)
    if name is None:
        return node
    steps = [step for step in map(step_of, name.low) if step is not None]
    parts = [low for low in name.low if step_of(low) is None]
    return Symbol(name.word, part=parts[0] if parts else "", step=steps[0] if steps else None)
