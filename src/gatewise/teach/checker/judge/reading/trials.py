"""What a document only tries out, as "with W_f = 0.501 I get L = 0.0009510", or "what if b_f were 3".

What is said there is of other numbers than those that the document works with. Its own arithmetic is checked;
it is neither a value of the quantity that it names nor a given of anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from gatewise.expression import Symbol, walk
from gatewise.teach.checker.judge.numbers.grids import grid_of, normalized
from gatewise.teach.checker.judge.reading.own import left_of
from gatewise.teach.checker.read.reading import Claim, Reading

NOTHING = Symbol("")  # what such a claim is about
_WHAT_IF = re.compile(
    r"\b(?:what (?:happens )?if|was (?:wäre|passiert),? wenn|que se passe-t-il si|qué pasa si)\b",
    re.IGNORECASE,
)
_BLANK_LINE = re.compile(r"\n[ \t]*\n|\Z")
_SENTENCE_END = re.compile(r"[.;](?=\s|\Z)|\n[ \t]*\n|\Z")
_WITH = re.compile(r"\b(?:with|for|using|setting|mit|für|avec|pour|con)[\s$\\(]*\Z", re.IGNORECASE)
_GIVES = re.compile(
    r"\b(?:gets?|gives?|obtains?|yields?|finds?|becomes?|erhalten?|ergibt|bekomme|donne|obtient|da)\b",
    re.IGNORECASE,
)
BEFORE = 16  # characters before a claim, in which its "with" stands


def without_trials(reading: Reading) -> Reading:
    """Return the reading with what is only tried out as arithmetic about nothing."""
    stretches = [*_what_if(reading.text), *_other_givens(reading)]
    if not stretches:
        return reading

    def of(claim: Claim) -> Claim:
        offset = claim.left.at.offset
        if not any(start <= offset < end for start, end in stretches):
            return claim
        sides = tuple(side for side in claim.sides if not any(isinstance(n, Symbol) for n in walk(side.tree)))
        return replace(claim, left=replace(claim.left, tree=NOTHING), sides=sides)

    return replace(reading, claims=tuple(map(of, reading.claims)))


def _what_if(text: str) -> Iterator[tuple[int, int]]:
    """Yield each paragraph that asks what if, and the one after it where it has no formula itself."""
    for found in _WHAT_IF.finditer(text):
        end = _BLANK_LINE.search(text, found.end()).end()  # type: ignore[union-attr]  # \Z always matches
        if "=" not in text[found.end() : end]:
            end = _BLANK_LINE.search(text, end).end()  # type: ignore[union-attr]
        yield found.start(), end


def _other_givens(reading: Reading) -> Iterator[tuple[int, int]]:
    """Yield each sentence from "with W_f = 0.501" on that gets values without work, and not those before."""
    text, end = reading.text, 0
    known: dict[Symbol, tuple[float, ...]] = {}
    for k, claim in enumerate(reading.claims):
        offset = claim.left.at.offset
        if offset >= end and _WITH.search(text, max(0, offset - BEFORE), offset):
            end = _SENTENCE_END.search(text, offset).end()  # type: ignore[union-attr]
            said = list(_until(end, reading.claims[k:]))
            plain = len(said) > 1 and all(map(_value_of, said)) and _GIVES.search(text, offset, end)
            if plain and any(_is_other(each, known) for each in said):
                yield offset, end
        left, value = left_of(claim), _value_of(claim)
        if left is not None and value:
            known.setdefault(left, value)


def _until(end: int, claims: Sequence[Claim]) -> Iterator[Claim]:
    return takewhile(lambda claim: claim.left.at.offset < end, claims)


def _is_other(claim: Claim, known: dict[Symbol, tuple[float, ...]]) -> bool:
    left, value = left_of(claim), _value_of(claim)
    return left is not None and bool(value) and known.get(left, value) != value


def _value_of(claim: Claim) -> tuple[float, ...]:
    """Return the numbers that a claim gives its left side alone; () for a chain or a formula."""
    grid = grid_of(normalized(claim.sides[-1].tree)) if len(claim.sides) == 1 else None
    return tuple(number.value for row in grid or () for number in row)
