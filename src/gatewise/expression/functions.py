"""The functions that equations apply element by element: values, slopes, and how they are written.

A slope is given as the factors of a product, each written in the function's own value, as in the worked
example: tanh′ = 1 − tanh², σ′ = σ ⊙ (1 − σ). Arrays may be real or complex: complex arguments are what
complex-step derivatives bring, so that what asks for a sign asks for that of the real part.

Two have a number, which is part of their name: "clip(3)" keeps its argument between −3 and 3. Its slope is 1
between the limits and 0 at them and beyond. "between(tanh, 3)" says so of the value v of tanh(clip(…, 3)): it
is 1 where tanh(−3) < v < tanh(3), and 0 elsewhere, and is written [tanh(−3) < v < tanh(3)].
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from gatewise.expression.tree import Call, Expression, Number

Value = Any  # a NumPy array or scalar
SERIES = Decimal("1e-6")  # below it, four terms of the series of tanh are good to 50 digits
ROUNDED = 16  # units of rounding: what is as near to the value of a function at a limit as that, is at it
DIGITS = 2  # of a limit that a Decimal is compared with, at least


@dataclass(frozen=True)
class Function:
    """A function of one number, applied element by element.

    Attributes
    ----------
    worth : callable
        Its value of an array.
    decimal : callable
        Its value of a Decimal, to the context's precision.
    size : callable
        How large the terms are that it adds up, where its argument adds up terms of that size.
    slope : callable or None
        slope(v): the factors of its derivative, where v is its own value; None: it stands in slopes, or in
        what documents say, alone. It is nowhere below 0.
    words : str
        Its derivative as a sentence has it.
    text, latex, typst : str
        How it is written; its name, if nothing else is said.
    """

    worth: Callable[[Value], Value]
    decimal: Callable[[Decimal], Decimal]
    size: Callable[[Value], Value] = np.abs
    slope: Callable[[Expression], tuple[Expression, ...]] | None = None
    words: str = ""
    text: str = ""
    latex: str = ""
    typst: str = ""


def _sigmoid(z: Value) -> Value:
    """σ for real and complex z without overflow: the exponential is only taken of a falling argument."""
    rises = np.real(z) >= 0
    e = np.exp(np.where(rises, -z, z))
    return np.where(rises, 1, e) / (1 + e)


def _decimal_tanh(z: Decimal) -> Decimal:
    if abs(z) < SERIES:  # 1 − e would lose the digits of a small z
        return z - z**3 / 3 + 2 * z**5 / 15 - 17 * z**7 / 315
    e = (-2 * abs(z)).exp()
    return ((1 - e) / (1 + e)).copy_sign(z)


def _decimal_sigmoid(z: Decimal) -> Decimal:
    e = (-abs(z)).exp()
    return (1 if z >= 0 else e) / (1 + e)


def _of_positive(function: Callable[[Value], Value]) -> Callable[[Value], Value]:
    """Return a function that is NaN or infinite, and silent, where it has no value."""

    def worth(z: Value) -> Value:
        with np.errstate(divide="ignore", invalid="ignore"):
            return function(z)

    return worth


def _is(true: Value, z: Value) -> Value:
    """Return 1 where a condition on z is true and 0 elsewhere, in the dtype of z; NaN stays NaN."""
    real = np.real(z)
    return np.where(np.isnan(real), real, np.where(true, np.ones_like(real), np.zeros_like(real)))


def _step(z: Value) -> Value:
    return _is(np.real(z) > 0, z)


def _relu(z: Value) -> Value:
    return np.where(np.real(z) <= 0, np.zeros_like(z), z)  # NaN stays NaN


def _abs(z: Value) -> Value:
    return np.where(np.real(z) < 0, -z, z)


def _softplus(z: Value) -> Value:
    """log(1 + e^z) without overflow."""
    return _relu(z) + np.log1p(np.exp(-_abs(z)))


def _decimal_softplus(z: Decimal) -> Decimal:
    return max(z, Decimal(0)) + (1 + (-abs(z)).exp()).ln()


def _hard_sigmoid(z: Value) -> Value:
    line = z / 5 + 0.5
    return np.where(np.real(line) >= 1, np.ones_like(line), _relu(line))


def _decimal_hard_sigmoid(z: Decimal) -> Decimal:
    return min(max(z / 5 + Decimal("0.5"), Decimal(0)), Decimal(1))


def _inside(v: Value) -> Value:
    return _is((np.real(v) > 0) & (np.real(v) < 1), v)


def _with_one(z: Value) -> Value:
    return 1 + z


_PLAIN: dict[str, Function] = {
    "tanh": Function(
        np.tanh, _decimal_tanh, np.abs, lambda v: (1 - v**2,), "tanh′ = 1 − tanh²",
        latex=r"\tanh", typst="tanh",
    ),
    "sigmoid": Function(
        _sigmoid, _decimal_sigmoid, _with_one, lambda v: (v, 1 - v), "σ′ = σ(1 − σ)", "σ", r"\sigma", "sigma",
    ),
    "relu": Function(
        _relu, lambda z: max(z, Decimal(0)), np.abs, lambda v: (Call("step", v),),
        "relu′ = step, 1 above 0 and 0 elsewhere",
    ),
    "step": Function(_step, lambda z: Decimal(int(z > 0)), _with_one),
    "hard_sigmoid": Function(
        _hard_sigmoid, _decimal_hard_sigmoid, _with_one, lambda v: (Call("inside", v) / 5,),
        "hard_sigmoid′ is 1/5 between 0 and 1, and 0 elsewhere", latex=r"\operatorname{hard\_sigmoid}",
    ),
    "inside": Function(_inside, lambda v: Decimal(int(0 < v < 1)), _with_one),
    "softsign": Function(
        lambda z: z / (1 + _abs(z)), lambda z: z / (1 + abs(z)), np.abs,
        lambda v: ((1 - Call("abs", v)) ** 2,), "softsign′ = (1 − |softsign|)²",
    ),
    "abs": Function(_abs, abs),
    "softplus": Function(
        _softplus, _decimal_softplus, _with_one, lambda v: (1 - Call("exp", -v),),
        "softplus′ = 1 − exp(−softplus)",
    ),
    "exp": Function(np.exp, Decimal.exp, np.exp, lambda v: (v,), "exp′ = exp", latex=r"\exp"),
    "log": Function(
        _of_positive(np.log), Decimal.ln, lambda z: 1 + np.abs(_of_positive(np.log)(z)), latex=r"\log",
    ),
    "sqrt": Function(_of_positive(np.sqrt), Decimal.sqrt, _of_positive(np.sqrt), text="√"),
    "g": Function(
        lambda z: 4 * _sigmoid(z) - 2, lambda z: 4 * _decimal_sigmoid(z) - 2, lambda z: 2 + 4 * (1 + z),
        lambda v: (1 - v**2 / 4,), "g′ = 1 − g²/4 for g = 4σ − 2",
    ),
    "h": Function(
        lambda z: 2 * _sigmoid(z) - 1, lambda z: 2 * _decimal_sigmoid(z) - 1, lambda z: 1 + 2 * (1 + z),
        lambda v: ((1 - v**2) / 2,), "h′ = (1 − h²)/2 for h = 2σ − 1",
    ),
}  # fmt: skip


# Functions with a number ------------------------------------------------------------------------------------


class Numbered(NamedTuple):
    """The name of a function with a number, taken apart: clip(3) or between(tanh, 3)."""

    name: str
    of: str
    number: str

    @property
    def limits(self) -> tuple[Expression, Expression]:
        """What the value of the function `of` is between."""
        low, high = Number(f"-{self.number}"), Number(self.number)
        return (Call(self.of, low), Call(self.of, high)) if self.of else (low, high)


_NUMBERED = re.compile(r"(clip|between)\((?:([a-z_]+), )?(\d+(?:\.\d+)?(?:e[-+]?\d+)?)\)")


@lru_cache(maxsize=1 << 10)
def numbered(name: str) -> Numbered | None:
    """Take the name of a function with a number apart; None for any other."""
    found = _NUMBERED.fullmatch(name)
    if found is None or not 0 < float(found[3]) < math.inf:
        return None
    of = found[2] or ""
    if of and (found[1] == "clip" or of not in _PLAIN or _PLAIN[of].slope is None):
        return None
    return Numbered(found[1], of, found[3])


def clipped_at(number: str) -> str:
    """Name the function that keeps its argument between −number and number."""
    return f"clip({number})"


def _clip(number: str) -> Function:
    limit, exact = float(number), Decimal(number)

    def worth(z: Value) -> Value:
        z = np.asarray(z)
        real = np.real(z)
        most = real.dtype.type(limit)
        return np.where(real >= most, most, np.where(real <= -most, -most, z))  # NaN stays NaN

    return Function(
        worth, lambda z: min(max(z, -exact), exact), np.abs, lambda v: (Call(f"between({number})", v),),
        "clip′ is 1 between the limits, and 0 at them and beyond",
    )  # fmt: skip


def _between(of: str, number: str) -> Function:
    """Make the slope of a clip, told from the value of the function around it, if there is one.

    A limit is worked out in the precision of the value that is compared with it; what rounding cannot tell
    from a limit is at it.
    """
    c, exact = float(number), Decimal(number)
    function = _PLAIN[of] if of else None
    slack = ROUNDED if function else 0

    def limits(dtype: Any) -> tuple[Value, Value]:
        ends = np.asarray([-c, c], dtype)
        low, high = ends if function is None else function.worth(ends)
        unit = slack * np.finfo(dtype).eps
        return low + unit * np.abs(low), high - unit * np.abs(high)

    def worth(v: Value) -> Value:
        real = np.real(np.asarray(v))
        low, high = limits(real.dtype)
        return _is((low < real) & (real < high), real)

    def decimal(v: Decimal) -> Decimal:
        ends = (-exact, exact) if function is None else (function.decimal(-exact), function.decimal(exact))
        unit = slack * Decimal(2) ** -52
        low, high = ends[0] + unit * abs(ends[0]), ends[1] - unit * abs(ends[1])
        return Decimal(int(max(_cut(low, v)) < v < min(_cut(high, v))))

    def size(v: Value) -> Value:
        """Be beyond all bounds near a limit: there, only the digits of v can tell (see `_cut`)."""
        low, high = limits(np.float64)
        near = [np.abs(v - np.abs(end)) <= max(0.01, 0.01 * abs(end)) for end in (low, high)]
        return np.where(near[0] | near[1], 1e20, 1.0)

    return Function(worth, decimal, size)


def _cut(limit: Decimal, v: Decimal) -> tuple[Decimal, ...]:
    """Write a limit with as many decimals as v, rounded and cut off.

    0.9640 is not below tanh(2) = 0.96403.
    """
    places = v.as_tuple().exponent
    if not isinstance(places, int) or not limit:  # NaN, infinity; or what is below all numbers
        return (limit,)
    places = min(places, -DIGITS, limit.adjusted() - DIGITS)
    unit, context = Decimal(1).scaleb(int(places)), Context(prec=10_000, Emin=-999_999)
    return tuple(limit.quantize(unit, rounding, context) for rounding in (ROUND_HALF_UP, ROUND_DOWN))


@lru_cache(maxsize=1 << 10)
def _with_number(name: str) -> Function:
    found = numbered(name)
    if found is None:
        raise KeyError(name)
    return _clip(found.number) if found.name == "clip" else _between(found.of, found.number)


class _Table(Mapping[str, Function]):
    """The plain functions, which it goes through, and those with any number, which it has by name."""

    def __getitem__(self, name: str) -> Function:
        return _PLAIN[name] if name in _PLAIN else _with_number(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_PLAIN)

    def __len__(self) -> int:
        return len(_PLAIN)


FUNCTIONS: Mapping[str, Function] = _Table()
"""Their names are those of `Call`; beside them it has those of evaluation.py's OVER_ALL."""


def written(name: str, medium: str) -> str:
    """Return how a function is written in "text", in "latex" or in "typst"; of clip(3), the clip."""
    function = _PLAIN.get(name)
    if function is None:
        return {"latex": rf"\operatorname{{{name}}}", "typst": f'op("{name}")'}.get(medium, name)
    match medium:
        case "latex":
            return function.latex or rf"\operatorname{{{name}}}"
        case "typst":
            return function.typst or f'op("{name}")'
    return function.text or name
