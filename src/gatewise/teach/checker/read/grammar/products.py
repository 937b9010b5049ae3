"""Products: the one that a sign stands for, and the one of two things written side by side."""

from __future__ import annotations

from gatewise.expression import Array, Expression, Number, Product, Quotient, Symbol, Transpose, product
from gatewise.expression.tree import Operation

OPERATIONS: dict[str, Operation] = {
    "⊙": "hadamard", "·": "dot", "@": "dot", "⊗": "outer", "×": "times", "*": "times",
}  # fmt: skip
VECTORS = ("x", "out", "state", "gates", "a", "i", "f", "o", "delta", "label", "z")
MATRICES = ("W", "U", "d_W", "d_U")


def combine(sign: str, left: Expression, right: Expression) -> Expression:
    """Return `left` sign `right`; δgates · xᵀ of two vectors is their outer product."""
    if sign == "/":
        return Quotient(left, right)
    if sign in "·@⊗" and isinstance(right, Transpose) and is_vector(right.argument) and is_vector(left):
        return Product("outer", (left, right.argument))
    if isinstance(left, Transpose) and is_vector(left.argument) and is_vector(right):
        return Product("dot", (left, right))
    if sign == "*" and not any(is_scalar(factor) for factor in (left, right)):
        return product("hadamard", left, right)
    return product(OPERATIONS[sign], left, right)


def juxtaposed(left: Expression, right: Expression) -> Expression:
    """Return the product of two things side by side: which one depends on what they are."""
    if is_scalar(left):
        return combine("×", left, right)
    if isinstance(left, Array) and isinstance(right, Array):
        return combine("·", left, right)
    if isinstance(right, Transpose) or is_matrix(left) or is_matrix(right):
        return combine("·", left, right)
    if is_vector(left) and is_vector(right):
        return combine("⊙", left, right)
    return combine("×", left, right)


def is_scalar(node: Expression) -> bool:
    """Return whether this is a number, or λ."""
    return isinstance(node, Number) or (isinstance(node, Symbol) and node.name == "learning_rate")


def is_vector(node: Expression) -> bool:
    return isinstance(node, Symbol) and node.name.removeprefix("d_").removeprefix("delta_") in VECTORS


def is_matrix(node: Expression) -> bool:
    inner = node.argument if isinstance(node, Transpose) else node
    return isinstance(inner, Symbol) and inner.name in MATRICES


def transposed(node: Expression) -> Expression:
    """Return the transpose; a matrix that is written out gets its entries exchanged."""
    if isinstance(node, Transpose):
        return node.argument
    if isinstance(node, Array) and len({len(row) for row in node.rows}) == 1:
        return node.transposed()
    return Transpose(node)
