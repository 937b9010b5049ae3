"""Substituted sides: a formula with displayed values put in, never written by hand.

What is printed on a line works out as printed: `settle` adds guard digits to the operands until it does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from gatewise.expression import (
    Add,
    Array,
    Call,
    Expression,
    Number,
    Product,
    Sigma,
    Symbol,
    Transpose,
    evaluate,
    evaluate_decimal,
    magnitude,
    rebuild,
    terms_of,
    walk,
)
from gatewise.teach.worksheet.digits import ALL_GUARDS, DOUBT, FLOAT, Numbers, Style, exact, style_for, tree
from gatewise.teach.worksheet.work.ledger import Ledger

GUARD_DIGITS = (*range(13), ALL_GUARDS)  # tried in this order until the line reproduces
LONG_SUM = 6  # a sum over more steps is shown by its first two terms, the sum of the middle, and the last


def settle(
    ledger: Ledger[Any], formula: Expression, result: Numbers, styles: Sequence[Style]
) -> tuple[Expression, bool]:
    """Put displayed values into the formula, with the fewest guard digits that give `result`.

    `styles` are those of the entries of `result`, in their order. Also says whether they do; if no number
    of digits does, the side with the most is returned.
    """
    return settle_side(ledger, lambda guard: substitute(ledger, formula, guard), result, styles)


def settle_side(
    ledger: Ledger[Any], put: Callable[[int], Expression], result: Numbers, styles: Sequence[Style]
) -> tuple[Expression, bool]:
    """Call `put` with more and more guard digits until the side that it makes gives `result`."""
    substituted: Expression = Number("0")
    for guard in GUARD_DIGITS:
        substituted = put(guard)
        if _reproduces(substituted, result, styles, by_hand=ledger.rounding == "hand"):
            return substituted, True
    return substituted, False


def substitute(ledger: Ledger[Any], formula: Expression, guard: int = 0) -> Expression:
    """Put the displayed values into the formula, written as one writes numbers: 0.5 × 0.2."""

    def put(node: Expression) -> Expression:
        match node:
            case Symbol(entry=(_, *_)):
                return taken(ledger.number(node, guard), ledger.source_of(node))
            case Symbol():
                numbers = ledger.gather(node, lambda line: line.numbers(guard), ledger.order)
                return taken(tree(numbers), ledger.source_of(node))
            case Transpose(Symbol() as symbol):
                numbers = ledger.gather(symbol, lambda line: line.numbers(guard), ledger.order)
                return taken(tree(numbers.T), ledger.source_of(symbol))
            case Call("sum", argument):
                inner = put(argument)
                return inner if _is_scalar(inner) else Call("sum", inner)
            case Sigma():
                return _unrolled(ledger, list(terms_of(node)), put, guard)
            case Product("dot", (Symbol(entry=(_, *_)) as vectors, _)):  # a row or column of a large matrix
                value = float(evaluate(node, ledger.value))
                number = style_for([value], ledger.digits, ledger.ties).number(value, guard)
                return taken(number, ledger.source_of(vectors))
            case Product(operation, factors):
                parts = tuple(put(factor) for factor in factors)
                if operation == "outer" and isinstance(parts[1], Array):
                    parts = (parts[0], parts[1].transposed())
                if sum(not _is_scalar(part) for part in parts) <= 1:
                    operation = "times"
                return Product(operation, parts)
        return rebuild(node, put)

    return put(ledger.closed(formula))


def taken(displayed: Expression, source: str) -> Expression:
    """Return a displayed value that remembers the line it was taken from."""
    if isinstance(displayed, Number):
        return Number(displayed.text, displayed.guard, source=source)
    return Array(displayed.rows, source=source) if isinstance(displayed, Array) else displayed


def _unrolled(
    ledger: Ledger[Any], terms: list[Expression], put: Callable[[Expression], Expression], guard: int
) -> Expression:
    """Write a sum over steps out; of a long one, put the middle in as one displayed sum."""
    if len(terms) <= LONG_SUM:
        return Add(tuple(put(term) for term in terms)) if len(terms) > 1 else put(terms[0])
    values = ledger.evaluate_exactly(Add(tuple(terms[2:-1])))
    gates = ledger.quantities.gates
    if values.ndim and gates and len(values) == len(gates) * ledger.shapes.units:
        values = ledger.arranged(values, ledger.order)
    middle = np.empty(values.shape, dtype=object)
    for place, value in np.ndenumerate(values):
        middle[place] = style_for([value], ledger.digits, ledger.ties).number(value, guard)
    return Add((put(terms[0]), put(terms[1]), tree(middle), put(terms[-1])))


def _is_scalar(node: Expression) -> bool:
    return not any(isinstance(part, Array) for part in walk(node))


def _reproduces(side: Expression, result: Numbers, styles: Sequence[Style], *, by_hand: bool) -> bool:
    """Whether a substituted side, evaluated from what is displayed on it, gives the displayed result.

    Where the result is 0, so is what float64 cannot tell from 0; and what is cut off is, unless the work is
    by hand, a number of float64, or of a calculator, to which 0.99999999999999999 is 1.
    """
    values = np.ravel(evaluate(side)).tolist()
    sizes = np.ravel(magnitude(side)).tolist()
    if any(style.doubtful(*pair) for style, *pair in zip(styles, values, sizes, strict=True)):
        values = np.ravel(evaluate_decimal(side)).tolist()

    def gives(style: Style, value: float | Decimal, size: float, text: str) -> bool:
        return (
            style.write(exact(value)) == text
            or (text == "0" and abs(float(value)) <= DOUBT * size)
            or (style.ties == "truncate" and not by_hand and style.write(FLOAT.plus(exact(value))) == text)
        )

    return all(
        gives(style, value, size, number.text)
        for style, value, size, number in zip(styles, values, sizes, result.ravel().tolist(), strict=True)
    )


def count_numbers(ledger: Ledger[Any], formula: Expression) -> int:
    """Count the numbers that a substituted side would hold."""
    count = 0
    for node in walk(ledger.closed(formula)):
        if isinstance(node, Sigma):
            first = next(terms_of(node))
            count += count_numbers(ledger, first) * min(LONG_SUM, node.high.offset + 1)
        elif isinstance(node, Symbol) and (node.step is None or not node.step.base):
            count += ledger.value(node).size
    return count
