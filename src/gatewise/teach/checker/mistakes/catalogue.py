"""The mistake catalogue: wrong formulas that people use, each with a name, an explanation and its tree.

They are edits of a cell's equations (edits.py makes them): plausible.py keeps those that people make, and
`_by_hand` has the few of the LSTM that no single edit gives. `neighbours` has every edit of an equation,
unlikely ones too: what a printed formula is compared with. Names and explanations are in words.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from gatewise.cells.cell import Cell
from gatewise.cells.equation import Equation
from gatewise.cells.known.lstm import (
    BY_ID,
    CARRIED_BACK,
    EQUATIONS,
    GATES,
    a,
    d_out,
    d_state,
    f,
    i,
    label,
    o,
    out,
    state,
    x,
)
from gatewise.cells.known.table import LSTM
from gatewise.cells.quantities import quantities_of
from gatewise.expression import Call, Expression, Symbol, product, rebuild, tanh
from gatewise.teach.checker.mistakes.changes import Edit
from gatewise.teach.checker.mistakes.edits import consistent_edits, edits
from gatewise.teach.checker.mistakes.plausible import Plausible
from gatewise.teach.checker.mistakes.words import famous, has_usual_sum, reason

SLOPE = 1 - tanh(state) ** 2


@dataclass(frozen=True)
class Mistake:
    """A wrong formula for the left side of an equation.

    Attributes
    ----------
    id : str
        Stable and unique: "B2/without-d_state_next*f_next".
    equation : Equation
        The right one, of the cell.
    right : Expression
        The wrong right-hand side, in the letters and unbound indices of the spec.
    name, why : str
        What a teacher calls it, and one sentence of explanation.
    """

    id: str
    equation: Equation
    right: Expression
    name: str
    why: str


class Catalogue:
    """The wrong formulas that people use for the equations of one cell. `catalogue_of` makes them, once.

    Attributes
    ----------
    mistakes : tuple of Mistake
        Those a teacher sees most first.
    by_id : dict
        The same by id.
    """

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.equations = quantities_of(cell).equations
        self._famous = famous(cell)
        self._plausible = Plausible(cell)
        found = sorted(self._found(), key=lambda mistake: mistake.id not in self._famous)
        self.by_id = {mistake.id: mistake for mistake in found}
        self.mistakes = tuple(found)
        self.neighbours = lru_cache(maxsize=None)(self._neighbours)

    def of(self, equation: Equation) -> tuple[Mistake, ...]:
        """Return the mistakes for one equation of the cell."""
        return tuple(mistake for mistake in self.mistakes if mistake.equation is equation)

    def _neighbours(self, equation: Equation) -> tuple[Mistake, ...]:
        """Return every formula one edit away from an equation, those of the catalogue first."""
        entries = {mistake.right: mistake for mistake in self.of(equation)}
        known = {mistake.id for mistake in entries.values()}
        right = equation.right
        for edit in (*consistent_edits(right, self.cell), *edits(right, self.cell)):
            if edit.right not in entries and edit.right != right:
                entry = self._entry(equation, edit)
                again = sum(id.split("#")[0] == entry.id for id in known)
                id = f"{entry.id}#{again + 1}" if again else entry.id  # the same edit at another place
                known.add(id)
                entries[edit.right] = Mistake(id, equation, edit.right, entry.name, entry.why)
        return tuple(entries.values())

    def _entry(self, equation: Equation, edit: Edit) -> Mistake:
        id = f"{prefix_of(equation)}/{edit.slug}"
        name, why = self._famous.get(id, (edit.name, reason(equation, edit, self.cell)))
        return Mistake(id, equation, edit.right, name, why)

    def _found(self) -> Iterator[Mistake]:
        known: set[str] = set()
        for equation in self.equations:
            for edit in consistent_edits(equation.right, self.cell):
                entry = self._entry(equation, edit)
                if self._plausible(equation, edit) and (self.cell is LSTM or entry.id not in known):
                    known.add(entry.id)
                    yield entry
        for id, slug, right in _by_hand() if self.cell is LSTM else _by_hand_of(self.cell):
            if f"{id}/{slug}" in self._famous:
                name, why = self._famous[f"{id}/{slug}"]
                yield Mistake(f"{id}/{slug}", self._equation(id), right, name, why)

    def _equation(self, id: str) -> Equation:
        return next(equation for equation in self.equations if equation.id == id)


@lru_cache(maxsize=64)
def catalogue_of(cell: Cell = LSTM) -> Catalogue:
    """Return the catalogue of a cell."""
    return Catalogue(cell)


def mistakes_for(equation: Equation, cell: Cell = LSTM) -> tuple[Mistake, ...]:
    """Return the catalogue's entries for one equation of a cell, those a teacher sees most first."""
    return catalogue_of(cell).of(equation)


def neighbours(equation: Equation, cell: Cell = LSTM) -> tuple[Mistake, ...]:
    """Return every formula one edit away from the equation, those of the catalogue first."""
    return catalogue_of(cell).neighbours(equation)


def prefix_of(equation: Equation) -> str:
    """Return how the ids of an equation's mistakes begin: its own id; that of the total loss is L1[total]."""
    return "L1[total]" if equation is BY_ID["L1"] else equation.id


def _by_hand() -> Iterator[tuple[str, str, Expression]]:
    """Yield the mistakes that take more than one edit: the equation's id, a slug, the wrong formula."""
    for equation, gate in zip(EQUATIONS, GATES, strict=False):  # F1 to F4
        assert isinstance(equation.right, Call)
        swapped = Symbol("W", gate) @ out.prev + Symbol("U", gate) @ x + Symbol("b", gate)
        yield equation.id, "W-and-U-exchanged", Call(equation.right.function, swapped)
    yield "F5", "i-and-f-exchanged", a * f + i * state.prev
    yield "F5", "coupled", a * i + (1 - i) * state.prev
    yield "F6", "tanh-of-product", tanh(state * o)
    yield "B0", "label-minus-out", label - out
    yield "B0", "loss-not-derivative", (out - label) ** 2 / 2
    yield "B2", "slope-over-both", product("hadamard", d_out * o + CARRIED_BACK, SLOPE)
    yield "B2", "out-for-tanh(state)", d_out * o * (1 - out**2) + CARRIED_BACK
    yield "B2", "f-slope-carried", d_out * o * SLOPE + d_state.next * f.next * (1 - f.next)
    yield "B6", "out-for-tanh(state)", d_out * out * o * (1 - o)
    yield "B6", "slope-of-state", d_out * SLOPE * o * (1 - o)


def _by_hand_of(cell: Cell) -> Iterator[tuple[str, str, Expression]]:
    """Yield those that other cells have of these, in their own letters."""
    yield from ((id, slug, right) for id, slug, right in _by_hand() if id == "B0")
    for equation in cell.forward:
        gate = equation.left.name
        if gate in cell.gates and has_usual_sum(cell, gate):
            W, U = Symbol("W", gate), Symbol("U", gate)
            exchanged: dict[Expression, Expression] = {W @ x: W @ out.prev, U @ out.prev: U @ x}
            yield equation.id, "W-and-U-exchanged", _put(equation.right, exchanged)


def _put(node: Expression, instead: Mapping[Expression, Expression]) -> Expression:
    return instead[node] if node in instead else rebuild(node, lambda child: _put(child, instead))


MISTAKES = catalogue_of(LSTM).mistakes
