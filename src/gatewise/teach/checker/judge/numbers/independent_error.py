"""Error propagation for independent operands: the radius of a node follows from those of its parts.

Where every operand stands once in a formula this is all there is to it, W x_t + U out_{t-1} + b as well as
the sums over t; only operands that stand twice, as in a (1 − a²), need a slope for each, which
error_propagation.py has.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gatewise.expression import (
    Add,
    Array,
    Call,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Symbol,
    Transpose,
    evaluate,
    product,
)
from gatewise.expression.evaluation import ARRAYS
from gatewise.expression.functions import FUNCTIONS

Values = NDArray[np.float64]
Pair = tuple[Values, Values]


def propagate_independent(node: Expression, operand_value: Callable[[Expression], Pair]) -> Pair:
    """Return the value of a formula without sums, and how far the radii of its operands can move it."""
    match node:
        case Symbol() | Number():
            return operand_value(node)
        case Array(rows):
            cells = [[propagate_independent(entry, operand_value) for entry in row] for row in rows]
            value, radius = (np.array([[cell[k] for cell in row] for row in cells]) for k in (0, 1))
            return value, radius
        case Add(terms):
            total, radius = propagate_independent(terms[0], operand_value)
            for term in terms[1:]:
                more, further = propagate_independent(term, operand_value)
                total, radius = total + more, radius + further
            return total, radius
        case Negative(argument):
            value, radius = propagate_independent(argument, operand_value)
            return -value, radius
        case Product(operation, factors):
            result = propagate_independent(factors[0], operand_value)
            for factor in factors[1:]:
                result = _times(operation, result, propagate_independent(factor, operand_value))
            return result
        case Quotient(top, bottom):
            (a, ra), (b, rb) = (
                propagate_independent(top, operand_value),
                propagate_independent(bottom, operand_value),
            )
            return a / b, (ra + np.abs(a / b) * rb) / np.abs(b)
        case Power(base, exponent):
            value, radius = propagate_independent(base, operand_value)
            return value**exponent, np.abs(exponent * value ** (exponent - 1)) * radius
        case Call(function, argument):
            value, radius = propagate_independent(argument, operand_value)
            if function == "sum":
                return np.asarray(value.sum()), np.asarray(radius.sum())
            result_of = np.asarray(ARRAYS[function](value))
            return result_of, np.abs(slope_of(function, result_of)) * radius
        case Transpose(argument):
            value, radius = propagate_independent(argument, operand_value)
            return value.T, radius.T
    raise TypeError(f"{type(node).__name__} has no value")


# The two that nearly every work has.
_FAST: dict[str, Callable[[Values], Values]] = {
    "tanh": lambda value: np.asarray(1 - value**2),
    "sigmoid": lambda value: np.asarray(value * (1 - value)),
}


def slope_of(function: str, result: Values) -> Values:
    """Return the slope of a function, from its result: 0 for one that has steps, 1 for |z|."""
    if function in _FAST:
        return _FAST[function](result)
    factors = _slope(function)
    if factors is None:
        return np.full_like(result, 1.0 if function == "abs" else 0.0)
    slope = evaluate(factors, lambda _: result)
    return np.asarray(np.broadcast_to(slope, result.shape), dtype=np.float64)


@lru_cache(maxsize=1 << 8)
def _slope(function: str) -> Expression | None:
    """Return the slope of a function in a symbol that stands for its value, if it has one."""
    found = FUNCTIONS[function].slope
    factors = found(Symbol("value")) if found is not None else ()
    return product("hadamard", *factors) if len(factors) > 1 else factors[0] if factors else None


def _times(operation: str, left: Pair, right: Pair) -> Pair:
    (a, ra), (b, rb) = left, right
    if operation == "outer":
        a, ra, b, rb = a.ravel(), ra.ravel(), b.ravel(), rb.ravel()
        return np.multiply.outer(a, b), np.multiply.outer(ra, np.abs(b)) + np.multiply.outer(np.abs(a), rb)
    if operation == "dot" and a.ndim and b.ndim:
        return np.asarray(a @ b), np.asarray(ra @ np.abs(b) + np.abs(a) @ rb)
    return np.asarray(a * b), np.asarray(ra * np.abs(b) + np.abs(a) * rb)
