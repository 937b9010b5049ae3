"""Printed formulas, evaluated on random models; if one is wrong, which mistakes it may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gatewise.cells.equation import Equation
from gatewise.cells.quantities import at, bound_right
from gatewise.expression import Expression, Sigma, Symbol, bind, rebuild, text, walk
from gatewise.teach.checker.judge.bind.statements import BoundDocument
from gatewise.teach.checker.judge.books.book import Book, Values
from gatewise.teach.checker.judge.books.verdicts import Verdicts
from gatewise.teach.checker.judge.numbers.grids import normalized
from gatewise.teach.checker.judge.numbers.sizes import KNOWN, Sizes, equation_of
from gatewise.teach.checker.mistakes.catalogue import Mistake, neighbours
from gatewise.teach.checker.read.reading import Side, terms_when_written_out
from gatewise.teach.checker.report import Finding

SAME = (
    1e-9  # relative: beyond it two formulas are not the same; float64 noise is far below, accidents far above
)
MODELS = 2
FEW_TERMS = 100  # that all sums within sums may have together
FEW_STEPS = 4  # a formula for every t is tried in the middle of a sequence of so many


@dataclass(frozen=True)
class PrintedFormula:
    """A formula for `left`, bound to no step or to one, as it stands on a side."""

    side: Side
    left: Symbol
    tree: Expression
    equation: Equation


class FormulaCheck:
    """Compares the formulas of a document with the equations."""

    def __init__(self, document: BoundDocument, verdicts: Verdicts) -> None:
        self.document = document
        self.verdicts = verdicts
        self.sizes = document.sizes
        self.printed = list(self._printed_formulas())

    @cached_property
    def last_index(self) -> bool:
        """Whether T is the last index here, not the number of steps: what makes more of the sums right."""
        sums = [f for f in self.printed if any(_names_T(node) for node in walk(f.tree))]
        right = {last: sum(self._is_right(f, last) for f in sums) for last in (False, True)}
        return right[True] > right[False]

    def check(self) -> None:
        """Enter a finding for every formula that is wrong."""
        for formula in self.printed:
            if not self._is_right(formula, self.last_index):
                self._report_wrong(formula)

    def _printed_formulas(self) -> Iterator[PrintedFormula]:
        for claim, left in self.document.general_formulas:
            equation = equation_of(left)
            for side in claim.sides if equation else ():
                tree = normalized(side.tree)
                if self._is_formula(tree):
                    assert equation is not None
                    yield PrintedFormula(side, left, tree, equation)
        for statement in self.document.statements:
            equation = equation_of(statement.base)
            for side in statement.formulas if equation else ():
                tree = normalized(side.tree)
                if self._is_formula(tree):
                    assert equation is not None
                    yield PrintedFormula(side, statement.left, tree, equation)

    def _is_formula(self, tree: Expression) -> bool:
        """Return whether only letters of the LSTM stand in it, and no nested sum that would take minutes."""
        symbols = [node for node in walk(tree) if isinstance(node, Symbol)]
        known = bool(symbols) and all(node.name in KNOWN for node in symbols)
        steps = max(self.sizes.T, FEW_STEPS)
        return known and terms_when_written_out(tree, steps) <= 2 * steps + FEW_TERMS

    def _report_wrong(self, formula: PrintedFormula) -> None:
        equation = formula.equation
        name = self.sizes.name(self.sizes.quantities.whole(formula.left))
        mistakes = sorted(
            self._mistakes(formula), key=lambda m: self._bound_to_step(formula, m.right) != formula.tree
        )
        right = text(self._bound_to_step(formula, equation.right))
        shown = formula.side.source or text(formula.tree)
        finding = Finding("wrong-formula", formula.side.at, name, shown, right, "{mistake}")
        if mistakes:
            self.verdicts.add_suspicion(finding, mistakes)
        else:
            message = f"This is not equation {equation.id}, {text(equation.left)} = {text(equation.right)}."
            cause = f"formula {equation.id} {text(formula.tree)}"
            self.verdicts.add_finding(replace(finding, message=message), cause)

    def _mistakes(self, formula: PrintedFormula) -> Iterator[Mistake]:
        value = self._values(formula, formula.tree, self.last_index)
        if value is None:
            for mistake in neighbours(formula.equation):
                if self._bound_to_step(formula, mistake.right) == formula.tree:
                    yield mistake
            return
        for mistake, other in self._values_of_neighbours(formula):
            if _same(value, other):
                yield mistake

    def _values_of_neighbours(self, formula: PrintedFormula) -> list[tuple[Mistake, list[Values]]]:
        """Return what each formula one edit away gives; the same for every formula of one left side."""
        key = formula.left, _is_fixed(formula.tree)
        if key not in self._neighbour_values:
            found = []
            for mistake in neighbours(formula.equation):
                other = self._values(formula, self._bound_to_step(formula, mistake.right), False, spec=True)
                if other is not None:
                    found.append((mistake, other))
            self._neighbour_values[key] = found
        return self._neighbour_values[key]

    def _is_right(self, formula: PrintedFormula, last: bool) -> bool:
        value = self._values(formula, formula.tree, last)
        if value is None:
            return False
        right = self._values(formula, self._bound_to_step(formula, formula.equation.right), False, spec=True)
        return right is not None and _same(value, right)

    def _bound_to_step(self, formula: PrintedFormula, right: Expression) -> Expression:
        """Return a right-hand side of the formula's equation, bound to the step of the formula."""
        right = self.sizes.of_biases(right)
        left, own = formula.left, formula.equation.left
        t, T = None, self.sizes.T if _is_fixed(formula.tree) else None
        if left.step is not None and own.step is not None:
            offset = left.step.offset - own.step.offset
            if left.step.base:
                shifted = _with_shifted_steps(right, offset)
                return bound_right(shifted, None, None, pre_activation=left.name == "z")
            t = offset
        return bound_right(right, t, T, pre_activation=left.name == "z")

    def _values(
        self, formula: PrintedFormula, tree: Expression, last: bool, spec: bool = False
    ) -> list[Values] | None:
        """Return what a formula gives on each model; None if it does not work out."""
        free = formula.left.step is not None and bool(formula.left.step.base)
        steps = self.sizes.T if _is_fixed(formula.tree) else FEW_STEPS
        bound = bind(tree, steps // 2 if free else None, steps - 1 if last and not spec else steps)
        part = formula.left
        values = []
        for model in self._models(steps):
            try:
                with np.errstate(all="ignore"):
                    value = model.work_out(bound)
            except (ValueError, KeyError, IndexError):
                return None
            if spec:
                value = _part_of_left(value, part, self.sizes)
            values.append(value)
        return values

    def _models(self, steps: int) -> list[Book]:
        if steps not in self._random_models:
            rng = np.random.default_rng(steps)
            sizes = replace(self.sizes, T=steps)
            self._random_models[steps] = [_random_model(sizes, rng) for _ in range(MODELS)]
        return self._random_models[steps]

    @cached_property
    def _neighbour_values(self) -> dict[tuple[Symbol, bool], list[tuple[Mistake, list[Values]]]]:
        return {}

    @cached_property
    def _random_models(self) -> dict[int, list[Book]]:
        return {}


def _random_model(sizes: Sizes, rng: np.random.Generator) -> Book:
    book = Book(sizes)
    for name in sizes.quantities.given:
        if name in ("x", "label"):
            for t in range(sizes.T):
                symbol = at(name, t)
                book.enter(symbol, rng.uniform(-1, 1, sizes.shape(symbol)))
        else:
            book.enter(Symbol(name), rng.uniform(-1, 1, sizes.shape(Symbol(name))))
    return book


def _part_of_left(value: Values, left: Symbol, sizes: Sizes) -> Values:
    """Return the part of a whole quantity that the left side stands for."""
    _, places = sizes.cells(left)
    whole_size = int(np.prod(sizes.shape(sizes.quantities.whole(left)), dtype=int))
    flat = np.ravel(value)
    return flat[places] if flat.size == whole_size and places.size != whole_size else value


def _same(one: list[Values], other: list[Values]) -> bool:
    for first, second in zip(one, other, strict=True):
        a, b = np.ravel(first), np.ravel(second)
        if a.size != b.size or not np.all(np.isfinite(a)):
            return False
        scale = max(float(np.max(np.abs(b), initial=0.0)), 1e-12)
        if np.max(np.abs(a - b), initial=0.0) > SAME * scale:
            return False
    return True


def _is_fixed(tree: Expression) -> bool:
    """Return whether numbers stand for steps in it, so that it speaks of a sequence of T steps."""
    return any(
        (isinstance(node, Symbol) and node.step is not None and not node.step.base)
        or (isinstance(node, Sigma) and not node.high.base)
        for node in walk(tree)
    )


def _names_T(node: Expression) -> bool:
    return isinstance(node, Sigma) and "T" in (node.low.base, node.high.base)


def _with_shifted_steps(node: Expression, offset: int) -> Expression:
    """Return the tree with every free t moved on by `offset`."""
    if not offset:
        return node
    if isinstance(node, Symbol):
        return node.shifted(offset) if node.step and node.step.base == "t" else node
    if isinstance(node, Sigma):
        return node
    return rebuild(node, lambda child: _with_shifted_steps(child, offset))


__all__ = ["FormulaCheck"]
