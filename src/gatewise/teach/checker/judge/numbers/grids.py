"""Printed trees in normal form: signs joined to their numbers, bracketed arrays as grids of numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gatewise.expression import (
    Add,
    Array,
    Call,
    Expression,
    Negative,
    Number,
    Product,
    Quotient,
    Symbol,
    Transpose,
    rebuild,
    walk,
)
from gatewise.teach.checker.judge.numbers.printed import WrittenNumber, written_number
from gatewise.teach.checker.read.reading import Claim, Printed

Grid = list[list[WrittenNumber]]
Fit = Literal["fits", "transposed", "zero", "short", "mismatch"]


def normalized(node: Expression) -> Expression:
    """Return the tree with −(0.5) as −0.5, transposed arrays written out, [0.5] as 0.5, 1/(1 + e^−z) as σ(z).

    Where a matrix stands before a vector that lies down, all vectors of the tree are put upright.
    """
    if isinstance(node, Printed) or (isinstance(node, Symbol) and node.name != "missing"):
        return node
    if isinstance(node, Array) and _has_numbers_alone(node) and sum(map(len, node.rows)) > 1:
        return node
    node = _normal(node)
    return _upright(node) if any(map(_lies_down, walk(node))) else node


def _has_numbers_alone(node: Array) -> bool:
    return all(isinstance(entry, Printed) for row in node.rows for entry in row)


def _lies_down(node: Expression) -> bool:
    """Return whether this is a matrix times a row that is meant as a column."""
    match node:
        case Product("dot", (Array(rows), Array((row,)))):
            return len(rows) > 1 and len(row) > 1 and all(len(each) == len(row) for each in rows)
    return False


def _upright(node: Expression) -> Expression:
    match node:
        case Product("dot", (Array((_,)), Array(rows))) if len(rows) > 1:
            return node
        case Array((_,)):
            return node.transposed()
    return rebuild(node, _upright)


def _normal(node: Expression) -> Expression:
    if isinstance(node, Printed):
        return node
    node = rebuild(node, _normal)
    match node:
        case Symbol(name="missing"):  # of labels, on our own sheets
            return Printed("nan")
        case Negative(Printed() as number):
            return negated(number)
        case Array(((Printed() as only,),)):
            return only
        case Transpose(Array() as array) if len({len(row) for row in array.rows}) == 1:
            return array.transposed()
        case Transpose(argument) if not any(isinstance(each, (Array, Symbol)) for each in walk(argument)):
            return argument
        case Quotient(Number(text="1"), Add((Number(text="1"), Call("exp", power)))):  # σ written out
            return Call("sigmoid", _without_minus(power))
    return node


def _without_minus(node: Expression) -> Expression:
    if isinstance(node, Printed):
        return negated(node)
    return node.argument if isinstance(node, Negative) else Negative(node)


def elementwise(node: Expression) -> Expression:
    """Return the tree with every product taken entry by entry, as f_t · c_{t−1} of vectors is meant."""
    if isinstance(node, Product):
        return replace(node, operation="hadamard", factors=tuple(map(elementwise, node.factors)))
    return rebuild(node, elementwise)


def negated(number: Printed) -> Printed:
    """Return the number with the other sign, at the same place."""
    text = number.text[1:] if number.text.startswith("-") else f"-{number.text}"
    return replace(number, text=text)


def grid_of(node: Expression) -> Grid | None:
    """Return the numbers of a value, row by row; None if `node` is not one."""
    if isinstance(node, Printed):
        return [[written_number(node)]]
    if isinstance(node, Array) and node.rows and _has_numbers_alone(node):
        return [[written_number(entry) for entry in row if isinstance(entry, Printed)] for row in node.rows]
    return None


def grids_of(claim: Claim) -> list[Grid]:
    """Return the numbers of each side that is a value, in order."""
    return [grid for side in claim.sides if (grid := grid_of(normalized(side.tree))) is not None]


def is_symbolic(node: Expression) -> bool:
    """Return whether letters stand in it."""
    return any(isinstance(part, Symbol) for part in walk(node))


def numbers_in(node: Expression) -> list[Printed]:
    """Return every printed number of a tree; what stands for a missing label has no place."""
    return [part for part in walk(node) if isinstance(part, Printed) and part.at is not None]


def fit(grid: Grid, shape: tuple[int, ...]) -> tuple[Fit, NDArray[np.intp] | None]:
    """Return how a printed grid fills a shape, and the flat place in it of each number, row by row.

    "transposed": rows and columns exchanged; "zero": one 0 for every entry; "short": entries are missing;
    "mismatch": anything else. Places are None for the last two.
    """
    rows, columns = len(grid), max(map(len, grid), default=0)
    size = int(np.prod(shape, dtype=int))
    ragged = len({len(row) for row in grid}) > 1
    two = shape if len(shape) == 2 else (size, 1)
    places = np.arange(size)
    if not ragged and (rows, columns) == two:
        return "fits", places
    if not ragged and (columns, rows) == two:
        transposed = places.reshape(two).T.ravel()
        return ("fits" if len(shape) < 2 else "transposed"), transposed
    if not columns:
        return ("short" if size else "mismatch"), None
    if rows == columns == 1 and grid[0][0].value == 0:
        return "zero", places
    count = sum(map(len, grid))
    if count < size and (len(shape) < 2 or rows in two or columns in two):
        return "short", None
    return "mismatch", None
