"""What formulas give on random models, where two that give the same are the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gatewise.cells.beside.by_gate import PREFIX
from gatewise.cells.quantities import at
from gatewise.expression import Expression, Number, Sigma, Step, Symbol, children, rebuild, walk, with_symbols
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


def is_of_step(tree: Expression) -> bool:
    """Return whether a free t stands in it, outside of all sums."""
    match tree:
        case Symbol(step=step):
            return step is not None and step.base == "t"
        case Sigma():
            return False
    return any(map(is_of_step, children(tree)))


def is_general(left: Symbol) -> bool:
    """Return whether a formula is for every step, or for all of them together."""
    return left.step is None or bool(left.step.base)


def names_T(node: Expression) -> bool:
    return isinstance(node, Sigma) and "T" in (node.low.base, node.high.base)


def names_later_step(tree: Expression) -> bool:
    """Return whether something of a step after t stands in it."""
    return any(
        isinstance(node, Symbol) and node.step is not None and node.step.base == "t" and node.step.offset > 0
        for node in walk(tree)
    )


def before_activation(node: Expression) -> Expression:
    """Return the tree with the derivatives by gates themselves taken for those before the activation."""

    def before(symbol: Symbol) -> Symbol:
        by_gate = symbol.name.startswith(PREFIX)
        return replace(symbol, name=f"d_{symbol.name.removeprefix(PREFIX)}") if by_gate else symbol

    return with_symbols(node, before)


def with_counts(node: Expression) -> Expression:
    """Return the tree with the number of steps where T, N, n or m stands for it: 1/T Σ L_t."""
    steps = Sigma(Step("", 0), Step("T", -1), Number("1"))
    return with_symbols(node, lambda s: steps if s.name in ("T", "N", "n", "m") and s.step is None else s)


def with_shifted_steps(node: Expression, offset: int) -> Expression:
    """Return the tree with every free t moved on by `offset`."""
    if not offset:
        return node
    if isinstance(node, Symbol):
        return node.shifted(offset) if node.step and node.step.base == "t" else node
    if isinstance(node, Sigma):
        return node
    return rebuild(node, lambda child: with_shifted_steps(child, offset))
