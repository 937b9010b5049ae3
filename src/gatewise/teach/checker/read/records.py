"""What the collector writes down: claims, remarks, and what was not read with the numbers in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from gatewise.expression import Array, Expression, Number, Symbol
from gatewise.teach.checker.read.reading import Claim, Remark, Side, Skipped, Unread
from gatewise.teach.checker.read.source import Source
from gatewise.teach.checker.read.tokens.lexer import Token
from gatewise.teach.checker.read.tokens.signs import THOUSANDS

LONGEST_SOURCE = 400  # characters of a piece that could not be read
MOST_CLAIMS = 10_000  # after which numbers are only counted; so many claims are not checked anyway
MOST_RECORDED = 1000  # remarks, and pieces that could not be read, that are kept one by one
_NUMBER = re.compile(
    rf"(?<![\w.{THOUSANDS}])(?:[0-9]+(?:{THOUSANDS}+[0-9]{{3}})*(?:(?:\.|\{{,\}})[0-9]*)?|(?<!:)\.[0-9]+)"
    r"(?:[eE][-+]?[0-9]+)?"
)
_NUMBERS_ALONE = re.compile(r"[-−+0-9.,;:eE\[\]() \t%]*")
Spans = Iterable[tuple[int, int]]


class Records:
    """The lists that are filled in as a document is read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.plain = source.text  # with decimal points in its numbers, as long as it was
        self.claims: list[Claim] = []
        self.unread: list[Unread] = []
        self.remarks: list[Remark] = []
        self.skipped: list[Skipped] = []
        # Remarks and unread pieces that are only counted, and the numbers in these.
        self.only_counted = [0, 0, 0]
        self.update = 1
        self.steps_given: set[int] = set()  # the steps for which an input is given
        self.units: int | None = None  # how many units the cell has, as its biases say

    def add_claim(self, left: Expression, start: int, end: int, sides: list[Side], id: str = "") -> None:
        """Add a claim of the document."""
        if isinstance(left, Symbol) and sides:
            value = sides[-1].tree
            if left.name == "x" and left.step is not None and not left.step.base:
                self.steps_given.add(left.step.offset)
            if left.name == "b" and left.part and isinstance(value, Number | Array):
                self.units = 1 if isinstance(value, Number) else max(value.shape)
        self.claims.append(Claim(self.side(left, start, end), tuple(sides), id, self.update))

    def side(self, tree: Expression, start: int, end: int) -> Side:
        return Side(tree, self.source.place(start, end), self.source.text[start:end])

    def add_remark(self, start: int, end: int, taken_as: str, why: str, symbol: Symbol | None = None) -> None:
        if len(self.remarks) >= MOST_RECORDED:
            self.only_counted[0] += 1
            return
        start, end = min(start, end), max(start, end)
        source = self.source.text[start : min(end, start + LONGEST_SOURCE)]
        self.remarks.append(Remark(self.source.place(start, end), source, taken_as, why, symbol))

    def add_unread_sides(self, sides: list[list[Token]], reason: str, guess: str = "") -> None:
        start, end = span_of([token for side in sides for token in side])
        self.add_unread(start, end, reason, guess, sum(map(values_in, sides)))

    def add_unread(self, start: int, end: int, reason: str, guess: str, numbers: int) -> None:
        if len(self.unread) >= MOST_RECORDED:
            self.only_counted[1] += 1
            self.only_counted[2] += numbers
            return
        start, end = min(start, end), max(start, end)
        source = self.source.text[start : min(end, start + LONGEST_SOURCE)]
        self.unread.append(Unread(self.source.place(start, end), source, reason, guess, numbers))

    # What was not read --------------------------------------------------------------------------------

    def add_skipped(self, start: int, end: int, kind: str, numbers: int | None = None) -> None:
        """Add a stretch that is not read, with its numbers."""
        if numbers is None:
            numbers = sum(1 for _ in _NUMBER.finditer(self.plain, start, end))
        if not numbers:
            return
        last = self.skipped[-1] if self.skipped else None
        if last is not None and last.kind == kind and len(self.skipped) >= MOST_RECORDED:
            self.skipped[-1] = replace(last, numbers=last.numbers + numbers)
            return
        at = self.source.place(start, end)
        self.skipped.append(Skipped(at, self.source.place(end, end).line, kind, numbers))

    def mark(self) -> tuple[int, int]:
        """Return how much there is by now, for `add_rest`."""
        return len(self.claims), len(self.unread)

    def add_rest(self, spans: Spans, kind: str, mark: tuple[int, int]) -> None:
        """Add the numbers in these stretches that nothing recorded since `mark` holds."""
        claims, unread = mark
        read = {number.at.offset for claim in self.claims[claims:] for number in claim.numbers if number.at}
        read |= {
            found.start()
            for piece in self.unread[unread:]
            for found in _NUMBER.finditer(self.plain, piece.at.offset, piece.at.offset + piece.at.length)
        }
        left = [span for span in spans for _ in self._unheld(span, read)]
        if left:
            self.add_skipped(left[0][0], left[-1][1], kind, len(left))

    def _unheld(self, span: tuple[int, int], read: set[int]) -> Iterator[int]:
        """Yield where values stand that are not in `read`; a whole number among words is none."""
        text = self.plain
        alone = _NUMBERS_ALONE.fullmatch(text, *span) is not None
        for found in _NUMBER.finditer(text, *span):
            signed = found.start() - (text[found.start() - 1 : found.start()] in ("-", "−"))
            if found.start() not in read and signed not in read and (alone or not found[0].isdecimal()):
                yield found.start()


def span_of(tokens: list[Token]) -> tuple[int, int]:
    """Return where tokens stand: those drawn over several lines are not in the order of the page."""
    return min(token.start for token in tokens), max(token.end for token in tokens)


def values_in(tokens: list[Token]) -> int:
    """Count the numbers of a piece that are no index."""
    count = low = 0  # how many brackets of an index are open
    bounds = False  # whether the bounds of a sum or product stand here
    for k, (token, before) in enumerate(zip(tokens, [None, *tokens], strict=False)):
        is_step = token.kind == "group" and k + 1 < len(tokens) and tokens[k + 1].kind == "open"  # ^{(3)}
        marks = ("sub", "sup") if bounds or is_step else ("sub",)
        after_mark = before is not None and before.kind in marks and not before.text
        if token.kind == "sum" or token.text == "\\prod":
            bounds = True
        elif not low and not after_mark and token.kind not in ("sub", "sup", "end"):
            bounds = False
        if token.kind in ("open", "group"):
            low += bool(low) or after_mark
        elif token.kind in ("close", "end"):
            low -= bool(low)
        else:
            count += token.kind == "number" and not low and not after_mark
    return count
