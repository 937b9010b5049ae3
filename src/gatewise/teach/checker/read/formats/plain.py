"""Plain text: our text sheets, and formulas as people type them, one or several lines each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gatewise.teach.checker.read import names, prose
from gatewise.teach.checker.read.collect import Collector
from gatewise.teach.checker.read.tokens.drawn import TextLine, axis_of, band_tokens, bands
from gatewise.teach.checker.read.tokens.lexer import Token, moved, tokens

_ID = re.compile(r"(?P<id>[A-Za-z][\w\[\],]*(?:@t=-?[0-9]+)?(?:#[0-9]+)?(?:\[[\w,]+\])?)(?: {3,}(?=\S)|\Z)")
ENTRY_ENDS = ("number", "close", "end")
LONGEST_INDEX = 3  # letters of a low index: new, ih
_RULE = re.compile(r"\s*([=\-═─~])\1{2,}\s*\Z")
_WORD = re.compile(r"(?<![A-Za-z_])(?:[A-Za-z]+(?:_[A-Za-z]+)+|[A-Za-z]{2,})")
_CONTINUES = re.compile(r"\s*(?:[-=+−–*×·⊙⊗@/≈]|\(x\) |[⎡-⎣⎤-⎦⎛-⎠\[]|[-−]?[0-9][-−0-9.eE_₀-₉]*(?:\s|\Z))")


def read_plain(text: str, start: int, end: int, collector: Collector) -> None:
    """Read `text[start:end]`, every line of which may hold a formula."""
    _Reader(list(_lines(text, start, end)), collector, text).read()


def _lines(text: str, start: int, end: int) -> Iterator[TextLine]:
    at = start
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        yield TextLine(text[at:stop], at)
        at = stop + 1


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
            if k in titles and len(band) == 1:
                self.flush()
                line = band[0]
                self.collector.add_heading(line.start, line.start + len(line.text), line.text)
            elif not (len(band) == 1 and (k - 1 in titles or not band[0].text.strip())):
                self.band(band)
            k += len(band)
        self.flush()

    def is_title(self, k: int) -> bool:
        """Return whether a line is underlined."""
        return bool(self.lines[k].text.strip()) and _RULE.match(self.lines[k + 1].text) is not None

    def band(self, band: Sequence[TextLine]) -> None:
        line = band[axis_of(band)]
        if len(band) == 1 and is_sentence(line.text):
            self.flush()
            for stated in prose.stated_values(self.text, line.start, line.start + len(line.text)):
                self.collector.add_stated_value(stated)
            self.collector.add_fact(line.text)
            return
        found = _ID.match(line.text)
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
            self.collector.add_tokens(self.tokens, self.id)
        self.tokens, self.opened, self.id = [], [], ""


def is_sentence(line: str) -> bool:
    """Return whether a line has words that are not quantities; a near one may be a formula's."""
    words = [word for word in _WORD.findall(_without_id(line)) if not _is_mathematical(word)]
    return len(words) > 1 or (len(words) == 1 and not ("=" in line and names.closest_name(words[0])))


def _without_id(line: str) -> str:
    found = _ID.match(line)
    return line[found.end() :] if found else line


def _is_mathematical(word: str) -> bool:
    first, *rest = word.split("_")
    if first in ("d", "delta") and rest:
        first, *rest = rest
    if rest and not names.is_known(word):  # W_new, W_ih
        return _is_mathematical(first) and all(
            len(part) <= LONGEST_INDEX or names.is_known(part) for part in rest
        )
    return (
        names.is_known(word)
        or word in names.FUNCTIONS
        or word in ("sum", "new", "old")
        or names.split_word(word) != [word]
    )
