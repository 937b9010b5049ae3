"""A report as a page: the document with marks in place, and a note under every line that has a finding.

The page needs nothing else: no network, fonts or libraries. The document is shown as it was written, for a
place in it is what a finding is about; page.html.jinja, report.css and report.js lie beside this file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gatewise.support.pages import environment, policy_hash, source
from gatewise.teach.checker.read.reading import Place
from gatewise.teach.checker.render.outline import (
    Group,
    called,
    clean,
    facts,
    headline,
    level,
    named,
    outline,
    sound,
    spoken,
)
from gatewise.teach.checker.report import MEANINGS, Finding, Report

LONGEST = 400  # characters of a printed or expected formula in a note


@dataclass(frozen=True)
class _Piece:
    """A stretch of a line: its text, its classes, what it says when pointed at, the finding it leads to."""

    text: str
    classes: str = ""
    title: str = ""
    finding: int | None = None
    begins: bool = False  # the finding's first piece, which carries its anchor


@dataclass(frozen=True)
class _Line:
    number: int
    pieces: tuple[_Piece, ...]
    notes: tuple[int, ...]  # findings that begin in this line


@dataclass(frozen=True)
class _Mark:
    start: int
    end: int
    classes: str
    title: str
    finding: int | None


def render_html(report: Report) -> str:
    """`report` as an HTML page that opens from disk, prints, and reads on a phone and by keyboard."""
    style, script = source(__package__, "report.css"), source(__package__, "report.js")
    found = outline(report)
    numbers = {id(finding): k for k, finding in enumerate(report.findings)}
    follows = {id(group.root): group.follows for group in (*found.mistakes, *found.remarks)}
    return (
        environment(__package__)
        .get_template("page.html.jinja")
        .render(
            report=report,
            headline=headline(report),
            facts=facts(report),
            parts=_parts(found.mistakes, found.follows, found.remarks),
            number_of=lambda finding: numbers[id(finding)],
            lines=list(_lines(report)),
            follows_of=lambda finding: follows.get(id(finding), ()),
            level=level,
            named=named,
            called=called,
            short=lambda text: clean(text, LONGEST),
            spoken=spoken,
            meanings=MEANINGS,
            style=style,
            script=script,
            style_hash=policy_hash(style),
            script_hash=policy_hash(script),
        )
    )


def _parts(
    mistakes: Sequence[Group], follows: Sequence[Finding], remarks: Sequence[Group]
) -> list[tuple[str, list[Finding]]]:
    parts = [
        ("Mistakes", [group.root for group in mistakes]),
        ("What follows from several", list(follows)),
        ("Remarks", [group.root for group in remarks]),
    ]
    return [(title, findings) for title, findings in parts if findings]


# The document in pieces -----------------------------------------------------------------------------------


def _lines(report: Report) -> Iterator[_Line]:
    """The document line by line, each cut where a mark begins or ends."""
    marks = sorted(_marks(report), key=lambda mark: (mark.start, -mark.end))
    notes = _notes(report)
    active: list[_Mark] = []
    begun: set[int] = set()
    upcoming = 0
    offset = 0
    for number, text in enumerate(report.text.split("\n"), 1):
        end = offset + len(text)
        pieces: list[_Piece] = []
        at = offset
        while at < end:
            while upcoming < len(marks) and marks[upcoming].start <= at:
                active.append(marks[upcoming])
                upcoming += 1
            active = [mark for mark in active if mark.end > at]
            stops = [mark.end for mark in active]
            stops += [marks[upcoming].start] if upcoming < len(marks) else []
            stop = min([end, *stops])
            pieces.append(_piece(report.text[at:stop], active, begun))
            at = stop
        yield _Line(number, tuple(pieces), tuple(notes.get(number, ())))
        offset = end + 1


def _piece(text: str, active: Sequence[_Mark], begun: set[int]) -> _Piece:
    shown = _shown(text)
    if not active:
        return _Piece(shown)
    innermost = active[-1]
    of_findings = [mark for mark in active if mark.finding is not None]
    finding = of_findings[-1].finding if of_findings else None
    begins = finding is not None and finding not in begun
    if finding is not None:
        begun.add(finding)
    classes = " ".join(dict.fromkeys(mark.classes for mark in active))
    return _Piece(shown, classes, innermost.title, finding, begins)


def _marks(report: Report) -> Iterator[_Mark]:
    """A mark for every number and every finding, inside the document."""
    for judged in report.numbers:
        kind = "sound" if sound(judged.verdict) else "doubtful"
        title = f"{named(judged.quantity)}: {called(judged.verdict)}, {MEANINGS[judged.verdict]}"
        yield from _mark(report, judged.at, f"number {kind}", title, None)
    for k, finding in enumerate(report.findings):
        yield from _mark(
            report, finding.at, level(finding), f"{called(finding.verdict)}: {spoken(finding.message)}", k
        )


def _mark(report: Report, at: Place, classes: str, title: str, finding: int | None) -> Iterator[_Mark]:
    start = min(max(at.offset, 0), len(report.text))
    end = min(max(at.offset + max(at.length, 1), start), len(report.text))
    if end > start:
        yield _Mark(start, end, classes, title, finding)


def _notes(report: Report) -> dict[int, list[int]]:
    """The findings of each line, in the order of their columns."""
    last = report.text.count("\n") + 1
    notes: dict[int, list[int]] = {}
    for k, finding in sorted(enumerate(report.findings), key=lambda item: item[1].at):
        notes.setdefault(min(max(finding.at.line, 1), last), []).append(k)
    return notes


def _shown(text: str) -> str:
    """Text of the document as a page shows it: control characters and changes of direction as a dot."""
    return "".join(letter if letter.isprintable() or letter == "\t" else "·" for letter in text.rstrip("\r"))
