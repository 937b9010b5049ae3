"""Where a document begins another example, in which the same letters stand for other numbers.

Two values of one quantity are a contradiction within a scope, and nothing between two scopes. A scope begins
at a heading, or where the text says so ("another example"), if what is stated from there on differs from
before in two quantities or more, and in more than it repeats; and where givens are stated anew and the work
is done again from them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from gatewise.expression import Symbol
from gatewise.teach.checker.judge.numbers.printed import WrittenNumber, agree

_OPENS = re.compile(
    r"\b(?:(?:second|another|next|other|new|different) (?:example|exercise|problem|sequence|case|setting)"
    r"|(?:example|exercise|problem|case|beispiel|aufgabe|exemple|ejemplo) [2-9b-d]\b"
    r"|(?:weiteres|zweites|anderes) beispiel|now (?:take|suppose|let)|suppose instead|instead,? (?:take|let))"
    r"|例[二三2-9]|另一个例",
    re.IGNORECASE,
)
MOST = 400  # places that are tried
MOST_SCOPES = 40


@dataclass(frozen=True)
class Mention:
    """A value of a quantity in an update, and where it stands."""

    key: tuple[Symbol, int]
    offset: int
    number: WrittenNumber


def scopes(text: str, headings: Sequence[int], mentions: Sequence[Mention]) -> list[int]:
    """Return where scopes begin, the first at 0."""
    said = [found.start() for found in _OPENS.finditer(text)]
    tried = sorted({*headings, *said})[:MOST]
    begins = [0]
    for k, place in enumerate(tried):
        end = tried[k + 1] if k + 1 < len(tried) else len(text)
        before = {m.key: m.number for m in mentions if begins[-1] <= m.offset < place}
        same, other = _compared(before, [m for m in mentions if place <= m.offset < end])
        needed = 1 if place in said else 2
        if other >= needed and other > same and len(begins) < MOST_SCOPES:
            begins.append(place)
    return begins


def _compared(before: dict[tuple[Symbol, int], WrittenNumber], after: list[Mention]) -> tuple[int, int]:
    """Count the quantities that are stated again with the same value, and with another."""
    seen = {m.key: m.number for m in reversed(after) if m.key in before}
    other = sum(not agree(before[key], number) for key, number in seen.items())
    return len(seen) - other, other


def scope_of(begins: Sequence[int], offset: int) -> int:
    """Return which scope a place of the document belongs to."""
    return bisect_right(begins, offset) - 1
