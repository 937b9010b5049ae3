"""Cells by their names: those of the table, and names with options, such as "peephole+clip=3"."""

from __future__ import annotations

import copyreg
import re
from dataclasses import replace
from functools import cache
from typing import Any, NoReturn

from gatewise.cells.cell import Cell
from gatewise.cells.known.family import lstm, options_of
from gatewise.cells.known.table import CELLS
from gatewise.errors import ArgumentError
from gatewise.expression import Add, Expression, Symbol, rebuild
from gatewise.support.given import brief, listed
from gatewise.support.options import as_choice

LONGEST = 200  # characters of a name
_RELATIVES = {"peephole": "peepholes", "coupled": "coupled", "projected": "projected"}
_LIMITS = {"clip": "clip", "state-clip": "state_clip"}
OPTIONS = ("no-bias", *(f"{name}=NUMBER" for name in _LIMITS))
"""What may follow the name of an LSTM, as people write it; of other cells, no-bias alone."""
_LATER = {
    "layer-norm": "layer normalisation",
    "zoneout": "zoneout",
    "recurrent-mask": "masks that are given for recurrent dropout",
}
_LIMIT = re.compile(r"\d+(\.\d+)?(e-?\d+)?")
_BIASES = ("b", "c")


def cell_named(cell: Cell | str) -> Cell:
    """Return a cell by its name; a cell is returned as it is.

    A name is one of the table, or several of lstm, peephole, coupled and projected, and options of theirs,
    joined by +: "peephole+coupled", "lstm+no-bias", "projected+clip=3+state-clip=0.5". no-bias every cell of
    the table has. The options may stand in any order; the cell's own name has them in the order above.

    Raises
    ------
    ArgumentError
        With the names and options that there are.
    """
    if isinstance(cell, Cell):
        return cell
    given: Any = cell
    name = str.__str__(given) if isinstance(given, str) else ""
    if name in CELLS:
        return CELLS[name]
    if "+" in name or is_later(name):
        return _joined(name)
    if name.lower().endswith(".toml"):
        raise ArgumentError(
            f"cell={brief(name)} is a file; gatewise.load_cell({brief(name)}) reads its cell."
        )
    return CELLS[as_choice("cell", cell, CELLS)]


def is_later(name: str) -> bool:
    """Say whether a name is one of what gatewise has not yet, and says so."""
    return name.partition("=")[0] in _LATER


def _joined(name: str) -> Cell:
    """Read names and options joined by +."""

    def refuse(why: str) -> NoReturn:
        raise ArgumentError(f"cell={brief(name)}: {why}")

    first, *rest = name.split("+")
    if len(name) > LONGEST:
        refuse(f"the name has {len(name):,} characters; at most {LONGEST} are read.")
    for part in (first, *rest):
        if (later := part.partition("=")[0]) in _LATER:
            refuse(f"gatewise has no {_LATER[later]} yet.")
    if first not in CELLS:
        refuse(f"there is no cell {brief(first)}. Choose from: {', '.join(CELLS)}.")
    of_lstm = options_of(CELLS[first]) is not None
    given: dict[str, Any] = {_RELATIVES[first]: True} if first in _RELATIVES else {}
    for part in rest:
        option, equals, value = part.partition("=")
        takes = option in _LIMITS
        if option not in (*_RELATIVES, "no-bias", *_LIMITS):
            refuse(f"there is no option {brief(option)}. {_offered(first, of_lstm)}")
        if not of_lstm and option != "no-bias":
            refuse(f"{first} has no {option}, which is for the LSTM. {_offered(first, of_lstm)}")
        if takes and (_LIMIT.fullmatch(value) is None or not 0 < float(value) < float("inf")):
            refuse(f"{brief(part)} has no limit: it must be a finite number above 0, as in {option}=3.")
        if equals and not takes:
            refuse(f"{option} takes no value.")
        keyword = _RELATIVES.get(option) or _LIMITS.get(option) or "bias"
        if keyword in given:
            refuse(f"{option} is given twice.")
        given[keyword] = float(value) if takes else option != "no-bias"
    return lstm(**given) if of_lstm else _without_bias(first)


def _offered(first: str, of_lstm: bool) -> str:
    if not of_lstm:
        return f"Its option is no-bias: {first}+no-bias."
    return f"Join by + what there is: {listed([*_RELATIVES, *OPTIONS])}."


@cache
def _without_bias(name: str) -> Cell:
    """Return a cell of the table with its biases left out of the equations."""

    def bare(node: Expression) -> Expression:
        if isinstance(node, Add):
            terms = [bare(term) for term in node.terms if not _is_bias(term)]
            return terms[0] if len(terms) == 1 else Add(tuple(terms))
        return rebuild(node, bare)

    cell = CELLS[name]
    return replace(
        cell, name=f"{name}+no-bias", title=f"{cell.title}, without bias",
        parameters={key: shape for key, shape in cell.parameters.items() if key not in _BIASES},
        parts={key: gates for key, gates in cell.parts.items() if key not in _BIASES},
        forward=tuple(replace(equation, right=bare(equation.right)) for equation in cell.forward),
    )  # fmt: skip


def _is_bias(node: Expression) -> bool:
    return isinstance(node, Symbol) and node.step is None and node.name in _BIASES


def find_known(name: str) -> Cell | None:
    """Return the cell of a name, with options or without; None if gatewise has none of that name."""
    try:
        return cell_named(name)
    except ArgumentError:
        return None


def _reduced(cell: Cell) -> Any:
    """Copy and pickle a known cell by its name: it stays the one that it is. Others are checked once more."""
    if find_known(cell.name) is cell:
        return cell_named, (cell.name,)
    tables = [dict(table) for table in (cell.parts, cell.sizes, cell.words)]
    first = (cell.name, cell.title, cell.gates, cell.carried, dict(cell.parameters), cell.forward)
    return Cell, (*first, cell.source, *tables)


copyreg.pickle(Cell, _reduced)
