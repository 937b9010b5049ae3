"""Formulas worked on random models: what a printed one gives, and what an equation gives beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gatewise.cells.beside.losses import MEAN
from gatewise.cells.equation import Equation
from gatewise.cells.quantities import at, bound_right
from gatewise.expression import Expression, Number, Sigma, Symbol, bind, walk
from gatewise.teach.checker.judge.bind.statements import BoundDocument
from gatewise.teach.checker.judge.books.book import Book, Values
from gatewise.teach.checker.judge.verdicts.formula_values import (
    is_of_step,
    names_steps,
    part_of_left,
    random_model,
    with_shifted_steps,
)
from gatewise.teach.checker.read.reading import Side

MODELS = 2
FEW_STEPS = 4  # a formula for every t is tried in the middle of a sequence of so many


@dataclass(frozen=True)
class PrintedFormula:
    """A formula for `left`, bound to no step or to one, as it stands on a side."""

    side: Side
    left: Symbol
    tree: Expression
    equation: Equation


class Trials:
    """The formulas of a document, worked on a few random models."""

    def __init__(self, document: BoundDocument) -> None:
        self.document, self.sizes = document, document.sizes

    def is_fixed(self, tree: Expression) -> bool:
        """Return whether a formula speaks of the document's steps: it names them or divides by them."""
        of_total = self.sizes.loss.startswith(MEAN) and any(isinstance(node, Sigma) for node in walk(tree))
        count = str(self.sizes.T)
        divides = any(isinstance(node, Number) and node.text == count for node in walk(tree))
        return names_steps(tree) or (of_total and divides)

    def bound_to_step(self, formula: PrintedFormula, right: Expression) -> Expression:
        """Return a right-hand side of the formula's equation, bound to the step of the formula."""
        right = self.sizes.of_biases(right)
        left, own = formula.left, formula.equation.left
        t, T = None, self.sizes.T if self.is_fixed(formula.tree) else None
        if left.step is not None and own.step is not None:
            offset = left.step.offset - own.step.offset
            if left.step.base:
                shifted = with_shifted_steps(right, offset)
                return bound_right(shifted, None, None, pre_activation=left.name == "z")
            t = offset
        return bound_right(right, t, T, pre_activation=left.name == "z")

    def values(
        self,
        formula: PrintedFormula,
        tree: Expression,
        last: bool,
        spec: bool = False,
        special: Callable[[Book, int], None] | None = None,
    ) -> list[Values] | None:
        """Return what a formula gives on each model; None if it does not work out.

        `special` enters into a model what is so at a step in the case that the formula is stated for.
        """
        left = formula.left.step
        free = bool(left.base) if left is not None else is_of_step(formula.tree)
        steps = self.sizes.T if self.is_fixed(formula.tree) else FEW_STEPS
        bound = bind(tree, steps // 2 if free else None, steps - 1 if last and not spec else steps)
        part = formula.left
        values = []
        for model in self.models(steps):
            if special is not None:
                model = model.copy()
                model.keep({symbol for symbol in model.values if self.sizes.rule(symbol) is None})
                offset = left.offset if left is not None else 0
                special(model, offset + (steps // 2 if free else 0))
            try:
                with np.errstate(all="ignore"):
                    value = model.work_out(bound)
            except (ValueError, KeyError, IndexError):
                return None
            if spec and self.sizes.has(part.name):
                value = part_of_left(value, part, self.sizes)
            values.append(value)
        return values

    def models(self, steps: int) -> list[Book]:
        if steps not in self._random_models:
            rng = np.random.default_rng(steps)
            sizes = replace(self.sizes, T=steps)
            models = [random_model(sizes, rng) for _ in range(MODELS)]
            for t in range(steps) if self.labelled and steps == self.sizes.T else ():
                if t not in self.labelled:  # the loss is of the steps that have labels
                    for model in models:
                        model.enter(at("label", t), np.full(sizes.shape(at("label", t)), np.nan))
            self._random_models[steps] = models
        return self._random_models[steps]

    @cached_property
    def labelled(self) -> set[int]:
        """The steps of which the document gives a label."""
        lefts = (statement.base for statement in self.document.statements)
        return {left.step.offset for left in lefts if left.name == "label" and left.step is not None}

    @cached_property
    def _random_models(self) -> dict[int, list[Book]]:
        return {}
