"""The consequences of a value: which later numbers agree with it, so which value later work uses."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from gatewise.expression import Symbol
from gatewise.teach.checker.judge.books.book import Book, Values
from gatewise.teach.checker.judge.books.case import Case
from gatewise.teach.checker.read.reading import Place

MOST_VISITS = (
    10_000  # beyond, in a long text in which little fits, what the work goes on with is not looked for
)


class Consequences:
    """Finds the later numbers that agree with a supposed value of a quantity."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.visits = 0  # of quantities, on the way from one to what it leads to
        self.printed_in_full: dict[Symbol, tuple[Values, Values]] = {}
        for base in case.order():
            shape = case.sizes.shape(base)
            size = int(np.prod(shape, dtype=int))
            prints = [case.printed.get((base, place)) for place in range(size)]
            if prints and all(prints):
                value = np.array([numbers[0].value for numbers in prints if numbers]).reshape(shape)
                radius = np.array([case.style.radius(numbers[0]) for numbers in prints if numbers])
                self.printed_in_full[base] = value, radius.reshape(shape)

    @cached_property
    def beside_z(self) -> set[Place]:
        """The places of gates whose z the document states."""
        return {
            number.at
            for (base, _), numbers in self.case.printed.items()
            if self.case.stated_z(base) is not None
            for number in numbers
        }

    def later_work_uses_printed(self, base: Symbol, printed: Values, right: Values) -> bool | None:
        """Return True if later numbers follow from `printed`, False if from `right`, else None."""
        with_printed, with_right = (
            len(self.agreeing_places(base, printed)),
            len(self.agreeing_places(base, right)),
        )
        return None if with_printed == with_right else with_printed > with_right

    def trial_book(self) -> Book:
        """Return a book of what the work has used so far, and of what is printed later as it is printed."""
        trial = self.case.used.copy()
        for base, (value, radius) in self.printed_in_full.items():
            if base not in trial.values:
                trial.values[base], trial.radii[base] = value, radius
        return trial

    def agreeing_places(self, base: Symbol, value: Values, radius: float | None = None) -> set[Place]:
        """Return the later numbers that agree with `value` (flat) for `base`."""
        case = self.case
        found = {
            number.at
            for place, entry in enumerate(value.tolist())
            for number, aligned in case.operands.get((base, place), ())
            if aligned.statement.base != base and case.style.rounds_to(entry, number)
        }
        trial = self.trial_book()
        own = case.style.unit / 2 if radius is None else radius
        trial.enter(base, value.reshape(case.sizes.shape(base)), own)
        try:
            return found | self._agreeing_results(trial, base, {base})
        except RecursionError:  # hundreds of steps that the document does not work out lie between
            return found

    def _agreeing_results(self, trial: Book, base: Symbol, seen: set[Symbol]) -> set[Place]:
        """Return the agreeing results of what uses `base`, directly or through quantities not printed."""
        case = self.case
        found: set[Place] = set()
        for consumer in case.consumers.get(base, ()):
            if consumer in seen or self.visits > MOST_VISITS:
                continue
            seen.add(consumer)
            self.visits += 1
            size = int(np.prod(case.sizes.shape(consumer), dtype=int))
            prints = {k: case.printed[consumer, k] for k in range(size) if (consumer, k) in case.printed}
            if not prints:
                found |= self._agreeing_results(trial, consumer, seen)
                continue
            value, radius = (np.ravel(part) for part in trial.spread(case.rule(consumer)))
            for place, numbers in prints.items():
                number = numbers[0]
                if abs(value[place] - number.value) <= radius[place] + case.style.radius(number):
                    found.add(number.at)
        return found
