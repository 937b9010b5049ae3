"""Markdown and LaTeX: each segment to the collector, in order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from gatewise.teach.checker.read import prose
from gatewise.teach.checker.read.collect import Collector
from gatewise.teach.checker.read.formats.blocks import is_program, read_block
from gatewise.teach.checker.read.formats.plain import side_by_side, without_marks
from gatewise.teach.checker.read.formats.prints import is_printed_step, read_printed
from gatewise.teach.checker.read.formats.tables import read_grid
from gatewise.teach.checker.read.tokens.lexer import Token, moved, tokens
from gatewise.teach.checker.read.tokens.macros import Macros
from gatewise.teach.checker.read.tokens.segments import Segment, segments, without_comments
from gatewise.teach.checker.read.tokens.sentences import EQUALS, formulas_in, is_sentence

_ID = re.compile(r"\*\*`([^`\n]{1,40})`\*\*\s*\Z")
_OWN_ID = re.compile(r"`[^`\n]*@t=")  # of a line of our own sheets
_LINE = re.compile(r"[^\n]+")
_INDENTED = re.compile(r"(?:    |\t)[ \t]*(?![-*+][ \t]|[0-9]{1,3}[.)][ \t])\S")
# What goes on after a formula that ends before the value: $f_0$ = 0.735, $f_0$: 0.735.
_VALUE = re.compile(
    r"[ \t*_]*\)?[ \t*_]*(?P<sign>[=≈:])[ \t*]*"
    r"(?P<value>[-−+]?[0-9.][0-9.eE+−-]*(?<![.eE+−-])%?)?[*]*(?![\w(/·*])"
)

# What stands between a name and its value where each is mathematics by itself.
_IS = re.compile(r"[ \t*_]*\)?[ \t*_]*(?P<sign>[=≈:])[ \t*]*")
_IS_VALUE = re.compile(r"\s*(?:[-−+]?[0-9.]+(?:[eE][-+]?[0-9]+)?\s*$|\[|\(|\\begin\{|\\left *[\[(])")
_IS_SHAPE = re.compile(r"[\s(]*(?:[1-9][0-9]*|[A-Z])(?:\s*(?:,|×|\\times)\s*(?:[1-9][0-9]*|[A-Z]))+[\s)]*")
_WORD_FOLLOWS = re.compile(r"[ \t]+[^\W\d_]")
_PERCENT = re.compile(r"\\?%")
_WIKI_TITLE = re.compile(r"(={2,6})[^=\n]+\1\s*")
_FORMULA_FOLLOWS = re.compile(r"[ \t]*\$")
NAMES = (
    "word",
    "greek",
    "accent",
    "partial",
    "frac",
    "number",
    "group",
    "open",
)  # that a formula begins with
_MARKS = re.compile(
    r"\$|<(?:math|table)\b|\\begin\{"
    r"|^[ \t]*\[[ \t]*\n[^\n\[\]]*(?:=|\\approx)|^[ \t]*\[ (?=[^\n]*\\[a-z])(?=[^\n]* \][ \t]*$)"
    r"|\\[\[(](?![ ]*[-0-9])|^[ \t]*(?:```|~~~)|^[ \t]*+\|?[ \t]*+:?-+:?[ \t]*\|[-:| \t]*$",
    re.MULTILINE,
)


def is_markup(text: str) -> bool:
    """Return whether a document marks its mathematics or tables, as Markdown and LaTeX do."""
    return _MARKS.search(text) is not None


def read_markup(text: str, collector: Collector, tex: bool = False) -> None:
    """Read a document whose mathematics is marked as such."""
    collector.macros = Macros(text)
    text = collector.macros.without_definitions(text)
    text = without_comments(text) if tex else text
    id, heading_until, done = "", 0, 0
    before: Segment | None = None
    name: Segment | None = None  # the formula before `before`
    for segment, following in _with_next(segments(text)):
        match segment.kind:
            case "heading":
                heading_until = segment.end
                collector.add_heading(segment.start, segment.end, text[segment.start : segment.end])
            case "math" if segment.start >= done:
                done = _value_of(text, name, before, segment, collector)
                done = done or _with_value(text, segment, following, collector)
                if not done:
                    collector.add_math(text, segment, segment.id or id, _percent(text, segment, following))
                id = ""
            case "table":
                read_grid(text, segment.start, segment.end, collector)
            case "text":
                language, _, asked = segment.language.partition(" ")
                is_output = language == "output"
                read_block(text, segment.start, segment.end, collector, language, asked if is_output else "")
                collector.open = False
            case "prose":
                start = max(segment.start, heading_until, done)
                start = _goes_on(text, before, start, segment.end, collector)
                _prose(text, start, segment.end, collector)
                found = _ID.search(text, max(segment.start, segment.end - 60), segment.end)
                id = found[1] if found else id if not text[segment.start : segment.end].strip() else ""
        name, before = before, segment


def _with_next(found: Iterator[Segment]) -> Iterator[tuple[Segment, Segment | None]]:
    """Yield each segment with the one after it."""
    last: Segment | None = None
    for segment in found:
        if last is not None:
            yield last, segment
        last = segment
    if last is not None:
        yield last, None


def _percent(text: str, segment: Segment, following: Segment | None) -> Sequence[Token]:
    """Return the percent sign that stands after $7$%, outside the formula whose number it belongs to."""
    if following is None or following.kind != "prose" or segment.display or segment.stray:
        return ()
    sign = _PERCENT.match(text, following.start)
    if sign is None or not text[segment.start : segment.end].rstrip()[-1:].isdigit():
        return ()
    return tuple(tokens(text, *sign.span()))


def _with_value(text: str, segment: Segment, following: Segment | None, collector: Collector) -> int:
    """Read $f_0$ = 0.735, whose formula ends before the value; return where that ends, 0 for any other."""
    if following is None or following.kind != "prose" or segment.display or segment.stray:
        return 0
    if EQUALS.search(text, segment.start, segment.end):
        return 0
    start = following.start + (text[following.start : following.start + 1] == "$")
    found = _value_in(text, start, following.end)
    if found is None:
        return 0
    equals = tokens("=", 0, 1)
    left = list(tokens(text, segment.start, segment.end))
    if not left or left[0].kind not in NAMES:
        return 0
    value = list(tokens(text, *found.span("value")))
    collector.add_tokens([*left, *(moved(sign, found.start("sign")) for sign in equals), *value])
    return found.end()


def _value_of(
    text: str, name: Segment | None, between: Segment | None, value: Segment, collector: Collector
) -> int:
    r"""Read the second of ($W_x$): $\begin{bmatrix}…$ as the value of the first; return its end, or 0."""
    if name is None or between is None or name.kind != "math" or between.kind != "prose" or name.stray:
        return 0
    sign = _IS.fullmatch(text, between.start, between.end)
    if sign is None or any(EQUALS.search(text, part.start, part.end) for part in (name, value)):
        return 0
    left, right = (list(tokens(text, part.start, part.end)) for part in (name, value))
    if (
        not left
        or not right
        or left[0].kind not in NAMES
        or not _IS_VALUE.match(text, value.start, value.end)
    ):
        return 0
    if _IS_SHAPE.fullmatch(text, value.start, value.end) or any(
        token.kind in ("row", "quad", "prose") for token in left
    ):
        return 0
    equals = [moved(token, sign.start("sign")) for token in tokens("=", 0, 1)]
    collector.add_tokens([*left, *equals, *right])
    return value.end


def _value_in(text: str, start: int, end: int) -> re.Match[str] | None:
    """Return = 0.735 where that stands next and nothing more belongs to it, such as another formula."""
    found = _VALUE.match(text, start, end)
    if found is None or found["value"] is None:
        return None
    if found["sign"] == ":" and found["value"].isdecimal() and _WORD_FOLLOWS.match(text, found.end()):
        return None  # ($f_t$): 4 parameters
    return None if _FORMULA_FOLLOWS.match(text, found.end()) else found


def _goes_on(text: str, before: Segment | None, start: int, end: int, collector: Collector) -> int:
    """Read = 0.735 after a formula within its line; return where the rest begins."""
    if before is None or before.kind != "math" or before.display or not collector.open:
        return start
    if not EQUALS.search(text, before.start, before.end):
        return start
    found = _value_in(text, start, end)
    if found is None or found["sign"] == ":":
        return start
    sign = [moved(token, found.start("sign")) for token in tokens("=", 0, 1)]
    collector.add_tokens([*sign, *tokens(text, *found.span("value"))])
    return found.end()


def _prose(text: str, start: int, end: int, collector: Collector) -> None:
    for first, last, command in prose.truncated_commands_in(text, start, end):
        collector.add_remark(first, last, command, "the command lost its beginning")
    block: tuple[int, int] | None = None
    for line in _LINE.finditer(text, start, max(start, end)):
        begins = text.rfind("\n", 0, line.start()) + 1 == line.start()
        apart = text[max(line.start() - 2, 0) : line.start()] in ("\n\n", "", "\n") or block is not None
        if begins and apart and _INDENTED.match(line[0]) and text[line.end() : line.end() + 1] in ("", "\n"):
            block = (block[0] if block else line.start(), line.end())
            continue
        if block is not None:
            read_block(text, *block, collector)
            block = None
        _line(line[0], line.start(), begins, collector, text)
    if block is not None:
        read_block(text, *block, collector)


def _line(line: str, start: int, begins: bool, collector: Collector, text: str) -> None:
    stated = list(prose.stated_values(text, start, start + len(line)))
    for found in stated:
        collector.add_stated_value(found)
    if not stated:
        _typed(line, start, collector, text)
    collector.add_fact(line)
    if begins and prose.question_in(line):
        whole = text.find("\n", start)
        whole = len(text) if whole < 0 else whole
        collector.add_heading(start, whole, text[start:whole])


def _typed(line: str, start: int, collector: Collector, text: str) -> None:
    """Read a formula that is typed as plain text in a sentence, mostly after a colon."""
    after = text[start + len(line) : start + len(line) + 1]
    if text[start - 1 : start] not in ("", "\n") or after not in ("", "\n"):
        return
    formula = without_marks(line)
    sign = EQUALS.search(formula)
    if prose.is_step_alone(formula) or _WIKI_TITLE.fullmatch(line):
        collector.add_heading(start, start + len(line), line)
        return
    if is_printed_step(formula):
        read_printed(text, start, start + len(line), collector)
        return
    if sign is None or _OWN_ID.search(line):
        return
    if is_program(line):
        collector.add_skipped(start, start + len(line), "code")
        return
    first = formula.rfind(": ", 0, sign.start()) + 1
    spans: Iterable[tuple[int, int]] = [(max(a, first), b) for a, b in side_by_side(formula)]
    if is_sentence(formula[first:], collector.letters):
        spans = formulas_in(formula, collector.letters)
    for span in spans:
        collector.add_tokens([moved(token, start) for token in tokens(formula, *span)], apart=True)
