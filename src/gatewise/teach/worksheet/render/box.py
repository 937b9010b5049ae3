"""Formulas drawn with characters: matrices in two dimensions, long sides folded at their operators.

A side becomes a row of pieces; each knows whether a line may be broken before it and how readily.
Brackets are pieces too and grow to what they hold, so a matrix that is too wide folds like everything
else: into groups of columns, its left bracket on the first group and its right one on the last.
text.py puts the boxes on the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gatewise.expression import Expression, Number, Step, Symbol
from gatewise.expression.printing import ATOM, FACTOR, AsciiPrinter, Printer, TextPrinter

# How readily a line is broken: the lowest level that is there goes first. A bracket makes what it
# holds two levels harder to break, and columns of a matrix are parted only when nothing else is left.
BEFORE_PLUS, BEFORE_TIMES, BETWEEN_COLUMNS = 0, 1, 100
INSIDE_BRACKET = 2

# Single bracket, then its top, middle and bottom.
Fences = dict[str, tuple[str, ...]]
UNICODE_FENCES: Fences = {
    sign: tuple(sign + parts) for sign, parts in zip("()[]", ("⎛⎜⎝", "⎞⎟⎠", "⎡⎢⎣", "⎤⎥⎦"), strict=True)
}
ASCII_FENCES: Fences = {
    sign: tuple(sign + parts) for sign, parts in zip("()[]", ("/|\\", "\\|/", "[[[", "]]]"), strict=True)
}
OPENING, CLOSING = "([", ")]"
STEP = 2  # by which lines are indented that continue a part of a folded side
PADDING = " "  # between a bracket and what it holds
COLUMN_GAP = "  "


@dataclass(frozen=True)
class Piece:
    """A block of characters with an axis, the line that stands level with the `=`.

    `breaks` is the level of a possible line break before it (None: never), `space` puts a blank before
    it unless it opens a line, `fence` marks a bracket, which has no lines until its height is known.
    """

    lines: tuple[str, ...]
    axis: int = 0
    breaks: int | None = None
    space: bool = False
    fence: str = ""

    @property
    def width(self) -> int:
        return len(self.fence or self.lines[0])

    @property
    def below(self) -> int:
        return max(len(self.lines) - 1 - self.axis, 0)


Pieces = tuple[Piece, ...]


@dataclass(frozen=True)
class Box:
    """A finished line of pieces, indented by `indent`; `axis` is its row that takes the `=`."""

    lines: tuple[str, ...]
    axis: int
    indent: int = 0


class BoxPrinter(Printer[Pieces]):
    """Pieces for a side; how numbers, symbols and functions are written is left to `inline`."""

    fractions = False

    def __init__(self, inline: TextPrinter | AsciiPrinter) -> None:
        self.inline = inline
        self.operators = inline.operators

    def number(self, node: Number) -> Pieces:
        return (word(self.inline.number(node)),)

    def symbol(self, node: Symbol) -> Pieces:
        return (word(self.inline.symbol(node)),)

    def array(self, rows: Sequence[Sequence[Pieces]]) -> Pieces:
        cells = [["".join(_words(cell)) for cell in row] for row in rows]
        columns = align(cells)
        axis = (len(rows) - 1) // 2
        body = [
            Piece(tuple(PADDING + cell for cell in column), axis, BETWEEN_COLUMNS if i else None, i > 0)
            for i, column in enumerate(columns)
        ]
        return (fence("["), *body, word(PADDING), fence("]"))

    def bracket(self, inner: Pieces) -> Pieces:
        return (fence("("), *harder(inner), fence(")"))

    def listed(self, parts: Sequence[Pieces]) -> Pieces:
        made = list(parts[0])
        for part in parts[1:]:
            made += [word(","), replace(part[0], space=True), *part[1:]]
        return tuple(made)

    def condition(self, inner: Pieces) -> Pieces:
        return (fence("["), *harder(inner), fence("]"))

    def negative(self, inner: Pieces) -> Pieces:
        return (word(self.operators["sign"]), *inner)

    def join(self, parts: Sequence[Pieces], operators: Sequence[str]) -> Pieces:
        joined = list(parts[0])
        sums = {self.operators["+"], self.operators["-"]}
        for operator, part in zip(operators, parts[1:], strict=True):
            level = BEFORE_PLUS if operator in sums else BEFORE_TIMES
            joined.append(Piece((operator,), breaks=level, space=True))
            joined.append(replace(part[0], space=True))
            joined.extend(part[1:])
        return tuple(joined)

    def call(self, function: str, argument: Pieces, exponent: int) -> Pieces:
        before, after = around(self.inline.call(function, _INNER, exponent))
        held = self.bracket(argument)
        name = before.removesuffix("(")
        return (word(name), *held, *raised(after.removeprefix(")"), held))

    def power(self, base: Pieces, exponent: int) -> Pieces:
        return (*base, *raised(around(self.inline.power(_INNER, exponent))[1], base))

    def transpose(self, inner: Pieces) -> Pieces:
        return (*inner, *raised(around(self.inline.transpose(_INNER))[1], inner))

    def quotient(self, top: Expression, bottom: Expression) -> Pieces:
        return self.join([self.show(top, FACTOR, True), self.show(bottom, ATOM)], ["/"])

    def sigma(self, low: Step, high: Step, body: Pieces) -> Pieces:
        return (word(around(self.inline.sigma(low, high, _INNER))[0]), *body)

    def total(self, inner: Pieces) -> Pieces:
        return (word(around(self.inline.total(_INNER))[0]), *inner)


_INNER = "\0"  # stands for an inner part while asking how its surroundings are written


def around(text: str) -> tuple[str, str]:
    """Return what is written before and after the inner part."""
    before, _, after = text.partition(_INNER)
    return before, after


def word(text: str) -> Piece:
    return Piece((text,))


def fence(sign: str) -> Piece:
    return Piece((), fence=sign)


def harder(pieces: Pieces) -> Pieces:
    """Pieces inside a bracket: broken only after everything outside it."""
    return tuple(p if p.breaks is None else replace(p, breaks=p.breaks + INSIDE_BRACKET) for p in pieces)


def raised(text: str, beside: Pieces) -> Pieces:
    """Put an exponent level with the top of what it belongs to; return nothing if there is none."""
    if not text:
        return ()
    above = max(piece.axis for piece in beside)
    return (Piece((text, *[" " * len(text)] * above), above),)


def align(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return the columns of a matrix, padded so that decimal points stand below each other."""
    return [pad_column(column) for column in zip(*rows, strict=True)]


def pad_column(cells: Sequence[str]) -> list[str]:
    """Numbers with their decimal points aligned; words to the left, or centred among numbers."""
    numeric = [is_number(cell) for cell in cells]
    if not any(numeric):
        width = max(len(cell) for cell in cells)
        return [cell.ljust(width) for cell in cells]
    split = [cell.partition(".") for cell, number in zip(cells, numeric, strict=True) if number]
    whole = max(len(head) for head, _, _ in split)
    fraction = max(len(point + tail) for _, point, tail in split)
    width = max(whole + fraction, *(len(cell) for cell in cells))
    padded = []
    for cell, number in zip(cells, numeric, strict=True):
        head, point, tail = cell.partition(".")
        shown = head.rjust(whole) + (point + tail).ljust(fraction) if number else cell.center(width)
        padded.append(shown.rjust(width))
    return padded


def is_number(text: str) -> bool:
    return text.lstrip("−-+")[:1].isdigit()


def assemble(pieces: Pieces, fences: Fences, indent: int = 0) -> Box:
    """One line of pieces, drawn; each bracket grows to what stands between it and its partner."""
    drawn = list(_draw_fences(pieces, fences))
    above = max(piece.axis for piece in drawn)
    below = max(piece.below for piece in drawn)
    lines = [""] * (above + 1 + below)
    for i, piece in enumerate(drawn):
        first = above - piece.axis
        for row in range(len(lines)):
            inside = first <= row < first + len(piece.lines)
            text = piece.lines[row - first] if inside else " " * piece.width
            lines[row] += (" " if piece.space and i else "") + text
    return Box(tuple(lines), above, indent)


def width_of(pieces: Pieces) -> int:
    return sum(piece.width + (piece.space and i > 0) for i, piece in enumerate(pieces))


def fold(pieces: Pieces, width: int, indent: int = 0, nested: bool = False) -> Iterator[tuple[int, Pieces]]:
    """Fold `pieces` into `width` columns; yield the lines, each with its indent.

    Broken before + and − first, then before other operators, then inside brackets, last between the
    columns of a matrix. What cannot be broken is left to overflow: nothing is lost.
    """
    levels = [piece.breaks for piece in pieces[1:] if piece.breaks is not None]
    if not levels or indent + width_of(pieces) <= width:
        yield indent, pieces
        return
    level = min(levels)
    starts = [i for i, piece in enumerate(pieces) if i and piece.breaks == level]
    hang = indent + _hang(pieces[: starts[0]], (width - indent) // 2, STEP if nested else 0)
    if hang + STEP + _widest_unbroken(pieces[starts[0] :]) > width:  # a part may have to be folded, too
        hang = min(hang, indent + STEP)
    line, at = pieces[: starts[0]], indent
    for start, end in zip(starts, [*starts[1:], len(pieces)], strict=True):
        segment = pieces[start:end]
        if at + width_of(line + segment) <= width:
            line += segment
        else:
            yield from fold(line, width, at, True)
            line, at = segment, hang
    yield from fold(line, width, at, True)


def _hang(before: Pieces, most: int, least: int) -> int:
    """How far continuation lines are indented: to just after the bracket that is still open."""
    open_at = [least]
    column = 0
    for i, piece in enumerate(before):
        column += piece.width + (piece.space and i > 0)
        if piece.fence and piece.fence in OPENING:
            open_at.append(column)
        elif piece.fence:
            open_at.pop()
    return open_at[-1] if open_at[-1] <= most else STEP


def _widest_unbroken(pieces: Pieces) -> int:
    """How wide the widest part is that no break can make narrower."""
    starts = [i for i, piece in enumerate(pieces) if i and piece.breaks is not None]
    return max(width_of(pieces[i:j]) for i, j in zip([0, *starts], [*starts, len(pieces)], strict=True))


def _draw_fences(pieces: Pieces, fences: Fences) -> Iterator[Piece]:
    for i, piece in enumerate(pieces):
        if not piece.fence:
            yield piece
            continue
        held = _held(pieces[i + 1 :], CLOSING) if piece.fence in OPENING else _held(pieces[:i][::-1], OPENING)
        above = max((inner.axis for inner in held), default=0)
        below = max((inner.below for inner in held), default=0)
        single, top, middle, bottom = fences[piece.fence]
        height = above + 1 + below
        lines = (single,) if height == 1 else (top, *[middle] * (height - 2), bottom)
        yield replace(piece, lines=lines, axis=above, fence="")


def _held(pieces: Pieces, partner: str) -> Pieces:
    """Return the pieces up to the bracket that matches, or all of them if it is on another line."""
    depth = 1
    for i, piece in enumerate(pieces):
        if piece.fence:
            depth += -1 if piece.fence in partner else 1
            if depth == 0:
                return pieces[:i]
    return pieces


def _words(pieces: Pieces) -> Iterator[str]:
    """Yield the text of pieces that stand on one line."""
    for i, piece in enumerate(pieces):
        yield (" " if piece.space and i else "") + (piece.fence or piece.lines[0])
