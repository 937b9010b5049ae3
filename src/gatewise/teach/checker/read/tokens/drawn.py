"""Formulas drawn with characters, as our text sheets have them: bands of lines to tokens in reading order.

A band is the lines that one row of tall brackets spans. Its axis is the line that the formula stands on;
the other lines only hold entries of its matrices. Everything keeps its place in the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gatewise.teach.checker.read.tokens.lexer import Token, moved, tokens

# The pieces of tall brackets: top, middle, bottom.
UNICODE = {"[": "⎡⎢⎣", "]": "⎤⎥⎦", "(": "⎛⎜⎝", ")": "⎞⎟⎠"}
ASCII = {"(": "/|\\", ")": "\\|/"}
GO_ON = {piece for pieces in UNICODE.values() for piece in pieces[:2]}
ALL = {piece: bracket for bracket, pieces in UNICODE.items() for piece in pieces}
_RAISED = re.compile(r"[⁰¹²³⁴-⁹⁻⁺ᵀ]+|\^(?:T|-?[0-9]+)")
_SIGNS = re.compile(r"\s[×·⊙⊗@*+=]\s")
_NUMBERS = re.compile(r"\s*[-−]?[0-9][-−0-9.eE_₀-₉ ]*")


class TextLine(NamedTuple):
    """A line of the document: its text, and the offset at which it begins."""

    text: str
    start: int


@dataclass(frozen=True)
class Fence:
    """A bracket as tall as the lines `top` to `bottom` of its band."""

    bracket: str
    column: int
    top: int
    bottom: int


def bands(lines: Sequence[TextLine]) -> Iterator[Sequence[TextLine]]:
    """Yield the lines in groups that belong together; mostly one line each."""
    first = 0
    for k in range(len(lines)):
        if k + 1 == len(lines) or not _goes_on(lines, first, k):
            yield lines[first : k + 1]
            first = k + 1


def _goes_on(lines: Sequence[TextLine], first: int, k: int) -> bool:
    """Return whether a tall bracket of line `k` reaches line `k` + 1."""
    text, below = lines[k].text, lines[k + 1].text
    if _NUMBERS.fullmatch(text):  # columns of a tall matrix, which have a blank line above them
        apart = first == 0 or not lines[first - 1].text.strip()
        return apart and _NUMBERS.fullmatch(below) is not None
    worked = _SIGNS.search(text) and _SIGNS.search(below)  # of a tall formula one line alone has signs
    if not any(
        c < len(below)
        and (
            ALL.get(below[c]) == ALL[sign]
            if sign in GO_ON
            else _ascii_joins(text, below, c) and not (worked and sign in "[]")
        )
        for c, sign in enumerate(text)
        if sign in GO_ON or sign in "[]/|\\"
    ):
        return False
    equals = " = " in below or below.lstrip().startswith("= ")
    return not (equals and any(" = " in line.text for line in lines[first : k + 1]))


def _ascii_joins(text: str, below: str, c: int) -> bool:
    """Return whether the ASCII piece of a bracket at column `c` has its next piece below it."""
    over, under = text[c], below[c]
    if over in "[]":
        return over == under and _is_square(text, c) and _is_square(below, c)
    return not (_divides(text, c) or _divides(below, c)) and over + under in (
        "/\\",
        "/|",
        "||",
        "|\\",
        "\\/",
        "\\|",
        "|/",
    )


def _divides(text: str, c: int) -> bool:
    """Return whether at column `c` stands a sign of division, not a piece of a bracket."""
    return text[c - 1 : c + 2] == " / " and text[c + 2 : c + 3] not in ("", " ", *"[/|\\")


def _is_square(text: str, c: int) -> bool:
    """Return whether a square bracket is that of a matrix: there is a blank inside it."""
    return text[c + 1 : c + 2] == " " if text[c] == "[" else text[c - 1 : c] == " "


def band_tokens(band: Sequence[TextLine], start: int = 0, inside: bool = False) -> list[Token]:
    """Return the tokens of a band in reading order from column `start`; `inside` a matrix or not."""
    if _NUMBERS.fullmatch(band[0].text):
        return _columns(band) if inside else []
    if len(band) == 1:
        return _single(band[0], start, inside)
    fences = sorted(_fences(band), key=lambda fence: fence.column)
    return _Walk(band, fences, start).tokens()


def _columns(band: Sequence[TextLine]) -> list[Token]:
    """Return the columns of a matrix whose brackets stand further up and further down."""
    first, last = band[0], band[-1]
    found = [Token("open", ".", first.start, first.start)]
    for line in band:
        found += [moved(token, line.start) for token in tokens(line.text, 0, len(line.text))]
        found.append(Token("row", "", line.start, line.start))
    end = last.start + len(last.text)
    return [*found, Token("close", ".", end, end)]


def _single(line: TextLine, start: int, inside: bool) -> list[Token]:
    """Return the tokens of a single line; it may continue a matrix, or begin one that continues."""
    found = list(tokens(line.text, start, len(line.text)))
    opened: list[int] = []
    for k, token in enumerate(found):
        if token.kind == "open":
            opened.append(k)
        elif token.kind == "close" and opened:
            opened.pop()
        elif token.kind == "close":
            if inside and token.text == "]":
                found.insert(0, Token("open", ".", start, start))
            break
    last = found[opened[-1]] if opened and found[-1].kind == "number" else None
    if last is not None and last.text == "[" and _is_square(line.text, last.start):
        found.append(Token("close", ".", len(line.text), len(line.text)))
    return [moved(token, line.start) for token in found]


def axis_of(band: Sequence[TextLine]) -> int:
    """Return which line of a band the formula stands on."""
    if len(band) == 1:
        return 0
    for k, line in enumerate(band):
        if " = " in line.text or line.text.lstrip().startswith("= "):
            return k
    for fence in _fences(band):
        if fence.bracket in "[]":
            return fence.top + (fence.bottom - fence.top) // 2
    return 0


def _fences(band: Sequence[TextLine]) -> Iterator[Fence]:
    """Yield the tall brackets of a band, and the single ones of matrices on its axis."""
    taken: set[tuple[int, int]] = set()
    for k, line in enumerate(band):
        for c, sign in enumerate(line.text):
            if (k, c) in taken or not (sign in ALL or sign in "[]/|\\"):
                continue
            bottom = k
            while bottom + 1 < len(band) and _stacked(band[bottom].text, band[bottom + 1].text, c):
                bottom += 1
                taken.add((bottom, c))
            bracket = ALL.get(sign) or _ascii_bracket(band, k, bottom, c)
            if bracket:
                yield Fence(bracket, c, k, bottom)


def _stacked(text: str, below: str, c: int) -> bool:
    if c >= len(below):
        return False
    if text[c] in ALL:
        return text[c] in GO_ON and ALL.get(below[c]) == ALL[text[c]]
    return below[c] in "[]/|\\" and _ascii_joins(text, below, c)


def _ascii_bracket(band: Sequence[TextLine], top: int, bottom: int, c: int) -> str:
    sign = band[top].text[c]
    if sign in "[]":
        return sign if _is_square(band[top].text, c) else ""
    if top == bottom or sign == "|":
        return ""
    return "(" if sign == "/" else ")"


class _Walk:
    """Goes along the axis from bracket to bracket."""

    def __init__(self, band: Sequence[TextLine], fences: Sequence[Fence], start: int) -> None:
        self.band = band
        self.axis = axis_of(band)
        self.fences = [f for f in fences if f.column >= start and f.top <= self.axis <= f.bottom]
        self.start = start
        self.limits = 0  # how many brackets of [−3 < s < 3] are open, within which matrices stand
        self.done: list[Token] = []

    def tokens(self) -> list[Token]:
        column, k = self.start, 0
        while k < len(self.fences):
            fence = self.fences[k]
            if fence.bracket == "]" and self.limits:
                self.limits -= 1
                self.text(column, fence.column)
                self.sign("close", "]", fence.column)
            elif fence.bracket == "]":  # the end of a matrix that began further up
                self.matrix(column, fence.column, Fence(".", column, fence.top, fence.bottom), "]")
                self.raised(fence)
            else:
                self.text(column, fence.column)
                if fence.bracket == "[":
                    closing = self.fences[k + 1] if k + 1 < len(self.fences) else None
                    if closing is not None and self.is_limit(fence, closing):
                        self.limits += 1
                        self.sign("open", "[", fence.column)
                        column, k = fence.column + 1, k + 1
                        continue
                    fine = closing is not None and closing.bracket == "]"
                    end = closing.column if closing is not None and fine else self.width(fence)
                    self.matrix(fence.column + 1, end, fence, "]" if fine else ".")
                    self.raised(closing if fine else None)
                    k += fine
                    column = end + 1
                    k += 1
                    continue
                kind = "open" if fence.bracket == "(" else "close"
                self.sign("open" if kind == "open" else "close", fence.bracket, fence.column)
                self.raised(fence if kind == "close" else None)
            column = fence.column + 1
            k += 1
        self.tail(column)
        return self.done

    def is_limit(self, fence: Fence, following: Fence) -> bool:
        """Return whether a bracket is that of [−3 < s < 3], where a matrix stands for s."""
        between = self.band[self.axis].text[fence.column + 1 : following.column]
        return following.bracket == "[" and between.rstrip().endswith("<")

    def width(self, fence: Fence) -> int:
        return max(len(line.text) for line in self.band[fence.top : fence.bottom + 1])

    def sign(self, kind: str, text: str, column: int) -> None:
        line = self.band[self.axis]
        at, end = (line.start + min(place, len(line.text)) for place in (column, column + 1))
        self.done.append(Token("open" if kind == "open" else "close", text, at, end))

    def raised(self, fence: Fence | None) -> None:
        """Return a power or transpose at the top of a closing bracket, where that is not on the axis."""
        if fence is not None and fence.top != self.axis:
            line = self.band[fence.top]
            if found := _RAISED.match(line.text, fence.column + 1):
                self.done += [moved(t, line.start) for t in tokens(line.text, found.start(), found.end())]

    def text(self, first: int, end: int) -> None:
        line = self.band[self.axis]
        self.done += [
            moved(token, line.start) for token in tokens(line.text, first, min(end, len(line.text)))
        ]

    def matrix(self, first: int, end: int, fence: Fence, close: str) -> None:
        """Yield the entries between two columns, line by line."""
        self.sign("open", fence.bracket, max(first - 1, 0))
        for k in range(fence.top, fence.bottom + 1):
            line = self.band[k]
            if k > fence.top:
                self.done.append(Token("row", "", line.start, line.start))
            stop = min(end, len(line.text))
            self.done += [moved(token, line.start) for token in tokens(line.text, first, stop)]
        self.sign("close", close, min(end, len(self.band[self.axis].text)))

    def tail(self, column: int) -> None:
        """Return what follows the last bracket: the names of a matrix's rows, if several have some."""
        others = [line.text[column:].strip() for k, line in enumerate(self.band) if k != self.axis]
        if not any(others):
            self.text(column, len(self.band[self.axis].text))
            return
        self.sign("open", "[", column)
        for k, line in enumerate(self.band):
            if k:
                self.done.append(Token("row", "", line.start, line.start))
            self.done += [moved(token, line.start) for token in tokens(line.text, column, len(line.text))]
        self.sign("close", "]", len(self.band[self.axis].text))
