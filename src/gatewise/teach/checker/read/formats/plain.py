"""Plain text: our text sheets, and formulas as people type them, one or several lines each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gatewise.teach.checker.read import prose
from gatewise.teach.checker.read.cell_letters import CellLetters
from gatewise.teach.checker.read.collect import Collector
from gatewise.teach.checker.read.formats.prints import is_printed_step, read_printed
from gatewise.teach.checker.read.tokens.drawn import TextLine, axis_of, band_tokens, bands
from gatewise.teach.checker.read.tokens.lexer import Token, moved, tokens
from gatewise.teach.checker.read.tokens.sentences import CJK, EQUALS, ID, formulas_in, is_sentence

ENTRY_ENDS = ("number", "close", "end")
_RULE = re.compile(r"\s*([=\-═─~])\1{2,}\s*\Z")
# Between formulas that stand side by side on a line, as columns; none of them ends with an operator.
_APART = re.compile(
    r"(?:(?<![ \t+\-−–*/·×⋅∙•⊙⊗∘@=≈(^_])(?:[ ]{3,}+|[ ]*+\t)[ \t]*+"
    r"|(?<=[0-9\])])[ ]{2}(?! |(?:tanh|sigm\w*|exp|ln|log)\b))(?=[^\W\d_][^\s=≈]{0,20}[ ]*[=≈])"
)
_DRAWN = re.compile(r"[\[\]|⎡⎢⎣⎤⎥⎦⎛⎜⎝⎞⎟⎠⎧⎨⎩]")
_ELEMENT = re.compile(
    r"</?(?:p|div|span|li|[uo]l|h[1-6]|t[dhr]|table|tbody|thead|a|center|blockquote|section|article)\b[^<>]{0,80}>",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"\s*[=≈]\s")
_SAID = re.compile(r"\s*(?:[-*+•]\s+)?[^\W\d_][^:=≈\n]{2,40}:\s+(?=\S)")
# A list's mark before a name with its value: "1. f = 0.7350", "- f_0: 0.735"; else "- b" goes on with a sum,
# and so does "+ W_o[:,0] · δo", where the colon stands for the rows of a matrix.
_ITEM = re.compile(
    r"\s*(?:[-*+•][ \t]+(?:\[[ xX]\][ \t]+"
    r"|(?=[^\s=≈:\[0-9+-](?:[^\s=≈:\[]|\[[^\]\n]{0,20}\]){0,30}[ \t]*[=≈:]))"
    r"|\(?(?:[0-9]{1,3}|[a-h]|[ivx]{1,4})\)[ \t]+(?=[^\W\d_][^\n]*[=≈:])"
    r"|[0-9]{1,3}\.[ \t]+(?=[^\n]*[=≈:]))"
)
# Words that say what a formula is, before a dash, a double colon, a colon or a wide blank:
# "Forget gate — f_1 = 0.7350", "forget   w_f = 0.4".
_LABEL = re.compile(
    rf"\s*+(?:[-*+•]\s*+)?(?:{CJK}(?:{CJK}|[0-9]){{0,12}}[ ]?:[ ]?(?=[^\W\d_][^\n]*[=≈])"
    r"|(?!sizes\b|learning rate\b)[^\W\d_]{3,}(?:[ '’][^\W\d_]+){0,5}"
    r"(?:[ \t]+(?:[—–]|-{1,3}|::)[ \t]+(?=[^\n]*[=≈])|\s*:\s+(?=[^\n]*[=≈])"
    r"|(?:[ ]{2,}+|[ ]*\t[ \t]*)(?=[^\W\d_][^\s=≈]{0,20}[ ]*[=≈])))"
)
_EMPHASIS = re.compile(
    r"\*\*|`|(?<!\w)__(?=\S)|(?<=[^\s_])__(?!\w)|(?<![\w*)\]])\*(?=[^\s*0-9])[^*\n=]{1,30}(?<=[^\s*])\*(?![\w*(\[])"
)
# What is said of a formula after it: a comment, or words in brackets.
_BESIDE = re.compile(
    r"(?<![ \t])[ \t]++(?:(?:#|//|←|<-)[ \t][^\n]*|\((?=[^()]*[A-Za-z]{4})[A-Za-z][A-Za-z ,'-]*\)[ \t.,]*)\Z"
)
_NAMED_VALUE = re.compile(r"\s*[A-Za-zΑ-ωΔ∂][^\s:=]{0,20}[ \t]*(?P<sign>:)[ \t]*[-−+]?[0-9.][0-9.eE+−-]*\s*")
# A name before a colon, and the formula of what it is: c_1: 0.73 · 0.5 + 0.2 = 0.565.
_NAMED_FORMULA = re.compile(
    r"\s*[^\W\d_]\S{0,12}?(?P<sign>:)[ \t]+(?=[^\n]*[=≈])(?![^\W\d_][^\s=≈()]{0,20}[ \t]*[=≈:])"
)
# Lines that say something, or part what others say: "-- new state --", "# candidate", "++++".
_ASIDE = re.compile(r"\s*(?:(?:#+|//+|--+|%+)[ \t]+[^=≈0-9]*|\+{4,}\s*)\Z")
_CONTINUES = re.compile(r"\s*(?:[-=+−–*×·⊙⊗@/≈]|\(x\) |[⎡-⎣⎤-⎦⎛-⎠\[]|[-−]?[0-9][-−0-9.eE_₀-₉]*(?:\s|\Z))")


def read_plain(text: str, start: int, end: int, collector: Collector) -> None:
    """Read `text[start:end]`, every line of which may hold a formula."""
    _Reader(list(_lines(text, start, end)), collector, text).read()


def _lines(text: str, start: int, end: int) -> Iterator[TextLine]:
    at = start
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        line = without_marks(text[at:stop])
        for first, last in side_by_side(line):
            yield TextLine(line[first:last], at + first)
        at = stop + 1


def side_by_side(line: str) -> list[tuple[int, int]]:
    """Return where the formulas stand that a line has beside each other, a wide blank between them."""
    apart = [] if _DRAWN.search(line) else [found.span() for found in _APART.finditer(line)]
    own = ID.match(line)
    first = own.end() if own else 0
    apart = [(start, end) for start, end in apart if EQUALS.search(line, first, start)]
    starts, ends = [0, *(end for _, end in apart)], [*(start for start, _ in apart), len(line)]
    return list(zip(starts, ends, strict=True))


class _Reader:
    """Collects the tokens of a formula band by band until the next one begins."""

    def __init__(self, lines: Sequence[TextLine], collector: Collector, text: str) -> None:
        self.lines, self.collector, self.text = lines, collector, text
        self.tokens: list[Token] = []
        self.opened: list[str] = []  # the brackets that are still open in them
        self.id = ""

    def read(self) -> None:
        titles = {k for k in range(len(self.lines) - 1) if self.is_title(k)}
        k = 0
        for band in bands(self.lines):
            below = self.lines[k + len(band)].text if k + len(band) < len(self.lines) else ""
            if k in titles and len(band) == 1:
                self.flush()
                line = band[0]
                self.collector.add_heading(line.start, line.start + len(line.text), line.text)
            elif not (len(band) == 1 and (k - 1 in titles or not band[0].text.strip())):
                self.band(_from_formula(band, self.collector.letters) if _BEGINS.match(below) else band)
            k += len(band)
        self.flush()

    def is_title(self, k: int) -> bool:
        """Return whether a line is underlined."""
        return bool(self.lines[k].text.strip()) and _RULE.match(self.lines[k + 1].text) is not None

    def band(self, band: Sequence[TextLine]) -> None:
        line = band[axis_of(band)]
        if len(band) == 1 and (prose.is_step_alone(line.text) or is_printed_step(line.text)):
            self.flush()
            if prose.is_step_alone(line.text):
                self.collector.add_heading(line.start, line.start + len(line.text), line.text)
            else:
                read_printed(self.text, line.start, line.start + len(line.text), self.collector)
            return
        if len(band) == 1 and is_sentence(line.text, self.collector.letters):
            self.flush()
            spans = list(formulas_in(line.text, self.collector.letters))
            for span in spans:
                formula = tokens(line.text, *span)
                self.collector.add_tokens([moved(token, line.start) for token in formula])
            if spans:
                return
            for stated in prose.stated_values(self.text, line.start, line.start + len(line.text)):
                self.collector.add_stated_value(stated)
            self.collector.add_fact(line.text)
            return
        found = ID.match(line.text)
        goes_on = _CONTINUES.match(line.text) or (self.in_matrix and "=" not in line.text)
        if found is not None or not (self.tokens and goes_on):
            self.flush()
            self.id = found["id"] if found else ""
        if self.in_matrix and len(band) == 1:
            self.row(line)
        else:
            self.take(band_tokens(band, found.end() if found else 0, self.matrix_is_open))

    @property
    def in_matrix(self) -> bool:
        """Whether a square bracket is open that nothing has drawn out over several lines."""
        return bool(self.opened) and self.opened[-1] == "["

    def row(self, line: TextLine) -> None:
        """Take the next row of a matrix as people type it: the end of a line is that of a row."""
        more = [moved(token, line.start) for token in tokens(line.text, 0, len(line.text))]
        if not more:
            return
        joins = more[0].kind == "operator" and (len(more) == 1 or more[1].gap)  # + 0.4 goes on with an entry
        if self.tokens[-1].kind in ENTRY_ENDS and more[0].kind != "close" and not joins:
            self.tokens.append(Token("row", "", line.start, line.start))
        self.take(more)

    def take(self, more: list[Token]) -> None:
        """Take more tokens of the formula."""
        for token in more:
            if token.kind == "open":
                self.opened.append(token.text)
            elif token.kind == "close" and self.opened:
                self.opened.pop()
        self.tokens += more

    @property
    def matrix_is_open(self) -> bool:
        """Whether the last band ended within a matrix, whose other columns follow."""
        return bool(self.tokens) and self.tokens[-1].kind == "close" and self.tokens[-1].text == "."

    def flush(self) -> None:
        """Hand the formula, which is complete, to the collector."""
        if any(token.kind == "equals" for token in self.tokens):
            self.collector.add_tokens(self.tokens, self.id, apart=True)
        self.tokens, self.opened, self.id = [], [], ""


def _from_formula(band: Sequence[TextLine], letters: CellLetters | None) -> Sequence[TextLine]:
    """Return a line without what it says of its formula, "Step 1: x_1 × W", which the next goes on with."""
    line = band[0]
    said = _SAID.match(line.text)
    if len(band) > 1 or said is None or is_sentence(line.text[said.end() :], letters):
        return band
    return [TextLine(line.text[said.end() :], line.start + said.end())]


def without_marks(line: str) -> str:
    """Return a line, as long as it was, without the mark of a list and without marks of emphasis."""
    if "<" in line:
        line = _ELEMENT.sub(lambda found: " " * len(found[0]), line)
    if _ASIDE.match(line):
        return " " * len(line)
    item = _ITEM.match(line)
    if item is not None:
        line = " " * item.end() + line[item.end() :]
    if (beside := _BESIDE.search(line)) is not None:
        line = line[: beside.start()] + " " * (len(line) - beside.start())
    if "*" in line or "`" in line or "__" in line:
        line = _EMPHASIS.sub(
            lambda found: re.sub(r"[*`]|__", lambda mark: " " * len(mark[0]), found[0]), line
        )
    if (label := _LABEL.match(line)) is not None:
        line = " " * label.end() + line[label.end() :]
    if (named := _NAMED_VALUE.fullmatch(line) or _NAMED_FORMULA.match(line)) is not None:
        line = f"{line[: named.start('sign')]}={line[named.end('sign') :]}"
    return line
