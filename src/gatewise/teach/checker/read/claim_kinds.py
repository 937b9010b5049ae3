"""What a claim is, by its sides: a size, a value, a function that is explained and not used."""

from __future__ import annotations

from gatewise.expression import Array, Call, Expression, Number, Symbol, walk
from gatewise.teach.checker.read.reading import Claim, Side
from gatewise.teach.checker.read.tokens.lexer import Token
from gatewise.teach.checker.read.words import FUNCTIONS

SIZES = ("T", "N", "D", "H", "t", "k", "n", "d")  # what a formula such as T = 2 tells the size of


def left_symbol(claim: Claim) -> Symbol | None:
    return claim.left.tree if isinstance(claim.left.tree, Symbol) else None


def defines_function(left: Expression, sides: list[Side]) -> bool:
    """Return whether this is σ(z) = …: a function explained, not used; tanh(c_0) = 0.64 gives its value."""
    if not isinstance(left, Call) or any(isinstance(node, Number) for node in walk(left)):
        return False
    return all(any(isinstance(node, Symbol) for node in walk(side.tree)) for side in sides)


def of_numbers(tree: Expression) -> bool:
    """Return whether no letters stand in a side."""
    return not any(isinstance(node, Symbol) for node in walk(tree))


def is_value(tree: Expression) -> bool:
    """Return whether a side is a number, or a matrix of numbers."""
    return all(isinstance(node, (Number, Array)) for node in walk(tree))


def is_slope(left: list[Token]) -> bool:
    """Return whether this is σ' or σ'(z): the derivative of a function explained, not used."""
    marks = [token.text for token in left[1:4] if token.kind in ("sup", "word")]
    primed = marks[:1] == ["new"] or marks[:2] == ["", "prime"]
    return primed and left[0].text in FUNCTIONS and not any(token.kind == "number" for token in left)


def is_size(left: Expression) -> bool:
    return isinstance(left, Symbol) and left.name in SIZES and not left.step
