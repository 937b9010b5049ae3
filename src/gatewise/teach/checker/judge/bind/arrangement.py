"""A formula in the order in which a side has its terms and factors: f·c + i·g as i·g + f·c.

Sums, and products of numbers, may be written in any order, and factors may be multiplied out to one number.
Which part of the side stands for which part of the formula is told by what they are worth; parts whose worth
is not known keep their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from gatewise.expression import (
    Add,
    Array,
    Call,
    Expression,
    Negative,
    Power,
    Product,
    Quotient,
    Sigma,
    evaluate,
    factors_of,
    terms_in_order,
    terms_of,
)
from gatewise.teach.checker.judge.bind.alignment import IsZero, Worth
from gatewise.teach.checker.judge.numbers.grids import elementwise

Values = NDArray[np.float64]
UNKNOWN = 0.05  # what it costs to take two parts for the same of which one is not known
TIE = 1e-9
BESIDE = 1e-3  # what the factors of a product count beside its worth
ENTRY_BY_ENTRY = ("hadamard", "times")
MOST = 6  # parts whose order is tried; more keep theirs


def arranged(
    formula: Expression,
    side: Expression,
    worth: Worth,
    is_zero: IsZero,
    multiplied_out: bool,
    worths: dict[int, tuple[Expression, list[Values]]],
) -> Expression:
    """Return the formula with its terms and factors in the order of the side, as far as they correspond.

    `multiplied_out` says whether one number of the side may stand for the product of several factors;
    `worths` keeps what the parts of the side are worth from one formula to the next.
    """

    def arrange(node: Expression, shown: Expression) -> Expression:
        match node, shown:
            case Call(function, argument), Call(name, inner) if function == name:
                return Call(function, arrange(argument, inner))
            case Negative(argument), Negative(inner):
                return Negative(arrange(argument, inner))
            case Power(base, exponent), Power(inner, _):
                return Power(arrange(base, inner), exponent)
            case Quotient(top, bottom), Quotient(above, below):
                return Quotient(arrange(top, above), arrange(bottom, below))
            case ((Add() | Sigma()), Add()):
                terms = tuple(terms_of(node)) if isinstance(node, Sigma) else terms_in_order(node)
                parts = terms_in_order(shown)
                if len(parts) < len(terms):
                    gone = [k for k, term in enumerate(terms) if is_zero(term)][len(parts) - len(terms) :]
                    terms = tuple(term for k, term in enumerate(terms) if k not in gone)
                return Add(tuple(paired(terms, parts))) if len(parts) == len(terms) else node
            case Product(), Product():
                factors, given = factors_of(node), factors_of(shown)
                fewer = 1 < len(given) < len(factors) <= MOST
                if multiplied_out and fewer and node.operation in ENTRY_BY_ENTRY:
                    factors = merged(node, factors, given)
                if len(factors) != len(given) or not all(map(is_single, factors)):
                    return node
                return Product(node.operation, tuple(paired(factors, given, signed=False)))
            case Product(), Negative(Product() as inner):  # a sign that is drawn out
                return arrange(node, inner)
        return node

    def merged(node: Product, factors: list[Expression], parts: list[Expression]) -> list[Expression]:
        """Return as many factors as parts: those are one whose product stands as one number."""
        size = len(factors) - len(parts) + 1
        theirs = [numbers(part) for part in parts]
        best: tuple[Expression, ...] = ()
        least = np.inf
        for group in combinations(factors, size):
            value = worth(replace(node, factors=group))
            cost = min(_least(value, other) for other in theirs)
            if cost < least:
                best, least = group, cost
        one = replace(node, factors=best)
        kept = [factor for factor in factors if not any(factor is other for other in best[1:])]
        return [one if factor is best[0] else factor for factor in kept]

    def is_single(node: Expression) -> bool:
        value = worth(node)
        return (value is not None and value.size == 1) or not isinstance(node, Product)

    def by_factors(node: Expression, part: Expression) -> float:
        """Return how unlike the factors of two products are: they tell what a worth of 0 does not."""
        factors, shown = factors_of(node), factors_of(part)
        if not 1 < len(factors) == len(shown) <= MOST:
            return UNKNOWN
        costs = np.array([[unlike(one, other, signed=False) for other in shown] for one in factors])
        return best_order(costs)[1] / len(factors)

    def unlike(node: Expression, part: Expression, signed: bool) -> float:
        value, others = worth(node), numbers(part)
        if signed:
            return _least(value, others)
        return _least(None if value is None else np.abs(value), [np.abs(other) for other in others])

    def numbers(part: Expression) -> list[Values]:
        known = worths.get(id(part))
        if known is None:
            known = worths[id(part)] = part, _numbers(part)  # kept with its part, whose id is then no other's
        return known[1]

    def best_order(costs: NDArray[np.float64]) -> tuple[list[int], float, bool]:
        """Return the order of least cost, that cost, and whether another order costs as little."""
        n = len(costs)
        options = [(sum(costs[option[k], k] for k in range(n)), option) for option in permutations(range(n))]
        cost, order = min(options)
        return list(order), float(cost), sum(other <= cost + TIE for other, _ in options) > 1

    def paired(
        nodes: Sequence[Expression], parts: Sequence[Expression], signed: bool = True
    ) -> list[Expression]:
        """Return the nodes in the order of the parts that they stand for, each arranged in turn."""
        order = list(range(len(nodes)))
        if 1 < len(nodes) <= MOST:
            costs = np.array([[unlike(node, part, signed) for part in parts] for node in nodes])
            order, _, tied = best_order(costs)
            if tied:
                costs += BESIDE * np.array([[by_factors(node, part) for part in parts] for node in nodes])
                order, *_ = best_order(costs)
        return [arrange(nodes[place], part) for place, part in zip(order, parts, strict=True)]

    return arrange(formula, side)


def _least(one: Values | None, others: list[Values]) -> float:
    """Return how unlike a part is to another, whose worth is one of these, from 0 to 1."""
    known = [other for other in others if np.all(np.isfinite(other))]
    if one is None or not np.all(np.isfinite(one)) or not known:
        return UNKNOWN
    return min(_cost(one, other) for other in known)


def _cost(one: Values, other: Values) -> float:
    if one.size != other.size:
        return 1.0
    off = float(np.max(np.abs(one - other))) / max(float(np.max(np.abs(other))), 1e-3)
    # One that is the same tells more than two that are near.
    return 0.0 if off < 1e-3 else 0.5 + min(off, 1.0) / 2


def _numbers(node: Expression) -> list[Values]:
    """Return what a part is worth: of vectors with a dot between them both of its products."""
    found = []
    for form in (node, elementwise(node), _inner(node)):
        try:
            with np.errstate(all="ignore"):
                found.append(np.ravel(np.asarray(evaluate(form), dtype=np.float64)))
        except (ValueError, KeyError, TypeError, OverflowError, ArithmeticError):
            continue
    return found


def _inner(node: Expression) -> Expression:
    """Return the product of two vectors that both lie down or both stand as their inner product."""
    match node:
        case Product("dot", (Array((_,)) as row, Array((_,)) as other)):
            return replace(node, factors=(row, other.transposed()))
        case Product("dot", (Array(rows) as column, Array() as other)) if len(set(map(len, rows))) == 1:
            return replace(node, factors=(column.transposed(), other))
    return node
