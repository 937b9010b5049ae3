"""Formulas as native MathML that the page's style aligns; on a page their operands are links.

Chromium follows no link on an element of MathML, but those of HTML in a token: <mn><a href="…">0.5</a></mn>.
sheet.css stretches each over the symbol or matrix that it stands in. They are no tab stops: html.py lists
where a row's operands lead once more, folded, and that list is reached by keyboard.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from xml.sax.saxutils import escape

from gatewise.expression import Number, Symbol
from gatewise.expression.printing import MathmlPrinter, greek
from gatewise.teach.worksheet.render.folding import Markup, Padding

STRUT = '<mspace height="0.8em" depth="0.3em"/>'  # makes all rows of matrices and labels equally high
_QUOTES = {'"': "&quot;"}
_TOKEN = re.compile(r"<(?:mn|mi|mtext)(?: [^>]*)?>([^<]+)")


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
    """MathML whose operands are links to their lines.

    `anchor_of` returns the anchor of a line on this page, "" of one that is not there. `followed` collects
    the anchors that were linked to, in reading order, until it is cleared.
    """

    def __init__(self, anchor_of: Callable[[str], str]) -> None:
        self.anchor_of = anchor_of
        self.followed: dict[str, None] = {}

    def linked(self, shown: str, source: str) -> str:
        """Make a matrix a link, in its first number."""
        if not (anchor := self._followed(source)):
            return shown
        return _in_token(shown.replace('class="bracketed', 'class="operand bracketed', 1), anchor)

    def number(self, node: Number) -> str:
        shown = super().number(node)
        anchor = self._followed(node.source)
        return _in_token(shown, anchor) if anchor else shown

    def symbol(self, node: Symbol) -> str:
        shown = super().symbol(node)
        if not (anchor := self._followed(node.source)):
            return shown
        return _in_token(shown, anchor, sum(map(bool, greek(node.name))))  # of δstate in state

    def _followed(self, source: str) -> str:
        anchor = self.anchor_of(source) if source else ""
        if anchor:
            self.followed[anchor] = None
        return anchor


def _in_token(shown: str, anchor: str, which: int = 1) -> str:
    """Put a link into one of the tokens of a formula, counted from 1."""
    for number, token in enumerate(_TOKEN.finditer(shown), 1):
        if number == which:
            start, end = token.span(1)
            link = f'<a href="#{escape(anchor, _QUOTES)}" tabindex="-1">{shown[start:end]}</a>'
            return shown[:start] + link + shown[end:]
    raise AssertionError(f"{shown} has no token {which} to put a link into")


def _cells(row: Sequence[str]) -> Iterator[str]:
    for i, cell in enumerate(row):
        yield f"<mtd>{'' if i else STRUT}{cell}</mtd>"
