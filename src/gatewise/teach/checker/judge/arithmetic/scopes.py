"""Where a document begins another example, in which the same letters stand for other numbers.

Two values of one quantity are a contradiction within a scope, and nothing between two scopes. A scope begins
at a heading or a line in bold, or where the text says so ("another example"), if what is stated from there on
differs from before in two quantities or more, and in more than it repeats. It begins, too, where a given is
given anew, with another value or size, if that is said so or the work is done again from it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gatewise.expression import Symbol
from gatewise.teach.checker.judge.numbers.printed import WrittenNumber, agree

_EXERCISE = (
    r"(?:example|exercise|problem|case|question|beispiel|aufgabe|übung|fall|exemple|exercice|cas|ejemplo"
    r"|ejercicio|caso|exemplo|exercício|esempio|esercizio)"
)
_OPENS = re.compile(
    r"\b(?:(?:second|another|next|other|new|different) (?:example|exercise|problem|sequence|case|setting)"
    rf"|{_EXERCISE} (?:[0-9]+\.)*[2-9b-d]\b"
    r"|(?:weiteres|zweites|anderes) beispiel|(?:autre|deuxième|second) (?:exemple|exercice|cas)"
    r"|otro (?:ejemplo|caso)|now (?:take|suppose|let)|suppose instead|instead,? (?:take|let))"
    r"|例[二三2-9]|另一个例",
    re.IGNORECASE,
)
# A line in bold that says what is another now, "**w = 2.**", or an item: (b).
_BOLD = re.compile(
    r"^[ \t]*(?:(?:\*\*|__|\\textbf\{|\\paragraph\*?\{)(?![^*\n]{0,40}\bt\s*=)[^*\n]{0,60}=|\([b-h2-9]\) )",
    re.MULTILINE,
)
MOST = 400  # places that are tried
MOST_SCOPES = 40


@dataclass(frozen=True)
class Mention:
    """A value of a quantity in an update, where it stands, and whether it is given."""

    key: tuple[Symbol, int]
    offset: int
    numbers: tuple[WrittenNumber, ...]
    given: bool

    @property
    def stem(self) -> tuple[str, str]:
        """What it is a value of, at whichever step."""
        return self.key[0].name, self.key[0].part

    @property
    def is_zero(self) -> bool:
        """Whether it is one 0, which may stand for a vector of any size."""
        return len(self.numbers) == 1 and self.numbers[0].value == 0


@dataclass(frozen=True)
class Compared:
    """How many quantities are stated again: with the same value, another one, and another size."""

    same: int
    other: int
    resized: int
    reworked: int  # of what is worked out, with another value


def scopes(text: str, headings: Sequence[int], mentions: Sequence[Mention]) -> list[int]:
    """Return where scopes begin, the first at 0."""
    mentions = sorted(mentions, key=lambda mention: mention.offset)
    offsets = [mention.offset for mention in mentions]
    said = {found.start() for found in _OPENS.finditer(text)}
    bold = {found.start() for found in _BOLD.finditer(text)} if mentions else set()
    anew = set(_given_anew(text, mentions))
    tried = sorted({*headings, *said, *bold, *anew})[:MOST]
    begins = [0]
    for k, place in enumerate(tried):
        before = mentions[bisect_left(offsets, begins[-1]) : bisect_left(offsets, place)]
        later = next((n for n in tried[k + 1 :] if n not in bold or n in anew), len(text))
        after = mentions[bisect_left(offsets, place) : bisect_left(offsets, later)]
        found = _compared(before, after)
        if _opens(found, place in said, place in headings) and len(begins) < MOST_SCOPES:
            begins.append(place)
    return begins


def _opens(found: Compared, is_said: bool, is_heading: bool) -> bool:
    """Return whether a scope begins: where neither words nor a heading say so, only if work is done anew."""
    other = found.other + found.resized
    if found.resized or is_said:
        needed = 1
    elif is_heading:
        needed = 2
    else:
        needed = 2 if found.reworked else MOST
    return other >= needed and other > found.same


def _given_anew(text: str, mentions: Sequence[Mention]) -> Iterator[int]:
    """Yield where the paragraph, or the line, begins in which a given has another value than before."""
    seen: dict[tuple[Symbol, int], Mention] = {}
    sizes: dict[tuple[str, str], tuple[int, int]] = {}  # and where it was stated last
    worked = 0  # where the last was worked out
    for mention in mentions:
        known = seen.get(mention.key)
        size, at = sizes.get(mention.stem, (len(mention.numbers), mention.offset))
        apart = "\n\n" in text[at : mention.offset]  # beside each other they are of one example
        resized = not mention.is_zero and size != len(mention.numbers) and apart
        if mention.given and (resized or (known is not None and not _agree(known, mention))):
            start = text.rfind("\n\n", 0, mention.offset) + 1
            yield start if start > worked else text.rfind("\n", 0, mention.offset) + 1
        if not mention.given:
            worked = mention.offset
        seen[mention.key] = mention
        if not mention.is_zero:
            sizes[mention.stem] = len(mention.numbers), mention.offset


def _agree(one: Mention, other: Mention) -> bool:
    if one.is_zero or other.is_zero:
        return all(number.value == 0 for number in (*one.numbers, *other.numbers))
    return len(one.numbers) == len(other.numbers) and all(map(agree, one.numbers, other.numbers))


def _compared(before: Sequence[Mention], after: Sequence[Mention]) -> Compared:
    """Compare what is stated first of each quantity with what was stated of it last."""
    known = {m.key: m for m in before}
    sizes = {m.stem: len(m.numbers) for m in before if not m.is_zero}
    again = {m.key: m for m in reversed(after)}
    resized = {
        m.stem
        for m in again.values()
        if m.given and not m.is_zero and sizes.get(m.stem, len(m.numbers)) != len(m.numbers)
    }
    pairs = [(known[key], m) for key, m in again.items() if key in known and m.stem not in resized]
    differ = [m for one, m in pairs if not _agree(one, m)]
    return Compared(len(pairs) - len(differ), len(differ), len(resized), sum(not m.given for m in differ))


def scope_of(begins: Sequence[int], offset: int) -> int:
    """Return which scope a place of the document belongs to."""
    return bisect_right(begins, offset) - 1
