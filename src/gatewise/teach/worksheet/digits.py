"""How numbers are written on a sheet: decimals, significant digits, ties and guard digits.

A float stands for the shortest decimal that reads back as the same float, so 0.35 is 0.35 here and a tie
is a tie. Each entry of a quantity has a Style of its own.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from gatewise.expression import Array, Expression, Number

Values = NDArray[np.float64]
Numbers = NDArray[Any]  # an object array of Number nodes
Ties = Literal["half-up", "half-even", "truncate"]
Rounding = Literal["full", "hand"]
TIES: tuple[Ties, ...] = get_args(Ties)
ROUNDINGS: tuple[Rounding, ...] = get_args(Rounding)
_MODES = {"half-up": ROUND_HALF_UP, "half-even": ROUND_HALF_EVEN, "truncate": ROUND_DOWN}

SMALLEST = sys.float_info.min  # below it float64 loses digits one by one; a sheet counts that as 0
MAX_DIGITS = 12  # float64 holds 15 to 17 digits; beyond 12 there is no room left for guard digits
LARGEST_FIXED = 10  # a number of more digits than this before the point is written with a power of ten
FLOAT_DIGITS = 15  # as is one that would have more than these in all, for float64 has no more
COLUMN = 64  # quantities of more entries are never printed whole
FLOAT = Context(prec=FLOAT_DIGITS)
NOISE_DIGITS = 4  # so many nines before the end of a float, right behind what is shown, are a rounding error
# With so many guard digits a float is written as what it is in binary, for 1 - o depends on it where o is
# nearly 1: 0.9999999999999998 stands for 1 - 2.2e-16, not for 1 - 2e-16.
ALL_GUARDS = 20
# A float64 evaluation of one line is trusted unless it lies this close to where rounding turns over, relative
# to the terms it adds up: rounding errors of the few hundred operations in a line stay well below.
DOUBT = 1e-13


def exact(value: float | Decimal) -> Decimal:
    """Return the decimal that a float stands for."""
    return value if isinstance(value, Decimal) else Decimal(repr(float(value)))


@dataclass(frozen=True)
class Style:
    """How one quantity is written: so many decimals or, if `significant`, so many significant digits."""

    digits: int
    significant: bool = False
    ties: Ties = "half-up"

    def unit(self, value: float) -> float:
        """One unit of the last digit that is written of `value`."""
        if self.significant:
            return abs(value) * 10.0 ** (1 - self.digits)  # to within a factor of 10
        return 10.0**-self.digits

    def write(self, value: Decimal) -> str:
        """`value` in this style; zero is always "0", so 0.00000 never hides a number."""
        if not value.is_finite():
            return str(value).lower()
        if abs(value) < SMALLEST:
            return "0"
        mode = _MODES[self.ties]
        if self.significant:
            rounded = Context(prec=self.digits, rounding=mode).plus(value)
            text = format(rounded, f".{self.digits - 1}e").replace("e+", "e").removesuffix("e0")
        else:
            rounded = value.quantize(Decimal(1).scaleb(-self.digits), mode, Context(prec=10_000))
            text = format(rounded, "f")
        return text if rounded else "0"

    def number(self, value: float | Decimal, guard: int = 0) -> Number:
        """`value` in this style with `guard` digits more, which the reader sees set apart."""
        finer = replace(self, digits=self.digits + guard) if guard else self
        if guard >= ALL_GUARDS:
            text = finer.write(Decimal(value))
        else:
            text = finer._quick(value) or finer.write(self._meant(value))
        return Number(text, guard if text != "0" else 0)

    def _meant(self, value: float | Decimal) -> Decimal:
        """Remove the noise of a float before its digits are cut off: 0.3305 would be shown as 0.3304999."""
        decimal = exact(value)
        if self.ties != "truncate" or not isinstance(value, float) or not decimal.is_finite():
            return decimal
        shown = self.digits if self.significant else self.digits + decimal.adjusted() + 1
        return FLOAT.plus(decimal) if shown <= FLOAT_DIGITS - NOISE_DIGITS else decimal

    def _quick(self, value: float | Decimal) -> str:
        """Write by float formatting, which is as good where nothing is near a tie; else return ""."""
        usual = isinstance(value, float) and 10.0**-self.digits < abs(value) < 1e6
        if self.significant or self.ties == "truncate" or not usual or self.doubtful(float(value)):
            return ""
        return f"{value:.{self.digits}f}"

    def doubtful(self, value: float, size: float = 0.0) -> bool:
        """Whether a rounding error in `value`, a sum of terms as large as `size`, could change its digits."""
        if abs(value) < SMALLEST or not math.isfinite(value):
            return size > 0
        places = self.digits
        if self.significant:
            places -= math.floor(math.log10(abs(value))) + 1
        units = abs(value) * 10.0**places if places < 300 else math.inf
        if units >= 10.0**FLOAT_DIGITS:
            return True
        fraction = units - math.floor(units)
        distance = min(fraction, 1 - fraction) if self.ties == "truncate" else abs(fraction - 0.5)
        return distance <= DOUBT * max(size, abs(value)) * 10.0**places


def style_for(values: Iterable[float | Decimal], digits: int, ties: Ties = "half-up") -> Style:
    """Choose a style for values: decimals, unless one of them would read as zero or is very large."""
    fixed = Style(digits, ties=ties)
    largest = 10.0 ** min(LARGEST_FIXED, FLOAT_DIGITS - digits)
    for value in values:
        size = abs(float(value))
        if 10.0**-digits < size < largest or size < SMALLEST:
            continue
        decimal = exact(value)
        if decimal.is_finite() and (size >= largest or fixed.write(decimal) == "0"):
            return Style(digits, significant=True, ties=ties)
    return fixed


def styles_for(values: Iterable[float | Decimal], digits: int, ties: Ties = "half-up") -> list[Style]:
    """Choose each entry's style: one tiny entry of a matrix leaves the others their plain decimals.

    A power of ten beside every entry would hide which of them are small; those that need it have it.
    """
    return [style_for([value], digits, ties) for value in values]


def quick_texts(values: Values, digits: int, ties: Ties, sizes: Values | float = 0.0) -> Numbers:
    """Write the entries of a large quantity, each in its own style; "" where that takes a closer look.

    A closer look is due for what is no plain decimal and near ties, where an error in `values`, sums of
    terms as large as `sizes`, could change a digit.
    """
    texts = np.full(values.shape, "", dtype=object)
    size = np.abs(values)
    if ties == "truncate":
        return texts
    with np.errstate(invalid="ignore", over="ignore"):
        units = size * 10.0**digits
        distance = np.abs(units - np.floor(units) - 0.5)
        plain = (size > 10.0**-digits) & (size < 10.0 ** min(6, FLOAT_DIGITS - digits))
        certain = plain & (distance > DOUBT * np.maximum(size, sizes) * 10.0**digits)
    texts[certain] = [f"{value:.{digits}f}" for value in values[certain].tolist()]
    return texts


def as_given(value: float, digits: int) -> Number | None:
    """Return a given number in its own digits (0.45, 2) if it has no more than `digits` decimals."""
    decimal = exact(value)
    if not decimal.is_finite() or abs(decimal) >= 10**LARGEST_FIXED:
        return None
    short = decimal.normalize(Context(prec=80))
    exponent = short.as_tuple().exponent
    if isinstance(exponent, int) and -exponent <= digits:
        return Number(format(short, "f") if short else "0")
    return None


def tree(numbers: Numbers) -> Expression:
    """Make a node of displayed numbers: a single Number, or an Array (a vector is a column)."""
    if numbers.size == 1:
        only = numbers.reshape(-1)[0]
        assert isinstance(only, Number)
        return only
    rows = numbers.reshape(len(numbers), -1)
    return Array(tuple(tuple(row) for row in rows.tolist()))
