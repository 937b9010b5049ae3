"""What a cell keeps of what it carries, element by element: the f of f ⊙ state_{t-1}."""

from __future__ import annotations

from gatewise.cells.cell import Cell
from gatewise.cells.ways import symbols_in
from gatewise.expression import Add, Call, Expression, Number, Product, Step, Symbol
from gatewise.expression.functions import clipped_at

CLIP = clipped_at("")[:-1]  # what the names of its functions begin with


def kept_of(cell: Cell, name: str) -> Expression | None:
    """Return the factor of q_{t-1} in the equation of a carried q; None if it comes through a matrix alone.

    It is 1 where q_{t-1} is added as it is. A state that is clipped keeps what it would without the clip.
    """
    right = cell.equation(name).right
    if isinstance(right, Call) and right.function.startswith(CLIP):  # within its limits it is the sum
        right = right.argument
    before = Symbol(name, step=Step("t", -1))
    found = [factor for term in _terms(right) if (factor := _factor(term, before)) is not None]
    return found[0] if len(found) == 1 else None


def forgets_by_a_gate(cell: Cell) -> bool:
    """Say whether a carried quantity is kept by the gate f alone, which has a bias: what forget_bias sets.

    Of the minimal gated unit it is not: its f says how much is replaced.
    """
    gate = Symbol("f", step=Step())
    return has_bias_of_f(cell) and any(kept_of(cell, name) == gate for name in cell.carried)


def has_bias_of_f(cell: Cell) -> bool:
    """Say whether b has rows of a gate f."""
    return "b" in cell.parameters and "f" in cell.parts_of("b")


def _terms(right: Expression) -> tuple[Expression, ...]:
    return right.terms if isinstance(right, Add) else (right,)


def _factor(term: Expression, before: Symbol) -> Expression | None:
    """Return what a term multiplies `before` by."""
    if term == before:
        return Number("1")
    if not isinstance(term, Product) or term.operation not in ("hadamard", "times"):
        return None
    others = tuple(factor for factor in term.factors if factor != before)
    if len(others) != len(term.factors) - 1 or any(before in symbols_in(other) for other in others):
        return None
    return others[0] if len(others) == 1 else Product("hadamard", others)
