"""Quantities that are printed twice with two values within one scope."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gatewise.expression import Symbol
from gatewise.teach.checker.judge.arithmetic.stated import Stated, Statements
from gatewise.teach.checker.judge.numbers.printed import WrittenNumber, agree
from gatewise.teach.checker.judge.reading.own import shown_name
from gatewise.teach.checker.report import Finding

MOST = 500  # values that are stated again


def contradictions(
    statements: Statements, is_variable: Callable[[Symbol], bool]
) -> Iterator[tuple[WrittenNumber, WrittenNumber, Finding]]:
    """Yield, for each number that contradicts an earlier one: that one, it, and the finding.

    `is_variable` says of a symbol that it may stand for several things in turn: a letter without a step.
    """
    tried = 0
    for key, found in statements.by_key.items():
        if is_variable(key):
            continue
        for scope in {statements.scope(stated.offset) for stated in found}:
            inside = [stated for stated in found if statements.scope(stated.offset) == scope]
            first, *others = inside
            for other in others:
                tried += 1
                if tried > MOST:
                    return
                if other.claim.update == first.claim.update and not _is_worked_anew(statements, first, other):
                    yield from _compared(key, first, other)


def _compared(
    key: Symbol, first: Stated, other: Stated
) -> Iterator[tuple[WrittenNumber, WrittenNumber, Finding]]:
    ours = [number for row in first.grid for number in row]
    theirs = [number for row in other.grid for number in row]
    if len(ours) != len(theirs):
        return
    for one, number in zip(ours, theirs, strict=True):
        if not agree(one, number) and abs(one.value - number.value) > max(one.unit, number.unit) * 1.001:
            line = one.at.line
            message = f"It is {one.text} in line {line}, and {number.text} here: one quantity, two values."
            name = shown_name(key)
            found = Finding("contradiction", number.at, name, number.text, one.text, message, shown=name)
            yield one, number, found


def _is_worked_anew(statements: Statements, first: Stated, other: Stated) -> bool:
    """Return whether a given is stated anew and the work is done again after it: another example."""
    if other.worked:
        return False
    before = {s.key for s in statements.all if s.worked and first.offset < s.offset < other.offset}
    return any(
        stated.key in before
        for stated in statements.all
        if stated.worked and stated.offset > other.offset and stated.key.step is not None
    )
