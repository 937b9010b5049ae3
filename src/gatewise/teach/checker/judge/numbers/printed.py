"""Digits as they stand in a document: what they are worth, and whether a value rounds to them.

Half up, half even and the ties of binary arithmetic are all honest, so both neighbours of a tie pass.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import lru_cache

import numpy as np

from gatewise.teach.checker.read.reading import Place, Printed
from gatewise.teach.worksheet.digits import FLOAT_DIGITS, exact, style_for

TIE = 1e-7  # of a unit: what lies so close to a tie is one, for the arithmetic before it was float64
SMALLEST = 300  # powers of ten: beyond them float64 has no number
TWICE_ROUNDED = 0.05  # units: who carries a guard digit rounds twice
FEWER = 100.0  # units: a number may be given with up to two digits less than the others
MORE_DIGITS = 8  # than the document has, that are written to tell two values apart
FLOAT_NOISE = 1e-13  # relative to the terms that were added up


@dataclass(frozen=True)
class WrittenNumber:
    """A number of the document: its value, one unit of its last digit, and how many decimals it has."""

    printed: Printed
    value: float
    unit: float

    @property
    def text(self) -> str:
        return self.printed.text

    @property
    def unsigned(self) -> str:
        """Its text without the sign: by it a number is known again wherever it is put in."""
        return self.text.lstrip("-")

    @property
    def is_rough(self) -> bool:
        """Whether it can be a number with fewer digits of another: 0, 1 and 0.2 say too little for that."""
        return self.unit < 1 and abs(self.value) >= 10 * self.unit

    @property
    def has_decimals(self) -> bool:
        """Whether it is a decimal that may stand for one with more digits; 0, 1 and 0.2 are what they are."""
        return self.unit < 0.05 and self.value != 0

    @property
    def is_known(self) -> bool:
        """False for what stands for a missing label."""
        return not math.isnan(self.value)

    @property
    def decimals(self) -> int:
        """How many digits stand behind the point."""
        return max(0, round(-math.log10(self.unit))) if self.unit > 0 else 0

    @property
    def at(self) -> Place:
        assert self.printed.at is not None
        return self.printed.at


def written_number(number: Printed) -> WrittenNumber:
    """Return a printed number with its value and unit."""
    value, unit = _value_and_unit(number.text)
    return WrittenNumber(number, value, unit)


@lru_cache(maxsize=1 << 16)
def _value_and_unit(text: str) -> tuple[float, float]:
    try:
        decimal = Decimal(text)
    except InvalidOperation:
        return math.nan, math.nan
    exponent = decimal.as_tuple().exponent
    if not isinstance(exponent, int):
        return math.nan, math.nan
    return float(decimal), 10.0 ** min(max(exponent, -SMALLEST), SMALLEST)


def agree(one: WrittenNumber, other: WrittenNumber) -> bool:
    """Return whether two printed numbers may be the same value, one perhaps with more digits."""
    if one.value == other.value:
        return True
    coarse, fine = sorted((one, other), key=lambda number: -number.unit)
    if not coarse.has_decimals or coarse.unit < 2 * fine.unit:
        return False
    return abs(one.value - other.value) <= 0.5000001 * coarse.unit


@dataclass(frozen=True)
class PrintedStyle:
    """How the document writes derived numbers: to so many decimals, rounded or cut off."""

    digits: int
    truncates: bool = False

    @property
    def unit(self) -> float:
        return 10.0**-self.digits

    def unit_of(self, number: WrittenNumber) -> float:
        """Return one unit of the last digit that was meant: trailing zeros may be omitted, 0 is 0.00000."""
        short = number.unit > self.unit and "e" not in number.text.lower()
        return self.unit if short else number.unit

    def radius(self, number: WrittenNumber) -> float:
        """Return how far the value that was rounded may lie from what is printed."""
        return self.unit_of(number) * (1.0 if self.truncates else 0.5 + TWICE_ROUNDED)

    def rounds_to(self, value: float, number: WrittenNumber, size: float = 0.0) -> bool:
        """Return whether `value`, found by adding up terms as large as `size`, is written as `number`."""
        if not math.isfinite(value):
            return False
        if self._rounds_in_unit(value, number, self.unit_of(number), size):
            return True
        fewer = self.unit < number.unit <= FEWER * self.unit and number.is_rough
        return fewer and self._rounds_in_unit(value, number, number.unit, size)

    def _rounds_in_unit(self, value: float, number: WrittenNumber, unit: float, size: float) -> bool:
        slack = TIE * unit + FLOAT_NOISE * max(size, abs(value))
        difference = value - number.value
        if self.truncates:
            beyond = difference if number.value > 0 or (number.value == 0 and value > 0) else -difference
            return -slack <= beyond < unit + slack
        return abs(difference) <= unit / 2 + slack

    def write(self, value: float, digits: int | None = None) -> str:
        """Return `value` as the document would write it, or to so many decimals."""
        if not math.isfinite(value):
            return str(value)
        if digits is not None and digits != self.digits:
            return replace(self, digits=digits).write(value)
        return style_for([value], self.digits, "truncate" if self.truncates else "half-up").write(
            exact(value)
        )

    def write_beside(self, value: float, text: str) -> str:
        """Return `value` as the document would write it, with as many digits as tell it from `text`."""
        written = self.write(value)
        for digits in range(self.digits + 1, min(self.digits + MORE_DIGITS, FLOAT_DIGITS)):
            if written != text:
                break
            written = self.write(value, digits)
        return written


def style_of(numbers: list[WrittenNumber]) -> PrintedStyle:
    """Return the style with as many decimals as most of these numbers have."""
    if not numbers:
        return PrintedStyle(5)
    units = np.array([number.unit for number in numbers if "e" not in number.text and number.unit < 1])
    if not units.size:
        return PrintedStyle(5)
    decimals, counts = np.unique(np.round(-np.log10(units)).astype(int), return_counts=True)
    return PrintedStyle(min(int(decimals[np.argmax(counts)]), FLOAT_DIGITS))
