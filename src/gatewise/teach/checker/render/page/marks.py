"""Where the findings of a report show in its document, and how their marks look."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from gatewise.teach.checker.render.outline import level, message
from gatewise.teach.checker.render.words import is_sound, named, verdict_name
from gatewise.teach.checker.report import MEANINGS, Report

MOST_LEVELS = ("error", "follows", "remark")  # of several marks at one place, the first is shown
_ORDER = ("error", "remark", "follows")  # in which findings are numbered


@dataclass(frozen=True)
class Mark:
    """A finding's stretch of the document, as offsets."""

    start: int
    end: int
    finding: int


class FindingMarks:
    """The marks of a report; each is shown once, and where it is shown has its anchor."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.numbers = {(judged.at.offset, judged.at.length): judged for judged in report.numbers}
        found = [
            Mark(finding.at.offset, finding.at.offset + finding.at.length, k)
            for k, finding in enumerate(report.findings)
            if finding.at.length > 0
        ]
        self.marks = sorted(found, key=lambda mark: (mark.start, -mark.end))
        self._starts = [mark.start for mark in self.marks]
        self._longest = max((mark.end - mark.start for mark in self.marks), default=0)
        self.shown: set[int] = set()
        # Mistakes are numbered first, so that the first badge is the first thing to mend.
        order = sorted(range(len(report.findings)), key=lambda k: _ORDER.index(level(report.findings[k])))
        self.labels = {k: place for place, k in enumerate(order, 1)}

    def within(self, start: int, end: int, slack: int = 0) -> list[int]:
        """Return the findings, not shown yet, that lie between two offsets; a sign more is no matter."""
        first = bisect_left(self._starts, start - slack)
        last = bisect_right(self._starts, end)
        return self._open(mark for mark in self.marks[first:last] if mark.end <= end + slack)

    def across(self, start: int, end: int) -> list[int]:
        """Return the findings, not shown yet, that share a letter with this stretch."""
        first = bisect_left(self._starts, start - self._longest)
        last = bisect_left(self._starts, end)
        return self._open(mark for mark in self.marks[first:last] if mark.end > start)

    def _open(self, marks: Iterable[Mark]) -> list[int]:
        return [mark.finding for mark in marks if mark.finding not in self.shown]

    # How they look ----------------------------------------------------------------------------------------

    def classes(self, findings: Sequence[int]) -> str:
        """Return the look of a place with these findings."""
        levels = [level(self.report.findings[k]) for k in findings]
        return f"mark {min(levels, key=MOST_LEVELS.index)}"

    def badges(self, findings: Sequence[int]) -> Markup:
        """Return the numbers of findings, each a link to its note; from here on they are shown."""
        self.shown.update(findings)
        return Markup("").join(map(self._badge, findings))

    def _badge(self, k: int) -> Markup:
        finding = self.report.findings[k]
        return Markup('<a class="badge {}" id="at-{}" href="#finding-{}" title="{}">{}</a>').format(
            level(finding), k, k, f"{verdict_name(finding.verdict)}: {message(finding)}", self.labels[k]
        )

    def number_class(self, offset: int, length: int) -> tuple[str, str]:
        """Return the classes of a number and what it says when pointed at, if it was judged."""
        judged = self.numbers.get((offset, length))
        if judged is None:
            return "", ""
        kind = "sound" if is_sound(judged.verdict) else "doubtful"
        title = f"{named(judged.quantity)}: {verdict_name(judged.verdict)}, {MEANINGS[judged.verdict]}"
        return f"number {kind}", title
