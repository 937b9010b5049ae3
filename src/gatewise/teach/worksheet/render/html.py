"""A sheet as HTML that needs nothing else: no network, fonts or libraries. The formulas are native MathML.

A page of its own has a list of sections and a few keys: assets/page.html.jinja and web/src/worksheet, which
is built into support/bundles with the looks of every page. A fragment is a piece of a notebook or of another
page. Both hold assets/sections.html.jinja in the style of sheet.css. Every link is a plain one that needs no
script: that of each operand to the line it comes from, and below each line's name those to the lines that
take it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup as Safe

from gatewise.expression import Array, Number, Symbol, text
from gatewise.support.pages import bundle, environment, policy, source
from gatewise.teach.worksheet.layout.document import Document, Row, Section
from gatewise.teach.worksheet.layout.uses import FORMULA
from gatewise.teach.worksheet.render import prose
from gatewise.teach.worksheet.render.box import is_number
from gatewise.teach.worksheet.render.folding import FoldingPrinter
from gatewise.teach.worksheet.render.mathml import LinkedMathml, MathmlMarkup

WIDTH = 76  # characters of a formula that fit on a desktop screen and on paper; phones scroll inside a line
FEW = 4  # lines that take a value up to which they are listed unfolded

mathml = MathmlMarkup()


@dataclass(frozen=True)
class _Link:
    """A link to a line, as it is written."""

    anchor: str
    shown: str


@dataclass(frozen=True)
class _Line:
    """A row as HTML shows it; `anchor` is its id, numbered where several rows share one.

    `also` is the id of the line where only single entries of it are shown and this is the first of them.
    `takes` leads to the lines that its operands come from, unless it is a general formula; `used_by` to
    those that take it, of which `unseen` more are not shown. `answers` are fields in place of the last side.
    """

    id: str
    anchor: str
    also: str
    takes: tuple[_Link, ...]
    used_by: tuple[_Link, ...]
    unseen: int
    left: Safe
    sides: tuple[tuple[Safe, ...], ...]
    worked: bool  # whether the last side is a result
    note: Safe
    plain: str  # the row as one line of text, which is what is copied
    answers: Safe


class _Anchors:
    """Where the lines of a document are on its page; every anchor begins with `prefix`.

    A line's anchor is its id, as JSON has it, B2@t=0, also where only single entries of it are shown.
    """

    def __init__(self, document: Document, prefix: str = "") -> None:
        self.prefix = prefix
        rows = [row for section in document.sections for row in section.blocks if isinstance(row, Row)]
        self._known = {_name(row) for row in rows}
        self.first_of: dict[str, str] = {}  # the line that a row is the first entry of, by the row's anchor
        firsts: dict[str, Row] = {}
        for row in rows:
            if row.line not in self._known and _has_value(row):
                first = firsts.setdefault(row.line, row)
                if row.id.startswith(row.line) and not first.id.startswith(row.line):
                    firsts[row.line] = row  # rather than F1[z]@t=0
        for line, row in firsts.items():
            self.first_of[_name(row)] = line
        self._known |= {*firsts, *(section.key for section in document.sections)}
        self._users: dict[str, dict[str, None]] = {}
        for used, users in document.used_by.items():
            self._users.setdefault(self._find(used), {}).update(dict.fromkeys(users))

    def _find(self, source: str) -> str:
        """Return the anchor without its prefix; boundary values stand once, whichever the update."""
        without_update = source.partition("#")[0]
        return next((id for id in (source, without_update) if id in self._known), "")

    def of(self, source: str) -> str:
        """Return where a line is, "" if it is not on the page."""
        found = self._find(source)
        return f"{self.prefix}{found}" if found else ""

    def link(self, anchor: str) -> _Link:
        return _Link(anchor, anchor.removeprefix(self.prefix).removeprefix(FORMULA))

    def users(self, line: str) -> tuple[tuple[_Link, ...], int]:
        """Return links to the lines that take a line's value, and how many others are not shown."""
        users = [self.of(user) for user in self._users.get(line, ())]
        shown = tuple(map(self.link, dict.fromkeys(filter(None, users))))
        return shown, users.count("")


def render_html(document: Document, fragment: bool = False) -> str:
    """`document` as a page that opens from disk, prints, and reads on a phone and by keyboard.

    As a fragment it is one <div> for a notebook or any other page, in the host's colours. It has no script,
    its style reaches nothing outside it, and its ids begin with a key made of what it shows: two sheets may
    stand on one page.
    """
    if fragment:
        style = source(__package__, "assets/sheet.css")
        key = f"gatewise-{_digest(document)}-"
        return _fill("assets/fragment.html.jinja", document, _Anchors(document, key), {}, style=style)
    style, script = sheet_style(), bundle("worksheet.js")
    own = {"style": style, "script": script, "policy": policy([style], script)}
    return _fill("assets/page.html.jinja", document, _Anchors(document), {}, **own)


def render_section(section: Section, answers: Mapping[str, Safe]) -> Safe:
    """One section for a page that others make, which has the style `sheet_style()`.

    `answers` are fields to write results into, by the id of the row.
    """
    return Safe(_fill("assets/sections.html.jinja", Document("", (section,)), None, answers))


def sheet_style() -> Safe:
    """Return the style of sections and of a page around them: light and dark, narrow and printed."""
    return bundle("worksheet.css") + source(__package__, "assets/sheet.css")


def _fill(
    template: str,
    document: Document,
    anchors: _Anchors | None,
    answers: Mapping[str, Safe],
    **values: object,
) -> str:
    """Fill a template; without anchors nothing on it is linked."""
    rows = _Rows(anchors, answers)
    sections = [(section, list(rows.groups(section))) for section in document.sections]
    lines = (line for _, groups in sections for _, blocks in groups for line in blocks)
    return (
        environment(__package__)
        .get_template(template)
        .render(
            title=document.title,
            sections=sections,
            first=next((line for line in lines if isinstance(line, _Line) and line.worked), None),
            sentence=sentence,
            numeric=lambda rows: [any(map(is_number, column)) for column in zip(*rows, strict=True)],
            linked=anchors is not None,
            prefix=anchors.prefix if anchors else "",
            few=FEW,
            **values,
        )
    )


def sentence(words: str) -> Safe:
    """Write a sentence with its quantities as formulas."""
    return Safe("").join(
        Safe(f"<math>{mathml(part)}</math>") if isinstance(part, Symbol) else part
        for part in prose.parts(words)
    )


class _Rows:
    """Writes rows one after the other; what shares an anchor is numbered."""

    def __init__(self, anchors: _Anchors | None, answers: Mapping[str, Safe]) -> None:
        self.anchors = anchors
        self.answers = answers
        self.markup = LinkedMathml(anchors.of) if anchors else mathml
        self.printer = FoldingPrinter(self.markup, WIDTH)
        self.seen: Counter[str] = Counter()

    def groups(self, section: Section) -> Iterator[tuple[str, list[object]]]:
        """Yield the blocks of a section: consecutive rows together, because their formulas line up."""
        for kind, group in groupby(section.blocks, lambda block: type(block).__name__):
            yield kind, [self.line(block) if isinstance(block, Row) else block for block in group]

    def line(self, row: Row) -> _Line:
        followed = self.markup.followed if isinstance(self.markup, LinkedMathml) else {}
        followed.clear()
        last = len(row.sides) - 1
        answers = self.answers.get(row.id, Safe())
        sides = tuple(
            tuple(map(Safe, self.printer.side(side, row.labels if i == last else ())))
            for i, side in enumerate(row.sides[:last] if answers else row.sides)
        )
        worked = row.worked and not answers
        name = _name(row)
        self.seen[name] += 1
        first = self.seen[name] == 1
        also = self.anchors.first_of.get(name, "") if self.anchors and first else ""
        used_by, unseen = self.anchors.users(also or name) if self.anchors and first else ((), 0)
        takes = tuple(map(self.anchors.link, followed)) if self.anchors and _has_value(row) else ()
        anchor = name if first else f"{name}.{self.seen[name]}"
        left, note = Safe(mathml(row.left)), sentence(row.note)
        plain = _plain(row)
        return _Line(row.id, anchor, also, takes, used_by, unseen, left, sides, worked, note, plain, answers)


def _plain(row: Row) -> str:
    """Write a row as one line, as `gatewise check` reads it: F6@t=0   out₀ = tanh(state₀) ⊙ o₀ = …."""
    line = " = ".join(text(part) for part in (row.left, *row.sides))
    return f"{row.id}   {line}"


def _name(row: Row) -> str:
    """Name a row as an anchor: by its id where a value is worked out, else formula-G1."""
    return row.id if _has_value(row) else f"{FORMULA}{row.id}"


def _has_value(row: Row) -> bool:
    return isinstance(row.sides[-1], (Number, Array))


def _digest(document: Document) -> str:
    """Return a key for what a document shows, the same for the same document."""
    rows = (row for section in document.sections for row in section.blocks if isinstance(row, Row))
    shown = "\n".join((document.title, *map(_plain, rows)))
    return hashlib.sha256(shown.encode()).hexdigest()[:8]
