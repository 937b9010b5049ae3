"""A sheet as text, for terminals, logs and files: Unicode or pure ASCII, as wide as asked.

Everything is arranged in lines of characters here; how a formula is drawn and folded is in box.py.
"""

from __future__ import annotations

import os
import re
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TextIO

from gatewise.expression import Array, Symbol
from gatewise.expression.printing import AsciiPrinter, TextPrinter
from gatewise.teach.worksheet.layout.document import Block, Document, Facts, Note, Row, Section, Table
from gatewise.teach.worksheet.render import prose
from gatewise.teach.worksheet.render.box import (
    ASCII_FENCES,
    UNICODE_FENCES,
    Box,
    BoxPrinter,
    Fences,
    Piece,
    Pieces,
    assemble,
    fold,
)
from gatewise.teach.worksheet.render.text_table import draw_table

NARROWEST, WIDEST = 40, 120  # what a terminal's width is held to
PROSE_WIDTH = 88  # sentences are hard to read in longer lines
MARGIN = 3  # between the id and the formula
ROOM = 24  # what formulas need beside the left side; with less they go below it
BELOW = 2  # by which they are indented there
# What a line of prose is not broken within: around an operator, and between a size and what it counts.
_TOGETHER = re.compile(r" [-=+−*/×·⊙⊗] |(?<== )\S+ \([^()]*\)")
_NO_BREAK = "\xa0"
DIM, BOLD, END = "\x1b[2m", "\x1b[1m", "\x1b[0m"


@dataclass(frozen=True)
class _Pen:
    """What is settled for the whole sheet: the printer, the brackets, the width, the colours."""

    width: int
    unicode: bool
    colour: bool
    printer: BoxPrinter
    fences: Fences

    def prose(self, text: str) -> str:
        """Write a sentence in the letters at hand, its quantities as in the formulas."""
        inline = self.printer.inline
        if self.unicode:
            return "".join(inline(p) if isinstance(p, Symbol) else p for p in prose.parts(text))
        return "".join(inline(p) if isinstance(p, Symbol) else prose.ascii_text(p) for p in prose.parts(text))

    def wrap(self, text: str, indent: int = 0) -> list[str]:
        """Wrap a sentence; beside a deep indent it keeps at least half of the narrowest width."""
        whole = _TOGETHER.sub(lambda found: found[0].replace(" ", _NO_BREAK), self.prose(text))
        lines = textwrap.wrap(
            whole,
            max(min(self.width, PROSE_WIDTH + indent), indent + NARROWEST // 2),
            initial_indent=" " * indent,
            subsequent_indent=" " * indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        return [line.replace(_NO_BREAK, " ") for line in lines]

    def paint(self, style: str, text: str) -> str:
        return f"{style}{text}{END}" if self.colour and text.strip() else text


def render_text(document: Document, *, width: int = 80, unicode: bool = True, colour: bool = False) -> str:
    """`document` in lines of at most `width` columns; only a single number or word may be wider."""
    inline = TextPrinter() if unicode else AsciiPrinter()
    pen = _Pen(width, unicode, colour, BoxPrinter(inline), UNICODE_FENCES if unicode else ASCII_FENCES)
    lines = _heading(document.title, "═" if unicode else "=", pen)
    for section in document.sections:
        lines += ["", *_heading(section.title, "─" if unicode else "-", pen), *_section(section, pen)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def terminal_options(stream: TextIO) -> dict[str, Any]:
    """Return the options of `render_text` for `stream`: its width, its letters, and whether in colour."""
    tty = stream.isatty()
    encoding = getattr(stream, "encoding", None) or "ascii"
    try:
        "δ₀ᵀ⊙⎡⎝−─".encode(encoding)
        unicode = True
    except (UnicodeEncodeError, LookupError):
        unicode = False
    columns = shutil.get_terminal_size().columns if tty or "COLUMNS" in os.environ else 80
    return {
        "width": min(max(columns, NARROWEST), WIDEST),
        "unicode": unicode,
        "colour": tty and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
    }


def _heading(title: str, rule: str, pen: _Pen) -> list[str]:
    if not title:
        return []
    lines = pen.wrap(title)
    return [*(pen.paint(BOLD, line) for line in lines), rule * max(len(line) for line in lines)]


def _section(section: Section, pen: _Pen) -> list[str]:
    """Draw the blocks of a section; rows that take one line each stand close together."""
    lines: list[str] = []
    close = False
    for is_row, group in groupby(section.blocks, lambda block: isinstance(block, Row)):
        blocks = list(group)
        columns = _Columns.of(blocks, pen)
        for block in blocks:
            drawn = list(_block(block, columns, pen))
            single = is_row and len(drawn) == 1
            if lines and not (close and single):
                lines.append("")
            lines += drawn
            close = single
    return lines


def _block(block: Block, columns: _Columns, pen: _Pen) -> Iterator[str]:
    match block:
        case Row():
            return _row(block, columns, pen)
        case Note(text):
            return iter(pen.wrap(text))
        case Facts():
            return _facts(block, pen)
        case Table():
            return _table(block, pen)


@dataclass(frozen=True)
class _Columns:
    """Where the parts of consecutive rows begin, so that they line up: left side, `=`, and formula.

    In a narrow column of text the formulas begin below the left side.
    """

    left: int
    equals: int
    below: bool

    @staticmethod
    def of(blocks: Sequence[Block], pen: _Pen) -> _Columns:
        rows = [block for block in blocks if isinstance(block, Row)]
        left = max((len(row.id) for row in rows), default=0) + MARGIN
        equals = left + max((len(pen.printer.inline(row.left)) for row in rows), default=0) + 1
        below = pen.width - equals - len("= ") < ROOM
        return _Columns(left, BELOW if below else equals, below)

    @property
    def formula(self) -> int:
        return self.equals + len("= ")

    def head(self, row: Row, pen: _Pen) -> str:
        """Write the id and the left side."""
        left = pen.printer.inline(row.left)
        shown = left if self.below else left.rjust(self.equals - 1 - self.left)
        return pen.paint(DIM, row.id) + " " * (self.left - len(row.id)) + shown


def _row(row: Row, columns: _Columns, pen: _Pen) -> Iterator[str]:
    """One line of working: each side under the first `=`, the last one being the result."""
    head = columns.head(row, pen)
    if columns.below or not row.sides:
        yield head
    tall = False
    for i in range(len(row.sides)):
        result = row.worked and i == len(row.sides) - 1
        for j, box in enumerate(_side(row, i, columns.formula, pen)):
            if tall and len(box.lines) > 1:
                yield ""
            tall = len(box.lines) > 1 or (tall and j > 0)  # what goes on below a matrix belongs to it
            for place, text in enumerate(box.lines):
                begins = place == box.axis and j == 0
                named = begins and i == 0 and not columns.below
                before = f"{head} " if named else " " * columns.equals
                shown = text.rstrip()
                yield (
                    before
                    + ("= " if begins else "  ")
                    + " " * box.indent
                    + (pen.paint(BOLD, shown) if result else shown)
                )
    if row.note:
        yield from pen.wrap(row.note, columns.formula if columns.below else columns.left)


def _side(row: Row, place: int, start: int, pen: _Pen) -> list[Box]:
    """Draw a side of a row, folded; the result's rows are named at its right."""
    side = row.sides[place]
    pieces = pen.printer(side)
    result = place == len(row.sides) - 1
    if result and isinstance(side, Array) and len(row.labels) == len(side.rows):
        pieces = (*pieces, _labels(row.labels, pieces, pen))
    return [assemble(line, pen.fences, indent) for indent, line in fold(pieces, pen.width - start)]


def _labels(labels: Sequence[str], beside: Pieces, pen: _Pen) -> Piece:
    texts = [pen.prose(label) for label in labels]
    width = max(len(text) for text in texts)
    axis = max(piece.axis for piece in beside)
    return Piece(tuple(" " + text.ljust(width) for text in texts), axis, space=True)


def _facts(facts: Facts, pen: _Pen) -> Iterator[str]:
    names = [pen.prose(name) for name, _ in facts.pairs]
    indent = max(len(name) for name in names) + MARGIN
    for name, (_, value) in zip(names, facts.pairs, strict=True):
        first, *rest = pen.wrap(value, indent) or [""]
        yield name.ljust(indent) + first[indent:]
        yield from rest


def _table(table: Table, pen: _Pen) -> Iterator[str]:
    if table.title:
        yield from (pen.paint(BOLD, line) for line in pen.wrap(table.title))
    rows = [[pen.prose(cell) for cell in row] for row in (table.columns, *table.rows)]
    yield from draw_table(rows, pen.width, "─" if pen.unicode else "-")
