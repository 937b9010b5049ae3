"""A sheet as one HTML file that needs nothing else: no network, no fonts, no libraries.

The formulas are native MathML. The page itself, with its style and its few keys, is in
sheet.html.jinja, sheet.css and sheet.js.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby
from xml.sax.saxutils import escape

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup as Safe

from gatewise.expression import Number, Symbol
from gatewise.expression.printers import MathmlPrinter
from gatewise.worksheet.document import Document, Row, Section
from gatewise.worksheet.render import prose
from gatewise.worksheet.render.box import is_number
from gatewise.worksheet.render.folding import FoldingPrinter, Markup, Padding

WIDTH = 76  # characters of a formula that fit on a desktop screen and on paper; phones scroll inside a line
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
        grow = ' stretchy="false"' if len(rows) == 1 else ""
        left, right = f"<mo{grow}>[</mo>" if opens else "", f"<mo{grow}>]</mo>" if closes else ""
        return f'<mrow class="bracketed">{left}<mtable class="matrix">{body}</mtable>{right}</mrow>'

    def pad(self, shown: str, padding: Padding) -> str:
        digits = "." * padding.point + "0" * padding.digits
        empty = f"<mn>{digits}</mn>" if digits else ""
        if padding.guard:
            empty += f'<msub><mrow></mrow><mn class="guard">{"0" * padding.guard}</mn></msub>'
        return f"<mrow>{shown}<mphantom>{empty}</mphantom></mrow>"

    def labelled(self, matrix: str, labels: Sequence[str]) -> str:
        rows = "".join(f"<mtr><mtd>{STRUT}<mtext>{escape(label)}</mtext></mtd></mtr>" for label in labels)
        return f'<mrow>{matrix}<mtable class="labels">{rows}</mtable></mrow>'


mathml = MathmlMarkup()


@dataclass(frozen=True)
class _Line:
    """A row as the page shows it; `anchor` is its id, numbered where several rows share one."""

    id: str
    anchor: str
    left: Safe
    sides: tuple[tuple[Safe, ...], ...]
    worked: bool  # whether the last side is a result
    note: Safe


def render_html(document: Document) -> str:
    """`document` as a page that opens from disk, prints, and reads on a phone and by keyboard."""
    style, script = (_source(f"sheet.{kind}") for kind in ("css", "js"))
    seen: Counter[str] = Counter()
    return _template().render(
        title=document.title,
        sections=[(section, list(_groups(section, seen))) for section in document.sections],
        sentence=sentence,
        numeric=lambda rows: [any(map(is_number, column)) for column in zip(*rows, strict=True)],
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


def sentence(text: str) -> Safe:
    """A sentence with its quantities as formulas."""
    return Safe("").join(
        Safe(f"<math>{mathml(part)}</math>") if isinstance(part, Symbol) else part
        for part in prose.parts(text)
    )


def _groups(section: Section, seen: Counter[str]) -> Iterator[tuple[str, list[object]]]:
    """The blocks of a section: consecutive rows together, because their formulas line up."""
    for kind, group in groupby(section.blocks, lambda block: type(block).__name__):
        yield kind, [_line(block, seen) if isinstance(block, Row) else block for block in group]


def _line(row: Row, seen: Counter[str]) -> _Line:
    seen[row.id] += 1
    printer = FoldingPrinter(mathml, WIDTH)
    sides = tuple(
        tuple(Safe(line) for line in printer.side(side, row.labels if i == len(row.sides) - 1 else ()))
        for i, side in enumerate(row.sides)
    )
    anchor = row.id if seen[row.id] == 1 else f"{row.id}.{seen[row.id]}"
    return _Line(row.id, anchor, Safe(mathml(row.left)), sides, row.worked, sentence(row.note))


def _cells(row: Sequence[str]) -> Iterator[str]:
    for i, cell in enumerate(row):
        yield f"<mtd>{'' if i else STRUT}{cell}</mtd>"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("gatewise.worksheet.render", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("sheet.html.jinja")


@cache
def _source(name: str) -> Safe:
    return Safe((files(__package__) / name).read_text("utf-8"))


def _hash(source: str) -> str:
    """How the page's security policy knows a style or script: no other may be used."""
    digest = hashlib.sha256(source.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
