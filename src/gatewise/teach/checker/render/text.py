"""A report for a terminal: each mistake with its place, the line it stands in, and the evidence.

What follows from a mistake is folded into one line under it. Places are written file:line:column, of which
editors and terminals make links.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gatewise.teach.checker.render.columns import columns, excerpt, wrapped
from gatewise.teach.checker.render.head import evidence, head
from gatewise.teach.checker.render.outline import (
    Group,
    correction,
    explain_command,
    facts,
    headline,
    hidden_line,
    level,
    message,
    outline,
)
from gatewise.teach.checker.render.own_terms import in_own_terms
from gatewise.teach.checker.render.words import clean, named, spoken, told, verdict_name
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
    everything: bool

    def text(self, string: str) -> str:
        return string if self.unicode else ascii_text(string)

    def paint(self, style: str, string: str) -> str:
        return f"{style}{string}{END}" if self.colour else string

    def wrap(self, string: str, indent: int = INDENT, hang: int | None = None) -> list[str]:
        width, rest = max(self.width, indent + 20), " " * (indent if hang is None else hang)
        return wrapped(self.text(string), width, " " * indent, rest)


def render_text(
    report: Report, *, width: int = 80, unicode: bool = True, colour: bool = False, everything: bool = False
) -> str:
    """Return `report` in lines of about `width` columns; with `everything`, nothing is only counted."""
    report = in_own_terms(report)
    pen = _Pen(report, width, unicode, colour, everything)
    found = outline(report)
    style = COLOURS["good"] if report.ok else COLOURS["error"]
    lines = [pen.paint(style, pen.text(f"{clean(report.name)}: {headline(report)}"))]
    for sentence in head(report):
        lines += pen.wrap(sentence, 0, 2)
    lines += _part("Mistakes", [line for group in found.mistakes for line in _group(group, pen)], pen)
    if found.follows:
        several = f"{told(len(found.follows), 'number')} from these mistakes: "
        lines += _part("What follows", pen.wrap(f"{several}{_places(found.follows, pen)}.", 0), pen)
    remarks = [line for group in found.remarks for line in _group(group, pen)]
    if found.missing:
        remarks += ["", *pen.wrap(f"{len(found.missing)} more missing: {_places(found.missing, pen)}.", 0)]
    lines += _part("Remarks", remarks, pen)
    lines += _part("Answers", [line for answer in report.answers for line in _answer(answer, pen)], pen)
    lines += _part("What cannot be seen", _hidden(pen), pen)
    lines += _part("Read", list(_facts(pen)), pen)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _hidden(pen: _Pen) -> list[str]:
    """Return what cannot be seen: a line that counts it, or all of it where everything is asked for."""
    if not pen.everything and (line := hidden_line(pen.report)):
        return pen.wrap(f"{line}; with --all they are listed.", 0)
    return [line for text in pen.report.undetectable for line in pen.wrap(spoken(text), 0)]


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
    if finding.verdict != "missing" or at.length > 1:  # what is missing from the whole stands nowhere
        yield from _underlined_excerpt(finding, pen)
    if finding.printed:
        yield from pen.wrap(f"printed   {clean(finding.printed)}", INDENT, INDENT + 10)
    if expected := correction(finding):
        yield from pen.wrap(f"should be {clean(expected)}", INDENT, INDENT + 10)
    if said := message(finding):
        yield from pen.wrap(said)
    if command := explain_command(finding, pen.report):
        yield from (pen.paint(DIM, line) for line in pen.wrap(command))
    if group.follows:
        sentence = f"{told(len(group.follows), 'number')} from it: {_places(group.follows, pen)}."
        yield from (pen.paint(DIM, line) for line in pen.wrap(sentence))


def _underlined_excerpt(finding: Finding, pen: _Pen) -> Iterator[str]:
    bar = "│" if pen.unicode else "|"
    shown, begins, ends = excerpt(pen.report.text, finding.at, max(pen.width - INDENT - 2, 20))
    if not shown.strip():
        return
    if not pen.unicode:
        shown = "".join(letter if letter.isascii() else {"…": "."}.get(letter, "?") for letter in shown)
    stripped = shown.lstrip()
    begins, ends = begins - (len(shown) - len(stripped)), ends - (len(shown) - len(stripped))
    yield " " * INDENT + pen.paint(DIM, f"{bar} ") + stripped
    before, under = columns(stripped[: max(begins, 0)]), columns(stripped[max(begins, 0) : max(ends, 0)])
    underline = pen.paint(COLOURS[level(finding)], "^" * max(under, 1))
    yield " " * INDENT + pen.paint(DIM, f"{bar} ") + " " * before + underline


def _places(findings: Sequence[Finding], pen: _Pen) -> str:
    most = len(findings) if pen.everything else MOST_PLACES
    shown = [f"{named(f.quantity)} (line {f.at.line})" for f in findings[:most]]
    more = len(findings) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _answer(answer: Answer, pen: _Pen) -> Iterator[str]:
    asked = clean(answer.text).removeprefix(f"({answer.question})").strip()
    yield from pen.wrap(f"({clean(answer.question)}) {asked}", 0, INDENT)
    values = "   ".join(f"{named(name)} = {clean(value)}" for name, value in answer.values)
    yield from pen.wrap(values.replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"), INDENT)


def _facts(pen: _Pen) -> Iterator[str]:
    pairs = [*evidence(pen.report), *facts(pen.report)]
    indent = max((len(pen.text(name)) for name, _ in pairs), default=0) + 3
    for name, value in pairs:
        yield from pen.wrap(f"{pen.text(name):<{indent}}{value}", 0, indent)
