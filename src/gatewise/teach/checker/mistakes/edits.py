"""Wrong formulas, made from right ones: every tree that differs from a given one by a single edit.

changes.py and matrices.py say what an edit may be, plausible.py which are mistakes that people make, words.py
what a teacher calls them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gatewise.cells.cell import Cell
from gatewise.cells.known.table import LSTM
from gatewise.expression import Expression, Product, Symbol, children, product, rebuild, substituted, walk
from gatewise.teach.checker.mistakes.changes import (
    Change,
    Edit,
    change_bounds,
    change_power,
    change_slope,
    drop,
    exchange_complement,
    flip_sign,
    scale,
    shift_index,
    swap_function,
    swap_gate,
    swap_quantity,
    turn_difference,
)
from gatewise.teach.checker.mistakes.matrices import leave_out_transpose, take_rows, transpose, turn_outer

CHANGES: tuple[Change, ...] = (
    drop, shift_index, swap_gate, swap_quantity, flip_sign, swap_function, change_power, change_slope,
    leave_out_transpose, change_bounds, exchange_complement, turn_difference, transpose, turn_outer,
    take_rows,
)  # fmt: skip
OF_SYMBOLS: tuple[Change, ...] = (shift_index, swap_gate, swap_quantity)


def edits(tree: Expression, cell: Cell = LSTM) -> Iterator[Edit]:
    """Yield every edit of a right-hand side at a single place, kind by kind, and of the whole."""
    for change in CHANGES:
        yield from everywhere(tree, change, cell)
    yield from scale(tree)


def consistent_edits(tree: Expression, cell: Cell = LSTM) -> Iterator[Edit]:
    """Yield edits made wherever a quantity stands, by someone who takes it for another: i in i ⊙ (1 − i)."""
    for symbol in dict.fromkeys(node for node in walk(tree) if isinstance(node, Symbol)):
        for change in OF_SYMBOLS:
            for edit in change(symbol, cell):
                yield replace(edit, right=substituted(tree, symbol, edit.right))
    for change in CHANGES:
        if change not in OF_SYMBOLS:
            yield from everywhere(tree, change, cell)
    yield from scale(tree)


def everywhere(node: Expression, change: Change, cell: Cell = LSTM) -> Iterator[Edit]:
    """Yield `node` with `change` made at one place, for each place."""
    yield from change(node, cell)
    for k, child in enumerate(children(node)):
        for edit in everywhere(child, change, cell):
            yield replace(edit, right=_with_child(node, k, edit.right))


def _with_child(node: Expression, k: int, child: Expression) -> Expression:
    places = iter(range(len(children(node))))
    changed = rebuild(node, lambda old: child if next(places) == k else old)
    if isinstance(changed, Product):  # a product among the factors joins them
        return product(changed.operation, *changed.factors)
    return changed
