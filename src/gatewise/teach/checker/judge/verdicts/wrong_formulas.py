"""Which wrong formulas of the catalogue give the numbers that are printed of a quantity."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gatewise.expression import Expression, Symbol, substituted
from gatewise.teach.checker.judge.books.book import Values
from gatewise.teach.checker.judge.books.case import Case
from gatewise.teach.checker.judge.numbers.printed import PrintedStyle, WrittenNumber
from gatewise.teach.checker.judge.verdicts.quantity import QuantityCheck
from gatewise.teach.checker.mistakes.catalogue import Mistake

SAME = 1e-12  # what float64 makes of two ways to the same value
ON_THE_WAY = ("delta", "delta_out", "d_out")  # what is often worked without being written down


def formulas_that_give(quantity: QuantityCheck) -> list[Mistake]:
    """Return the catalogue's formulas that give every printed number of the quantity, the closest first.

    If its own equation has none, the mistake may be in one on the way: in Uᵀ δ of Δ + Uᵀ δ.
    """
    case = quantity.case
    own = _that_give(quantity, case.mistakes(quantity.base))
    return own or _that_give(quantity, _on_the_way(case, quantity.base, quantity.formula))


def _on_the_way(
    case: Case, base: Symbol, formula: Expression, depth: int = len(ON_THE_WAY)
) -> Iterator[tuple[Mistake, Expression]]:
    """Yield a formula with a mistake in what it takes and the document does not state."""
    for used in case.operands_of(base) if depth else ():
        if used.name not in ON_THE_WAY or case.is_printed(used) or case.sizes.rule(used) is None:
            continue
        for mistake, wrong in case.mistakes(used):
            yield mistake, substituted(formula, used, wrong)
        inner = substituted(formula, used, case.rule(used))
        yield from _on_the_way(case, used, inner, depth - 1)


def _that_give(quantity: QuantityCheck, tried: Iterator[tuple[Mistake, Expression]]) -> list[Mistake]:
    case, style = quantity.case, quantity.case.style
    numbers = {place: numbers[0][0] for place, numbers in quantity.prints.items()}
    found: list[tuple[int, Mistake]] = []
    for mistake, formula in tried:
        value = case.work_out(quantity.base, formula, case.used)
        if value is None or not _is_close(value, numbers, style):
            continue
        if all(abs(value[place] - quantity.used[place]) <= SAME for place in numbers):
            continue  # what gives the same as the right formula explains nothing
        exactly = sum(style.rounds_to(value[place], number) for place, number in numbers.items())
        if exactly < len(numbers):
            radius = np.broadcast_to(np.ravel(case.used.spread(formula)[1]), value.shape)
            if any(
                abs(value[place] - number.value) > radius[place] + style.radius(number)
                for place, number in numbers.items()
            ):
                continue
        found.append((exactly, mistake))
    return [mistake for _, mistake in sorted(found, key=lambda entry: -entry[0])]


def _is_close(value: Values, numbers: dict[int, WrittenNumber], style: PrintedStyle) -> bool:
    """Return whether it is worth to ask how far rounding could move the value."""
    return all(
        abs(number.value - value[place]) <= 40 * max(style.unit, number.unit) + 1e-2 * abs(number.value)
        for place, number in numbers.items()
    )
