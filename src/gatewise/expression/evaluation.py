"""What a tree is worth: evaluation on arrays (any float dtype) or on exact decimals.

The arithmetic is NumPy's throughout; decimals travel as object arrays, so one walk serves both.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext
from typing import Any

import numpy as np

from gatewise.expression.functions import FUNCTIONS, Function
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


def _each(function: Callable[[Decimal], Decimal]) -> Callable[[Value], Value]:
    return np.frompyfunc(function, 1, 1)


Functions = Mapping[str, Callable[[Value], Value]]


def _softmax(z: Value) -> Value:
    """exp(z) over its sum, of all entries; what is largest is taken away first, so that nothing overflows."""
    exact = np.asarray(z).dtype == object
    shifted = z - np.max(z if exact else np.real(z))
    e = _each(Decimal.exp)(shifted) if exact else np.exp(shifted)
    return e / np.sum(e)


# Functions of all entries together: one number, or as many as there are.
OVER_ALL: Mapping[str, Callable[[Value], Value]] = {"sum": np.sum, "max": np.max, "softmax": _softmax}


class _Table(dict[str, Callable[[Value], Value]]):
    """What is taken of each function of the table; of those with a number when they are asked for."""

    def __init__(
        self,
        take: Callable[[Function], Callable[[Value], Value]],
        minus: Callable[[Value], Value],
        **others: Callable[[Value], Value],
    ) -> None:
        super().__init__({name: take(each) for name, each in FUNCTIONS.items()})
        self.update({**OVER_ALL, "minus": minus, **others})
        self.take = take

    def __missing__(self, name: str) -> Callable[[Value], Value]:
        return self.take(FUNCTIONS[name])


ARRAYS: Functions = _Table(lambda each: each.worth, operator.neg)
DECIMALS: Functions = _Table(lambda each: _each(each.decimal), operator.neg)
# For `magnitude`: errors of an argument come through at most as large as they are; σ adds those of 1 + e.
SIZES: Functions = _Table(lambda each: each.size, np.abs, softmax=np.ones_like)


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
                return _divided(value(top), value(bottom))
            case Power(base, exponent):
                return _raised(value(base), exponent)
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
        for signal in (DivisionByZero, InvalidOperation, Overflow):  # infinity or NaN, as in float64
            context.traps[signal] = False
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


def _raised(base: Value, exponent: int) -> Value:
    """Raise to a power; what is too large is infinite, also where Python's own numbers raise an error."""
    try:
        with np.errstate(over="ignore"):
            return base**exponent
    except OverflowError:
        return math.copysign(math.inf, base) if exponent % 2 else math.inf


def _divided(top: Value, bottom: Value) -> Value:
    """Divide; by 0 the result is infinite or NaN, also where Python's own numbers raise an error."""
    try:
        with np.errstate(divide="ignore", invalid="ignore"):
            return top / bottom
    except ZeroDivisionError:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.float64(top) / np.float64(bottom)


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
