"""The last step of reading: matrices are transposed and reordered to be as the spec has them.

Keras keeps its kernel as Wᵀ, documents with row vectors keep all matrices so, and torch and Keras stack the
gates in another order. The judge need not know: it gets W (4H, D), rows a, i, f, o, each number in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from gatewise.cells.gate_orders import GATE_ORDERS
from gatewise.cells.known.lstm import GATES, STACKED
from gatewise.expression import (
    Add,
    Array,
    Expression,
    Negative,
    Number,
    Product,
    Sigma,
    Symbol,
    Transpose,
    rebuild,
    walk,
)
from gatewise.teach.checker.read.grammar.products import MATRICES, is_matrix, is_scalar, is_vector
from gatewise.teach.checker.read.reading import Claim, Reading, Side

BY_STACK = ("d_x", "delta_out")  # what Wᵀ and Uᵀ give: sums over stacked rows


def standardize(reading: Reading) -> Reading:
    """Return the reading with matrices as the spec has them."""
    claims = reading.claims
    rows = any(_is_row_product(node) for claim in claims for side in claim.sides for node in walk(side.tree))
    of_gates = [found for claim in claims if (found := _has_transposed_weights(claim)) is not None]
    if rows or 2 * sum(of_gates) > len(of_gates):
        claims = tuple(changed(claim, _transposed_weights) for claim in claims)
    if rows:
        claims = tuple(_with_columns(claim) for claim in claims)
    claims = tuple(_with_upright_left(claim) for claim in claims)
    gates = _stated_order(claims, reading.labels)
    if not gates:
        gates = GATE_ORDERS[reading.notation].gates if reading.notation in GATE_ORDERS else GATES
    if gates != GATES:
        height = max((_height(claim) for claim in claims), default=0)
        claims = tuple(_in_spec_order(claim, gates, height) for claim in claims)
    return replace(reading, claims=claims, rows=rows, gates=gates, standard=True)


def changed(claim: Claim, change: Callable[[Expression], Expression]) -> Claim:
    """Return the claim with the tree of each side changed."""
    sides = tuple(replace(side, tree=change(side.tree)) for side in claim.sides)
    return replace(claim, left=replace(claim.left, tree=change(claim.left.tree)), sides=sides)


# Matrices that stand transposed -----------------------------------------------------------------------


def _is_row_product(node: Expression) -> bool:
    """Return whether this is x_t W: a vector to the left of a matrix that is not transposed."""
    if not isinstance(node, Product) or node.operation not in ("dot", "times") or len(node.factors) != 2:
        return False
    left, right = node.factors
    return is_vector(left) and is_matrix(right) and not isinstance(right, Transpose)


def _has_transposed_weights(claim: Claim) -> bool | None:
    """Return whether Wᵀ x_t stands in the formula of a gate; None if this is none.

    Where most have it, the document keeps W as (D, H).
    """
    left = claim.left.tree
    if not (isinstance(left, Symbol) and left.name in GATES):
        return None
    nodes = [node for side in claim.sides for node in walk(side.tree)]
    if any(isinstance(node, Transpose) and is_matrix(node) for node in nodes):
        return True
    return False if any(map(is_matrix, nodes)) else None


def _transposed_weights(node: Expression) -> Expression:
    """Return the tree with W and U transposed where they are not, and not where they are; xᵀ δ is outer."""
    if isinstance(node, Product) and node.operation == "dot" and len(node.factors) == 2:
        left, right = node.factors
        if isinstance(left, Transpose) and is_vector(left.argument) and is_vector(right):
            return Product("outer", (left.argument, right))
    if isinstance(node, Transpose) and is_matrix(node.argument):
        return node.argument
    if isinstance(node, Symbol) and node.name in MATRICES:
        return Transpose(node)
    return rebuild(node, _transposed_weights)


def _with_columns(claim: Claim) -> Claim:
    """Return a claim about a vector with x W of its numbers as Wᵀ x, so that its vectors are columns."""
    if isinstance(claim.left.tree, Transpose):
        return claim
    numbers = [not any(isinstance(node, Symbol) for node in walk(side.tree)) for side in claim.sides]
    sides = (
        replace(side, tree=_in_columns(side.tree)) if alone else side
        for side, alone in zip(claim.sides, numbers, strict=True)
    )
    return replace(claim, sides=tuple(sides))


def _in_columns(node: Expression) -> Expression:
    match node:
        case Array(rows) if len({len(row) for row in rows}) == 1:
            return node.transposed()
        case Transpose(Array() as array):
            return array
        case Product(("dot" | "outer") as operation, (left, right)) if _is_high(left) or _is_high(right):
            return Product(operation, (_in_columns(right), _in_columns(left)))
    return rebuild(node, _in_columns)


def _is_high(node: Expression) -> bool:
    """Return whether this is an array of several rows, or the transpose of one."""
    inner = node.argument if isinstance(node, Transpose) else node
    return isinstance(inner, Array) and len(inner.rows) > 1


def _with_upright_left(claim: Claim) -> Claim:
    """Return the claim Wᵀ = … as W = …, with its matrices transposed."""
    left = claim.left.tree
    if not (isinstance(left, Transpose) and isinstance(left.argument, Symbol)):
        return claim
    sides = tuple(replace(side, tree=_transposed(side.tree)) for side in claim.sides)
    return replace(claim, left=replace(claim.left, tree=left.argument), sides=sides)


def _transposed(node: Expression) -> Expression:
    """Return the transpose of a side, taken inside sums and outer products to read as the spec's."""
    match node:
        case Transpose(argument):
            return argument
        case Number():
            return node
        case Array(rows) if len({len(row) for row in rows}) == 1:
            return node.transposed()
        case Add() | Sigma() | Negative():
            return rebuild(node, _transposed)
        case Product("outer", (left, right)):
            return Product("outer", (right, left))
        case Product("times", (factor, matrix)) if is_scalar(factor):
            return Product("times", (factor, _transposed(matrix)))
    return Transpose(node)


# The order of the gates -------------------------------------------------------------------------------


def _stated_order(claims: Sequence[Claim], labels: Sequence[str]) -> tuple[str, ...]:
    """Return the order that the names of rows or the definition of gates_t or W give; () if nothing does."""
    found = tuple(dict.fromkeys(labels))
    if sorted(found) == sorted(GATES):
        return found
    for claim in claims:
        for side in claim.sides:
            if isinstance(side.tree, Array) and side.tree.shape == (len(GATES), 1):
                named = tuple(_gate(row[0]) for row in side.tree.rows)
                if sorted(named) == sorted(GATES):
                    return named
    return ()


def _gate(node: Expression) -> str:
    """Return the gate an entry of a definition stands for: W_i, b_i, i_t and δi_t are that of i."""
    if not isinstance(node, Symbol):
        return ""
    return node.part or node.name.removeprefix("d_")


def _height(claim: Claim) -> int:
    """Return how many rows the stacked matrices have, if this claim is about one."""
    if not _is_stacked(claim.left):
        return 0
    return max((side.tree.shape[0] for side in claim.sides if isinstance(side.tree, Array)), default=0)


def _is_stacked(side: Side) -> bool:
    tree = side.tree
    return isinstance(tree, Symbol) and tree.name in (*STACKED, "gates", "d_gates") and not tree.part


def _in_spec_order(claim: Claim, gates: tuple[str, ...], height: int) -> Claim:
    """Return the claim with the rows of its stacked matrices in the spec's order."""
    size = height // len(GATES)
    places = [gates.index(gate) * size + unit for gate in GATES for unit in range(size)]

    def ordered(node: Expression) -> Expression:
        if isinstance(node, Array) and len(node.rows) == height:
            return Array(tuple(node.rows[k] for k in places))
        return rebuild(node, ordered)

    def ordered_sum(node: Expression) -> Expression:
        if isinstance(node, Product) and len(node.factors) == 2:
            weights, vector = node.factors
            if isinstance(weights, Array) and all(len(row) == height for row in weights.rows):
                weights = Array(tuple(tuple(row[k] for k in places) for row in weights.rows))
                return Product(node.operation, (weights, ordered(vector)))
        return rebuild(node, ordered_sum)

    left = claim.left.tree
    if _is_stacked(claim.left) and height:
        return changed(claim, ordered)
    if isinstance(left, Symbol) and left.name in BY_STACK:
        return changed(claim, ordered_sum)
    return claim
