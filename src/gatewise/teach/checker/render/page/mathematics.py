"""Mathematics of a document as MathML, made of the trees it is read as, with the findings' marks.

What cannot be read stands there as it was written. Each side of a chain is a formula by itself, and each
term of a sum, so that lines can be broken between them: browsers break none within MathML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markupsafe import Markup, escape

from gatewise.expression import Add, Expression, Negative, Number
from gatewise.expression.printing import PRODUCT
from gatewise.teach.checker.read.grammar.parser import parse
from gatewise.teach.checker.read.grammar.stream import CannotRead, Notes
from gatewise.teach.checker.read.reading import Place, Printed
from gatewise.teach.checker.read.tokens.clauses import clauses
from gatewise.teach.checker.read.tokens.commas import with_plain_numbers
from gatewise.teach.checker.read.tokens.lexer import Token, tokens
from gatewise.teach.checker.render.page.letters import GREEK, WrittenPrinter
from gatewise.teach.checker.render.page.marks import FindingMarks

MOST_SIGNS = 6  # that stand alone
ALONE = ("operator", "greek", "partial", "word")

# What stands between two sides, in order of what is looked for.
_GAP = re.compile(
    r"""(?P<words>\\(?:text|mbox|textrm|textbf|textit|intertext)\{(?P<said>[^{}]*)\})
      | (?P<near>≈|≃|≅|\\approx(?![A-Za-z])|\\simeq(?![A-Za-z]))
      | (?P<equals>:?=|≡|\\equiv(?![A-Za-z])|\\coloneqq(?![A-Za-z]))
      | (?P<then>\\(?:Rightarrow|implies|Longrightarrow|therefore|rightarrow|to)(?![A-Za-z])|[⇒→∴])
      | (?P<row>\\\\(?:\[[^\]\n]{0,20}\])?|\\newline(?![A-Za-z]))
      | (?P<wide>\\q?quad(?![A-Za-z]))
      | (?P<comma>[,;](?!\w))
      | (?P<blank>\s+|\\[ ,;:!>]|[&{}~]|\\(?:left|right|displaystyle|nonumber|notag|big|Big)(?![A-Za-z])\.?
          |\\(?:begin|end)\{[a-zA-Z]+\*?\}(?:\{[^{}]*\})?|\\(?:label|tag)\{[^{}]*\}|\$)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)


_FLAT = Markup("<math>{}</math>")
_TALL = Markup('<span class="tall"><math>{}</math></span>')  # which needs room above and below


def _is_tall(shown: str) -> bool:
    return "<mtable" in shown or "<mfrac" in shown or "<munderover" in shown


class _Printer(WrittenPrinter):
    """MathML with a class for every number that was judged, and a mark for every one with a finding."""

    def __init__(self, text: str, marks: FindingMarks) -> None:
        self.text, self.marks = text, marks

    def number(self, node: Number) -> str:
        shown = super().number(node)
        if not isinstance(node, Printed) or node.at is None:
            return shown
        start, end = node.at.offset, node.at.offset + node.at.length
        if "," in self.text[start:end] and "." not in self.text[start:end]:
            shown = shown.replace(".", ",")
        if findings := self.marks.within(start, end, slack=1):
            classes = self.marks.classes(findings)
            badges = self.marks.badges(findings)
            return f'<mrow class="{classes}">{shown}<mtext>{badges}</mtext></mrow>'
        classes, title = self.marks.number_class(start, node.at.length)
        return (
            str(Markup('<mrow class="{}" title="{}">{}</mrow>').format(classes, title, Markup(shown)))
            if classes
            else shown
        )


class Mathematics:
    """Writes stretches of one document's mathematics."""

    def __init__(self, text: str, marks: FindingMarks) -> None:
        self.text, self.marks = text, marks
        self.read = with_plain_numbers(text)  # as long as it is, with decimal commas as points
        self.printer = _Printer(text, marks)
        self.notes = Notes(lambda start, end: Place(start, end - start, 0, 0))

    def write(self, start: int, end: int) -> Markup:
        """Return the mathematics between two offsets."""
        return Markup("").join(self._pieces(start, end))

    def is_whole(self, start: int, end: int) -> bool:
        """Say whether all that stands here can be read as mathematics."""
        found = clauses(tokens(self.read, start, end))
        sides = [side for clause in found for side in clause.sides if side]
        return bool(sides) and all(self._tree(side) is not None for side in sides)

    def _pieces(self, start: int, end: int) -> Iterator[Markup]:
        at = start
        for clause in clauses(tokens(self.read, start, end)):
            for side in clause.sides:
                if not side:
                    continue
                first, last = min(token.start for token in side), max(token.end for token in side)
                if first < at:  # drawn out over lines, or damaged: what was passed is not shown again
                    continue
                yield from self._between(at, first)
                yield self._side(side, first, last)
                at = last
        yield from self._between(at, end)

    def _side(self, side: Sequence[Token], start: int, end: int) -> Markup:
        tree = self._tree(side)
        if tree is None:
            return self._signs(side) or self._source(start, end)
        shown = [*self._terms(tree)] if isinstance(tree, Add) else [self.printer(tree)]
        inner = Markup("").join((_TALL if _is_tall(part) else _FLAT).format(Markup(part)) for part in shown)
        findings = self.marks.across(start, end)
        if not findings:
            return inner
        tall = " tall" if any(map(_is_tall, shown)) else ""
        return Markup('<span class="{}{}">{}{}</span>').format(
            self.marks.classes(findings), tall, inner, self.marks.badges(findings)
        )

    def _tree(self, side: Sequence[Token]) -> Expression | None:
        try:
            return parse(list(side), self.notes)
        except CannotRead:
            return None

    def _terms(self, tree: Add) -> Iterator[str]:
        """Yield the terms of a sum, between which a line may end."""
        for k, term in enumerate(tree.terms):
            if k == 0:
                yield self.printer(term)
                continue
            sign, bare = ("−", term.argument) if isinstance(term, Negative) else ("+", term)
            yield f'<mo form="infix">{sign}</mo>{self.printer.show(bare, PRODUCT)}'

    def _signs(self, side: Sequence[Token]) -> Markup:
        """Return a few signs that stand alone, as ⊙ in a sentence about it; nothing of anything else."""
        if len(side) > MOST_SIGNS or any(token.kind not in ALONE for token in side):
            return Markup("")
        if self.marks.across(side[0].start, side[-1].end):
            return Markup("")
        signs = Markup("").join(Markup("<mo>{}</mo>").format(GREEK.get(t.text, t.text)) for t in side)
        return Markup("<math>{}</math>").format(signs)

    def _source(self, start: int, end: int) -> Markup:
        """Return a stretch as it was written, with its marks."""
        shown = Markup("<code>{}</code>").format(shown_text(self.text[start:end]))
        findings = self.marks.across(start, end)
        if not findings:
            return shown
        return Markup('<span class="{}">{}{}</span>').format(
            self.marks.classes(findings), shown, self.marks.badges(findings)
        )

    def _between(self, start: int, end: int) -> Iterator[Markup]:
        """Yield what stands between two sides: a sign, a comma, words, the end of a row; else its source."""
        if start < end and not self.text[start:end].strip(" \t"):  # W = 0.4   U = 0.3
            yield Markup(" &emsp; ")
            return
        at, kept = start, ""
        for found in _GAP.finditer(self.text, start, end):
            kind = found.lastgroup if found.lastgroup != "said" else "words"
            if kind == "other":
                at = found.start() if not kept else at
                kept += found[0]
                continue
            if kept:
                yield self._source(at, found.start())
                kept = ""
            match kind:
                case "words":
                    yield Markup(" {} ").format(shown_text(found["said"]))
                case "near":
                    yield _sign("≈")
                case "equals":
                    yield _sign("=")
                case "then":
                    yield _sign("⇒")
                case "row":
                    yield Markup("<br>")
                case "wide":
                    yield Markup(" &emsp; ")
                case "comma":
                    yield Markup("{} ").format(found[0])
        if kept:
            yield self._source(at, end)


def _sign(sign: str) -> Markup:
    return Markup(' <math><mo form="infix">{}</mo></math>&nbsp;').format(sign)


def shown_text(text: str) -> Markup:
    """Return text as a page shows it: control characters and changes of direction as a dot."""
    return escape(
        "".join(
            letter if letter.isprintable() or letter in "\t\n" else "·" for letter in text.replace("\r", "")
        )
    )
