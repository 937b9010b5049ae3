"""The formulas that a worked side may follow: the right one as it may be written, and mistaken ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from gatewise.cells.quantities import JOINED, SCALARS
from gatewise.expression import (
    Add,
    Call,
    Expression,
    Product,
    Sigma,
    Symbol,
    Transpose,
    factors_of,
    rebuild,
    walk,
)
from gatewise.teach.checker.judge.bind.statements import Statement
from gatewise.teach.checker.judge.books.case import Case, z_of
from gatewise.teach.checker.judge.numbers.grids import normalized
from gatewise.teach.checker.mistakes.catalogue import Mistake
from gatewise.teach.worksheet.work.entries import entry_of

INLINED = ("delta", "d_out", "d_state")  # what people put in without stating it first
Candidate = tuple[Mistake | None, Expression]  # which mistake it is, and the formula


def candidates_of(case: Case, statement: Statement) -> Iterator[Candidate]:
    """Yield the formulas that a worked side of a statement may follow, the likeliest first."""
    yield from _Candidates(case).of(statement)


class _Candidates:
    def __init__(self, case: Case) -> None:
        self.case = case

    def of(self, statement: Statement) -> Iterator[Candidate]:
        base, T = statement.base, self.case.sizes.T
        closed = self.case.sizes.quantities.closed
        if self.case.sizes.rule(base) is None:
            return
        for side in statement.formulas:  # the chain's own letters, where they are right
            if side in self.case.right_sides and not any(isinstance(node, Sigma) for node in walk(side.tree)):
                yield None, closed(normalized(side.tree), T)
        for expand in self._expansions(statement):
            yield None, closed(expand(self.case.rule(base)), T)
        of_z = self.case.rule(base)
        if base.name in self.case.sizes.cell.gates and isinstance(
            of_z, Call
        ):  # worked from its z: a = tanh(0.85)
            of_z = replace(of_z, argument=z_of(base))
            for expand in self._expansions(statement):
                yield None, expand(of_z)
        others = (self._inlined(self.case.rule(base)), self._by_gates(self.case.rule(base)))
        for other in (form for form in others if form is not None):
            for expand in self._expansions(statement):
                yield None, closed(expand(other), T)
        for mistake, formula in self.case.mistakes(base):
            forms = (self._with_its_own(base, formula), self._by_gates(formula), formula)
            for form in (form for form in forms if form is not None):
                for expand in self._expansions(statement):
                    yield mistake, closed(expand(form), T)

    def _with_its_own(self, base: Symbol, formula: Expression) -> Expression | None:
        """Return a formula of δ with the derivative by the gate in it, where the document has that."""
        own = self.case.own_derivative(base)
        inner = None if own is None or not self.case.is_printed(own) else self.case.sizes.rule(own)
        if own is None or inner is None or not isinstance(formula, Product):
            return None
        factors, parts = list(factors_of(formula)), factors_of(inner)
        if not all(part in factors for part in parts) or len(factors) == len(parts):
            return None
        for part in parts:
            factors.remove(part)
        return replace(formula, factors=(own, *factors))

    def _inlined(self, rule: Expression) -> Expression | None:
        """Return a rule with the rules of what the document never states put in: (out − label) for Δ."""
        changed = False

        def inline(node: Expression) -> Expression:
            nonlocal changed
            if isinstance(node, Symbol):
                whole = self.case.sizes.quantities.whole(node)
                inner = self.case.sizes.rule(whole) if whole == node and node.name in INLINED else None
                if inner is None or self.case.is_printed(whole):
                    return node
                changed = True
                return inner
            return rebuild(node, inline)

        made = inline(rule)
        return made if changed else None

    def _by_gates(self, rule: Expression) -> Expression | None:
        """Return Wᵀ · δgates as the sum over the gates that it is; None for another rule."""
        match rule:
            case Product("dot", (Transpose(Symbol() as weights), Symbol() as joined)) if (
                joined.name in JOINED
            ):
                gates = self.case.sizes.quantities.parts_of(weights.name)
                return Add(
                    tuple(
                        Product("dot", (Transpose(replace(weights, part=gate)), part))
                        for gate, part in zip(gates, self.case.sizes.quantities.made_of(joined), strict=True)
                    )
                )
        return None

    def _expansions(self, statement: Statement) -> list[Callable[[Expression], Expression]]:
        """Return the ways to write a formula: as it is, for one gate, and for a single entry in scalars."""
        if statement.base.name in SCALARS or statement.base.name.startswith("carried"):
            return [lambda node: node]
        whole = statement.places.size == int(np.prod(self.case.sizes.shape(statement.base), dtype=int))
        result: list[Callable[[Expression], Expression]] = [lambda node: node] if whole else []
        if not whole and statement.left.part and not statement.left.entry:
            part = statement.left.part
            result.append(lambda node: self._part_of(node, part))
        if statement.places.size == 1:
            shape = self.case.sizes.shape(statement.base)
            entry = tuple(int(k) for k in np.unravel_index(int(statement.places.ravel()[0]), shape))
            shapes = self.case.sizes.shapes
            result.append(lambda node: entry_of(node, entry, shapes))
            result.append(lambda node: entry_of(node, entry, shapes, True))
        return result

    def _part_of(self, node: Expression, part: str) -> Expression:
        """Return a stacked equation for one gate's rows: δW_a = Σ δa_t ⊗ x_t."""
        if isinstance(node, Symbol):
            if node.name == "d_gates":
                return replace(node, name=f"d_{part}")
            return (
                replace(node, part=part) if part in self.case.sizes.quantities.parts_of(node.name) else node
            )
        return rebuild(node, lambda child: self._part_of(child, part))
