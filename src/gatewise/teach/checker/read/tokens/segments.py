r"""A document of Markdown or LaTeX cut into mathematics, headings and prose, in one pass.

Mathematics: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`, `<math>…</math>` of a wiki, environments, fenced math, and
`\working` of our own LaTeX sheets. A formula that is never closed ends with its paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from gatewise.teach.checker.read.tokens.ahead import Ahead, blanked

ENVIRONMENTS = (
    "equation", "align", "aligned", "alignat", "gather", "gathered", "multline", "split", "eqnarray", "math",
    "displaymath", "flalign", "dmath", "matrix", "bmatrix", "pmatrix", "array",
)  # fmt: skip
MATH_FENCES = ("math", "latex", "tex", "katex")
Kind = Literal["math", "heading", "prose", "text", "table"]

_MARK = re.compile(
    r"""
    (?P<fence>^[ \t]*(?:(?:[-*+]|[0-9]{1,3}[.)])[ \t]+)?(?P<sign>`{3,8}|~{3,8})[^\n`]*$)
  | (?P<table>^[^\n|]*\|[^\n]*\n(?=[^\n]*\|)[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$)
  | (?P<heading>^[ \t]*\#{1,6}(?=[ \t])|\\(?:sub)*(?:section|paragraph|chapter)\*?(?=\{))
  | (?P<bare>^[ \t]*\[[ \t]*\n(?=(?:(?![ \t]*[\[\]][ \t]*$)[^\n]*\n){1,30}[ \t]*\][ \t]*$)
        |^[ \t]*\[[ ](?=[^\n]*[ ]\][ \t]*$))
  | (?P<escaped>\\[\\$])
  | (?P<display>\$\$)
  | (?P<inline>\$)
  | (?P<open>\\[\[(])
  | \\begin\{(?P<begin>[a-zA-Z]+)\*?\}
  | (?P<html><table\b[^<>]{0,200}>)
  | (?P<wiki><math\b[^<>]{0,80}>(?!\s*<))
  | (?P<working>\\working(?=\{))
  | (?P<code>`[^`\n]+`)
    """,
    re.VERBOSE | re.MULTILINE,
)
_BARE_END = re.compile(r"^[ \t]*\][ \t]*$", re.MULTILINE)
_BARE_END_OF_LINE = re.compile(r"[ \t]*\][ \t]*$", re.MULTILINE)
_EQUALS = re.compile(r"=|≈|\\approx")
_PARAGRAPHS = re.compile(r"\{[^\n]{0,80}[pmb]\{")  # columns of sentences
_PARAGRAPH = re.compile(r"\n[ \t]*\n|\Z")
_ESCAPED = re.compile(r"\\(.)")
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")


@dataclass(frozen=True)
class Segment:
    """`text[start:end]`, without its delimiters; `stray` is what is wrong with those, or "".

    `hole` is a stretch within that is no mathematics: a delimiter between two parts.
    """

    kind: Kind
    start: int
    end: int
    display: bool = False
    id: str = ""
    stray: str = ""
    hole: tuple[int, int] | None = None
    language: str = ""  # of a fence

    @property
    def parts(self) -> tuple[tuple[int, int], ...]:
        """Where its mathematics stands."""
        if self.hole is None:
            return ((self.start, self.end),)
        return (self.start, self.hole[0]), (self.hole[1], self.end)


def without_comments(text: str) -> str:
    """Return LaTeX with its comments and preamble blanked out, every other character where it was."""
    body = text.find("\\begin{document}")
    head = max(body, 0)
    return blanked(text[:head]) + _COMMENT.sub(lambda found: " " * len(found[0]), text[head:])


def segments(text: str) -> Iterator[Segment]:
    """Yield the segments in order; prose is what lies between."""
    at = 0
    for segment, start, end in _Finder(text).marked():
        if start > at:
            yield Segment("prose", at, start)
        yield segment
        at = end
    if at < len(text):
        yield Segment("prose", at, len(text))


class _Finder(Ahead):
    """Looks ahead for closing delimiters."""

    def closing_fence(self, sign: str, at: int) -> int:
        """Return the end of the line before the next fence of this sign, however far that is indented."""
        return self.next_match("fence" + sign, re.compile(rf"\n[ \t]*{sign}"), at)

    def paragraph(self, at: int) -> int:
        """Return where the paragraph of `at` ends."""
        return self.next_match("paragraph", _PARAGRAPH, at)

    def marked(self) -> Iterator[tuple[Segment, int, int]]:
        """Yield every segment that is not prose, with where it starts and ends, delimiters included."""
        at = 0
        while (mark := _MARK.search(self.text, at)) is not None:
            kind = mark.lastgroup or ""
            start, inner = mark.start(), mark.end()
            match kind:
                case "display" | "inline":
                    segment, at = self.dollars(start, "$$" if kind == "display" else "$")
                case "bare":
                    bare = self.bare(inner)
                    if bare is None:
                        at = inner
                        continue
                    segment, at = bare
                case "open":
                    close = "\\]" if mark[0] == "\\[" else "\\)"
                    segment, at = self.delimited(inner, close, mark[0] == "\\[")
                case "table":
                    segment, at = self.table(start, inner)
                case "html":
                    end = self.next("</table>", inner)
                    segment, at = Segment("table", start, end), min(end + len("</table>"), len(self.text))
                case "wiki":
                    segment, at = self.delimited(inner, "</math>", False)
                case "begin" if mark["begin"] == "tabular" and not _PARAGRAPHS.match(self.text, inner):
                    segment, at = self.environment(start, inner, "tabular")
                    segment = replace(segment, kind="table")
                case "begin" if mark["begin"] in ENVIRONMENTS:
                    segment, at = self.environment(start, inner, mark["begin"])
                case "fence":
                    segment, at = self.fenced(mark)
                case "working":
                    segment, at = self.working(inner)
                case "heading":
                    end = self.next("\n", inner)
                    yield Segment("heading", inner, end), start, inner
                    at = inner
                    continue
                case _:
                    at = inner
                    continue
            yield segment, start, at

    def dollars(self, start: int, sign: str) -> tuple[Segment, int]:
        """Return what a pair of dollar signs encloses; one that stands alone ends with its line."""
        inner = start + len(sign)
        segment, at = self.delimited(inner, sign, len(sign) == 2)
        if segment.stray and sign == "$":
            line = min(self.next("\n", inner), segment.end)
            return Segment("math", inner, line, stray=segment.stray), max(line, inner)
        return segment, at

    def delimited(self, inner: int, close: str, display: bool) -> tuple[Segment, int]:
        """Return what stands up to `close`, or to the paragraph's end if it is missing."""
        end, stop = self.next(close, inner), self.paragraph(inner)
        if close == "$$" and stop < end and not self.text[inner:stop].strip():
            stop = self.paragraph(stop + 1)
        if end <= stop and end < len(self.text):
            return Segment("math", inner, end, display), end + len(close)
        why = f"a {close} is missing after it"
        return Segment("math", inner, stop, display, stray=why), max(stop, inner)

    def bare(self, inner: int) -> tuple[Segment, int] | None:
        r"""Return a display whose \[ and \] lost their backslashes; None for a matrix, which has no =."""
        end = _BARE_END if self.text[inner - 1] == "\n" else _BARE_END_OF_LINE
        found = end.search(self.text, inner)
        if found is None or not _EQUALS.search(self.text, inner, found.start()):
            return None
        return Segment("math", inner, found.start(), True), found.end()

    def environment(self, start: int, inner: int, name: str) -> tuple[Segment, int]:
        starred = self.text[start:inner].rstrip("}").endswith("*")
        close = f"\\end{{{name}{'*' if starred else ''}}}"
        end = self.next(close, inner)
        if end < len(self.text):
            return Segment("math", start, end + len(close), True), end + len(close)
        stop = self.paragraph(inner)
        return Segment("math", start, stop, True, stray=f"{close} is missing"), max(stop, inner)

    def fenced(self, mark: re.Match[str]) -> tuple[Segment, int]:
        sign, language = mark["sign"], mark[0].partition(mark["sign"])[2].strip().lower()
        begin = min(mark.end() + 1, len(self.text))
        end = self.closing_fence(sign, mark.end())
        after = self.next("\n", end + 1) if end < len(self.text) else end
        if language in MATH_FENCES:
            return Segment("math", begin, max(end, begin), True), after
        return Segment("text", begin, max(end, begin), language=language), after

    def table(self, start: int, at: int) -> tuple[Segment, int]:
        """Return a table of Markdown: all lines from its head on that have a bar."""
        while at < len(self.text):
            end = self.next("\n", at + 1)
            if "|" not in self.text[at:end]:
                break
            at = end
        return Segment("table", start, at), at

    def working(self, at: int) -> tuple[Segment, int]:
        r"""Return the mathematics of \working{id}{left}{sides}: its last two arguments."""
        first = self.next("}", at)
        middle = self.next("}{", first + 2)
        end = self.next("}\n", middle)
        if max(end, middle) >= len(self.text):
            return Segment("prose", at, at), at
        id = _ESCAPED.sub(r"\1", self.text[at + 1 : first])
        return Segment("math", first + 2, end, True, id, hole=(middle, middle + 2)), end + 1
