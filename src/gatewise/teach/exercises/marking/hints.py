"""Hints: what a mistake is called, what is wrong with it, and which mistakes are one misconception."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from gatewise.cells.cell import Cell
from gatewise.cells.known.table import LSTM
from gatewise.cells.quantities import quantities_of, stem_of
from gatewise.teach.checker.mistakes.catalogue import catalogue_of

OTHER_GATE = re.compile(r"rows-of-g|([WU])_g-for-\1_g")  # its matrices, of any two gates


@dataclass(frozen=True)
class Hint:
    """A misconception: its name and explanation, and the answers that show it."""

    name: str
    why: str
    items: tuple[str, ...]


def hints_of(answers: Iterable[tuple[str, str, str]], cell: Cell = LSTM) -> Iterator[Hint]:
    """One hint for each misconception, however often it shows: the slope forgotten in δi and δf is one.

    An answer is given as its item's id, its mistake ("" for none) and its note.
    """
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for answer in answers:
        if answer[1]:
            groups.setdefault(misconception(answer[1], cell), []).append(answer)
    for group in groups.values():
        _, mistake, note = group[0]
        name, why = (
            name_and_reason(mistake, cell) if mistake in catalogue_of(cell).by_id else ("Rounding.", note)
        )
        yield Hint(name, why, tuple(item for item, _, _ in group))


def name_and_reason(id: str, cell: Cell = LSTM) -> tuple[str, str]:
    """Return the name and explanation of a cell's mistake, both as sentences."""
    mistake = catalogue_of(cell).by_id[id]
    return f"{_capital(mistake.name)}.", mistake.why


def misconception(mistake: str, cell: Cell = LSTM) -> str:
    """Name the misconception behind a mistake: F1/without-b_a and F2/without-b_i are the same.

    So are W, U and both of another gate: where outₜ₋₁ or xₜ is 0 they give the same numbers.
    """
    equation, _, slug = mistake.partition("/")
    gates = "|".join(map(re.escape, cell.gates))
    parameters = "|".join(map(re.escape, cell.parameters))
    of_gate = rf"(?<![a-z])(?:{gates})(?![a-z])|" if gates else ""
    slug = re.sub(rf"{of_gate}(?<=_)(?:{parameters})$", "g", slug)
    if OTHER_GATE.fullmatch(slug):
        slug = "matrices-of-another-gate"
    return f"{_families(cell).get(equation, equation)}/{slug}"


@lru_cache(maxsize=64)
def _families(cell: Cell) -> dict[str, str]:
    """Return the letter of the equations that are built alike: of the gates, of matrices, of parameters."""
    families: dict[str, str] = {}
    for equation in quantities_of(cell).equations:
        name, phase = equation.left.name, equation.phase
        if stem_of(name) in cell.gates:
            families[equation.id] = "F" if phase == "forward" else "B"
        elif name == "d_x" or name.startswith("delta_"):
            families[equation.id] = "M"
        elif phase in ("gradients", "update"):
            families[equation.id] = "G" if phase == "gradients" else "P"
    return families


def _capital(name: str) -> str:
    """Capitalise a name, if it begins with a word and not with a quantity."""
    word = name.split(" ")[0]
    return name[:1].upper() + name[1:] if word.isascii() and word.isalpha() and len(word) > 1 else name
