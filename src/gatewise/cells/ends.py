"""The ends of a sequence: what stands for terms that take a step which does not exist, as δstate_T ⊙ f_T.

Such terms are boundary values; quantities.py puts them in place, by the terms of each cell.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from gatewise.expression import Expression, Negative, Number, Product, Step, Symbol, bind, walk

CARRIED = "carried"  # what a boundary value is called
Leaves = tuple[Any, ...]


def is_inside(symbol: Symbol, steps: int) -> bool:
    """Tell whether a quantity belongs to a step of the sequence, or to none; Δout_{t-1} belongs to t."""
    if symbol.step is None:
        return True
    t = symbol.step.offset
    if symbol.name.startswith("delta_"):
        return -1 <= t < steps - 1
    return 0 <= t < steps


def boundary_of(name: str, carried: Collection[str]) -> str:
    """Name the boundary value of one of the `carried` quantities: by itself where there are several."""
    return CARRIED if len(carried) == 1 else f"{CARRIED}_{name}"


def boundaries(carried: Mapping[str, tuple[Expression, ...]], steps: int) -> Mapping[Leaves, Symbol]:
    """Return the boundary values by what the terms that they stand for are made of.

    `carried` has the terms of each quantity's δ that come from step t+1.
    """
    return {
        _leaves(bind(term.argument if isinstance(term, Negative) else term, steps - 1)): Symbol(
            boundary_of(name, carried), step=Step("", steps)
        )
        for name, terms in carried.items()
        for term in terms
    }


def boundary_in_place_of(term: Expression, known: Mapping[Leaves, Symbol]) -> Symbol | None:
    """Return the boundary value that stands for a bound term, with its entry; None for all other terms."""
    if not isinstance(term, (Symbol, Product)) or (boundary := known.get(_leaves(term))) is None:
        return None
    return replace(boundary, entry=next(node.entry for node in walk(term) if isinstance(node, Symbol)))


def _leaves(node: Expression) -> Leaves:
    """Return what a term is made of: its quantities, without entries, and its numbers, in reading order."""
    return tuple(
        (leaf.name, leaf.part, leaf.step) if isinstance(leaf, Symbol) else leaf.text
        for leaf in walk(node)
        if isinstance(leaf, (Symbol, Number))
    )
