"""Verdicts: what there are, what each is worth, and the end of the ladder, which looks at the key alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from gatewise.support.reprs import short_repr
from gatewise.teach.checker.judge.numbers.misprints import NAMES, shape_of
from gatewise.teach.exercises.marking.reading.written_numbers import decimals_of
from gatewise.teach.exercises.sheet import Item
from gatewise.teach.exercises.solution import Solution

Verdict = Literal["right", "follows", "mistake", "misprint", "coarse", "wrong", "unreadable", "missing"]
POINTS: Mapping[Verdict, float] = {
    "right": 1.0, "follows": 1.0, "mistake": 0.0, "misprint": 0.5, "coarse": 0.5, "wrong": 0.0,
    "unreadable": 0.0, "missing": 0.0,
}  # fmt: skip
# In units of the last digit: two people who round honestly differ by one; a mistake differs by three or more.
NEAR = 1.001
APART = 2.999
SHORT = 100.0  # units: an answer with at most two digits fewer than are asked for earns half


@dataclass(frozen=True)
class Marked:
    """One answer marked: what it should be, the verdict, what it is worth, and the evidence."""

    item: Item
    answer: str
    verdict: Verdict
    points: float
    note: str = ""
    mistake: str = ""

    def __repr__(self) -> str:
        return short_repr(self, f"{self.item.id}: {self.answer!r} is {self.verdict}", points=self.points)


def unit_of(item: Item, solution: Solution) -> float:
    """One unit of the last digit that is asked for."""
    if not item.line:
        return 10.0 ** -decimals_of(Decimal(item.key))
    return solution.lines[item.line].style_at(item.place).unit(float(item.key) or 1.0)


def far_too_short(number: Decimal, right: list[float], unit: float) -> bool:
    """Return whether a number is the right one with more digits missing than earn half a point."""
    return _step_of(number) > SHORT * unit * NEAR and _is_rounded(number, right)


def _step_of(number: Decimal) -> float:
    """One unit of the last digit that is written."""
    return 10.0 ** -decimals_of(number)


def _is_rounded(number: Decimal, right: list[float]) -> bool:
    """Return whether a number is the right one, rounded to the digits that are written, and not to 0."""
    value, half = float(number), 0.5001 * _step_of(number)
    return value != 0 and any(abs(value - r) <= half for r in right)


def plain_verdict(number: Decimal, right: list[float], key: str, unit: float) -> tuple[Verdict, str]:
    """Return the end of the ladder: right, too few digits, a misprint, or wrong."""
    value = float(number)
    if is_near(value, right, unit):
        return "right", ""
    if unit * NEAR < _step_of(number) <= SHORT * unit * NEAR and _is_rounded(number, right):
        return "coarse", f"Right, but with too few digits: {key}."
    shape = shape_of(format(number, "f"), key)
    if shape:
        return "misprint", f"This looks like {key}, written down wrongly: {NAMES[shape]}."
    return "wrong", f"It should be {key}."


def is_near(value: float, others: list[float], unit: float) -> bool:
    """Return whether a number is one of others, up to what honest rounding may differ by."""
    return any(abs(value - other) <= NEAR * unit for other in others)


def is_trivial(value: float, key: float) -> bool:
    """Whether a result that follows from wrong numbers shows nothing: 0 or ±1."""
    return abs(value) in (0.0, 1.0) and abs(key) not in (0.0, 1.0)
