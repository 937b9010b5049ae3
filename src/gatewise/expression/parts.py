"""Parts of a formula: the terms of its sum, the factors of its product, and its symbols changed."""

from __future__ import annotations

from collections.abc import Callable

from gatewise.expression.tree import Add, Expression, Product, Symbol, rebuild


def terms_in_order(node: Expression) -> tuple[Expression, ...]:
    """Return the terms of a sum, those of sums within it in their place."""
    if not isinstance(node, Add):
        return (node,)
    return tuple(part for term in node.terms for part in terms_in_order(term))


def factors_of(node: Expression) -> list[Expression]:
    """Return the factors of a product, those of products within it in their place."""
    if not isinstance(node, Product):
        return [node]
    return [part for factor in node.factors for part in factors_of(factor)]


def with_symbols(node: Expression, change: Callable[[Symbol], Expression]) -> Expression:
    """Return the tree with `change` of each of its symbols in their place."""

    def put(part: Expression) -> Expression:
        return change(part) if isinstance(part, Symbol) else rebuild(part, put)

    return put(node)


def substituted(node: Expression, symbol: Symbol, other: Expression) -> Expression:
    """Return the tree with another in the place of a symbol."""
    return with_symbols(node, lambda each: other if each == symbol else each)
