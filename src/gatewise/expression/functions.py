"""The functions that equations apply element by element: values, slopes, and how they are written.

A slope is given as the factors of a product, each written in the function's own value, as in the worked
example: tanh′ = 1 − tanh², σ′ = σ ⊙ (1 − σ). Arrays may be real or complex: complex arguments are what
complex-step derivatives bring, so that what asks for a sign asks for that of the real part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from gatewise.expression.tree import Call, Expression

Value = Any  # a NumPy array or scalar
SERIES = Decimal("1e-6")  # below it, four terms of the series of tanh are good to 50 digits


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
        slope(v): the factors of its derivative, where v is its own value; None: it stands in slopes alone.
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


FUNCTIONS: Mapping[str, Function] = {
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
    "g": Function(
        lambda z: 4 * _sigmoid(z) - 2, lambda z: 4 * _decimal_sigmoid(z) - 2, lambda z: 2 + 4 * (1 + z),
        lambda v: (1 - v**2 / 4,), "g′ = 1 − g²/4 for g = 4σ − 2",
    ),
    "h": Function(
        lambda z: 2 * _sigmoid(z) - 1, lambda z: 2 * _decimal_sigmoid(z) - 1, lambda z: 1 + 2 * (1 + z),
        lambda v: ((1 - v**2) / 2,), "h′ = (1 − h²)/2 for h = 2σ − 1",
    ),
}  # fmt: skip
"""Their names are those of `Call`; beside them it has "sum", over all entries."""


def written(name: str, medium: str) -> str:
    """Return how a function is written in "text", in "latex" or in "typst"."""
    function = FUNCTIONS[name]
    match medium:
        case "latex":
            return function.latex or rf"\operatorname{{{name}}}"
        case "typst":
            return function.typst or f'op("{name}")'
    return function.text or name
