"""Error propagation: how far the rounding of its operands can move a result, by first-order slopes.

Interval arithmetic would count each operand once for every place where it stands; σ(1 − σ) would come out
twice too wide. Half a unit of the last digit is so small that the slope says it all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

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
    Sigma,
    Symbol,
    Transpose,
    children,
    rebuild,
    terms_of,
    walk,
)
from gatewise.expression.evaluation import ARRAYS
from gatewise.teach.checker.judge.numbers.independent_error import propagate_independent, slope_of

Values = NDArray[np.float64]
Read = Callable[[Symbol], Values]
Columns = tuple[NDArray[np.intp], Values] | None


@dataclass
class DualValue:
    """A dual value: an array, and its slopes by each uncertain operand on one more axis."""

    value: Values
    slopes: Values

    def __add__(self, other: DualValue) -> DualValue:
        return DualValue(
            self.value + other.value, _broadcast_slopes(self, other) + _broadcast_slopes(other, self)
        )

    def scaled(self, factor: Values) -> DualValue:
        return DualValue(self.value * factor, self.slopes * np.asarray(factor)[..., np.newaxis])


def _broadcast_slopes(one: DualValue, other: DualValue) -> Values:
    shape = np.broadcast_shapes(one.value.shape, other.value.shape)
    missing = len(shape) - one.value.ndim
    slopes = one.slopes.reshape((1,) * missing + one.slopes.shape)
    return np.broadcast_to(slopes, (*shape, slopes.shape[-1]))


def spread(
    formula: Expression,
    value: Read,
    radius: Read,
    number: Callable[[Number], tuple[float, float]] = lambda node: (float(node.text), 0.0),
) -> tuple[Values, Values]:
    """Return the value of a formula and how far the radii of its symbols and numbers can move it."""
    with np.errstate(all="ignore"):
        formula = _sums_written_out(formula)
        operand_values: dict[Expression, tuple[Values, Values]] = {}

        def operand_value(node: Expression) -> tuple[Values, Values]:
            if node not in operand_values:
                if isinstance(node, Symbol):
                    own, radii = np.asarray(value(node)), np.asarray(radius(node))
                else:
                    assert isinstance(node, Number)
                    own, radii = (np.asarray(part) for part in number(node))
                operand_values[node] = own, np.broadcast_to(radii, own.shape)
            return operand_values[node]

        times = Counter(_operands(formula))
        repeated = {node for node, count in times.items() if count > 1 and np.any(operand_value(node)[1])}
        if not repeated:
            return propagate_independent(formula, operand_value)
        known = {id(node): node for node in _parts(formula, repeated)}
        parts = {
            id(node): operand_value(node) if node in repeated else propagate_independent(node, operand_value)
            for node in known.values()
        }
        starts: dict[Expression | int, int] = {}
        count = 0
        for key, node in known.items():
            if (name := node if node in repeated else key) not in starts:
                starts[name] = count
                count += parts[key][1].size

        def leaf(node: Expression) -> tuple[Values, Columns] | None:
            if id(node) not in parts:
                return None
            own, radii = parts[id(node)]
            first = starts[node if node in repeated else id(node)]
            return own, (first + np.arange(radii.size), np.ravel(radii))

        result = _evaluate_dual(formula, leaf, max(1, count))
        return result.value, np.abs(result.slopes).sum(axis=-1)


def _sums_written_out(node: Expression) -> Expression:
    """Return the formula with every Σ written out."""
    if isinstance(node, Sigma):
        terms = tuple(_sums_written_out(term) for term in terms_of(node))
        return Add(terms) if terms else Number("0")
    return rebuild(node, _sums_written_out)


def _parts(node: Expression, repeated: set[Expression]) -> Iterator[Expression]:
    """Yield the largest parts of a formula that hold no repeated operand, and the repeated operands."""
    if node in repeated or repeated.isdisjoint(walk(node)):
        yield node
    else:
        for child in children(node):
            yield from _parts(child, repeated)


def slopes(
    formula: Expression, value: Read, places: Callable[[Symbol], NDArray[np.intp] | None], count: int
) -> Values:
    """Return the derivative of a formula by each of the `count` entries of a quantity, on one more axis.

    `places` says which of the entries a symbol holds; None for other quantities.
    """

    def leaf(node: Expression) -> tuple[Values, Columns] | None:
        if isinstance(node, Number):
            return np.asarray(float(node.text)), None
        if not isinstance(node, Symbol):
            return None
        own = places(node)
        return np.asarray(value(node)), None if own is None else (np.ravel(own), np.ones(own.size))

    return _evaluate_dual(formula, leaf, count).slopes


def _evaluate_dual(
    formula: Expression, leaf: Callable[[Expression], tuple[Values, Columns] | None], count: int
) -> DualValue:
    """Work a formula out with slopes; `leaf` gives a value, the columns of its entries and their slopes."""

    def dual(operand_value: Values, columns: Columns) -> DualValue:
        own = np.zeros((operand_value.size, count))
        if columns is not None:
            own[np.arange(operand_value.size), columns[0]] = columns[1]
        return DualValue(operand_value, own.reshape(*operand_value.shape, count))

    def evaluate_node(node: Expression) -> DualValue:
        if (known := leaf(node)) is not None:
            return dual(*known)
        match node:
            case Array(rows):
                cells = [[evaluate_node(entry) for entry in row] for row in rows]
                return DualValue(
                    np.array([[cell.value for cell in row] for row in cells]),
                    np.array([[cell.slopes for cell in row] for row in cells]),
                )
            case Add(terms):
                return _total(evaluate_node(term) for term in terms)
            case Sigma():
                return _total(evaluate_node(term) for term in terms_of(node))
            case Negative(argument):
                return evaluate_node(argument).scaled(np.asarray(-1.0))
            case Product(operation, factors):
                result = evaluate_node(factors[0])
                for factor in factors[1:]:
                    result = _times(operation, result, evaluate_node(factor))
                return result
            case Quotient(top, bottom):
                upper, lower = evaluate_node(top), evaluate_node(bottom)
                inverse = DualValue(1 / lower.value, -lower.slopes / lower.value[..., np.newaxis] ** 2)
                return _times("hadamard", upper, inverse)
            case Power(base, exponent):
                inner = evaluate_node(base)
                slope = exponent * inner.value ** (exponent - 1)
                return DualValue(inner.value**exponent, inner.slopes * np.asarray(slope)[..., np.newaxis])
            case Call(function, argument):
                return _apply_function(function, evaluate_node(argument))
            case Transpose(argument):
                inner = evaluate_node(argument)
                axes = (*reversed(range(inner.value.ndim)), inner.value.ndim)
                return DualValue(inner.value.T, inner.slopes.transpose(axes))
        raise TypeError(f"{type(node).__name__} has no value")

    with np.errstate(all="ignore"):
        return evaluate_node(formula)


def _operands(formula: Expression) -> Iterator[Expression]:
    """Yield every symbol and number of a formula without sums, as often as it stands there."""
    return (node for node in walk(formula) if isinstance(node, (Symbol, Number)))


def _total(terms: Iterator[DualValue]) -> DualValue:
    total = next(terms)
    for term in terms:
        total = total + term
    return total


def _times(operation: str, left: DualValue, right: DualValue) -> DualValue:
    if operation == "outer":
        a, b = left.value.ravel(), right.value.ravel()
        da, db = left.slopes.reshape(a.size, -1), right.slopes.reshape(b.size, -1)
        slopes = da[:, np.newaxis] * b[:, np.newaxis] + a[:, np.newaxis, np.newaxis] * db[np.newaxis]
        return DualValue(np.multiply.outer(a, b), slopes)
    if operation == "dot" and left.value.ndim and right.value.ndim:
        value = left.value @ right.value
        first = np.moveaxis(np.moveaxis(left.slopes, -1, 0) @ right.value, 0, -1)
        if right.value.ndim == 1:
            second = np.moveaxis(left.value @ right.slopes, -1, -1)
        else:
            second = np.moveaxis(left.value @ np.moveaxis(right.slopes, -1, 0), 0, -1)
        return DualValue(value, first + second)
    one = DualValue(right.value, np.zeros_like(right.slopes))
    value = left.value * right.value
    slopes = _broadcast_slopes(left, one) * np.broadcast_to(right.value, value.shape)[..., np.newaxis]
    other = _broadcast_slopes(right, left) * np.broadcast_to(left.value, value.shape)[..., np.newaxis]
    return DualValue(np.asarray(value), slopes + other)


def _apply_function(function: str, inner: DualValue) -> DualValue:
    if function == "sum":
        axes = tuple(range(inner.value.ndim))
        return DualValue(np.asarray(inner.value.sum()), inner.slopes.sum(axis=axes))
    result = np.asarray(ARRAYS[function](inner.value))
    return DualValue(result, inner.slopes * slope_of(function, result)[..., np.newaxis])


__all__ = ["slopes", "spread"]
