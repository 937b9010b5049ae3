"""The learning rate inferred from updates: where the intervals that new parameters allow overlap."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from gatewise.expression import Symbol
from gatewise.teach.checker.judge.books.book import Book
from gatewise.teach.checker.judge.books.case import Case

LEARNING_RATE = Symbol("learning_rate")


@dataclass(frozen=True)
class InferredRate:
    """λ as the shortest decimal that the updates allow; `outliers` do not agree with the rest."""

    value: float
    low: float
    high: float
    outliers: tuple[str, ...]
    agreeing: int

    def as_mapping(self) -> dict[str, Any]:
        return {
            "value": f"{self.value:.12g}",
            "low": f"{self.low:.6g}",
            "high": f"{self.high:.6g}",
            "outliers": list(self.outliers),
            "updates": self.agreeing,
        }


def infer_missing_rate(case: Case) -> InferredRate | None:
    """Infer λ from the updates where the document does not give it, and enter it in all books."""
    if case.by_base.get(LEARNING_RATE) or np.isfinite(case.true.values.get(LEARNING_RATE, np.nan)):
        return None
    rate = infer_rate(case, case.true.copy())
    if rate is not None:
        for book in (case.true, case.used, case.sound, case.rounded):
            book.enter(LEARNING_RATE, np.asarray(rate.value))
    return rate


def infer_rate(case: Case, book: Book) -> InferredRate | None:
    """Return the interval that most updates allow; None if nothing is updated, or nothing moves."""
    intervals = list(_intervals(case, book))
    if not intervals:
        return None
    low, high, agreeing = _best_overlap([(low, high) for _, low, high in intervals])
    if not math.isfinite(high):
        return None
    outliers = tuple(name for name, a, b in intervals if a > high or b < low)
    return InferredRate(_shortest_decimal(low, high), low, high, outliers, agreeing)


def _intervals(case: Case, book: Book) -> Iterator[tuple[str, float, float]]:
    """Yield the name of each updated entry, and the smallest and largest λ that give its digits."""
    if not any(case.is_printed(Symbol(name, new=True)) for name in case.sizes.parameters):
        return
    for name in case.sizes.quantities.parameters:
        new, gradient = Symbol(name, new=True), Symbol(f"d_{name}")
        old = book(Symbol(name)).ravel()
        slope, unsure = book(gradient).ravel(), book.radius(gradient).ravel()
        for place in range(old.size):
            for number in case.printed.get((new, place), ())[:1]:
                least, most = abs(slope[place]) - unsure[place], abs(slope[place]) + unsure[place]
                if not least > 0:
                    continue
                moved = (old[place] - number.value) * math.copysign(1.0, slope[place])
                radius = case.style.radius(number)
                ends = [(moved + sign * radius) / size for sign in (-1, 1) for size in (least, most)]
                yield case.name(new, place), min(ends), max(ends)


def _best_overlap(intervals: list[tuple[float, float]]) -> tuple[float, float, int]:
    """Return where most of the intervals overlap, and how many do."""
    ends = sorted([(low, 0) for low, _ in intervals] + [(high, 1) for _, high in intervals])
    depth, most = 0, 0
    best = (-math.inf, math.inf)
    for k, (value, closes) in enumerate(ends):
        depth += -1 if closes else 1
        if not closes and depth > most:
            most = depth
            best = value, next(end for end, kind in ends[k:] if kind)
    return *best, most


def _shortest_decimal(low: float, high: float) -> float:
    """Return the decimal with the fewest digits in an interval."""
    if low <= 0 <= high:
        return 0.0
    for places in range(-2, 15):
        unit = Decimal(1).scaleb(-places)
        middle = (Decimal((low + high) / 2) / unit).to_integral_value() * unit
        if low <= float(middle) <= high and middle:
            return float(middle)
    return (low + high) / 2
