"""`explain`: the page of an id, or the ids that come nearest to one that there is not."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from gatewise.cells.beside.by_gate import by_gate
from gatewise.cells.beside.losses import LOSSES, mean_of
from gatewise.cells.cell import Cell
from gatewise.cells.equation import Equation
from gatewise.cells.known.table import LSTM
from gatewise.errors import GatewiseError
from gatewise.support.given import brief
from gatewise.teach.checker.mistakes.catalogue import Catalogue, Mistake, catalogue_of, prefix_of
from gatewise.teach.explain.page import Page, PageSection
from gatewise.teach.explain.wrong_formula import page_of

_OUTPUTS = re.compile(r"/without-([1-9][0-9]{0,3})$")  # of a mean over so many entries of out
NEAREST = 3  # ids that are named for one that there is not


class UnknownMistakeError(GatewiseError):
    """An id that no mistake, misprint or verdict has."""


def explain(id: str, cell: Cell = LSTM) -> Page:
    """Return the page about a mistake.

    Parameters
    ----------
    id : str
        As reports have it: of the catalogue ("B2/without-d_state_next*f_next"), of a kind of misprint
        ("digit-changed"), or a verdict ("arithmetic").
    cell : Cell
        Whose equations are meant; ids are those of its catalogue.

    Raises
    ------
    UnknownMistakeError
        If there is none; the message has the nearest ids.
    """
    if id in kinds():
        return _page_of_kind(id)
    mistake = find_mistake(id, cell)
    if mistake is None:
        raise UnknownMistakeError(f"{brief(id)} is no mistake of cell {cell.name}.{_nearest(id, cell)}")
    return page_of(mistake, cell)


def find_mistake(id: str, cell: Cell) -> Mistake | None:
    """Return a mistake of a cell's catalogue, or a formula one edit away from an equation, by its id.

    Reports name those of other losses and of derivatives by a gate, too.
    """
    for loss in (*LOSSES, *(mean_of(int(number)) for number in _OUTPUTS.findall(id))):
        if (found := catalogue_of(cell, loss).by_id.get(id)) is not None:
            return found
    return _neighbours_of(id.partition("/")[0], cell).get(id)


@lru_cache(maxsize=64)
def _neighbours_of(prefix: str, cell: Cell) -> dict[str, Mistake]:
    catalogue = catalogue_of(cell)
    return {
        mistake.id: mistake
        for equation in (*catalogue.equations, *by_gate(cell).values())
        if prefix_of(equation) == prefix
        for mistake in _all_of(catalogue, equation)
    }


def _all_of(catalogue: Catalogue, equation: Equation) -> Iterator[Mistake]:
    yield from catalogue.of(equation)
    yield from catalogue.neighbours(equation)
    yield from catalogue.of_another_gate(equation)
    if (mistake := catalogue.without_slope(equation)) is not None:
        yield mistake


@cache
def kinds() -> dict[str, Any]:
    """Return the kinds of misprints and the verdicts, by id: name, why, example."""
    return tomllib.loads((files(__package__) / "kinds.toml").read_text("utf-8"))


def _page_of_kind(id: str) -> Page:
    kind = kinds()[id]
    parts = (
        PageSection("What it is", (kind["why"],)),
        PageSection("For example", lines=tuple(kind["example"])),
    )
    return Page(id, kind["name"], parts)


def _nearest(id: str, cell: Cell) -> str:
    known = [*kinds(), *catalogue_of(cell).by_id]
    lowered = {name.lower(): name for name in known}
    equation = f"{id.partition('/')[0]}/".lower()
    own = [name for name in lowered if name.startswith(equation)]
    found = [*get_close_matches(id.lower(), own, NEAREST, 0.5), *get_close_matches(id.lower(), lowered)]
    found = [lowered[name] for name in dict.fromkeys(found)][:NEAREST]
    if not found:
        return " gatewise explain lists them all."
    return f" The nearest: {', '.join(found)}. gatewise explain lists them all."
