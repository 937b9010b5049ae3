"""Parts of an equation in words: short ones for ids, and those of a sentence."""

from __future__ import annotations

from gatewise.expression import Add, Expression, Negative, Number, Power, Product, Symbol, Transpose, text
from gatewise.expression import ascii as ascii_text


def tanh_slope_of(node: Expression) -> Expression | None:
    """Return z if `node` is 1 − z²."""
    match node:
        case Add((Number("1"), Negative(Power(value, 2)))):
            return value
    return None


def slug_of(node: Expression) -> str:
    """Return `node` as a word in an id: d_state_next*f_next, tanh-slope, one-minus-i."""
    match node:
        case Add((Number("1"), Negative(Power(_, 2)))):
            return "tanh-slope"
        case Add((Number("1"), Negative(Symbol() as value))):
            return f"one-minus-{slug_of(value)}"
        case Product(_, factors):
            return "*".join(slug_of(factor) for factor in factors)
        case Transpose(argument):
            return f"{slug_of(argument)}T"
    shown = ascii_text(node).replace(" ", "").replace("[t]", "")
    return (
        shown.replace("[t+1]", "_next")
        .replace("[t-1]", "_prev")
        .replace("[t-2]", "_prev2")
        .replace("[t+2]", "_next2")
    )


def described(node: Expression) -> str:
    """Return `node` as it stands within a sentence."""
    if isinstance(node, Product) and node.operation == "dot" and isinstance(node.factors[0], Symbol):
        first = node.factors[0]
        which = {"W": "input term", "U": "recurrent term"}.get(first.name, "term")
        return f"the {which} {text(node)}"
    if isinstance(node, Symbol) and node.name == "b":
        return f"the bias {text(node)}"
    return text(node)
