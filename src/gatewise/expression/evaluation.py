"""What a tree is worth: evaluation on arrays (any float dtype) or on exact decimals.

The arithmetic is NumPy's throughout; decimals travel as object arrays, so one walk serves both.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal, localcontext
from typing import Any

import numpy as np

from gatewise.expression.tree import (
    Add,
    Array,
    Call,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sigma,
    Symbol,
    Transpose,
    terms_of,
)

Value = Any  # a NumPy array or scalar; object arrays hold Decimals
Lookup = Callable[[Symbol], Value]
DECIMAL_DIGITS = 40  # what decimal arithmetic gives: far beyond anything that is shown
CARRIED_DIGITS = 50  # what it carries on the way
SERIES = Decimal("1e-6")  # below it, four terms of the series of tanh are good to 50 digits


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


def _each(function: Callable[[Decimal], Decimal]) -> Callable[[Value], Value]:
    return np.frompyfunc(function, 1, 1)


Functions = Mapping[str, Callable[[Value], Value]]
ARRAYS: Functions = {"tanh": np.tanh, "sigmoid": _sigmoid, "sum": np.sum, "minus": operator.neg}
DECIMALS: Functions = {**ARRAYS, "tanh": _each(_decimal_tanh), "sigmoid": _each(_decimal_sigmoid)}
# For `magnitude`: errors of an argument come through at most as large as they are; σ adds those of 1 + e.
SIZES: Functions = {"tanh": np.abs, "sigmoid": lambda z: 1 + z, "sum": np.sum, "minus": np.abs}


def evaluate(
    node: Expression,
    lookup: Lookup | None = None,
    functions: Functions = ARRAYS,
    number: Callable[[str], Value] = float,
) -> Value:
    """Return the value of `node`, each symbol's value taken from `lookup`.

    Vectors are 1-D or single columns, matrices 2-D. Raises KeyError or whatever `lookup` raises for a
    symbol without a value, and ValueError for a Σ whose bounds are still letters.
    """

    def value(node: Expression) -> Value:
        match node:
            case Number(text):
                return number(text)
            case Symbol():
                if lookup is None:
                    raise KeyError(node)
                return lookup(node)
            case Array(rows):
                return np.array([[value(entry) for entry in row] for row in rows])
            case Add(terms):
                return _total([value(term) for term in terms])
            case Negative(argument):
                return functions["minus"](value(argument))
            case Product(operation, factors):
                return _multiply(operation, [value(factor) for factor in factors])
            case Quotient(top, bottom):
                return value(top) / value(bottom)
            case Power(base, exponent):
                return value(base) ** exponent
            case Call(function, argument):
                return functions[function](value(argument))
            case Transpose(argument):
                return np.transpose(value(argument))
            case Sigma():
                return _total([value(term) for term in terms_of(node)])
        raise TypeError(f"{type(node).__name__} has no value")

    return value(node)


def evaluate_decimal(node: Expression, lookup: Lookup | None = None) -> Value:
    """Return the value of `node` to 40 digits in decimal arithmetic of 50; Decimals in, Decimals out."""
    with localcontext() as context:
        context.prec = CARRIED_DIGITS
        value = evaluate(node, lookup, DECIMALS, Decimal)
        context.prec = DECIMAL_DIGITS
        return +value


def magnitude(node: Expression, lookup: Lookup | None = None) -> Value:
    """How large the terms are that `node` adds up, entry by entry: what its rounding errors are relative to.

    Each number is taken without its sign and each difference as a sum, so nothing cancels.
    """

    def size(symbol: Symbol) -> Value:
        if lookup is None:
            raise KeyError(symbol)
        return np.abs(lookup(symbol))

    with np.errstate(over="ignore", invalid="ignore"):
        return evaluate(node, size, SIZES, lambda text: abs(float(text)))


def _total(values: list[Value]) -> Value:
    total = values[0]
    for term in values[1:]:
        total = total + term
    return total


def _multiply(operation: str, values: list[Value]) -> Value:
    result = values[0]
    for factor in values[1:]:
        if operation == "outer":
            result = np.multiply.outer(np.ravel(result), np.ravel(factor))
        elif operation == "dot" and np.ndim(result) and np.ndim(factor):
            result = result @ factor
        else:
            result = result * factor
    return result
