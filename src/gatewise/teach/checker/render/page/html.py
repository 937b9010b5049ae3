"""A report as a page: what was read, the findings, and the document with its mathematics rendered and marked.

The page needs nothing else: no network, fonts or libraries. Below the rendered document stands the document
as it was written, folded, and open where it cannot be rendered. page.html.jinja, report.css and report.js
lie beside this file.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from gatewise.support.pages import environment, policy, source
from gatewise.teach.checker.read.reading import Place
from gatewise.teach.checker.render.head import coverage_sentence, evidence, reading_sentence
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
from gatewise.teach.checker.render.page.document import Block, blocks_of
from gatewise.teach.checker.render.page.marks import FindingMarks
from gatewise.teach.checker.render.words import clean, is_sound, named, spoken, verdict_name
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
    report = in_own_terms(report)
    style, script = source(__package__, "report.css"), source(__package__, "report.js")
    found = outline(report)
    numbers = {id(finding): k for k, finding in enumerate(report.findings)}
    follows = {id(group.root): group.follows for group in (*found.mistakes, *found.remarks)}
    blocks = blocks_of(report, marks := FindingMarks(report))
    rows = _rows(report)
    return (
        environment(__package__)
        .get_template("page.html.jinja")
        .render(
            report=report,
            file_name=PurePath(report.name).name or report.name,
            headline=headline(report),
            read_as=reading_sentence(report),
            checked=coverage_sentence(report),
            evidence=evidence(report),
            facts=facts(report),
            hidden_line=hidden_line(report),
            parts=_parts(found.mistakes, found.follows, found.remarks),
            missing=found.missing,
            number_of=lambda finding: numbers[id(finding)],
            blocks=blocks,
            notes_of=_notes_of_blocks(report, blocks),
            shown=marks.shown,
            labels=marks.labels,
            gap_numbers=[k for k, finding in enumerate(report.findings) if finding.verdict == "missing"],
            rows=rows,
            lines=list(_lines(report, rows)),
            follows_of=lambda finding: follows.get(id(finding), ()),
            level=level,
            named=named,
            verdict_name=verdict_name,
            correction=correction,
            message=message,
            explain=lambda finding: explain_command(finding, report),
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


def _notes_of_blocks(report: Report, blocks: Sequence[Block]) -> list[list[int]]:
    """Return the findings told below each block: those that begin in it, or after it and before the next."""
    starts = [block.start for block in blocks]
    notes: list[list[int]] = [[] for _ in blocks]
    for k, finding in sorted(enumerate(report.findings), key=lambda item: item[1].at):
        if notes:
            notes[max(bisect_right(starts, finding.at.offset) - 1, 0)].append(k)
    return notes


# The document in pieces -----------------------------------------------------------------------------------


def _lines(report: Report, rows: Sequence[int]) -> Iterator[_Line]:
    """Yield the document line by line, each cut where a highlight begins or ends."""
    highlights = sorted(_highlights(report), key=lambda highlight: (highlight.start, -highlight.end))
    notes = _notes(report, rows)
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
            f"{verdict_name(finding.verdict)}: {message(finding)}",
            k,
        )


def _highlight(
    report: Report, at: Place, classes: str, title: str, finding: int | None
) -> Iterator[_Highlight]:
    start = min(max(at.offset, 0), len(report.text))
    end = min(max(at.offset + max(at.length, 1), start), len(report.text))
    if end > start:
        yield _Highlight(start, end, classes, title, finding)


def _notes(report: Report, rows: Sequence[int]) -> dict[int, list[int]]:
    """Return the findings of each row, in the order of their places."""
    notes: dict[int, list[int]] = {}
    for k, _ in sorted(enumerate(report.findings), key=lambda item: item[1].at):
        notes.setdefault(rows[k], []).append(k)
    return notes


def _rows(report: Report) -> list[int]:
    """Return the row of the source in which each finding begins; in a notebook lines count within a cell."""
    ends = [found.start() for found in re.finditer("\n", report.text)]
    return [
        bisect_left(ends, min(max(finding.at.offset, 0), len(report.text))) + 1 for finding in report.findings
    ]


def _shown(text: str) -> str:
    """Return text as a page shows it: control characters and changes of direction as a dot."""
    return "".join(letter if letter.isprintable() or letter == "\t" else "·" for letter in text.rstrip("\r"))
