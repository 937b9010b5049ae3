"""A solved problem: by hand and in full precision, with the value that every known mistake would give.

A line's entries are its numbers, named as people say them: G1[a,0] is the first of the row of a in δW.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from gatewise.cells.cell import Cell
from gatewise.cells.quantities import Quantities
from gatewise.expression import Expression, Symbol, bind, evaluate
from gatewise.support.reprs import short_repr
from gatewise.teach.checker.mistakes.catalogue import Mistake, mistakes_for
from gatewise.teach.exercises.always_zero import always_zero
from gatewise.teach.worksheet.digits import Values
from gatewise.teach.worksheet.work.build import SequenceProblem, build, work_by_hand
from gatewise.teach.worksheet.work.entries import place_in_letters
from gatewise.teach.worksheet.work.lines import Line
from gatewise.teach.worksheet.work.working import Working

SAME = 1e-12  # two values this near are one: a mistake that has no effect at this line
Lookup = Callable[[Symbol], Values]


class OutsideSequence(LookupError):
    """A formula asks for a quantity outside the sequence, as x_{-1}."""


@dataclass(frozen=True)
class Entry:
    """One number of a line: its id and place, and its name in letters."""

    id: str
    line: str
    place: tuple[int, ...]
    quantity: str  # in ASCII, as the checker names it: d_W[a,0], state@t=1


@dataclass(frozen=True, eq=False)
class Solution:
    """The lines of one update of one sequence.

    `hand` is what a person gets who rounds every line before going on, `full` what full precision gives.
    """

    problem: SequenceProblem
    digits: int
    _possible: dict[str, list[tuple[Mistake, Expression]]] = field(
        default_factory=dict, init=False, repr=False
    )

    @property
    def cell(self) -> Cell:
        """The cell that is worked out."""
        return self.problem.params.cell

    @cached_property
    def hand(self) -> Working:
        """Worked by hand: every line rounded before it is used."""
        return work_by_hand(self.problem, self.digits)

    @cached_property
    def full(self) -> Working:
        """Worked in full precision."""
        options = {"updates": 1, "digits": self.digits, "rounding": "full", "ties": "half-up"}
        return build(self.problem, **options).workings[0]  # type: ignore[arg-type]  # of several types

    @cached_property
    def lines(self) -> dict[str, Line]:
        """The lines that are worked out, by id, in the order of work."""
        return {line.id: line for line in self.hand if line.equation is not None}

    @cached_property
    def full_values(self) -> dict[str, Values]:
        """The full-precision value of every line."""
        return {line.id: line.value for line in self.full}

    @cached_property
    def entries(self) -> dict[str, tuple[Entry, ...]]:
        """The numbers of every line, by its id."""
        return {id: entries_of(line) for id, line in self.lines.items()}

    @cached_property
    def telling(self) -> frozenset[str]:
        """The ids of the lines that tell right from wrong: all but those that are 0 whatever is drawn."""
        return frozenset(self.lines) - always_zero(self.hand)

    def following(self, ids: Iterable[str]) -> set[str]:
        """Return the ids of the lines that take a value of one of these lines, or of one that does."""
        known = set(ids)
        found = set()
        for id, line in self.lines.items():
            if not known.isdisjoint(line.uses):
                known.add(id)
                found.add(id)
        return found

    def unit(self, id: str) -> float:
        """One unit of the last digit that is asked for on a line; the smallest of its entries'."""
        line = self.lines[id]
        units = (line.style_at(place).unit(value) for place, value in np.ndenumerate(line.value) if value)
        return min(units, default=10.0**-self.digits)

    def value(self, formula: Expression, own: Mapping[Symbol, Values] | None = None) -> Values:
        """Evaluate a bound formula on the values worked by hand, or on a student's `own` if there are some.

        Raises
        ------
        OutsideSequence
            If it asks for a quantity outside the sequence; gradients there are 0.
        """
        return self._evaluated(self.hand.closed(formula), own)

    def possible(self, id: str) -> list[tuple[Mistake, Expression]]:
        """Return the mistakes that can be worked out at a line, and their bound formulas."""
        if id not in self._possible:
            line, found = self.lines[id], []
            equation = self.hand.quantities.equation_of(line.left)  # also if a mistake stands in its place
            assert equation is not None
            for mistake in mistakes_for(equation, self.cell):
                tree = self.bound(mistake.right, line.t)
                try:
                    self._evaluated(tree, None)
                except (OutsideSequence, ValueError):  # past the ends, or of shapes that do not fit
                    continue
                found.append((mistake, tree))
            self._possible[id] = found
        return self._possible[id]

    def bound(self, right: Expression, t: int | None) -> Expression:
        """Bind a right-hand side to step t, with the boundary value of δstate_T ⊙ f_T in its place."""
        return _bound(self.hand.quantities, right, t, self.hand.steps)

    def _evaluated(self, formula: Expression, own: Mapping[Symbol, Values] | None) -> Values:
        return np.asarray(evaluate(formula, self._lookup(own or {})), dtype=np.float64)

    def worked(self, id: str, own: Mapping[Symbol, Values] | None = None) -> Values:
        """Return what a line gives, unrounded, on the values worked by hand or on a student's own."""
        line = self.lines[id]
        assert line.formula is not None
        return self.value(line.formula, own).reshape(line.value.shape)

    def mistaken(self, id: str, own: Mapping[Symbol, Values] | None = None) -> list[tuple[Mistake, Values]]:
        """Return what each known mistake gives at a line, if it can be worked out and has an effect."""
        right = self.worked(id, own)
        found = []
        for mistake, tree in self.possible(id):
            value = self._evaluated(tree, own)
            if value.size == right.size and (value.ndim == right.ndim or right.size == 1):
                value = value.reshape(right.shape)
            if value.shape == right.shape and np.abs(value - right).max(initial=0.0) > SAME:
                found.append((mistake, value))
        return found

    def _lookup(self, own: Mapping[Symbol, Values]) -> Lookup:
        hand = self.hand

        def read(line: Line) -> Values:
            return own.get(line.left, line.value)

        def lookup(symbol: Symbol) -> Values:
            try:
                return np.asarray(hand.gather(symbol, read))
            except KeyError:
                is_gradient = symbol.name.startswith(("d_", "delta_")) and symbol.name != "d_x"
                if (
                    is_gradient
                    and symbol.step is not None
                    and not hand.quantities.is_inside(symbol, hand.steps)
                ):
                    return np.zeros(hand.shapes.shape(symbol))
                raise OutsideSequence(symbol) from None

        return lookup

    def __repr__(self) -> str:
        return short_repr(self, repr(self.problem), digits=self.digits)


# Mistakes are bound again for every problem that is drawn: a few hundred formulas for each number of steps.
@lru_cache(maxsize=1 << 12)
def _bound(known: Quantities, right: Expression, t: int | None, steps: int) -> Expression:
    return known.closed(bind(right, t, steps), steps)


def entries_of(line: Line) -> tuple[Entry, ...]:
    """List the numbers of a line in reading order; the only number of a line has the line's id."""
    shapes = line.working.shapes
    name = line.left.name + ("_new" if line.left.new else "")
    at = f"@t={line.left.step.offset}" if line.left.step is not None else ""
    part = f"{line.left.part}," if line.left.part else ""
    if line.value.size == 1 and not shapes.parts_of(line.left):
        shown = f"{name}[{line.left.part}]" if part else name
        return (Entry(line.id, line.id, (0,) * line.value.ndim, f"{shown}{at}"),)
    return tuple(
        Entry(f"{line.id}[{inside}]", line.id, place, f"{name}[{part}{inside}]{at}")
        for place in np.ndindex(line.value.shape)
        for inside in [place_in_letters(line.left, place, shapes)]
    )
