"""Printed formulas, evaluated on random models; if one is wrong, which mistakes it may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

from gatewise.expression import Expression, Symbol, Transpose, bind, text, walk
from gatewise.teach.checker.judge.bind.statements import BoundDocument
from gatewise.teach.checker.judge.books.book import Values
from gatewise.teach.checker.judge.books.verdicts import Verdicts
from gatewise.teach.checker.judge.numbers.grids import normalized
from gatewise.teach.checker.judge.verdicts.formula_values import (
    is_general,
    names_T,
    same,
)
from gatewise.teach.checker.judge.verdicts.trials import FEW_STEPS, PrintedFormula, Trials
from gatewise.teach.checker.mistakes.catalogue import Mistake
from gatewise.teach.checker.read.reading import Side, terms_when_written_out
from gatewise.teach.checker.report import Finding

FEW_TERMS = 100  # that all sums within sums may have together
FEW_FORMULAS = 3  # so many that are wrong may be mistakes, even if they are most


class FormulaCheck:
    """Compares the formulas of a document with the equations."""

    def __init__(
        self,
        document: BoundDocument,
        verdicts: Verdicts,
        supposed: frozenset[int] = frozenset(),
        may_vary: bool = True,
    ) -> None:
        self.document = document
        self.may_vary = (
            may_vary  # whether another formula for what has a right one is a variant that is shown
        )
        self.supposed = supposed  # where formulas stand that hold under a supposition
        self.verdicts = verdicts
        self.sizes = document.sizes
        self.trials = Trials(document)
        self.of_the_document: set[Symbol] = set()
        self.mistaken: dict[Symbol, str] = {}  # what a general formula is a known mistake in, and which
        self.right: list[Side] = []
        self.printed = list(self._printed_formulas())

    @cached_property
    def last_index(self) -> bool:
        """Whether T is the last index here, not the number of steps: what makes more of the sums right."""
        sums = [f for f in self.printed if any(names_T(node) for node in walk(f.tree))]
        right = {last: sum(self._is_right(f, last) for f in sums) for last in (False, True)}
        return right[True] > right[False]

    def check(self) -> None:
        """Enter a finding for every formula that is wrong."""
        wrong: list[PrintedFormula] = []
        right_lefts: set[Symbol] = set()
        for formula in self.printed:
            if not self._is_right(formula, self.last_index) and not self._is_of_last_step(formula):
                wrong.append(formula)
                continue
            self.right.append(formula.side)
            if is_general(formula.left):
                self.verdicts.formulas += 1
                right_lefts.add(formula.left)
        self._check_other_lefts()
        doubted = len(wrong) >= FEW_FORMULAS and len(wrong) > len(self.right)
        for formula in wrong:
            variant = is_general(formula.left) and formula.left in right_lefts and self.may_vary
            self._report_wrong(formula, doubted or variant)

    def _is_of_last_step(self, formula: PrintedFormula) -> bool:
        """Return whether a formula is right at the last step, and the document goes back no further."""
        if self.sizes.T > 1 or formula.left.step is None or formula.left.step.base != "t":
            return False
        steps = FEW_STEPS
        t = steps - 1 - formula.left.step.offset
        values = []
        for tree in (formula.tree, self.trials.bound_to_step(formula, formula.equation.right)):
            try:
                values.append([model.work_out(bind(tree, t, steps)) for model in self.trials.models(steps)])
            except (ValueError, KeyError, IndexError):
                return False
        return same(*values)

    def _check_other_lefts(self) -> None:
        """Count formulas whose left side is no single quantity; of what is wrong nothing is said."""
        for claim in self.document.unbound:
            left = normalized(claim.left.tree)
            if (
                isinstance(left, (Symbol, Transpose))
                or not self._is_formula(left)
                or self.trials.is_fixed(left)
            ):
                continue
            first = next((node for node in walk(left) if isinstance(node, Symbol)), None)
            for side in claim.sides:
                tree = normalized(side.tree)
                if first is None or not self._is_formula(tree) or self.trials.is_fixed(tree):
                    continue
                formula = PrintedFormula(side, first, tree, self.sizes.quantities.equations[0])
                one, other = (
                    self.trials.values(formula, left, False, spec=True),
                    self.trials.values(formula, tree, False, spec=True),
                )
                self.verdicts.formulas += one is not None and other is not None and same(one, other)

    def _printed_formulas(self) -> Iterator[PrintedFormula]:
        for claim, left in self.document.general_formulas:
            equation = self.sizes.equation_of(left)
            for side in claim.sides if equation and claim.left.at.offset not in self.supposed else ():
                tree = normalized(side.tree)
                if self._is_formula(tree):
                    assert equation is not None
                    yield PrintedFormula(side, left, tree, equation)
        for statement in self.document.statements:
            equation = self.sizes.equation_of(statement.base)
            supposed = statement.claim.left.at.offset in self.supposed
            for side in statement.formulas if equation and not supposed else ():
                tree = normalized(side.tree)
                if self._is_formula(tree):
                    assert equation is not None
                    yield PrintedFormula(side, statement.left, tree, equation)

    def _is_formula(self, tree: Expression) -> bool:
        """Return whether only letters of the cell stand in it, and no nested sum that would take minutes."""
        symbols = [node for node in walk(tree) if isinstance(node, Symbol)]
        known = bool(symbols) and all(map(self.sizes.has_part, symbols))
        steps = max(self.sizes.T, FEW_STEPS)
        return known and terms_when_written_out(tree, steps) <= 2 * steps + FEW_TERMS

    def _report_wrong(self, formula: PrintedFormula, doubted: bool) -> None:
        """Report a formula that is not the equation.

        Where most formulas are not, or the document has the equation elsewhere, `doubted`, it is the reading
        that is wrong, or another cell that is shown, rather than they.
        """
        equation = formula.equation
        name = self.sizes.name(self.sizes.quantities.whole(formula.left))
        mistakes = sorted(
            self._mistakes(formula), key=lambda m: self.trials.bound_to_step(formula, m.right) != formula.tree
        )
        right = text(self.trials.bound_to_step(formula, equation.right))
        shown = formula.side.source or text(formula.tree)
        finding = Finding("wrong-formula", formula.side.at, name, shown, right, "{mistake}")
        if mistakes and not doubted:
            self.verdicts.wrong_formulas += is_general(formula.left)
            self.mistaken.setdefault(self._quantity_of(formula.left), mistakes[0].id)
            self.verdicts.add_suspicion(finding, mistakes)
        else:
            self.of_the_document.add(self._quantity_of(formula.left))
            message = (
                f"This is not equation {equation.id} as it is read here, {text(equation.left)} = "
                f"{text(equation.right)}, nor a known mistake in it: what it gives is taken as the "
                "document's own."
            )
            cause = f"formula {equation.id} {text(formula.tree)}"
            self.verdicts.add_finding(replace(finding, verdict="uncheckable", message=message), cause)

    def _quantity_of(self, left: Symbol) -> Symbol:
        """Return the whole quantity of a left side, at its step, or at any."""
        whole = self.sizes.quantities.whole(left)
        return replace(whole, step=None) if whole.step is not None and whole.step.base else whole

    def is_own(self, base: Symbol) -> bool:
        """Return whether the document works a quantity out by a formula of its own."""
        return base in self.of_the_document or (
            base.step is not None and replace(base, step=None) in self.of_the_document
        )

    def mistake_in(self, base: Symbol) -> str:
        """Return which known mistake the document's formula for a quantity has; "" if none."""
        whole = replace(base, step=None) if base.step is not None else base
        return self.mistaken.get(base) or self.mistaken.get(whole, "")

    def _mistakes(self, formula: PrintedFormula) -> Iterator[Mistake]:
        value = self.trials.values(formula, formula.tree, self.last_index)
        if value is None:
            for mistake in self.sizes.catalogue.neighbours(formula.equation):
                if self.trials.bound_to_step(formula, mistake.right) == formula.tree:
                    yield mistake
            return
        for mistake, other in self._values_of_neighbours(formula):
            if same(value, other):
                yield mistake

    def _values_of_neighbours(self, formula: PrintedFormula) -> list[tuple[Mistake, list[Values]]]:
        """Return what each formula one edit away gives; the same for every formula of one left side."""
        key = formula.left, self.trials.is_fixed(formula.tree)
        if key not in self._neighbour_values:
            found = []
            for mistake in self.sizes.catalogue.neighbours(formula.equation):
                other = self.trials.values(
                    formula, self.trials.bound_to_step(formula, mistake.right), False, spec=True
                )
                if other is not None:
                    found.append((mistake, other))
            self._neighbour_values[key] = found
        return self._neighbour_values[key]

    def _is_right(self, formula: PrintedFormula, last: bool) -> bool:
        value = self.trials.values(formula, formula.tree, last)
        if value is None:
            return False
        right = self.trials.values(
            formula, self.trials.bound_to_step(formula, formula.equation.right), False, spec=True
        )
        return right is not None and same(value, right)

    @cached_property
    def _neighbour_values(self) -> dict[tuple[Symbol, bool], list[tuple[Mistake, list[Values]]]]:
        return {}


__all__ = ["FormulaCheck"]
