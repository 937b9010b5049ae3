"""What is put together of several lines, as δgates_t is of its gates, and so is no line itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gatewise.cells.quantities import JOINED
from gatewise.expression import Array, Expression, Symbol, walk
from gatewise.teach.worksheet.work.ledger import Ledger
from gatewise.teach.worksheet.work.lines import Line
from gatewise.teach.worksheet.work.working import Working


def joined_in(side: Expression, working: Ledger[Line]) -> Iterator[Symbol]:
    """Yield the quantities on a side that are put together of several lines."""
    made_of = working.quantities.made_of
    for node in walk(side):
        if isinstance(node, Symbol) and not node.entry and len(made_of(node)) > 1:
            yield replace(node, source="")


def stack_of(joined: Symbol, working: Working) -> Expression:
    """Return what such a quantity is made of: the gates' vectors or rows, one above the other."""
    made_of = working.quantities.made_of(joined)
    gates = dict(zip(working.shapes.parts_of(joined), made_of, strict=True))
    order = working.order if joined.name in JOINED else tuple(gates)
    return Array(tuple((gates[gate],) for gate in order))
