"""A report as a page: the document with its numbers highlighted, and a note under each line with a finding.

The page needs nothing else: no network, fonts or libraries. The document is shown as it was written, for a
place in it is what a finding is about; page.html.jinja, report.css and report.js lie beside this file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gatewise.support.pages import environment, policy, source
from gatewise.teach.checker.read.reading import Place
from gatewise.teach.checker.render.outline import (
    Group,
    clean,
    facts,
    headline,
    is_sound,
    level,
    named,
    outline,
    spoken,
    verdict_name,
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
class _Highlight:
    start: int
    end: int
    classes: str
    title: str
    finding: int | None


def render_html(report: Report) -> str:
    """Return `report` as an HTML page that opens from disk, prints, and reads on a phone and by keyboard."""
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
            verdict_name=verdict_name,
            short=lambda text: clean(text, LONGEST),
            spoken=spoken,
            meanings=MEANINGS,
            style=style,
            script=script,
            policy=policy([style], script),
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
    """Yield the document line by line, each cut where a highlight begins or ends."""
    highlights = sorted(_highlights(report), key=lambda highlight: (highlight.start, -highlight.end))
    notes = _notes(report)
    active: list[_Highlight] = []
    begun: set[int] = set()
    upcoming = 0
    offset = 0
    for number, text in enumerate(report.text.split("\n"), 1):
        end = offset + len(text)
        pieces: list[_Piece] = []
        at = offset
        while at < end:
            while upcoming < len(highlights) and highlights[upcoming].start <= at:
                active.append(highlights[upcoming])
                upcoming += 1
            active = [highlight for highlight in active if highlight.end > at]
            stops = [highlight.end for highlight in active]
            stops += [highlights[upcoming].start] if upcoming < len(highlights) else []
            stop = min([end, *stops])
            pieces.append(_piece(report.text[at:stop], active, begun))
            at = stop
        yield _Line(number, tuple(pieces), tuple(notes.get(number, ())))
        offset = end + 1


def _piece(text: str, active: Sequence[_Highlight], begun: set[int]) -> _Piece:
    shown = _shown(text)
    if not active:
        return _Piece(shown)
    innermost = active[-1]
    of_findings = [highlight for highlight in active if highlight.finding is not None]
    finding = of_findings[-1].finding if of_findings else None
    begins = finding is not None and finding not in begun
    if finding is not None:
        begun.add(finding)
    classes = " ".join(dict.fromkeys(highlight.classes for highlight in active))
    return _Piece(shown, classes, innermost.title, finding, begins)


def _highlights(report: Report) -> Iterator[_Highlight]:
    """Yield a highlight for every number and every finding, inside the document."""
    for judged in report.numbers:
        kind = "sound" if is_sound(judged.verdict) else "doubtful"
        title = f"{named(judged.quantity)}: {verdict_name(judged.verdict)}, {MEANINGS[judged.verdict]}"
        yield from _highlight(report, judged.at, f"number {kind}", title, None)
    for k, finding in enumerate(report.findings):
        yield from _highlight(
            report,
            finding.at,
            level(finding),
            f"{verdict_name(finding.verdict)}: {spoken(finding.message)}",
            k,
        )


def _highlight(
    report: Report, at: Place, classes: str, title: str, finding: int | None
) -> Iterator[_Highlight]:
    start = min(max(at.offset, 0), len(report.text))
    end = min(max(at.offset + max(at.length, 1), start), len(report.text))
    if end > start:
        yield _Highlight(start, end, classes, title, finding)


def _notes(report: Report) -> dict[int, list[int]]:
    """Return the findings of each line, in the order of their columns."""
    last = report.text.count("\n") + 1
    notes: dict[int, list[int]] = {}
    for k, finding in sorted(enumerate(report.findings), key=lambda item: item[1].at):
        notes.setdefault(min(max(finding.at.line, 1), last), []).append(k)
    return notes


def _shown(text: str) -> str:
    """Return text as a page shows it: control characters and changes of direction as a dot."""
    return "".join(letter if letter.isprintable() or letter == "\t" else "·" for letter in text.rstrip("\r"))
