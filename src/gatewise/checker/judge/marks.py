"""What is said of each number, and the findings, as they come in; roots and their repeats are told apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from gatewise.checker.findings import SOUND, Finding, Judged, Verdict
from gatewise.checker.judge.digits import Written
from gatewise.checker.reading import Place


@dataclass
class Marks:
    """Verdicts by the place of the number; findings with the cause they belong to."""

    verdicts: dict[Place, Judged] = field(default_factory=dict)
    found: list[tuple[str, Finding]] = field(default_factory=list)

    def mark(self, number: Written, quantity: str, verdict: Verdict) -> None:
        """Give a number its verdict; the first one that is not sound stands."""
        known = self.verdicts.get(number.at)
        if known is None or (known.verdict in SOUND and verdict not in SOUND):
            self.verdicts[number.at] = Judged(number.at, number.text, quantity, verdict)

    def find(self, finding: Finding, cause: str = "") -> None:
        """Enter a finding; of those with the same cause only the first in the document is a root."""
        self.found.append((cause, finding))

    def findings(self) -> tuple[Finding, ...]:
        """Roots first, then the rest, each in the order of the document."""
        ordered = sorted(self.found, key=lambda entry: (entry[1].at.offset, not entry[1].root))
        causes: set[str] = set()
        places: set[tuple[Place, str]] = set()
        result: list[Finding] = []
        for cause, finding in ordered:
            if (finding.at, finding.verdict) in places and finding.at.length:
                continue
            places.add((finding.at, finding.verdict))
            if finding.root and cause:
                if cause in causes:
                    finding = replace(finding, root=False)
                causes.add(cause)
            result.append(finding)
        return tuple(sorted(result, key=lambda finding: not finding.root))


def in_order(judged: Iterable[Judged]) -> tuple[Judged, ...]:
    return tuple(sorted(judged, key=lambda entry: entry.at.offset))
