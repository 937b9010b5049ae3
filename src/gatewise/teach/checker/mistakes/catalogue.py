"""The mistake catalogue: wrong formulas that people use, each with a name, an explanation and its tree.

They are edits of a cell's equations (edits.py makes them): plausible.py keeps those that people make, and
`_by_hand` has the few of the LSTM that no single edit gives. `neighbours` has every edit of an equation,
unlikely ones too: what a printed formula is compared with. Names and explanations are in words.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from gatewise.cells.beside.by_gate import PREFIX, by_gate
from gatewise.cells.beside.losses import AT_LAST, GIVEN, HALF
from gatewise.cells.cell import Cell
from gatewise.cells.equation import Equation
from gatewise.cells.known.lstm import (
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
from gatewise.cells.ways import at_t
from gatewise.expression import (
    Call,
    Expression,
    Product,
    Quotient,
    Symbol,
    factors_of,
    product,
    rebuild,
    tanh,
    walk,
)
from gatewise.teach.checker.mistakes.changes import Edit
from gatewise.teach.checker.mistakes.edits import consistent_edits, edits
from gatewise.teach.checker.mistakes.plausible import Plausible
from gatewise.teach.checker.mistakes.words import famous, has_usual_sum, reason

OF_LOSS = ("L1", "B0")
_NOT_DIVIDED = (
    "not divided",
    "The mean over the steps is the sum divided by their number, and so is its derivative.",
)
_WITH_SLOPE = (
    "the slope of the activation already in it",
    "The derivative by the gate itself comes before the slope: that belongs to δ, before the activation.",
)
_WITHOUT_SLOPE = (
    "the slope of the activation left out",
    "The derivative by the gate itself is not yet the one before its activation: the slope comes between.",
)
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

    def __init__(self, cell: Cell, loss: str = HALF) -> None:
        self.cell, self.loss = cell, loss
        self.equations = quantities_of(cell, 1, loss).equations
        self._famous = famous(cell)
        self._plausible = Plausible(cell)
        found = sorted(self._found(), key=lambda mistake: mistake.id not in self._famous)
        self.by_id = {mistake.id: mistake for mistake in found}
        self.mistakes = tuple(found)
        self.neighbours = lru_cache(maxsize=None)(self._neighbours)
        self._by_gate = lru_cache(maxsize=None)(lambda equation: tuple(self._of_by_gate(equation)))

    def of(self, equation: Equation) -> tuple[Mistake, ...]:
        """Return the mistakes for one equation of the cell."""
        if equation is by_gate(self.cell).get(equation.left.name):
            return self._by_gate(equation)
        return tuple(mistake for mistake in self.mistakes if mistake.equation is equation)

    def _of_by_gate(self, equation: Equation) -> Iterator[Mistake]:
        """Yield the mistakes for a derivative by a gate itself, which no worksheet has and no list."""
        gate = equation.left.name.removeprefix(PREFIX)
        right = next(each.right for each in self.equations if each.left == at_t(f"d_{gate}"))
        yield Mistake(f"{equation.id}/with-slope", equation, right, *_WITH_SLOPE)
        known: set[str] = set()
        for mistake in self._by_hand_before_slope(equation, gate):
            known.add(mistake.id)
            yield mistake
        for edit in consistent_edits(equation.right, self.cell):
            entry = self._entry(equation, edit)
            if self._plausible(equation, edit) and entry.id not in known:
                known.add(entry.id)
                yield entry

    def _by_hand_before_slope(self, equation: Equation, gate: str) -> Iterator[Mistake]:
        """Yield the mistakes of δ of a gate that take more than one edit, as they are without its slope."""
        slope = self.cell.derivation.deltas[gate].slope
        for id, slug, right in _by_hand() if self.cell is LSTM else ():
            factors = tuple(factors_of(right))
            if id == prefix_of(equation).partition("[")[0] and factors[-len(slope) :] == slope:
                name, why = self._famous[f"{id}/{slug}"]
                before = product("hadamard", *factors[: -len(slope)])
                yield Mistake(f"{equation.id}/{slug}", equation, before, name, why)

    def of_another_gate(self, equation: Equation) -> Iterator[Mistake]:
        """Yield, for the equation of a gate, those of the others under its name: σ(W_o x_t + …) for i_t."""
        own = equation.left.name
        for gate in self.cell.gates if own in self.cell.gates else ():
            if gate != own:
                why = f"{own}_t has an equation of its own; this is the one of {gate}_t."
                name = f"the equation of {gate} under the name of {own}"
                right = self.cell.equation(gate).right
                yield Mistake(f"{prefix_of(equation)}/is-{gate}", equation, right, name, why)

    def without_slope(self, equation: Equation) -> Mistake | None:
        """Return the mistake of a formula of δ's in which derivatives by the gates themselves stand."""
        deltas = [f"d_{name}" for name in ("gates", *self.cell.gates)]
        found = [node for node in walk(equation.right) if isinstance(node, Symbol) and node.name in deltas]
        if not found:
            return None
        by_gates: dict[Expression, Expression] = {
            node: replace(node, name=node.name.replace("d_", PREFIX, 1)) for node in found
        }
        right = _put(equation.right, by_gates)
        return Mistake(f"{prefix_of(equation)}/without-slope", equation, right, *_WITHOUT_SLOPE)

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
                if self.loss != HALF and _is_odd(equation, edit):
                    continue
                again = entry.id in known and (self.cell is not LSTM or self.loss != HALF)
                if self._plausible(equation, edit) and not again:
                    known.add(entry.id)
                    yield entry
        for id, slug, right in _by_hand() if self.cell is LSTM else _by_hand_of(self.cell):
            if id == "B0":
                if self.loss == GIVEN:
                    continue
                right = self._of_loss(slug, right)
            if f"{id}/{slug}" in self._famous:
                name, why = self._famous[f"{id}/{slug}"]
                yield Mistake(f"{id}/{slug}", self._equation(id), right, name, why)

        for equation in self.equations:
            if (
                equation.id in OF_LOSS
                and isinstance(equation.right, Quotient)
                and self.loss not in (HALF, *AT_LAST)
            ):
                yield Mistake(
                    f"{prefix_of(equation)}/not-divided", equation, equation.right.top, *_NOT_DIVIDED
                )

    def _of_loss(self, slug: str, right: Expression) -> Expression:
        """Return a mistake of Δ by hand, for the loss that is worked with."""
        if self.loss == HALF:
            return right
        if slug == "label-minus-out":
            return _put(self._equation("B0").right, {out - label: label - out})
        at_step = next(each.right for each in self.equations if each.id == "L1" and each.left.step)
        assert isinstance(at_step, Call | Quotient)
        return at_step.argument if isinstance(at_step, Call) else right

    def _equation(self, id: str) -> Equation:
        return next(equation for equation in self.equations if equation.id == id)


@lru_cache(maxsize=64)
def catalogue_of(cell: Cell = LSTM, loss: str = HALF) -> Catalogue:
    """Return the catalogue of a cell, with the mistakes of Δ and of the loss that belong to a loss."""
    return Catalogue(cell, loss)


def mistakes_for(equation: Equation, cell: Cell = LSTM) -> tuple[Mistake, ...]:
    """Return the catalogue's entries for one equation of a cell, those a teacher sees most first."""
    return catalogue_of(cell).of(equation)


def neighbours(equation: Equation, cell: Cell = LSTM) -> tuple[Mistake, ...]:
    """Return every formula one edit away from the equation, those of the catalogue first."""
    return catalogue_of(cell).neighbours(equation)


def prefix_of(equation: Equation) -> str:
    """Return how the ids of an equation's mistakes begin: its own id; that of the total loss is L1[total]."""
    total = equation.phase == "loss" and equation.left.step is None
    return "L1[total]" if total else equation.id


def _is_odd(equation: Equation, edit: Edit) -> bool:
    """Say whether nobody makes an edit of a loss: of how many steps there are, or of all but its 2."""
    at_step = equation.left.name == "loss" and equation.left.step is not None
    divided = equation.id in OF_LOSS and isinstance(equation.right, Quotient) and not at_step
    of_two = equation.id == "B0" and isinstance(equation.right, Product)  # halved is without its 2
    of_count = divided and (edit.kind in ("bounds", "mean", "scale") or "sum[" in edit.slug)
    return of_count or (of_two and edit.slug in ("without-out-label", "halved"))


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
