"""The document as a page shows it: Markdown in blocks, its mathematics rendered.

Everything of the document is escaped; nothing in it is obeyed but the marks of Markdown that are known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from markupsafe import Markup

from gatewise.teach.checker.read.formats.markup import is_markup
from gatewise.teach.checker.read.formats.pages import as_markdown
from gatewise.teach.checker.read.reader import is_page
from gatewise.teach.checker.read.tokens.segments import Segment, segments, without_comments
from gatewise.teach.checker.read.tokens.sentences import is_sentence
from gatewise.teach.checker.render.page.inline import STRONG, Words
from gatewise.teach.checker.render.page.marks import FindingMarks
from gatewise.teach.checker.render.page.mathematics import Mathematics
from gatewise.teach.checker.report import Report

MOST_CHARACTERS = 200_000  # of a document that is rendered; a longer one is shown as it was written
DATA = (".json", ".toml", ".csv")  # shown as they were written
_DRAWN = re.compile("[⎡-⎣⎤-⎦⎛-⎠│┌┐└┘]")
_LINE_START = re.compile(
    r"(?P<heading>[ \t]*(?P<level>#{1,6})[ \t]+)|(?P<item>[ \t]*(?P<sign>[-*+]|[0-9]{1,3}[.)])[ \t]+)"
    r"|(?P<table>[ \t]*\|)|(?P<quote>[ \t]*>[ \t]?)"
)
_RULE = re.compile(r"[ \t]*(?:-{3,}|\*{3,}|_{3,})[ \t]*")
_RULER = re.compile(r"[ \t|:+-]*-[ \t|:+-]*")
_IN_DOLLARS = re.compile(r"\$(?P<formula>[^$\n]+)\$")


@dataclass
class Block:
    """A block of the page: its kind (p, h1 to h6, li, table, pre, math), and what is in it."""

    kind: str
    start: int
    end: int
    parts: list[Markup] = field(default_factory=list)
    sign: str = ""  # before an item of a list
    rows: list[list[Markup]] = field(default_factory=list)  # of a table

    @property
    def content(self) -> Markup:
        """What is in it."""
        return _with_bold(Markup("").join(self.parts))

    @property
    def cells(self) -> list[list[Markup]]:
        """The cells of a table by rows, without the empty ones that the outer bars make."""
        rows = [[_with_bold(cell) for cell in row] for row in self.rows]
        first = all(len(row) > 1 and not row[0].strip() for row in rows)
        last = all(len(row) > 2 and not row[-1].strip() for row in rows)
        return [row[first : len(row) - last] for row in rows]


def _with_bold(shown: Markup) -> Markup:
    """Put what stands between ** in bold."""
    pieces = shown.split(STRONG)
    if len(pieces) % 2 == 0:  # one ** without a partner
        pieces[-2:] = [pieces[-2] + Markup("**") + pieces[-1]]
    bold = [Markup("<b>{}</b>").format(piece) if k % 2 else piece for k, piece in enumerate(pieces)]
    return Markup("").join(bold)


def blocks_of(report: Report, marks: FindingMarks) -> list[Block]:
    """Return the document in blocks; none where it is to be shown only as it was written."""
    text, name = report.text, report.name.lower()
    if len(text) > MOST_CHARACTERS or name.endswith(DATA) or text.lstrip()[:1] in ("{", "["):
        return []
    if is_page(text, name):
        text = as_markdown(text)[0]
        return _Markup(text, marks).blocks() if is_markup(text) else list(_plain(text, marks))
    if is_markup(text):
        tex = name.endswith(".tex")
        return _Markup(without_comments(text) if tex else text, marks, tex).blocks()
    return [] if _DRAWN.search(text) else list(_plain(text, marks))


def _plain(text: str, marks: FindingMarks) -> Iterator[Block]:
    """Yield plain text, a block for each of its paragraphs, its formulas rendered line by line."""
    mathematics, builder, at = Mathematics(text, marks), _Markup(text, marks), 0
    block: Block | None = None
    for line in text.split("\n"):
        end = at + len(line)
        if not line.strip():
            if block is not None:
                yield block
            block = None
        else:
            block = block or Block("p", at, end)
            if block.parts:
                block.parts.append(Markup("<br>"))
            if "=" in line and not is_sentence(line) and mathematics.is_whole(at, end):
                block.parts.append(mathematics.write(at, end))
            else:
                block.parts.append(builder.words(at, end))
            block.end = end
        at = end + 1
    if block is not None:
        yield block


class _Markup:
    """Builds the blocks of Markdown or LaTeX, segment by segment."""

    def __init__(self, text: str, marks: FindingMarks, tex: bool = False) -> None:
        self.text, self.marks = text, marks
        self.words = Words(text, marks, tex).write
        self.mathematics = Mathematics(text, marks)
        self.done: list[Block] = []
        self.block: Block | None = None

    def blocks(self) -> list[Block]:
        for segment in segments(self.text):
            match segment.kind:
                case "heading":
                    self.close()
                    self.block = Block(self._heading_kind(segment.start), segment.start, segment.end)
                case "math" if segment.display:
                    self.display(segment)
                case "math":
                    for start, end in segment.parts:
                        self.add(self.mathematics.write(start, end), start, end)
                case "text":
                    self.close()
                    self.block = Block("pre", segment.start, segment.end)
                    self.add(self.words(segment.start, segment.end, inline=False), segment.start, segment.end)
                    self.close()
                case "prose" | "table":
                    self.prose(segment.start, segment.end)
        self.close()
        return self.done

    def close(self) -> None:
        """End the block that is open, with the badges of findings that nothing in it could show."""
        if self.block is not None and (self.block.parts or self.block.rows):
            if late := self.marks.across(self.block.start, self.block.end):
                self.add(self.marks.badges(late), self.block.end, self.block.end)
            self.done.append(self.block)
        self.block = None

    def add(self, shown: Markup, start: int, end: int, kind: str = "p") -> None:
        """Add a piece to the block that is open, or to a new one."""
        if self.block is None:
            self.block = Block(kind, start, end)
        self.block.end = max(self.block.end, end)
        if self.block.kind == "table":
            self.block.rows[-1][-1] += shown
        else:
            self.block.parts.append(shown)

    def display(self, segment: Segment) -> None:
        """Add a formula that stands by itself; an item of a list keeps it."""
        shown = Markup("").join(self.mathematics.write(start, end) for start, end in segment.parts)
        if self.block is not None and self.block.kind in ("li", "table"):
            self.add(Markup('<span class="display">{}</span>').format(shown), segment.start, segment.end)
            return
        self.close()
        self.add(shown, segment.start, segment.end, "math")
        self.close()

    def prose(self, start: int, end: int) -> None:
        """Add prose line by line: a blank line ends a block, and what a line begins with says its kind."""
        at = start
        while at < end:
            stop = self.text.find("\n", at, end)
            stop = end if stop < 0 else stop
            whole = at == 0 or self.text[at - 1] == "\n"
            if whole:
                at = self.begin_line(at, stop)
            if at < stop:
                self.line(at, stop)
            if stop < end and self.block is not None and self.block.kind.startswith("h"):
                self.close()
            elif stop < end and self.block is not None and self.block.kind != "table":
                self.add(Markup(" "), stop, stop)
            at = stop + 1

    def begin_line(self, at: int, stop: int) -> int:
        """Open the block that a line begins, and return where its text does."""
        line_end = self.text.find("\n", at)
        line = self.text[at : len(self.text) if line_end < 0 else line_end]
        if not line.strip():
            self.close()
            return stop
        if _RULE.fullmatch(line):
            self.close()
            return stop
        found = _LINE_START.match(self.text, at, stop)
        if self.block is not None and self.block.kind == "table" and not (found and found["table"]):
            self.close()
        if found is None:
            return at
        if found["table"]:
            if _RULER.fullmatch(line):
                return stop
            if self.block is None or self.block.kind != "table":
                self.close()
                self.block = Block("table", at, stop)
            self.block.rows.append([Markup("")])
        elif found["item"]:
            self.close()
            self.block = Block("li", at, stop, sign="•" if found["sign"] in "-*+" else found["sign"])
        elif found["heading"]:
            self.close()
            self.block = Block(f"h{len(found['level'])}", at, stop)
        return found.end()

    def line(self, at: int, stop: int) -> None:
        if self.block is not None and self.block.kind == "table":
            for k, cell in enumerate(re.split(r"(?<!\\)\|", self.text[at:stop])):
                if k:
                    self.block.rows[-1].append(Markup(""))
                if cell.strip():
                    self.add(self.cell(at, at + len(cell)), at, at + len(cell))
                at += len(cell) + 1
        else:
            self.add(self.words(at, stop), at, stop)

    def cell(self, start: int, end: int) -> Markup:
        """Return a cell of a table, what stands between dollar signs as mathematics."""
        shown, at = Markup(""), start
        for found in _IN_DOLLARS.finditer(self.text, start, end):
            shown += self.words(at, found.start())
            shown += self.mathematics.write(*found.span("formula"))
            at = found.end()
        return shown + self.words(at, end)

    def _heading_kind(self, start: int) -> str:
        before = self.text[max(0, start - 8) : start]
        signs = len(before) - len(before.rstrip("#"))
        return f"h{min(max(signs, 1), 6)}"
