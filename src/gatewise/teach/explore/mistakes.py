"""The mistakes that people make at the equations of a block, as its sizes allow, and what a cut term is.

Whether a wrong formula can be worked out is tried on small arrays of the same equalities of sizes: with one
input and one hidden unit Wᵀ is W, with as many inputs as units it fits, else it does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from gatewise.cells.beside.losses import rule_at
from gatewise.cells.cell import Cell
from gatewise.cells.equation import Equation
from gatewise.cells.quantities import Quantities, quantities_of
from gatewise.cells.shapes import Shapes
from gatewise.cells.tree_data import tree_data
from gatewise.expression import Add, Expression, Step, Symbol, bind, evaluate, rebuild, terms_in
from gatewise.teach.checker.mistakes.catalogue import Mistake, catalogue_of
from gatewise.teach.exercises.marking.hints import name_and_reason

SAME = 1e-12  # two values this near are one: a mistake without an effect
FEW_STEPS = 3  # a first one, one between, a last one
Sizes = tuple[tuple[str, int], ...]
_SMALL = 8  # a size up to which it is tried as it is


@dataclass(frozen=True)
class Tried:
    """A mistake that can be worked out.

    Attributes
    ----------
    mistake : Mistake
    undefined : tuple of str
        "first" and "last", where there it takes what is outside the sequence.
    outside : tuple of Symbol
        The gradients it takes from past the ends, which are 0; with steps −1 and, for T, `Step("T", k)`.
    """

    mistake: Mistake
    undefined: tuple[str, ...]
    outside: tuple[Symbol, ...]


class _Outside(LookupError):
    """A formula asks for a quantity outside the sequence that is no gradient."""


@lru_cache(maxsize=256)
def tried(
    cell: Cell, loss: str, sizes: tuple[tuple[str, int], ...], steps: int
) -> tuple[tuple[Tried, ...], ...]:
    """Return the mistakes that can be worked out, for each of the `equations` in their order.

    Parameters
    ----------
    cell, loss : Cell, str
        Which equations, as `quantities_of` has them.
    sizes : tuple of (letter, number)
        D, H and the like, made small by `small`.
    steps : int
        T, at most 3.
    """
    known = quantities_of(cell, 1, loss)
    trial = _Trial(Shapes(known, dict(sizes)), steps)
    found: list[tuple[Tried, ...]] = []
    for equation in known.equations:
        right, own = trial.values(equation, equation.right), []
        for mistake in catalogue_of(cell, loss).of(equation):
            trial.outside = {}
            worth = trial.values(equation, mistake.right)
            if worth is None or right is None or not _differ(worth, right):
                continue
            undefined = tuple(
                name for name, value in (("first", worth[0]), ("last", worth[-1])) if value is None
            )
            own.append(Tried(mistake, undefined, tuple(trial.outside)))
        found.append(tuple(own))
    return tuple(found)


def small(sizes: Mapping[str, int]) -> Sizes:
    """Return sizes that are equal to one another, and to 1, where the given ones are, but small."""
    if max(sizes.values()) <= _SMALL:
        return tuple(sizes.items())
    ranks = sorted({size for size in sizes.values() if size > 1})
    return tuple((name, 1 if size == 1 else 2 + ranks.index(size)) for name, size in sizes.items())


def page_mistakes(
    equation: Equation, found: Iterable[Tried], shapes: Shapes, steps: int
) -> tuple[list[dict[str, Any]], set[Symbol]]:
    """Return the mistakes of an equation as a page has them, and the gradients past the ends they take."""
    known = shapes.quantities
    page, outside = [], set()
    for each in found:
        mistake = each.mistake
        right = mistake.right
        name, why = _said(mistake, known)
        row: dict[str, Any] = {"id": mistake.id, "name": name, "why": why, "right": tree_data(right)}
        if ends := bound_ends(equation, right, known, steps):
            row["ends"] = ends
        if each.undefined:
            at = {"first": 0, "last": steps - 1}
            row["undefinedAt"] = sorted({at[name] for name in each.undefined})
        page.append(row)
        outside |= {_in_place(symbol, steps) for symbol in each.outside}
    return page, outside


def _said(mistake: Mistake, known: Quantities) -> tuple[str, str]:
    if mistake.id in catalogue_of(known.cell).by_id:
        return name_and_reason(mistake.id, known.cell)
    return mistake.name, mistake.why


def bound_ends(equation: Equation, right: Expression, known: Quantities, steps: int) -> dict[int, Any]:
    """Return the bound right-hand sides at the steps where a boundary value stands in place of a term."""
    found = {}
    for t in range(steps) if equation.left.step else ():
        left = bind(equation.left, t, steps)
        if right == equation.right and isinstance(left, Symbol):
            ended = rule_at(known.loss, left, steps)  # before the last step, where that alone has a label
            if ended is not None:
                found[t] = tree_data(bind(ended, t, steps))
        bound = bind(right, t, steps) if t >= steps - 2 else None
        if bound is not None and (closed := known.closed(bound, steps)) != bound:
            found[t] = tree_data(closed)
    return found


def cuts_of(right: Expression, mistakes: Iterable[Mistake]) -> list[str | None] | None:
    """Return, for each term of a sum, the mistake that leaving it out is; None of what is no sum."""
    if not isinstance(right, Add) or len(right.terms) < 2:
        return None
    wrong: dict[Expression, str] = {}
    for mistake in mistakes:
        wrong.setdefault(_simple(mistake.right), mistake.id)
    terms = terms_in(right)
    return [wrong.get(_simple(Add((*terms[:k], *terms[k + 1 :])))) for k in range(len(terms))]


def _simple(node: Expression) -> Expression:
    """Return a tree in which a sum of one term is that term."""
    node = rebuild(node, _simple)
    return node.terms[0] if isinstance(node, Add) and len(node.terms) == 1 else node


def _differ(some: list[Any], others: list[Any]) -> bool:
    pairs = [(one, other) for one, other in zip(some, others, strict=True) if one is not None]
    return any(np.abs(one - other).max(initial=0.0) > SAME for one, other in pairs)


def _in_place(symbol: Symbol, steps: int) -> Symbol:
    """Return what a trial found past its end, past the end of the real sequence."""
    assert symbol.step is not None
    return replace(symbol, step=bind(symbol, None, steps).step)  # type: ignore[attr-defined]  # a symbol


class _Trial:
    """Evaluates formulas of a cell on drawn numbers."""

    def __init__(self, shapes: Shapes, steps: int) -> None:
        self.shapes, self.steps = shapes, steps
        self.rng = np.random.default_rng(0)
        self.table: dict[Symbol, Any] = {}
        self.outside: dict[Symbol, None] = {}

    def values(self, equation: Equation, right: Expression) -> list[Any] | None:
        """Return what a right-hand side is worth at each step, None where it takes what is outside.

        None where that is so at every step, or where shapes do not fit.
        """
        known = self.shapes.quantities
        worth: list[Any] = []
        needed = self.shapes.shape(equation.left)
        for t in range(self.steps) if equation.left.step else (None,):
            formula = known.closed(bind(right, t, self.steps), self.steps)
            try:
                value = np.asarray(evaluate(formula, self._lookup))
            except _Outside:
                worth.append(None)
                continue
            except (ValueError, IndexError):  # shapes that do not fit; a Σ without a step
                return None
            size = int(np.prod(needed))
            if value.size != size or (value.ndim != len(needed) and size != 1):
                return None
            worth.append(value.reshape(needed))
        return None if all(value is None for value in worth) else worth

    def _lookup(self, symbol: Symbol) -> Any:
        return self.shapes.quantities.gather(symbol, self._whole)

    def _whole(self, symbol: Symbol) -> Any:
        known, step = self.shapes.quantities, symbol.step
        inside = known.is_inside(symbol, self.steps) if step else True
        initial = step is not None and step.offset == -1 and symbol.name in known.cell.carried
        if step is not None and not inside and not initial and not self._is_boundary(symbol):
            if not symbol.name.startswith(("d_", "delta_")) or symbol.name == "d_x":
                raise _Outside(symbol)
            if step.offset >= 0:
                symbol = replace(symbol, step=Step("T", step.offset - self.steps))
            self.outside[symbol] = None
            return np.zeros(self.shapes.shape(symbol))
        if symbol not in self.table:
            self.table[symbol] = self.rng.uniform(0.2, 0.8, self.shapes.shape(symbol))
        return self.table[symbol]

    def _is_boundary(self, symbol: Symbol) -> bool:
        known, step = self.shapes.quantities, symbol.step
        assert step is not None
        if symbol.name.startswith("delta_"):
            return symbol.name.removeprefix("delta_") in known.returning and step.offset == self.steps - 1
        return symbol.name in {known.boundary_of(name) for name in known.carried}
