"""How far the rounding of its operands can move a result: first-order slopes, carried along exactly.

Interval arithmetic would count each operand once for every place where it stands; σ(1 − σ) would come out
twice too wide. Half a unit of the last digit is so small that the slope says it all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
    terms_of,
    walk,
)
from gatewise.expression.evaluate import ARRAYS

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
    operands = _operands(formula)
    sizes = [np.asarray(radius(node)).size if isinstance(node, Symbol) else 1 for node in operands]
    starts = dict(zip(operands, np.cumsum([0, *sizes[:-1]]).tolist(), strict=True)) if operands else {}

    def leaf(node: Expression) -> tuple[Values, Columns]:
        if isinstance(node, Symbol):
            radii = np.ravel(radius(node))
            return np.asarray(value(node)), (starts[node] + np.arange(radii.size), radii)
        assert isinstance(node, Number)
        worth, size = number(node)
        return np.asarray(worth), (np.array([starts[node]]), np.array([size]))

    result = _carry(formula, leaf, max(1, sum(sizes)))
    return result.value, np.abs(result.slopes).sum(axis=-1)


def slopes(
    formula: Expression, value: Read, places: Callable[[Symbol], NDArray[np.intp] | None], count: int
) -> Values:
    """The derivative of a formula by each of the `count` entries of a quantity, on one more axis.

    `places` says which of the entries a symbol holds; None for other quantities.
    """

    def leaf(node: Expression) -> tuple[Values, Columns]:
        if not isinstance(node, Symbol):
            assert isinstance(node, Number)
            return np.asarray(float(node.text)), None
        own = places(node)
        return np.asarray(value(node)), None if own is None else (np.ravel(own), np.ones(own.size))

    return _carry(formula, leaf, count).slopes


def _carry(formula: Expression, leaf: Callable[[Expression], tuple[Values, Columns]], count: int) -> Moving:
    """Work a formula out with slopes; `leaf` gives a value, the columns of its entries and their slopes."""

    def moving(node: Expression) -> Moving:
        worth, columns = leaf(node)
        own = np.zeros((worth.size, count))
        if columns is not None:
            own[np.arange(worth.size), columns[0]] = columns[1]
        return Moving(worth, own.reshape(*worth.shape, count))

    def go(node: Expression) -> Moving:
        match node:
            case Symbol() | Number():
                return moving(node)
            case Array(rows):
                cells = [[go(entry) for entry in row] for row in rows]
                return Moving(
                    np.array([[cell.value for cell in row] for row in cells]),
                    np.array([[cell.slopes for cell in row] for row in cells]),
                )
            case Add(terms):
                return _total([go(term) for term in terms])
            case Sigma():
                return _total([go(term) for term in terms_of(node)])
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


def _operands(formula: Expression) -> list[Expression]:
    """Every symbol of a formula once, and every printed number."""
    found: dict[Expression, None] = {}

    def collect(nodes: Iterable[Expression]) -> None:
        for node in nodes:
            if isinstance(node, Sigma):
                for term in terms_of(node):
                    collect(walk(term))
            elif isinstance(node, Number) or (
                isinstance(node, Symbol) and (node.step is None or not node.step.base)
            ):
                found[node] = None

    collect(walk(formula))
    return list(found)


def _total(terms: list[Moving]) -> Moving:
    total = terms[0]
    for term in terms[1:]:
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
    slope = 1 - result**2 if function == "tanh" else result * (1 - result)
    return Moving(result, inner.slopes * np.asarray(slope)[..., np.newaxis])


__all__ = ["slopes", "spread"]
