"""The keys of a problem file, checked by pydantic, and its complaints in words. written.py reads numbers.

Those of the LSTM stand here; `table_of` makes those of another cell from them, by its own names.
docs/problem-file.md describes the same keys for users; a test compares the two.
"""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Annotated, Any, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from gatewise.cells import LSTM, Cell
from gatewise.engine.schemes import SCHEMES
from gatewise.support.given import listed
from gatewise.support.keys import in_words, one_of
from gatewise.teach.problem.written import ProblemFileError
from gatewise.teach.worksheet.digits import ROUNDINGS, TIES
from gatewise.teach.worksheet.layout.layout import DETAILS
from gatewise.teach.worksheet.layout.notation import NOTATIONS


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Gate(_Table):
    """[gates.a]: the weights of one gate, read as numbers later."""

    W: Any
    U: Any
    b: Any


class Gates(_Table):
    """[gates]: one table for each gate."""

    a: Gate
    i: Gate
    f: Gate
    o: Gate


class Settings(_Table):
    """[worksheet]: what the sheet shows and how. None leaves it to `gatewise.worksheet`."""

    digits: int | None = None
    rounding: Annotated[str, one_of(ROUNDINGS)] | None = None
    ties: Annotated[str, one_of(TIES)] | None = None
    detail: Annotated[str, one_of(DETAILS)] | None = None
    notation: Annotated[str, one_of(NOTATIONS)] | None = None
    updates: int | None = None
    batch: int | None = None
    steps: list[int] | None = None
    units: list[int] | None = None
    max_lines: int | None = None


class ProblemTable(_Table):
    """The whole file. Which keys go together is decided in build.py."""

    title: str | None = None
    # The weights: for each gate, stacked, from a file, or drawn.
    gates: Gates | None = None
    W: Any = None
    U: Any = None
    b: Any = None
    weights: str | None = None
    input_size: int | None = Field(None, ge=1)
    hidden_size: int | None = Field(None, ge=1)
    scheme: Annotated[str, one_of(SCHEMES)] | None = None
    forget_bias: Any = None
    # The data: given, from a file, or drawn.
    x: Any = None
    label: Any = None
    lengths: Any = None
    out0: Any = None
    state0: Any = None
    inputs: str | None = None
    steps: int | None = Field(None, ge=1)
    sequences: int | None = Field(None, ge=1)

    seed: int | None = Field(None, ge=0)
    cell: Any = None
    learning_rate: Any = 0.1
    worksheet: Settings = Settings()


_OF_THE_LSTM = {"gates", *LSTM.parameters, *(f"{name}0" for name in LSTM.carried)}
COMMON_KEYS = tuple(name for name in ProblemTable.model_fields if name not in _OF_THE_LSTM)
"""What every problem file may have, whatever the cell: no parameter can be called so."""


@lru_cache(maxsize=16)
def table_of(cell: Cell) -> type[ProblemTable]:
    """Return the keys of the problem files of a cell: those of the LSTM with its own names in their place."""
    if cell is LSTM:
        return ProblemTable
    fields: dict[str, Any] = {}
    for name, field in ProblemTable.model_fields.items():
        if name == "gates":
            gates = {gate: (_gate(cell, gate), ...) for gate in cell.gates}
            fields |= {name: (_made("Gates", gates) | None, None)} if gates else {}
        elif name == next(iter(LSTM.parameters)):
            fields |= dict.fromkeys(cell.parameters, (Any, None))
        elif name == f"{LSTM.carried[0]}0":
            fields |= {f"{carried}0": (Any, None) for carried in cell.carried}
        elif name not in _OF_THE_LSTM:
            fields[name] = (field.rebuild_annotation(), field.default)
        if name == "hidden_size" and projects(cell):
            fields["output_size"] = fields[name]
    return cast("type[ProblemTable]", _made("ProblemTable", fields))


def projects(cell: Cell) -> bool:
    """Say whether something of a cell has Q entries, not H."""
    return any("Q" in letters for letters in cell.parameters.values())


def _gate(cell: Cell, gate: str) -> type[BaseModel]:
    names = [name for name in cell.parameters if gate in cell.parts_of(name)]
    return _made("Gate", dict.fromkeys(names, (Any, ...)))


def _made(name: str, fields: dict[str, Any]) -> type[BaseModel]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a cell may have a parameter `json`; no one calls ours
        return create_model(name, __base__=_Table, **fields)


def check(document: dict[str, Any], cell: Cell) -> ProblemTable:
    """Check the keys and what kind of thing each one holds."""
    _check_gates(document.get("gates"), cell)
    table = table_of(cell)
    of = "" if cell is LSTM else f" of cell {cell.name}"
    try:
        return table.model_validate(document)
    except ValidationError as error:
        raise ProblemFileError(in_words(error, table, f"a problem file{of}")) from None


def _check_gates(given: Any, cell: Cell) -> None:
    """Refuse a parameter under a gate that has no part in it, and gates where a cell has none."""
    if given is not None and not cell.gates:
        raise ProblemFileError(
            f"gates is not a key here: cell {cell.name} has no gates; {listed(cell.parameters)} stand at the "
            "top."
        )
    tables = given if isinstance(given, dict) else {}
    for gate in (gate for gate in cell.gates if isinstance(tables.get(gate), dict)):
        for name in (name for name in tables[gate] if name in cell.parameters):
            parts = cell.parts_of(name)
            if gate not in parts:
                have = f"it has the rows of {listed(parts)}" if parts else "write it above the first [gates]"
                raise ProblemFileError(f"gates.{gate}.{name}: gate {gate} has no part in {name}; {have}.")
