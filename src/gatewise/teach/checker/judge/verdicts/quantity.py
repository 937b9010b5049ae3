"""One quantity under judgement: what is printed of it, and what each book makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gatewise.expression import Expression, Symbol
from gatewise.teach.checker.judge.bind.statements import Statement
from gatewise.teach.checker.judge.books.book import Values
from gatewise.teach.checker.judge.books.case import AlignedSide, Case
from gatewise.teach.checker.judge.numbers.printed import WrittenNumber


@dataclass
class QuantityCheck:
    """One quantity under judgement: what is printed of it, and what it should be."""

    case: Case
    base: Symbol
    prints: dict[int, list[tuple[WrittenNumber, Statement | None]]]

    @cached_property
    def formula(self) -> Expression:
        return self.case.rule(self.base)

    @cached_property
    def true(self) -> Values:
        return np.ravel(self.case.true(self.base))

    @cached_property
    def sound(self) -> Values:
        """The value that follows from sound numbers; flat."""
        return self._flat(self.case.sound.work_out(self.formula))

    @cached_property
    def used(self) -> Values:
        """The value that follows from the numbers the document goes on with; flat."""
        return self._flat(self.case.used.work_out(self.formula))

    @cached_property
    def sound_radius(self) -> Values:
        """How far rounding can move `sound`; flat."""
        return self._flat(self.case.sound.spread(self.formula)[1])

    @cached_property
    def used_radius(self) -> Values:
        """How far rounding can move `used`; flat."""
        return self._flat(self.case.used.spread(self.formula)[1])

    def _flat(self, values: Values) -> Values:
        return np.ravel(values.reshape(self.case.sizes.shape(self.base)))

    @cached_property
    def from_rounded(self) -> Values:
        """What follows from the exact values before it, each rounded; flat."""
        value = self.case.rounded.work_out(self.formula)
        return np.ravel(value.reshape(self.case.sizes.shape(self.base)))

    @cached_property
    def aligned_sides(self) -> list[AlignedSide]:
        return [
            aligned
            for s in self.case.by_base.get(self.base, ())
            for aligned in self.case.aligned_sides[id(s)]
        ]

    def side_value(self, statement: Statement | None, place: int) -> Iterator[tuple[AlignedSide, float]]:
        """Yield what each worked side of a statement comes to at a place."""
        if statement is None:
            return
        own = statement.places.ravel().tolist()
        for aligned in self.case.aligned_sides[id(statement)]:
            if aligned.value is not None and aligned.value.size == len(own) and place in own:
                yield aligned, float(aligned.value[own.index(place)])

    def near_sound(self, number: WrittenNumber, place: int) -> bool:
        return self._near(number, self.sound[place], self.sound_radius[place])

    def near_used(self, number: WrittenNumber, place: int) -> bool:
        return self._near(number, self.used[place], self.used_radius[place])

    def _near(self, number: WrittenNumber, value: float, radius: float) -> bool:
        return bool(abs(number.value - value) <= radius + self.case.style.radius(number))
