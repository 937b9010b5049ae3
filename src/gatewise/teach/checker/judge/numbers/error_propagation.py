"""How far the rounding of its operands can move a result: first-order slopes, carried along exactly.

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
from gatewise.teach.checker.judge.numbers.independent_error import apart, slope_of

Values = NDArray[np.float64]
Read = Callable[[Symbol], Values]
Columns = tuple[NDArray[np.intp], Values] | None


@dataclass
class Moving:
    """A value of some shape and its slopes: that shape with one more axis, an uncertain operand each."""

    value: Values
    slopes: Values

    def __add__(self, other: Moving) -> Moving:
        return Moving(self.value + other.value, _wide(self, other) + _wide(other, self))

    def scaled(self, factor: Values) -> Moving:
        return Moving(self.value * factor, self.slopes * np.asarray(factor)[..., np.newaxis])


def _wide(one: Moving, other: Moving) -> Values:
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
    """The value of a formula and how far the radii of its symbols and numbers can move it."""
    with np.errstate(all="ignore"):
        formula = _without_sums(formula)
        worths: dict[Expression, tuple[Values, Values]] = {}

        def worth(node: Expression) -> tuple[Values, Values]:
            if node not in worths:
                if isinstance(node, Symbol):
                    own, radii = np.asarray(value(node)), np.asarray(radius(node))
                else:
                    assert isinstance(node, Number)
                    own, radii = (np.asarray(part) for part in number(node))
                worths[node] = own, np.broadcast_to(radii, own.shape)
            return worths[node]

        times = Counter(_operands(formula))
        twice = {node for node, count in times.items() if count > 1 and np.any(worth(node)[1])}
        if not twice:
            return apart(formula, worth)
        known = {id(node): node for node in _parts(formula, twice)}
        parts = {id(node): worth(node) if node in twice else apart(node, worth) for node in known.values()}
        starts: dict[Expression | int, int] = {}
        count = 0
        for key, node in known.items():
            if (name := node if node in twice else key) not in starts:
                starts[name] = count
                count += parts[key][1].size

        def leaf(node: Expression) -> tuple[Values, Columns] | None:
            if id(node) not in parts:
                return None
            own, radii = parts[id(node)]
            first = starts[node if node in twice else id(node)]
            return own, (first + np.arange(radii.size), np.ravel(radii))

        result = _carry(formula, leaf, max(1, count))
        return result.value, np.abs(result.slopes).sum(axis=-1)


def _without_sums(node: Expression) -> Expression:
    """The formula with every Σ written out."""
    if isinstance(node, Sigma):
        terms = tuple(_without_sums(term) for term in terms_of(node))
        return Add(terms) if terms else Number("0")
    return rebuild(node, _without_sums)


def _parts(node: Expression, twice: set[Expression]) -> Iterator[Expression]:
    """The largest parts of a formula without an operand that stands twice in it, and those operands."""
    if node in twice or twice.isdisjoint(walk(node)):
        yield node
    else:
        for child in children(node):
            yield from _parts(child, twice)


def slopes(
    formula: Expression, value: Read, places: Callable[[Symbol], NDArray[np.intp] | None], count: int
) -> Values:
    """The derivative of a formula by each of the `count` entries of a quantity, on one more axis.

    `places` says which of the entries a symbol holds; None for other quantities.
    """

    def leaf(node: Expression) -> tuple[Values, Columns] | None:
        if isinstance(node, Number):
            return np.asarray(float(node.text)), None
        if not isinstance(node, Symbol):
            return None
        own = places(node)
        return np.asarray(value(node)), None if own is None else (np.ravel(own), np.ones(own.size))

    return _carry(formula, leaf, count).slopes


def _carry(
    formula: Expression, leaf: Callable[[Expression], tuple[Values, Columns] | None], count: int
) -> Moving:
    """Work a formula out with slopes; `leaf` gives a value, the columns of its entries and their slopes."""

    def moving(worth: Values, columns: Columns) -> Moving:
        own = np.zeros((worth.size, count))
        if columns is not None:
            own[np.arange(worth.size), columns[0]] = columns[1]
        return Moving(worth, own.reshape(*worth.shape, count))

    def go(node: Expression) -> Moving:
        if (known := leaf(node)) is not None:
            return moving(*known)
        match node:
            case Array(rows):
                cells = [[go(entry) for entry in row] for row in rows]
                return Moving(
                    np.array([[cell.value for cell in row] for row in cells]),
                    np.array([[cell.slopes for cell in row] for row in cells]),
                )
            case Add(terms):
                return _total(go(term) for term in terms)
            case Sigma():
                return _total(go(term) for term in terms_of(node))
            case Negative(argument):
                return go(argument).scaled(np.asarray(-1.0))
            case Product(operation, factors):
                result = go(factors[0])
                for factor in factors[1:]:
                    result = _times(operation, result, go(factor))
                return result
            case Quotient(top, bottom):
                upper, lower = go(top), go(bottom)
                inverse = Moving(1 / lower.value, -lower.slopes / lower.value[..., np.newaxis] ** 2)
                return _times("hadamard", upper, inverse)
            case Power(base, exponent):
                inner = go(base)
                slope = exponent * inner.value ** (exponent - 1)
                return Moving(inner.value**exponent, inner.slopes * np.asarray(slope)[..., np.newaxis])
            case Call(function, argument):
                return _called(function, go(argument))
            case Transpose(argument):
                inner = go(argument)
                axes = (*reversed(range(inner.value.ndim)), inner.value.ndim)
                return Moving(inner.value.T, inner.slopes.transpose(axes))
        raise TypeError(f"{type(node).__name__} has no value")

    with np.errstate(all="ignore"):
        return go(formula)


def _operands(formula: Expression) -> Iterator[Expression]:
    """Every symbol and number of a formula without sums, as often as it stands there."""
    return (node for node in walk(formula) if isinstance(node, (Symbol, Number)))


def _total(terms: Iterator[Moving]) -> Moving:
    total = next(terms)
    for term in terms:
        total = total + term
    return total


def _times(operation: str, left: Moving, right: Moving) -> Moving:
    if operation == "outer":
        a, b = left.value.ravel(), right.value.ravel()
        da, db = left.slopes.reshape(a.size, -1), right.slopes.reshape(b.size, -1)
        slopes = da[:, np.newaxis] * b[:, np.newaxis] + a[:, np.newaxis, np.newaxis] * db[np.newaxis]
        return Moving(np.multiply.outer(a, b), slopes)
    if operation == "dot" and left.value.ndim and right.value.ndim:
        value = left.value @ right.value
        first = np.moveaxis(np.moveaxis(left.slopes, -1, 0) @ right.value, 0, -1)
        if right.value.ndim == 1:
            second = np.moveaxis(left.value @ right.slopes, -1, -1)
        else:
            second = np.moveaxis(left.value @ np.moveaxis(right.slopes, -1, 0), 0, -1)
        return Moving(value, first + second)
    one = Moving(right.value, np.zeros_like(right.slopes))
    value = left.value * right.value
    slopes = _wide(left, one) * np.broadcast_to(right.value, value.shape)[..., np.newaxis]
    other = _wide(right, left) * np.broadcast_to(left.value, value.shape)[..., np.newaxis]
    return Moving(np.asarray(value), slopes + other)


def _called(function: str, inner: Moving) -> Moving:
    if function == "sum":
        axes = tuple(range(inner.value.ndim))
        return Moving(np.asarray(inner.value.sum()), inner.slopes.sum(axis=axes))
    result = np.asarray(ARRAYS[function](inner.value))
    return Moving(result, inner.slopes * slope_of(function, result)[..., np.newaxis])


__all__ = ["slopes", "spread"]
