"""Where a line's value goes, and where each symbol of a row leads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from gatewise.expression import Expression, Sigma, Symbol, rebuild, terms_of, walk
from gatewise.teach.worksheet.layout.joined import joined_in
from gatewise.teach.worksheet.work.ledger import Ledger
from gatewise.teach.worksheet.work.lines import Line

FORMULA = "formula-"  # what the source of an operand in letters begins with: formula-F5
GIVEN = "given"  # the source of x_t and label_t: the section that has them


def used_by(lines: Iterable[Line]) -> dict[str, tuple[str, ...]]:
    """Return, for each line by its id, the ids of the lines that take its value, in the order of work.

    It is the inverse of `Line.uses`. What is no line itself, δgates_t and the like, has an entry, too: the
    lines whose formula names it.
    """
    users: dict[str, dict[str, None]] = {}
    for line in lines:
        for used in (*line.uses, *_joined(line)):
            users.setdefault(used, {})[line.id] = None
    return {used: tuple(ids) for used, ids in users.items()}


def _joined(line: Line) -> Iterator[str]:
    """Yield the ids of what a line's formula takes that is put together of several lines."""
    for side in _written_out(line.formula) if line.formula else ():
        for symbol in joined_in(side, line.working):
            if source := line.working.source_of(symbol):
                yield source


def _written_out(formula: Expression) -> Iterator[Expression]:
    """Yield a formula, and the terms of the sums over steps in it."""
    yield formula
    for node in walk(formula):
        if isinstance(node, Sigma):
            yield from terms_of(node)


def with_sources(side: Expression, working: Ledger[Line]) -> Expression:
    """Return a side whose symbols remember the lines that their values stand on.

    A symbol in letters has no such line, and remembers where it is stated: an equation, or what is given.
    """
    if isinstance(side, Symbol):
        return (
            side if side.source else replace(side, source=working.source_of(side) or _stated(side, working))
        )
    return rebuild(side, lambda node: with_sources(node, working))


def _stated(symbol: Symbol, working: Ledger[Line]) -> str:
    if symbol.step is None or not symbol.step.base:
        return ""
    known = working.quantities
    base = known.whole(symbol)
    if len(known.made_of(base)) > 1:
        return base.name
    equation = known.equation_of(base)
    return f"{FORMULA}{equation.id}" if equation else GIVEN
