"""A report for a terminal: each mistake with its place, the line it stands in, and the evidence.

What follows from a mistake is folded into one line under it. Places are written file:line:column, of which
editors and terminals make links.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gatewise.teach.checker.render.outline import (
    LONGEST,
    Group,
    clean,
    counted,
    excerpt,
    facts,
    headline,
    level,
    named,
    outline,
    spoken,
    verb_for,
    verdict_name,
)
from gatewise.teach.checker.report import Answer, Finding, Report
from gatewise.teach.worksheet.render.prose import ascii_text

MOST_PLACES = 8  # of what follows from a mistake; the other formats list them all
INDENT = 4
BOLD, DIM, END = "\x1b[1m", "\x1b[2m", "\x1b[0m"
COLOURS = {"error": "\x1b[1;31m", "follows": "\x1b[33m", "remark": "\x1b[1;36m", "good": "\x1b[1;32m"}


@dataclass(frozen=True)
class _Pen:
    report: Report
    width: int
    unicode: bool
    colour: bool

    def text(self, string: str) -> str:
        return string if self.unicode else ascii_text(string)

    def paint(self, style: str, string: str) -> str:
        return f"{style}{string}{END}" if self.colour else string

    def wrap(self, string: str, indent: int = INDENT, hang: int | None = None) -> list[str]:
        return textwrap.wrap(
            self.text(string),
            max(self.width, indent + 20),
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent if hang is None else hang),
            break_long_words=False,
            break_on_hyphens=False,
        )


def render_text(report: Report, *, width: int = 80, unicode: bool = True, colour: bool = False) -> str:
    """Return `report` in lines of about `width` columns."""
    pen = _Pen(report, width, unicode, colour)
    found = outline(report)
    style = COLOURS["good"] if report.ok else COLOURS["error"]
    lines = [pen.paint(style, pen.text(f"{clean(report.name)}: {headline(report)}"))]
    lines += _part("Mistakes", [line for group in found.mistakes for line in _group(group, pen)], pen)
    if found.follows:
        count = len(found.follows)
        several = f"{counted(count, 'number')} {verb_for(count)} from these mistakes: "
        lines += _part("What follows", pen.wrap(several + _places(found.follows) + ".", 0), pen)
    lines += _part("Remarks", [line for group in found.remarks for line in _group(group, pen)], pen)
    lines += _part("Answers", [line for answer in report.answers for line in _answer(answer, pen)], pen)
    lines += _part(
        "What cannot be seen",
        [line for text in report.undetectable for line in pen.wrap(spoken(text), 0)],
        pen,
    )
    lines += _part("Read", list(_facts(pen)), pen)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _part(title: str, lines: Sequence[str], pen: _Pen) -> list[str]:
    return ["", pen.paint(BOLD, title), *lines] if lines else []


def _group(group: Group, pen: _Pen) -> Iterator[str]:
    """Yield one root: where, what, the line of the document, underlined, the evidence, what follows."""
    finding = group.root
    at = finding.at
    place = f"{clean(pen.report.name)}:{at.line}:{at.column}:"
    kind = pen.paint(COLOURS[level(finding)], verdict_name(finding.verdict))
    yield ""
    yield f"{pen.paint(BOLD, place)} {kind} {pen.text(named(finding.quantity))}"
    yield from _underlined_excerpt(finding, pen)
    if finding.printed:
        yield from pen.wrap(f"printed   {clean(finding.printed)}", INDENT, INDENT + 10)
    if finding.expected:
        yield from pen.wrap(f"should be {spoken(finding.expected, LONGEST)}", INDENT, INDENT + 10)
    if finding.message:
        yield from pen.wrap(spoken(finding.message))
    if group.follows:
        count = len(group.follows)
        sentence = f"{counted(count, 'number')} {verb_for(count)} from it: {_places(group.follows)}."
        yield from (pen.paint(DIM, line) for line in pen.wrap(sentence))


def _underlined_excerpt(finding: Finding, pen: _Pen) -> Iterator[str]:
    bar = "│" if pen.unicode else "|"
    shown, begins, ends = excerpt(pen.report, finding.at, max(pen.width - INDENT - 2, 20))
    if not shown.strip():
        return
    if not pen.unicode:
        shown = "".join(letter if letter.isascii() else {"…": "."}.get(letter, "?") for letter in shown)
    stripped = shown.lstrip()
    begins, ends = begins - (len(shown) - len(stripped)), ends - (len(shown) - len(stripped))
    yield " " * INDENT + pen.paint(DIM, f"{bar} ") + stripped
    underline = pen.paint(COLOURS[level(finding)], "^" * max(ends - begins, 1))
    yield " " * INDENT + pen.paint(DIM, f"{bar} ") + " " * max(begins, 0) + underline


def _places(findings: Sequence[Finding]) -> str:
    shown = [f"{named(f.quantity)} (line {f.at.line})" for f in findings[:MOST_PLACES]]
    more = len(findings) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _answer(answer: Answer, pen: _Pen) -> Iterator[str]:
    asked = clean(answer.text).removeprefix(f"({answer.question})").strip()
    yield from pen.wrap(f"({clean(answer.question)}) {asked}", 0, INDENT)
    values = "   ".join(f"{named(name)} = {clean(value)}" for name, value in answer.values)
    yield from pen.wrap(values.replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"), INDENT)


def _facts(pen: _Pen) -> Iterator[str]:
    pairs = facts(pen.report)
    indent = max(len(pen.text(name)) for name, _ in pairs) + 3
    for name, value in pairs:
        yield from pen.wrap(f"{pen.text(name):<{indent}}{value}", 0, indent)
