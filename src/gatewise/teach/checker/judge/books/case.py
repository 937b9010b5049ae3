"""One update step: its statements, the formulas that its sides were aligned with, and four books.

`true` carries full precision from what is given; `used` has what the work goes on with, mistakes included;
`sound` what it would go on with, had no mistake been made. `rounded` works from exact values rounded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from gatewise.cells.known.lstm import GATES, STACKED
from gatewise.cells.quantities import bound_right
from gatewise.expression import Call, Expression, Symbol, evaluate, rebuild
from gatewise.teach.checker.judge.bind.alignment import Alignment, align, match_in_order
from gatewise.teach.checker.judge.bind.statements import Statement, WorkedSide
from gatewise.teach.checker.judge.books.book import Book, Values
from gatewise.teach.checker.judge.books.verdicts import Verdicts
from gatewise.teach.checker.judge.numbers.printed import PrintedStyle, WrittenNumber
from gatewise.teach.checker.judge.numbers.sizes import Sizes, equation_of
from gatewise.teach.checker.mistakes.catalogue import Mistake, mistakes_for
from gatewise.teach.worksheet.work.entries import entry_of

Cell = tuple[Symbol, int]
# A formula that a worked side may follow, and which mistake it is.
Candidate = tuple[Mistake | None, Expression]


@dataclass
class AlignedSide:
    """A worked side aligned with the formula that it follows.

    If that is a wrong one, `mistakes` are those that it may be, and `right` is the alignment with the right
    formula, if the side is built like it.
    """

    statement: Statement
    worked: WorkedSide
    alignment: Alignment
    mistakes: tuple[Mistake, ...] = ()
    right: Alignment | None = None
    value: Values | None = None  # of the side as it is printed; None if it cannot be worked out

    @property
    def pairs(self) -> list[tuple[WrittenNumber, Symbol, int]]:
        return self.alignment.pairs


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
    candidates: dict[Symbol, list[Candidate]] = field(default_factory=dict)  # by left side
    zeros: dict[int, tuple[Expression, bool]] = field(default_factory=dict)  # terms by id: whether they are 0

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
        formula = self.sizes.rule(symbol)
        assert formula is not None
        return formula

    def operands_of(self, symbol: Symbol) -> Iterator[Symbol]:
        """Yield the whole quantities that a derived quantity is worked out from."""
        return self.sizes.quantities.operands_of(self.rule(symbol))

    def is_printed(self, base: Symbol) -> bool:
        """Return whether any entry of a quantity is stated."""
        return bool(self.by_base.get(base)) or (base, 0) in self.printed

    def cell(self, base: Symbol, place: int) -> Cell:
        return self.sizes.parts_of(base, place)

    def name(self, base: Symbol, place: int | None = None) -> str:
        return self.sizes.name(base, place)

    def mistakes(self, base: Symbol) -> Iterator[tuple[Mistake, Expression]]:
        """Yield the wrong formulas of the catalogue for a quantity, bound to its step."""
        equation = equation_of(base)
        assert equation is not None
        t = base.step.offset if base.step else None
        if equation.left.name == "delta_out":
            t = (t or 0) + 1
        rights = [(mistake, self.sizes.of_biases(mistake.right)) for mistake in mistakes_for(equation)]
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

    # Aligning worked sides with formulas --------------------------------------------------------------

    def align_sides(self) -> None:
        """Find, for every worked side, the formula that it follows."""
        self.operands.clear()
        self.zeros.clear()
        for statement in self.statements:
            entries = []
            for worked in statement.worked_sides:
                aligned = self._align_side(statement, worked)
                if aligned is not None:
                    entries.append(aligned)
                    for number, base, place in aligned.pairs:
                        self.operands[self.cell(base, place)].append((number, aligned))
            self.aligned_sides[id(statement)] = entries

    def _align_side(self, statement: Statement, worked: WorkedSide) -> AlignedSide | None:
        best: AlignedSide | None = None
        right: Alignment | None = None
        fewest = np.inf
        if statement.left not in self.candidates:
            self.candidates[statement.left] = list(self._candidates(statement))
        for mistake, formula in self.candidates[statement.left]:
            alignment = align(formula, worked.tree, self.sizes, self._is_zero)
            if alignment is None:
                continue
            self._fill_incomplete(alignment)
            wrong = sum(not self._is_known(number, base, place) for number, base, place in alignment.pairs)
            wrong += len(alignment.incomplete)
            if wrong < fewest:
                fewest = wrong
                right = right if mistake else alignment
                best = AlignedSide(statement, worked, alignment, (mistake,) if mistake else ())
            elif wrong == fewest and best is not None and mistake is not None and best.mistakes:
                best.mistakes += (mistake,)
            if wrong == 0 and mistake is None:
                break
        if best is not None:
            best.value, best.right = self._value(worked.tree), right
        return best

    def _candidates(self, statement: Statement) -> Iterator[Candidate]:
        base, T = statement.base, self.sizes.T
        closed = self.sizes.quantities.closed
        if self.sizes.rule(base) is None:
            return
        for expand in self._expansions(statement):
            yield None, closed(expand(self.rule(base)), T)
        if base.name in GATES:  # worked from its z: a = tanh(0.85)
            of_z = self.rule(base)
            assert isinstance(of_z, Call)
            of_z = replace(of_z, argument=Symbol("z", base.name, base.step))
            for expand in self._expansions(statement):
                yield None, expand(of_z)
        for mistake, formula in self.mistakes(base):
            for expand in self._expansions(statement):
                yield mistake, closed(expand(formula), T)

    def _expansions(self, statement: Statement) -> list[Callable[[Expression], Expression]]:
        """Return the ways to write a formula: as it is, for one gate, and for a single entry in scalars."""
        if statement.base.name in ("loss", "learning_rate", "carried"):
            return [lambda node: node]
        whole = statement.places.size == int(np.prod(self.sizes.shape(statement.base), dtype=int))
        result: list[Callable[[Expression], Expression]] = [lambda node: node] if whole else []
        if not whole and statement.left.part and not statement.left.entry:
            part = statement.left.part
            result.append(lambda node: _part_of(node, part))
        if statement.places.size == 1:
            shape = self.sizes.shape(statement.base)
            entry = tuple(int(k) for k in np.unravel_index(int(statement.places.ravel()[0]), shape))
            shapes = self.sizes.shapes
            result.append(lambda node: entry_of(node, entry, shapes))
            result.append(lambda node: entry_of(node, entry, shapes, True))
        return result

    def _fill_incomplete(self, alignment: Alignment) -> None:
        for grid, base, places in alignment.incomplete:
            if sum(map(len, grid)) <= len(places):
                pairs = match_in_order(grid, places, [self._expected_value(base, place) for place in places])
                alignment.pairs += [(number, base, place) for number, place in pairs]

    def _expected_value(self, base: Symbol, place: int) -> float:
        whole, kept = self.cell(base, place)
        prints = self.printed.get((whole, kept))
        return prints[0].value if prints else float(self.true(whole).ravel()[kept])

    def _is_known(self, number: WrittenNumber, base: Symbol, place: int) -> bool:
        """Return whether a number is what is printed for an entry, or what it is worth."""
        whole, kept = self.cell(base, place)
        if any(agree(number, known) for known in self.printed.get((whole, kept), ())):
            return True
        return self.style.rounds_to(float(self.true(whole).ravel()[kept]), number)

    def _is_zero(self, term: Expression) -> bool:
        """Return whether a term of a bound formula is a boundary value of 0, which need not be written."""
        known = self.zeros.get(id(term))
        if known is None:
            try:
                known = term, not np.any(self.true.work_out(term))
            except (ValueError, KeyError, IndexError):
                known = term, False
            self.zeros[id(term)] = known  # it is kept with its term, whose id is then no other's
        return known[1]

    @staticmethod
    def _value(tree: Expression) -> Values | None:
        try:
            with np.errstate(all="ignore"):
                return np.ravel(np.asarray(evaluate(tree), dtype=np.float64))
        except (ValueError, KeyError, OverflowError):  # shapes that do not fit, a letter, a power too large
            return None


def agree(one: WrittenNumber, other: WrittenNumber) -> bool:
    """Return whether two printed numbers may be the same value, one perhaps with more digits."""
    if one.value == other.value:
        return True
    coarse, fine = sorted((one, other), key=lambda number: -number.unit)
    if not coarse.has_decimals or coarse.unit < 2 * fine.unit:
        return False
    return abs(one.value - other.value) <= 0.5000001 * coarse.unit


def _part_of(node: Expression, part: str) -> Expression:
    """Return a stacked equation for one gate's rows: δW_a = Σ δa_t ⊗ x_t."""
    if isinstance(node, Symbol):
        if node.name == "d_gates":
            return replace(node, name=f"d_{part}")
        return replace(node, part=part) if node.name in STACKED else node
    return rebuild(node, lambda child: _part_of(child, part))


__all__ = ["AlignedSide", "Case", "agree"]
