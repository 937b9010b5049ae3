"""Plain text: our text sheets, and formulas as people type them, one or several lines each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gatewise.teach.checker.read import names, prose, words
from gatewise.teach.checker.read.cell_letters import CellLetters
from gatewise.teach.checker.read.collect import Collector
from gatewise.teach.checker.read.formats.prints import is_printed_step, read_printed
from gatewise.teach.checker.read.tokens.drawn import TextLine, axis_of, band_tokens, bands
from gatewise.teach.checker.read.tokens.lexer import Token, moved, tokens

_ID = re.compile(
    r"(?P<id>[A-Za-z][\w\[\],]*(?:@t=-?[0-9]+)?(?:#[0-9]+)?(?:\[[\w,]+\])?)(?: {3,}(?=[^\s=≈:←])|\Z)"
)
ENTRY_ENDS = ("number", "close", "end")
INDEX_WORDS = ("sum", "new", "old", "prev", "next", "tilde", "hat", "bar", "prime", *names.GREEK)
LONGEST_INDEX = 3  # letters of a low index: new, ih
_RULE = re.compile(r"\s*([=\-═─~])\1{2,}\s*\Z")
# A word; one with a number or step below it is a name: forget_1, cell_{t-1}, input_t.
_WORD = re.compile(r"(?<![A-Za-z_])(?![A-Za-z]+_(?:[0-9{]|t\b))(?:[A-Za-z]+(?:_[A-Za-z]+)+|[A-Za-z]{2,})")
# Between formulas that stand side by side on a line, as columns.
_APART = re.compile(r"(?<![ \t])(?:[ ]{3,}+|[ ]*+\t)[ \t]*+(?=[^\W\d_][^\s=≈]{0,20}[ ]*[=≈])")
_DRAWN = re.compile(r"[\[\]|⎡⎢⎣⎤⎥⎦⎛⎜⎝⎞⎟⎠⎧⎨⎩]")
_TAG = re.compile(r"</?[a-zA-Z]{1,6}[ ]?/?>")
_ELEMENT = re.compile(
    r"</?(?:p|div|span|li|[uo]l|h[1-6]|t[dhr]|table|tbody|thead|a|center|blockquote|section|article)\b[^<>]{0,80}>",
    re.IGNORECASE,
)
EQUALS = re.compile(r"=|≈|\\approx|\\simeq")
_BEGINS = re.compile(r"\s*[=≈]\s")
_SAID = re.compile(r"\s*(?:[-*+•]\s+)?[^\W\d_][^:=≈\n]{2,40}:\s+(?=\S)")
_OPERATOR = re.compile(
    r"[·⊙⊗*/^σΣ]|(?<=[\w)\]]) [-−+] |\\(?:cdot|odot|times|sigma|tanh|frac)|\b(?:tanh|sigmoid|exp)\b"
)
_DIGITS = re.compile(r"[0-9]\.?[0-9]*")
# A quantity of a step with its value, in decimals: c_1 = 0.62, state_1 = 0.62.
_STATED = re.compile(
    r"(?:[^\W\d_]{2,8}(?=_)|[^\W\d_][̃̂̄′']?)(?:_\{?[0-9]{1,3}\}?|[0-9]{1,3}|[₀-₉]{1,3}|<sub>[0-9]{1,3}</sub>)\s*[=≈]\s*[-−]?"
    r"(?![01]\.0*(?![0-9]))[0-9]*\.[0-9]"
)
_SUPPOSED = re.compile(r"\b(?:if|when|suppos\w+|assum\w+|were|would|wenn|falls|si|cuando)\b", re.IGNORECASE)
_BEFORE_FORMULA = re.compile(r"(?:[\s,;:.)—–*`]|-(?=\s))*")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_INDEX = re.compile(r"[_^]\{[^{}\n]{0,40}\}")
# A list's mark before a name with its value: "1. f = 0.7350", "- f_0: 0.735"; else "- b" goes on with a sum.
_ITEM = re.compile(
    r"\s*(?:[-*+•][ \t]+(?:\[[ xX]\][ \t]+|(?=[^\s=≈:0-9+-][^\s=≈:]{0,30}[ \t]*[=≈:]))"
    r"|\(?(?:[0-9]{1,3}|[a-h]|[ivx]{1,4})\)[ \t]+(?=[^\W\d_][^\n]*[=≈:])"
    r"|[0-9]{1,3}\.[ \t]+(?=[^\n]*[=≈:]))"
)
# Words that say what a formula is, before a dash, a double colon or a colon: "Forget gate — f_1 = 0.7350".
_LABEL = re.compile(
    r"\s*+(?:[-*+•]\s*+)?[^\W\d_]{3,}(?:[ '’][^\W\d_]+){0,5}"
    r"(?P<dash>[ \t]+(?:[—–]|-{1,3}|::)[ \t]+|\s*:\s+)(?=[^\n]*[=≈])"
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
    own = _ID.match(line)
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


def is_sentence(line: str, letters: CellLetters | None = None) -> bool:
    """Return whether a line has words that are not quantities; a near one may be a formula's."""
    words = [word for word in _WORD.findall(_blanked(_without_id(line))) if not _is_formulas(word, letters)]
    return len(words) > 1 or (len(words) == 1 and not ("=" in line and names.closest_name(words[0])))


def formulas_in(line: str, letters: CellLetters | None = None) -> Iterator[tuple[int, int]]:
    """Yield where worked formulas stand among the words of a line; a value is one if its name has a step."""
    words = [found.span() for found in _WORD.finditer(_blanked(line)) if not _is_formulas(found[0], letters)]
    starts, ends = [0, *(end for _, end in words)], [*(start for start, _ in words), len(line)]
    supposed = _SUPPOSED.search(line) is not None
    for start, end in zip(starts, ends, strict=True):
        if (span := _formula(line, start, end, supposed)) is not None:
            yield span


def _formula(line: str, start: int, end: int, supposed: bool) -> tuple[int, int] | None:
    """Return where a worked formula stands in a stretch without words; what is supposed is not stated."""
    sign = EQUALS.search(line, start, end)
    if sign is None:
        return None
    start = max(start, line.rfind(": ", start, sign.start()) + 1)
    start = _BEFORE_FORMULA.match(line, start).end()  # type: ignore[union-attr]
    formula = line[start:end].rstrip(" \t.,;:(–—-")
    is_worked = len(EQUALS.findall(formula)) > 1 or _OPERATOR.search(formula) is not None
    is_stated = not supposed and _STATED.match(formula) is not None
    if start >= sign.start() or not (is_worked or is_stated) or not _DIGITS.search(formula):
        return None
    return start, start + len(formula)


def _is_formulas(word: str, letters: CellLetters | None) -> bool:
    return _is_mathematical(word) or (letters is not None and letters.is_word(word.split("_")[0]))


def _blanked(line: str) -> str:
    """Return a line with blanks for its tags, commands and indices, in which words are no words."""
    for marks in (_COMMAND, _TAG, _INDEX):
        line = marks.sub(lambda found: " " * len(found[0]), line)
    return line


def _without_id(line: str) -> str:
    found = _ID.match(line)
    return line[found.end() :] if found else line


def _is_mathematical(word: str) -> bool:
    first, *rest = word.split("_")
    if rest and len(first) == 1 and all(len(part) <= LONGEST_INDEX for part in rest):  # w_xf, v_h
        return True
    if first in ("d", "delta") and rest:
        first, *rest = rest
    if rest and not names.is_known(word):  # W_new, W_ih
        return _is_mathematical(first) and all(
            len(part) <= LONGEST_INDEX or names.is_known(part) or part in INDEX_WORDS or part == "gate"
            for part in rest
        )
    return (
        names.is_known(word)
        or (word[:1] == "d" and word[1:] in words.LOSSES)
        or names.glued(word) is not None
        or word in words.FUNCTIONS
        or word in INDEX_WORDS
        or names.split_word(word) != [word]
    )
