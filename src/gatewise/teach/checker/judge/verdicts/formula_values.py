"""What formulas give on random models, where two that give the same are the same."""

from __future__ import annotations

import numpy as np

from gatewise.cells.quantities import at
from gatewise.expression import Expression, Sigma, Symbol, rebuild, walk
from gatewise.teach.checker.judge.books.book import Book, Values
from gatewise.teach.checker.judge.numbers.sizes import Sizes

# Relative: beyond it two formulas are not the same; float64 noise is far below, accidents far above.
SAME = 1e-9


def random_model(sizes: Sizes, rng: np.random.Generator) -> Book:
    book = Book(sizes)
    for name in sizes.quantities.given:
        if name in ("x", "label", "delta"):
            for t in range(sizes.T):
                symbol = at(name, t)
                book.enter(symbol, rng.uniform(-1, 1, sizes.shape(symbol)))
        else:
            book.enter(Symbol(name), rng.uniform(-1, 1, sizes.shape(Symbol(name))))
    return book


def part_of_left(value: Values, left: Symbol, sizes: Sizes) -> Values:
    """Return the part of a whole quantity that the left side stands for."""
    _, places = sizes.cells(left)
    whole_size = int(np.prod(sizes.shape(sizes.quantities.whole(left)), dtype=int))
    flat = np.ravel(value)
    return flat[places] if flat.size == whole_size and places.size != whole_size else value


def same(one: list[Values], other: list[Values]) -> bool:
    for first, second in zip(one, other, strict=True):
        a, b = np.ravel(first), np.ravel(second)
        if a.size != b.size or not np.all(np.isfinite(a)):
            return False
        scale = max(float(np.max(np.abs(b), initial=0.0)), 1e-12)
        if np.max(np.abs(a - b), initial=0.0) > SAME * scale:
            return False
    return True


def names_steps(tree: Expression) -> bool:
    """Return whether numbers stand for steps in it, so that it speaks of a sequence of T steps."""
    return any(
        (isinstance(node, Symbol) and node.step is not None and not node.step.base)
        or (isinstance(node, Sigma) and not node.high.base)
        for node in walk(tree)
    )


def is_general(left: Symbol) -> bool:
    """Return whether a formula is for every step, or for all of them together."""
    return left.step is None or bool(left.step.base)


def names_T(node: Expression) -> bool:
    return isinstance(node, Sigma) and "T" in (node.low.base, node.high.base)


def with_shifted_steps(node: Expression, offset: int) -> Expression:
    """Return the tree with every free t moved on by `offset`."""
    if not offset:
        return node
    if isinstance(node, Symbol):
        return node.shifted(offset) if node.step and node.step.base == "t" else node
    if isinstance(node, Sigma):
        return node
    return rebuild(node, lambda child: with_shifted_steps(child, offset))
