"""Formulas that are no equation of the cell, and right for the case that they are stated for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np

from gatewise.cells.beside.losses import AT_LAST, GIVEN
from gatewise.cells.cell import Cell
from gatewise.cells.quantities import at
from gatewise.cells.ways import at_t
from gatewise.expression import Expression, Sigma, Symbol, bind, walk, with_symbols
from gatewise.teach.checker.judge.arithmetic import stated_cases
from gatewise.teach.checker.judge.books.book import Book, Values
from gatewise.teach.checker.judge.numbers.grids import grid_of, normalized
from gatewise.teach.checker.judge.verdicts.formula_values import (
    is_general,
    is_of_step,
    names_later_step,
    same,
)
from gatewise.teach.checker.judge.verdicts.trials import FEW_STEPS, PrintedFormula, Trials
from gatewise.teach.checker.mistakes.catalogue import Mistake

Special = Callable[[Book, int], None]


def _lacks_a_path(id: str) -> bool:
    """Return whether a mistake is a term left out, a path of the loss, and no factor."""
    slug = id.partition("/without-")[2]
    return "*" in slug or "_next" in slug or "delta_out" in slug


class SpecialCases:
    """Says whether a formula is right at the last step or the first, of one step, or with what is given."""

    def __init__(self, trials: Trials, text: str) -> None:
        self.trials, self.sizes, self.text = trials, trials.sizes, text

    def is_right(self, formula: PrintedFormula) -> bool:
        """Return whether a formula is right in the case that it is stated for."""
        return (
            self._is_of_last_step(formula)
            or self._is_of_first_step(formula)
            or (self.sizes.T == 1 and self.is_part_of_step(formula))
            or self._holds_with_givens(formula)
            or self._is_carried_back(formula)
            or self._goes_through_one_weight(formula)
        )

    def _is_carried_back(self, formula: PrintedFormula) -> bool:
        """Return whether ∂L/∂h_{t−1} is what comes back to it, where no loss is known at that step."""
        if formula.left.name != "d_out" or self.sizes.loss not in (GIVEN, *AT_LAST):
            return False
        only = replace(formula, equation=replace(formula.equation, right=at_t("delta_out")))
        return self._is_right(only)

    def _goes_through_one_weight(self, formula: PrintedFormula) -> bool:
        """Return whether W stands for U, in a document that has W alone: one on [h, x]."""
        if formula.equation.phase != "backward" or any(s.name == "U" for s in self._symbols):
            return False

        tree = with_symbols(formula.tree, lambda s: replace(s, name="U") if s.name == "W" else s)
        other = replace(formula, tree=tree)
        return other.tree != formula.tree and self._is_right(other)

    @cached_property
    def _symbols(self) -> set[Symbol]:
        return set(self.trials.document.reading.symbols)

    def is_part_of_step(self, formula: PrintedFormula) -> bool:
        """Return whether a formula of a gradient is what a single step adds to it."""
        part = part_of_step(formula)
        return part is not None and self._is_right(part)

    def leaves_path_out(self, formula: PrintedFormula, mistakes: Iterable[Mistake]) -> bool:
        """Return whether all that a formula lacks is a term that the document says it leaves out."""
        at = formula.side.at
        if formula.equation.phase != "backward":
            return False
        if not stated_cases.path_left_out(self.text, at.offset, at.offset + at.length):
            return False
        return any(_lacks_a_path(mistake.id) for mistake in mistakes)

    def mistakes(self, formula: PrintedFormula) -> Iterator[Mistake]:
        """Yield the mistakes of a formula that is one of the last step, or of what one step adds."""
        part = part_of_step(formula)
        if part is not None:
            value = self.trials.values(part, part.tree, False)
            for mistake in self.sizes.catalogue.neighbours(part.equation) if value else ():
                other = self.trials.values(part, self.trials.bound_to_step(part, mistake.right), False, True)
                if value is not None and other is not None and same(value, other):
                    yield mistake
        if self._may_be_of_last_step(formula):
            value = self._at_last_step(formula, formula.tree)
            for mistake in self.sizes.catalogue.of(formula.equation) if value else ():
                other = self._at_last_step(formula, self.trials.bound_to_step(formula, mistake.right))
                if value is not None and other is not None and same(value, other):
                    yield mistake

    def _is_right(self, formula: PrintedFormula, special: Special | None = None) -> bool:
        value = self.trials.values(formula, formula.tree, False, special=special)
        right = self.trials.bound_to_step(formula, formula.equation.right)
        other = self.trials.values(formula, right, False, True, special)
        return value is not None and other is not None and same(value, other)

    # The last step, and the first -------------------------------------------------------------------------

    def _may_be_of_last_step(self, formula: PrintedFormula) -> bool:
        """Return whether a document goes back no further than one step, and a formula names none after it."""
        step = formula.left.step
        of_any = self.sizes.T == 1 and step is not None and step.base == "t"
        return of_any and names_later_step(formula.equation.right) and not names_later_step(formula.tree)

    def _is_of_last_step(self, formula: PrintedFormula) -> bool:
        if not self._may_be_of_last_step(formula):
            return False
        right = self.trials.bound_to_step(formula, formula.equation.right)
        values = [self._at_last_step(formula, tree) for tree in (formula.tree, right)]
        return values[0] is not None and values[1] is not None and same(values[0], values[1])

    def _at_last_step(self, formula: PrintedFormula, tree: Expression) -> list[Values] | None:
        assert formula.left.step is not None
        t = FEW_STEPS - 1 - formula.left.step.offset
        try:
            return [model.work_out(bind(tree, t, FEW_STEPS)) for model in self.trials.models(FEW_STEPS)]
        except (ValueError, KeyError, IndexError):
            return None

    def _is_of_first_step(self, formula: PrintedFormula) -> bool:
        """Return whether a formula is right where nothing was before, and words near it say so."""
        place, left = formula.side.at, formula.left.step
        if formula.equation.phase != "forward" or left is None or not left.base:
            return False
        if not stated_cases.nothing_before(self.text, place.offset, place.offset + place.length):
            return False

        def nothing_before(model: Book, t: int) -> None:
            for name in self.sizes.cell.carried:
                before = at(name, t - 1)
                model.enter(before, np.zeros(self.sizes.shape(before)))

        return self._is_right(formula, special=nothing_before)

    # What is given ----------------------------------------------------------------------------------------

    def _holds_with_givens(self, formula: PrintedFormula) -> bool:
        """Return whether a formula of a step is right with the values 0 and 1 that the document gives."""
        if is_general(formula.left) or not self._plain_values:
            return False

        present = {node.name for node in walk(formula.tree) if isinstance(node, Symbol)}
        absent = {symbol: value for symbol, value in self._plain_values.items() if symbol.name not in present}

        def given(model: Book, _t: int) -> None:
            for symbol, value in absent.items():
                model.enter(symbol, np.full(self.sizes.shape(symbol), value))

        return self._is_right(formula, special=given)

    @cached_property
    def _plain_values(self) -> dict[Symbol, float]:
        """What the document says is 0, or 1, without any work."""
        found: dict[Symbol, float] = {}
        for statement in self.trials.document.statements:
            sides = statement.claim.sides
            grid = grid_of(normalized(sides[0].tree)) if len(sides) == 1 else None
            values = {number.value for row in grid or () for number in row}
            if len(values) == 1 and values <= {0.0, 1.0} and statement.left == statement.base:
                found.setdefault(statement.base, values.pop())
        return found


def part_of_step(formula: PrintedFormula) -> PrintedFormula | None:
    """Return a formula of a sum over the steps, that has none, as one of what a single step adds."""
    equation = formula.equation
    if formula.left.step is not None or not isinstance(equation.right, Sigma) or not is_of_step(formula.tree):
        return None
    return replace(formula, equation=replace(equation, right=equation.right.body))


def written_out(formula: PrintedFormula, cell: Cell) -> PrintedFormula | None:
    """Return a formula of an equation with what only this one needs written out, as r ⊙ h in a GRU.

    None if there is nothing; and for a network without gates, whose function and terms are as its author
    likes.
    """
    inner = {e.left: e.right for e in cell.forward if e.left.name not in (*cell.gates, *cell.carried)}
    if not cell.gates or formula.equation.phase != "forward":
        return None

    right = with_symbols(formula.equation.right, lambda symbol: inner.get(symbol, symbol))
    if right == formula.equation.right:
        return None
    return replace(formula, equation=replace(formula.equation, right=right))
