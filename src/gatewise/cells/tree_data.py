"""An expression as nested lists that JSON can hold, for who evaluates equations elsewhere, as a page does.

Nothing is lost but where a number was taken from: digits stay as they are written, steps may be in letters.
web/src/core/data.ts has the same form as a type.
"""

from __future__ import annotations

from typing import Any

from gatewise.expression import (
    Add,
    Call,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sigma,
    Step,
    Symbol,
    Transpose,
)


def tree_data(node: Expression) -> list[Any]:
    """Return an expression as nested lists, each with what it is in front.

    Raises
    ------
    TypeError
        If there is a matrix written out in it: formulas have none.
    """
    match node:
        case Number(text):
            return ["number", text]
        case Symbol(name, part, step, entry, new):
            return ["symbol", name, part, step_data(step), list(entry) or None, new]
        case Add(terms):
            return ["+", list(map(tree_data, terms))]
        case Negative(argument):
            return ["-", tree_data(argument)]
        case Product(operation, factors):
            return ["product", operation, list(map(tree_data, factors))]
        case Quotient(top, bottom):
            return ["/", tree_data(top), tree_data(bottom)]
        case Power(base, exponent):
            return ["^", tree_data(base), exponent]
        case Call(function, argument):
            return ["call", function, tree_data(argument)]
        case Transpose(argument):
            return ["T", tree_data(argument)]
        case Sigma(low, high, body):
            return ["sum", step_data(low), step_data(high), tree_data(body)]
    raise TypeError(f"{type(node).__name__} has no place in a formula as data")


def step_data(step: Step | None) -> int | list[Any] | None:
    """Return a time index as data: None, a number, or a letter and what is added to it."""
    if step is None:
        return None
    return [step.base, step.offset] if step.base else step.offset
