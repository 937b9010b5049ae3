"""A side with numbers put in, aligned with a formula: which number stands for which entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
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
    Sigma,
    Symbol,
    Transpose,
    factors_of,
    terms_in_order,
    terms_of,
)
from gatewise.teach.checker.judge.numbers.grids import Grid, fit, grid_of, negated
from gatewise.teach.checker.judge.numbers.printed import WrittenNumber
from gatewise.teach.checker.judge.numbers.sizes import Sizes
from gatewise.teach.checker.read.reading import Printed
from gatewise.teach.worksheet.work.substitution import LONG_SUM

IsZero = Callable[[Expression], bool]
Worth = Callable[[Expression], NDArray[np.float64] | None]  # of a part of a formula, flat; None: not known


@dataclass
class Alignment:
    """What each number of a side stands for.

    `pairs`: numbers and the entries they stand for; `free`: values of a part of the formula, such as the
    middle of a long sum; `short`: arrays that lack entries of a quantity.
    """

    pairs: list[tuple[WrittenNumber, Symbol, int]] = field(default_factory=list)
    partial_values: list[tuple[WrittenNumber, Expression, int]] = field(default_factory=list)
    incomplete: list[tuple[Grid, Symbol, list[int]]] = field(default_factory=list)


class _NoFit(Exception):
    pass


def align(
    formula: Expression, side: Expression, sizes: Sizes, is_zero: IsZero, worth: Worth
) -> Alignment | None:
    """Align a normalized side with a bound and closed formula; None if it is built otherwise.

    Terms of the formula for which `is_zero` may be missing in the side. Signs may be drawn out of products:
    −0.5 · 0.6 stands for i ⊙ g with g = −0.6.
    """
    found = Alignment()

    def operand(symbol: Symbol, node: Expression, transposed: bool = False) -> None:
        grid = grid_of(node)
        if not grid or not any(grid) or any(number.printed.at is None for row in grid for number in row):
            raise _NoFit
        if transposed and len({len(row) for row in grid}) > 1:
            raise _NoFit
        if transposed:
            grid = [list(column) for column in zip(*grid, strict=True)]
        base, cells = sizes.cells(symbol)
        how, places = fit(grid, cells.shape)
        own = cells.ravel()
        flat = [number for row in grid for number in row]
        if how == "short":
            found.incomplete.append((grid, base, own.tolist()))
        elif places is None:
            raise _NoFit
        elif how == "zero" and own.size > 1:
            found.pairs.append((flat[0], base, int(own[0])))
        else:
            found.pairs += [
                (number, base, int(own[place])) for number, place in zip(flat, places.tolist(), strict=True)
            ]

    def partial_value(part: Expression, node: Expression) -> None:
        grid = grid_of(node)
        if grid is None or any(number.printed.at is None for row in grid for number in row):
            raise _NoFit
        flat = [number for row in grid for number in row]
        found.partial_values += [(number, part, place) for place, number in enumerate(flat)]

    def match(node: Expression, side: Expression) -> None:
        worked_out = isinstance(node, (Call, Product, Add, Power, Quotient)) and node is not formula
        if worked_out and isinstance(side, Printed):  # 0.6425 for tanh(c), 0.595 for i·g
            return partial_value(node, side)
        match node:
            case Symbol():
                operand(node, side)
            case Transpose(Symbol() as symbol):
                operand(symbol, side, transposed=True)
            case Number():
                if not isinstance(side, Number) or float(side.text) != float(node.text):
                    raise _NoFit
            case Negative(argument):
                match_negative(argument, side)
            case Call("sum", argument):
                match(argument, side.argument if isinstance(side, Call) and side.function == "sum" else side)
            case Call(function, argument):
                if not isinstance(side, Call) or side.function != function:
                    raise _NoFit
                match(argument, side.argument)
            case Power(base, exponent):
                if not isinstance(side, Power) or side.exponent != exponent:
                    raise _NoFit
                match(base, side.base)
            case Quotient(top, bottom):
                if not isinstance(side, Quotient):
                    raise _NoFit
                match(top, side.top)
                match(bottom, side.bottom)
            case Sigma():
                terms = _written_out(node)
                shown = terms_in_order(side)
                if len(terms) > LONG_SUM and len(shown) == 4:
                    partial_value(Add(terms[2:-1]), shown[2])
                    terms, shown = (*terms[:2], terms[-1]), (*shown[:2], shown[3])
                match_terms(terms, shown)
            case Add():
                match_terms(terms_in_order(node), terms_in_order(side))
            case Product():
                match_factors(node, side)
            case _:
                raise _NoFit
        return None

    def match_negative(argument: Expression, side: Expression) -> None:
        if isinstance(side, Printed):
            match(argument, negated(side))
        elif isinstance(side, Negative):
            match(argument, side.argument)
        elif isinstance(side, Product) and isinstance(side.factors[0], Printed):
            match(argument, replace(side, factors=(negated(side.factors[0]), *side.factors[1:])))
        else:
            raise _NoFit

    def match_terms(terms: tuple[Expression, ...], shown: tuple[Expression, ...]) -> None:
        if len(shown) < len(terms):
            surplus = len(terms) - len(shown)
            gone = [k for k, term in enumerate(terms) if is_zero(term)][-surplus:]
            terms = tuple(term for k, term in enumerate(terms) if k not in gone)
        if len(terms) != len(shown):
            raise _NoFit
        for term, part in zip(terms, shown, strict=True):
            match(term, part)

    def match_factors(node: Product, side: Expression) -> None:
        if node.operation == "dot" and isinstance(side, (Printed, Array)):
            return partial_value(node, side)
        negative = isinstance(side, Negative)
        shown = factors_of(side.argument if isinstance(side, Negative) else side)
        multiplied_out = len(node.factors) == len(shown)  # a product among the factors stands as one number
        factors = list(node.factors) if multiplied_out else factors_of(node)
        if len(factors) != len(shown):
            raise _NoFit
        numbers, letters = list(map(_is_number, shown)), list(map(_is_letter, factors))
        if numbers != letters and sum(numbers) == sum(letters):  # else a number stands for 1 − f
            factors, shown = _sorted(factors, _is_letter), _sorted(shown, _is_number)
        shown = _with_own_signs(factors, shown, negative, worth)
        for factor, part in zip(factors, shown, strict=True):
            match(factor, part)
        return None

    try:
        match(formula, side)
    except (_NoFit, IndexError):  # a wrong formula may name entries that there are not
        return None
    return found


def _with_own_signs(
    factors: list[Expression], shown: list[Expression], negative: bool, worth: Worth
) -> list[Expression]:
    """Return the factors of a product that is shown, the signs that were drawn out of it put back."""
    turned = [_is_turned(factor, part, worth) for factor, part in zip(factors, shown, strict=True)]
    if sum(turned) % 2 == negative:
        return [
            negated(part) if turns and isinstance(part, Printed) else part
            for turns, part in zip(turned, shown, strict=True)
        ]
    if negative:
        raise _NoFit
    return shown


def _is_turned(factor: Expression, part: Expression, worth: Worth) -> bool:
    """Return whether a number has the other sign than what it stands for."""
    if not isinstance(part, Printed) or float(part.text) == 0:
        return False
    value = worth(factor)
    return value is not None and value.size == 1 and value[0] * float(part.text) < 0


@lru_cache(maxsize=1 << 10)
def _written_out(node: Sigma) -> tuple[Expression, ...]:
    return tuple(terms_of(node))


def _is_number(node: Expression) -> bool:
    return isinstance(node, (Printed, Array))


def _is_letter(node: Expression) -> bool:
    return isinstance(node, (Symbol, Transpose))


def _sorted(nodes: list[Expression], first: Callable[[Expression], bool]) -> list[Expression]:
    return sorted(nodes, key=lambda node: not first(node))


def match_in_order(grid: Grid, places: list[int], values: Sequence[float]) -> list[tuple[WrittenNumber, int]]:
    """Match the numbers of a too short array with entries: in order, and as near to `values` as can be."""
    flat = [number for row in grid for number in row]
    n, m = len(flat), len(values)
    cost = np.full((n + 1, m + 1), np.inf)
    cost[0] = 0.0
    for k in range(1, n + 1):
        for j in range(k, m + 1):
            distance = abs(flat[k - 1].value - values[j - 1])
            cost[k, j] = min(cost[k, j - 1], cost[k - 1, j - 1] + min(distance, 1e3))
    pairs: list[tuple[WrittenNumber, int]] = []
    k, j = n, m
    while k:
        if cost[k, j] == cost[k, j - 1] and j > k:
            j -= 1
        else:
            pairs.append((flat[k - 1], places[j - 1]))
            k, j = k - 1, j - 1
    return pairs[::-1]
