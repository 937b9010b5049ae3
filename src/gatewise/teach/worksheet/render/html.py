"""A sheet as HTML that needs nothing else: no network, fonts or libraries. The formulas are native MathML.

The files in assets/ are what it is made of. A page of its own has a list of sections and a few keys:
page.html.jinja, page.css, page.js. A fragment is a piece of a notebook or of any other page. Both hold the
sections of sections.html.jinja in the style of sheet.css.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from xml.sax.saxutils import escape

from markupsafe import Markup as Safe

from gatewise.expression import Array, Number, Symbol, text
from gatewise.expression.printing import MathmlPrinter
from gatewise.support.pages import environment, policy, source
from gatewise.teach.worksheet.layout.document import Document, Row, Section
from gatewise.teach.worksheet.render import prose
from gatewise.teach.worksheet.render.box import is_number
from gatewise.teach.worksheet.render.folding import FoldingPrinter, Markup, Padding

WIDTH = 76  # characters of a formula that fit on a desktop screen and on paper; phones scroll inside a line
_QUOTES = {'"': "&quot;"}
STRUT = '<mspace height="0.8em" depth="0.3em"/>'  # makes all rows of matrices and labels equally high


class MathmlMarkup(MathmlPrinter, Markup):
    """Presentation MathML whose matrices and stacks are aligned by the page's style."""

    nothing = ""

    def number(self, node: Number) -> str:
        if node.text.lstrip("-")[:1].isdigit():
            return super().number(node)
        return f"<mtext>{escape(node.text.replace('-', '−'))}</mtext>"

    def stack(self, lines: Sequence[str]) -> str:
        rows = "".join(f"<mtr><mtd>{line}</mtd></mtr>" for line in lines)
        return f'<mtable class="stack">{rows}</mtable>'

    def columns(self, rows: Sequence[Sequence[str]], opens: bool = True, closes: bool = True) -> str:
        body = "".join(f"<mtr>{''.join(_cells(row))}</mtr>" for row in rows)
        grow = ' stretchy="false"' if len(rows) == 1 else ' class="drawn"'  # sheet.css draws it
        left, right = f"<mo{grow}>[</mo>" if opens else "", f"<mo{grow}>]</mo>" if closes else ""
        tall = " tall" + "".join(" " + side for side, here in (("opens", opens), ("closes", closes)) if here)
        drawn = tall if len(rows) > 1 else ""
        return f'<mrow class="bracketed{drawn}">{left}<mtable class="matrix">{body}</mtable>{right}</mrow>'

    def array(self, rows: Sequence[Sequence[str]]) -> str:
        return self.columns(rows)  # inside a fraction, where nothing is folded

    def bracket(self, inner: str) -> str:
        if "<mtable" not in inner and "<mfrac" not in inner:
            return super().bracket(inner)
        # Drawn by sheet.css: few fonts have parentheses that grow.
        return f'<mrow class="round"><mo class="drawn">(</mo>{inner}<mo class="drawn">)</mo></mrow>'

    def pad(self, shown: str, padding: Padding) -> str:
        digits = "." * padding.point + "0" * padding.digits
        empty = f"<mn>{digits}</mn>" if digits else ""
        if padding.guard:
            empty += self.low("0" * padding.guard)
        return f"<mrow>{shown}<mphantom>{empty}</mphantom></mrow>"

    def labelled(self, matrix: str, labels: Sequence[str]) -> str:
        rows = "".join(f"<mtr><mtd>{STRUT}<mtext>{escape(label)}</mtext></mtd></mtr>" for label in labels)
        return f'<mrow>{matrix}<mtable class="labels">{rows}</mtable></mrow>'


class LinkedMathml(MathmlMarkup):
    """MathML whose operands are links to their lines; page.js follows them where the browser does not.

    `anchors` has the anchor of each line that is on the page.
    """

    def __init__(self, anchors: Mapping[str, str]) -> None:
        self.anchors = anchors

    def linked(self, shown: str, source: str) -> str:
        anchor = self.anchor(source)
        return f'<mrow href="#{escape(anchor, _QUOTES)}">{shown}</mrow>' if anchor else shown

    def anchor(self, source: str) -> str:
        """Return where a line is, "" if nowhere; boundary values stand once, whichever the update."""
        return self.anchors.get(source) or self.anchors.get(source.partition("#")[0], "")

    def number(self, node: Number) -> str:
        return self.linked(super().number(node), node.source)

    def symbol(self, node: Symbol) -> str:
        return self.linked(super().symbol(node), node.source)


mathml = MathmlMarkup()


@dataclass(frozen=True)
class _Line:
    """A row as HTML shows it; `anchor` is its id, numbered where several rows share one.

    `uses` are the anchors of the lines that it takes values from, as far as they are on the page.
    """

    id: str
    anchor: str
    uses: str
    left: Safe
    sides: tuple[tuple[Safe, ...], ...]
    worked: bool  # whether the last side is a result
    note: Safe
    plain: str  # the row as one line of text, which is what is copied


def render_html(document: Document, fragment: bool = False) -> str:
    """`document` as a page that opens from disk, prints, and reads on a phone and by keyboard.

    As a fragment it is one <div> for a notebook or any other page, in the host's colours. It has no script
    and no ids, and its style reaches nothing outside it: two sheets may stand on one page.
    """
    if fragment:
        return _fill(
            "assets/fragment.html.jinja",
            document,
            linked=False,
            style=source(__package__, "assets/sheet.css"),
        )
    style, script = sheet_style(), source(__package__, "assets/page.js")
    own = {"style": style, "script": script, "policy": policy([style], script)}
    return _fill("assets/page.html.jinja", document, linked=True, **own)


def render_section(section: Section) -> Safe:
    """One section for a page that others make, which has the style `sheet_style()`."""
    return Safe(_fill("assets/sections.html.jinja", Document("", (section,)), linked=False))


def sheet_style() -> str:
    """Return the style of sections and of a page around them: light and dark, narrow and printed."""
    return source(__package__, "assets/sheet.css") + source(__package__, "assets/page.css")


def _fill(template: str, document: Document, **values: object) -> str:
    seen: Counter[str] = Counter()
    linked = bool(values["linked"])
    printer = FoldingPrinter(LinkedMathml(_anchors(document)) if linked else mathml, WIDTH)
    return (
        environment(__package__)
        .get_template(template)
        .render(
            title=document.title,
            sections=[(section, list(_groups(section, seen, printer))) for section in document.sections],
            sentence=sentence,
            numeric=lambda rows: [any(map(is_number, column)) for column in zip(*rows, strict=True)],
            **values,
        )
    )


def sentence(words: str) -> Safe:
    """Write a sentence with its quantities as formulas."""
    return Safe("").join(
        Safe(f"<math>{mathml(part)}</math>") if isinstance(part, Symbol) else part
        for part in prose.parts(words)
    )


def _groups(
    section: Section, seen: Counter[str], printer: FoldingPrinter
) -> Iterator[tuple[str, list[object]]]:
    """Yield the blocks of a section: consecutive rows together, because their formulas line up."""
    for kind, group in groupby(section.blocks, lambda block: type(block).__name__):
        yield kind, [_line(block, seen, printer) if isinstance(block, Row) else block for block in group]


def _line(row: Row, seen: Counter[str], printer: FoldingPrinter) -> _Line:
    sides = tuple(
        tuple(Safe(line) for line in printer.side(side, row.labels if i == len(row.sides) - 1 else ()))
        for i, side in enumerate(row.sides)
    )
    find = printer.markup.anchor if isinstance(printer.markup, LinkedMathml) else lambda _: ""
    uses = " ".join(filter(None, map(find, row.uses)))
    left, note = Safe(mathml(row.left)), sentence(row.note)
    return _Line(row.id, _anchor(row, seen), uses, left, sides, row.worked, note, _plain(row))


def _plain(row: Row) -> str:
    """Write a row as one line, as `gatewise check` reads it: F6@t=0   out₀ = tanh(state₀) ⊙ o₀ = …."""
    line = " = ".join(text(part) for part in (row.left, *row.sides))
    return f"{row.id}   {line}"


def _anchors(document: Document) -> dict[str, str]:
    """Return the anchor of every row by its id, and of a line shown by single entries that of the first."""
    rows = [row for section in document.sections for row in section.blocks if isinstance(row, Row)]
    found = {_name(row): _name(row) for row in rows}
    for row in rows:
        if row.line:
            found.setdefault(row.line, _name(row))
    return found


def _anchor(row: Row, seen: Counter[str]) -> str:
    name = _name(row)
    seen[name] += 1
    return name if seen[name] == 1 else f"{name}.{seen[name]}"


def _name(row: Row) -> str:
    """Name a row as an anchor: by its id where a value is worked out, else formula-G1."""
    has_value = isinstance(row.sides[-1], (Number, Array))
    return row.id if has_value else f"formula-{row.id}"


def _cells(row: Sequence[str]) -> Iterator[str]:
    for i, cell in enumerate(row):
        yield f"<mtd>{'' if i else STRUT}{cell}</mtd>"
