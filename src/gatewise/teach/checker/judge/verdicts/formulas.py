"""Printed formulas, evaluated on random models; if one is wrong, which mistakes it may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

from gatewise.cells.beside.by_gate import PREFIX
from gatewise.cells.beside.losses import HALF_MEAN, MEAN
from gatewise.expression import Expression, Symbol, Transpose, text, walk
from gatewise.teach.checker.judge.bind.statements import BoundDocument
from gatewise.teach.checker.judge.books.book import Values
from gatewise.teach.checker.judge.books.verdicts import Verdicts
from gatewise.teach.checker.judge.numbers.grids import normalized
from gatewise.teach.checker.judge.reading.cell.letters import OTHER
from gatewise.teach.checker.judge.verdicts.formula_values import (
    before_activation,
    is_general,
    names_T,
    same,
    with_counts,
)
from gatewise.teach.checker.judge.verdicts.special_cases import SpecialCases, written_out
from gatewise.teach.checker.judge.verdicts.trials import FEW_STEPS, PrintedFormula, Trials
from gatewise.teach.checker.mistakes.catalogue import OF_LOSS, Mistake
from gatewise.teach.checker.read.reading import Place, Side, terms_when_written_out
from gatewise.teach.checker.report import Finding

FEW_TERMS = 100  # that all sums within sums may have together
OTHERS = (OTHER, f"d_{OTHER}")  # what is none of the cell's
MEANS = (MEAN, HALF_MEAN)  # over the steps, whose number stands as T or n
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
        self.cases = SpecialCases(self.trials, document.reading.text)
        self.by_gate = False  # whether a formula says what the derivative by a gate itself is
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
        counted: set[Place] = set()  # one of W on [h, x] is two here
        for formula in self.printed:
            if is_general(formula.left) and formula.equation.phase == "forward":
                self.verdicts.by_formula.add(formula.left.name)
            if not self._is_right(formula, self.last_index) and not self.cases.is_right(formula):
                wrong.append(formula)
                continue
            self.right.append(formula.side)
            self.by_gate |= formula.left.name.startswith(PREFIX)
            if is_general(formula.left):
                self.verdicts.formulas += formula.side.at not in counted
                counted.add(formula.side.at)
                right_lefts.add(formula.left)
        self._check_other_lefts()
        kinds = {(formula.left.name, formula.tree) for formula in wrong}
        doubted = len(kinds) >= FEW_FORMULAS and len(kinds) > len(self.right)
        for formula in wrong:
            if self.cases.is_part_of_step(formula) or self._leaves_path_out(formula):
                self._report_wrong(formula, True)
                continue
            variant = is_general(formula.left) and formula.left in right_lefts and self.may_vary
            named_wrong = variant and self._of_another_gate(formula) is not None
            self._report_wrong(formula, doubted or (variant and not named_wrong))

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
        claims = [(claim, left, left, claim.sides) for claim, left in self.document.general_formulas]
        claims += [(s.claim, s.left, s.base, tuple(s.formulas)) for s in self.document.statements]
        for claim, left, base, sides in claims:
            equation = self.sizes.equation_of(base)
            for side in sides if equation and claim.left.at.offset not in self.supposed else ():
                assert equation is not None
                tree = normalized(side.tree)
                if equation.id in OF_LOSS and self.sizes.loss in MEANS:
                    tree = with_counts(tree)
                if self._is_formula(tree):
                    yield PrintedFormula(side, left, tree, equation)
                elif any(isinstance(node, Symbol) and node.name in OTHERS for node in walk(tree)):
                    self.of_the_document.add(self._quantity_of(left))

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

    def _leaves_path_out(self, formula: PrintedFormula) -> bool:
        return self.cases.leaves_path_out(formula, self._mistakes(formula))

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
        for each in (formula, written_out(formula, self.sizes.cell)):
            for mistake, other in self._values_of_neighbours(each) if each is not None else ():
                if same(value, other):
                    yield mistake
        yield from self.cases.mistakes(formula)
        if (another := self._of_another_gate(formula)) is not None:
            yield another
        if self.by_gate and (without := self._without_slope(formula)) is not None:
            yield without

    def _of_another_gate(self, formula: PrintedFormula) -> Mistake | None:
        """Return the mistake of a formula that is right for another gate: σ(W_o x_t + …) is not i_t."""
        others = list(self.sizes.catalogue.of_another_gate(formula.equation))
        value = self.trials.values(formula, formula.tree, False) if others else None
        for mistake in others if value is not None else ():
            right = self.trials.bound_to_step(formula, mistake.right)
            other = self.trials.values(formula, right, False, spec=True)
            if value is not None and other is not None and same(value, other):
                return mistake
        return None

    def _without_slope(self, formula: PrintedFormula) -> Mistake | None:
        """Return the mistake of a formula that is right but for slopes: ∂L/∂i_t stands for δi_t in it."""
        tree = before_activation(formula.tree)
        if tree == formula.tree or formula.left.name.startswith(PREFIX):
            return None
        right = PrintedFormula(formula.side, formula.left, tree, formula.equation)
        if not self._is_right(right, self.last_index) and not self.cases.is_part_of_step(right):
            return None
        return self.sizes.catalogue.without_slope(formula.equation)

    def _values_of_neighbours(self, formula: PrintedFormula) -> list[tuple[Mistake, list[Values]]]:
        """Return what each formula one edit away gives; the same for every formula of one left side."""
        key = formula.left, formula.equation.right, self.trials.is_fixed(formula.tree)
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
    def _neighbour_values(self) -> dict[tuple[Symbol, Expression, bool], list[tuple[Mistake, list[Values]]]]:
        return {}


__all__ = ["FormulaCheck"]
