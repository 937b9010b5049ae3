"""Two sides of a chain side by side: in which number the later one differs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

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
    Symbol,
    Transpose,
    rebuild,
    walk,
)
from gatewise.teach.checker.judge.numbers.printed import WrittenNumber, written_number
from gatewise.teach.checker.read.reading import Printed

Same = Callable[[Expression, Expression], bool | None]
MOST_PARTS = 5  # of a sum or product whose order is tried


def is_one_by_one(tree: Expression) -> bool:
    """Return whether a side is taken unit by unit: no letter in it, and no product of two arrays."""
    for node in walk(tree):
        if isinstance(node, (Symbol, Transpose, Sigma)) or (
            isinstance(node, Call) and node.function not in ("sigmoid", "tanh", "relu", "exp")
        ):
            return False
        if isinstance(node, Product) and sum(map(_has_array, node.factors)) > 1:
            return False
    return True


def _has_array(tree: Expression) -> bool:
    return any(isinstance(node, Array) for node in walk(tree))


def differing_numbers(one: Expression, other: Expression, same: Same) -> list[WrittenNumber] | None:
    """Return the literals of `other` in which it differs from `one`; None if the two are built otherwise."""
    if isinstance(other, Printed):
        return [written_number(other)] if other.at is not None else None
    match one, other:
        case Call(function, first), Call(name, second) if function == name:
            return differing_numbers(first, second, same)
        case (Negative(first), Negative(second)):
            return differing_numbers(first, second, same)
        case Power(first, exponent), Power(second, power) if exponent == power:
            return differing_numbers(first, second, same)
        case Quotient(top, bottom), Quotient(above, below):
            return _paired((top, bottom), (above, below), same, ordered=True)
        case Add(terms), Add(others) if len(terms) == len(others):
            return _paired(terms, others, same)
        case Product(_, factors), Product(_, others) if len(factors) == len(others):
            return _paired(factors, others, same)
    return None


def _paired(
    ones: tuple[Expression, ...], others: tuple[Expression, ...], same: Same, ordered: bool = False
) -> list[WrittenNumber] | None:
    """Pair the parts of two sums or products so that the fewest differ, and go into the one that does."""
    orders = [ones] if ordered or len(ones) > MOST_PARTS else [ones, *permutations(ones)]
    best: list[tuple[Expression, Expression]] | None = None
    for order in orders:
        differ = [
            (one, other) for one, other in zip(order, others, strict=True) if same(one, other) is not True
        ]
        if best is None or len(differ) < len(best):
            best = differ
        if len(best) <= 1:
            break
    if not best:
        return []
    if len(best) != 1:
        return None
    return differing_numbers(*best[0], same)


def with_other(tree: Expression, number: Printed, other: Printed) -> Expression:
    """Return the tree with another number in the place of one of its own."""
    if isinstance(tree, Printed):
        return other if tree.at == number.at else tree
    return rebuild(tree, lambda child: with_other(child, number, other))
