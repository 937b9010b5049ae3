"""One update step: its statements, the formulas that its sides were aligned with, and four books.

`true` carries full precision from what is given; `used` has what the work goes on with, mistakes included;
`sound` what it would go on with, had no mistake been made. `rounded` works from exact values rounded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from gatewise.cells.beside.by_gate import PREFIX, after_it
from gatewise.cells.quantities import bound_right
from gatewise.expression import Expression, Symbol, bind, evaluate
from gatewise.teach.checker.judge.bind.statements import Statement
from gatewise.teach.checker.judge.books.aligned_side import AlignedSide
from gatewise.teach.checker.judge.books.book import Book, Values
from gatewise.teach.checker.judge.books.verdicts import Verdicts
from gatewise.teach.checker.judge.numbers.printed import PrintedStyle, WrittenNumber
from gatewise.teach.checker.judge.numbers.sizes import Sizes
from gatewise.teach.checker.mistakes.catalogue import Mistake
from gatewise.teach.checker.read.reading import Side

Cell = tuple[Symbol, int]


def z_of(gate: Symbol) -> Symbol:
    """Return what a gate is the function of, as a quantity of its own."""
    return Symbol("z", part=gate.name, step=gate.step)


@dataclass
class Case:
    """One update step."""

    sizes: Sizes
    style: PrintedStyle
    statements: list[Statement]
    verdicts: Verdicts
    true: Book
    used: Book
    sound: Book
    rounded: Book
    by_base: dict[Symbol, list[Statement]] = field(default_factory=lambda: defaultdict(list))
    printed: dict[Cell, list[WrittenNumber]] = field(default_factory=lambda: defaultdict(list))
    operands: dict[Cell, list[tuple[WrittenNumber, AlignedSide]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    aligned_sides: dict[int, list[AlignedSide]] = field(default_factory=dict)  # by id of the statement
    consumers: dict[Symbol, list[Symbol]] = field(default_factory=lambda: defaultdict(list))
    adopted: set[Cell] = field(default_factory=set)  # givens that are only put in, never stated
    right_sides: Collection[Side] = ()  # symbolic sides that are the equation, in the document's own order
    own: Callable[[Symbol], bool] = lambda _: False  # whether the document has a formula of its own for it
    mistake_in: Callable[[Symbol], str] = lambda _: ""  # which mistake the document's formula for it has
    candidates: dict[Symbol, list[tuple[Mistake | None, Expression]]] = field(
        default_factory=dict
    )  # aligning.py
    tries: int = 0  # formulas that sides were compared with

    def __post_init__(self) -> None:
        for statement in self.statements:
            self.by_base[statement.base].append(statement)
            for number, place in statement.results:
                self.printed[self.cell(statement.base, place)].append(number)
        for symbol in self.order():
            for used in set(self.operands_of(symbol)):
                self.consumers[used].append(symbol)

    def order(self) -> Iterator[Symbol]:
        """Yield every derived quantity in the order of work."""
        return self.sizes.quantities.derived_quantities(self.sizes.T)

    def rule(self, symbol: Symbol) -> Expression:
        """Return the bound right-hand side of a derived quantity."""
        formula = self._after_its_own(symbol) or self.sizes.rule(symbol)
        assert formula is not None
        return formula

    def _after_its_own(self, symbol: Symbol) -> Expression | None:
        """Return δ of a gate from the derivative by the gate itself, where the document has written that."""
        own = self.own_derivative(symbol)
        if own is None or own.step is None or not self.is_printed(own):
            return None
        formula = after_it(self.sizes.cell, symbol.name.removeprefix("d_"))
        return bind(formula, own.step.offset, self.sizes.T)

    def own_derivative(self, symbol: Symbol) -> Symbol | None:
        """Return the derivative by a gate itself of a δ before its activation; None for another quantity."""
        gate = symbol.name.removeprefix("d_")
        own = replace(symbol, name=f"{PREFIX}{gate}")
        stepped = gate != symbol.name and symbol.step is not None
        return own if stepped and own.name in self.sizes.quantities.by_gate else None

    def operands_of(self, symbol: Symbol) -> Iterator[Symbol]:
        """Yield the whole quantities that a derived quantity is worked out from."""
        return self.sizes.quantities.operands_of(self.rule(symbol))

    def is_printed(self, base: Symbol) -> bool:
        """Return whether any entry of a quantity is stated."""
        return bool(self.by_base.get(base)) or (base, 0) in self.printed

    def stated_z(self, base: Symbol) -> Symbol | None:
        """Return what a gate is the function of, z, where the document states it; None for all else."""
        z = z_of(base)
        return z if base.name in self.sizes.cell.gates and self.is_printed(z) else None

    def cell(self, base: Symbol, place: int) -> Cell:
        return self.sizes.parts_of(base, place)

    def name(self, base: Symbol, place: int | None = None) -> str:
        return self.sizes.name(base, place)

    def mistakes(self, base: Symbol) -> Iterator[tuple[Mistake, Expression]]:
        """Yield the wrong formulas of the catalogue for a quantity, bound to its step."""
        equation = self.sizes.equation_of(base)
        assert equation is not None
        t = base.step.offset if base.step else None
        if t is not None and equation.left.step is not None:  # that of Δout_{t-1} is bound to step t
            t -= equation.left.step.offset
        mistakes = self.sizes.catalogue.of(equation)
        rights = [(mistake, self.sizes.of_biases(mistake.right)) for mistake in mistakes]
        bound = [
            (mistake, bound_right(right, t, self.sizes.T, pre_activation=base.name == "z"))
            for mistake, right in rights
        ]
        yield from sorted(bound, key=lambda entry: self._reaches_outside(entry[1]))

    def _reaches_outside(self, formula: Expression) -> bool:
        """Return whether a formula takes an input or a label that there is not: the last thing to suppose."""
        operands = self.sizes.quantities.operands_of(formula)
        steps = [symbol.step for symbol in operands if symbol.name in ("x", "label")]
        return any(step is not None and not 0 <= step.offset < self.sizes.T for step in steps)

    def work_out(self, base: Symbol, formula: Expression, book: Book) -> Values | None:
        """Return a formula's value in the shape of `base`, flat; None if it does not fit."""
        try:
            value = book.work_out(formula)
        except (ValueError, KeyError, IndexError):
            return None
        shape = self.sizes.shape(base)
        try:
            return np.ravel(
                np.broadcast_to(value, shape) if value.ndim < len(shape) else value.reshape(shape)
            )
        except ValueError:
            return None

    def open_books(self) -> None:
        """Begin the books of what was worked with, from what is given."""
        half = self.style.unit / 2
        self.used, self.sound, self.rounded = self.true.copy(half), self.true.copy(half), self.true.copy()
        for (base, place), numbers in self.printed.items():
            number = numbers[0] if numbers else None
            if number is not None and base in self.true.values and number.unit <= self.style.unit:
                self.treat_as_rounded(base, place, number.unit / 2)

    def treat_as_rounded(self, base: Symbol, place: int, radius: float) -> None:
        """Let a given that is printed with all the digits of the document be a rounded number."""
        for book in (self.used, self.sound):
            radii = np.array(book.radius(base)).ravel()
            radii[place] = radius
            book.enter(base, book(base), radii.reshape(self.sizes.shape(base)))

    def replace_given(self, base: Symbol, place: int, value: float) -> None:
        """Take another number for a given, and forget what followed from the old one."""
        given = {symbol for symbol in self.true.values if self.sizes.rule(symbol) is None}
        changed = np.array(self.true(base)).ravel()
        changed[place] = value
        self.true.keep(given)
        self.true.enter(base, changed.reshape(self.sizes.shape(base)))
        self.open_books()

    @staticmethod
    def value_of(tree: Expression) -> Values | None:
        """Return what a side with numbers put in comes to; None if it cannot be worked out."""
        try:
            with np.errstate(all="ignore"):
                return np.ravel(np.asarray(evaluate(tree), dtype=np.float64))
        except (ValueError, KeyError, OverflowError):  # shapes that do not fit, a letter, a power too large
            return None


__all__ = ["AlignedSide", "Case"]
