"""What a document only supposes: "if f_t = 1 and i_t = 0, then c_t = c_{t−1}" is no claim about the cell.

A supposition gives a quantity of every step a number, in a paragraph. What stands in that paragraph, and in
the display that it leads to, holds under it alone.
"""

from __future__ import annotations

import re

from gatewise.expression import Symbol
from gatewise.teach.checker.judge.numbers.grids import grid_of, normalized
from gatewise.teach.checker.judge.reading.own import left_of
from gatewise.teach.checker.read.reading import Claim, Reading

_ENDS = re.compile(r"\n[ \t]*\n")
_LEADS_ON = re.compile(r"(?:[:,]|\bthen|\bdann|\balors|则|那么|：|，)\s*\Z", re.IGNORECASE)
_ABOUT_EQUAL = re.compile(r"≈|\\approx|\\to\b|→|\\rightarrow")


def supposed_claims(reading: Reading) -> frozenset[int]:
    """Return the offsets of the claims that hold under a supposition, or only about."""
    text = reading.text
    found: set[int] = set()
    until = -1
    for claim in reading.claims:
        start = claim.left.at.offset
        if _supposes(claim):
            until = max(until, _end_of(text, start))
        if start < until or _is_approximate(claim, text):
            found.add(start)
    return frozenset(found)


def _supposes(claim: Claim) -> bool:
    left = left_of(claim)
    general = left is not None and (left.step is None or bool(left.step.base))
    lower = left is not None and left.name[:1].islower() and left.name[:1] not in "δ∂"
    values = [grid_of(normalized(side.tree)) for side in claim.sides]
    return (
        general
        and lower
        and len(values) == 1
        and isinstance(claim.left.tree, Symbol)
        and values[0] is not None
        and all(number.value in (0.0, 1.0, -1.0) for row in values[0] for number in row)
    )


def _end_of(text: str, start: int) -> int:
    """Return where what is supposed at a place ends: with its paragraph, or with the display that follows."""
    end = found.start() if (found := _ENDS.search(text, start)) else len(text)
    if _LEADS_ON.search(text, start, end) or text[start:end].rstrip("$ \n").endswith((":", ",")):
        after = _ENDS.search(text, end + 2)
        end = after.start() if after else len(text)
    return end


def _is_approximate(claim: Claim, text: str) -> bool:
    """Return whether a formula holds only about: its first sides are parted by ≈."""
    if not claim.sides or grid_of(normalized(claim.sides[0].tree)) is not None:
        return False
    left = claim.left.at
    return _ABOUT_EQUAL.search(text, left.offset + left.length, claim.sides[0].at.offset) is not None
