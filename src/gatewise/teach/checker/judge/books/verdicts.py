"""The verdict of each number, and the findings; at the end they are sorted into roots and repeats."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from gatewise.teach.checker.judge.numbers.printed import WrittenNumber
from gatewise.teach.checker.mistakes.catalogue import Mistake
from gatewise.teach.checker.mistakes.words import begun
from gatewise.teach.checker.read.reading import Place
from gatewise.teach.checker.report import ERRORS, SOUND, Finding, Judged, Verdict


@dataclass
class Verdicts:
    """Verdicts by the place of the number; findings with the cause they belong to."""

    by_place: dict[Place, Judged] = field(default_factory=dict)
    entered: list[tuple[str, Finding]] = field(default_factory=list)
    suspicions: list[tuple[Finding, tuple[Mistake, ...]]] = field(default_factory=list)
    givens: set[Place] = field(default_factory=set)  # the numbers that the work starts from
    texts: dict[str, bool] = field(default_factory=dict)  # without their sign: whether all are sound
    formulas: int = 0  # general formulas that are right
    wrong_formulas: int = 0
    by_formula: set[str] = field(default_factory=set)  # what general formulas are of, right or wrong

    def assign(self, number: WrittenNumber, quantity: str, verdict: Verdict) -> None:
        """Give a number its verdict; the first one that is not sound stands."""
        known = self.by_place.get(number.at)
        if known is None or (known.verdict in SOUND and verdict not in SOUND):
            self.by_place[number.at] = Judged(number.at, number.text, quantity, verdict)
            self.texts[number.unsigned] = self.texts.get(number.unsigned, True) and verdict in SOUND

    def always_sound(self, number: WrittenNumber) -> bool:
        """Return whether its digits are those of numbers that were judged, all of them sound."""
        return self.texts.get(number.unsigned, False)

    def add_finding(self, finding: Finding, cause: str = "") -> None:
        """Enter a finding; of those with the same cause only the first in the document is a root."""
        self.entered.append((cause, finding))

    def add_suspicion(self, finding: Finding, mistakes: Iterable[Mistake]) -> None:
        """Enter a wrong formula that may be any of `mistakes`, the likeliest first.

        Which one is decided at the end, by what explains the most. Its name takes the place of "{mistake}"
        in the finding's message.
        """
        self.suspicions.append((finding, tuple(mistakes)))

    def _resolve_suspicions(self) -> Iterable[tuple[str, Finding]]:
        """Yield each suspicion as a finding, with the mistake it allows that explains most suspicions."""
        unresolved = list(self.suspicions)
        while unresolved:
            mistake = _likeliest_mistake([mistakes for _, mistakes in unresolved])
            for finding, mistakes in unresolved:
                if mistake in mistakes:
                    message = finding.message.replace("{mistake}", mistake.name)
                    message = f"{begun(message)}. {mistake.why}"
                    yield f"formula {mistake.id}", replace(finding, message=message, mistake=mistake.id)
            unresolved = [entry for entry in unresolved if mistake not in entry[1]]

    def judged(self) -> tuple[Judged, ...]:
        """Return every number with its verdict, in the order of the document."""
        return tuple(sorted(self.by_place.values(), key=lambda entry: entry.at.offset))

    def findings(self) -> tuple[Finding, ...]:
        """Return roots, then what follows from them with its root, each in the order of the document."""
        ordered = sorted(
            [*self.entered, *self._resolve_suspicions()], key=lambda e: (e[1].at.offset, not e[1].root)
        )
        roots: list[Finding] = []
        following: list[tuple[str, Finding]] = []
        causes: dict[str, int] = {}
        places: set[tuple[Place, str]] = set()
        for cause, finding in ordered:
            if (finding.at, finding.verdict) in places and finding.at.length:
                continue
            places.add((finding.at, finding.verdict))
            if finding.root and cause not in causes:
                if cause:
                    causes[cause] = len(roots)
                roots.append(finding)
            else:
                following.append((cause, replace(finding, root=False)))
        errors = [k for k, finding in enumerate(roots) if finding.verdict in ERRORS]
        only = errors[0] if len(errors) == 1 else None
        return (*roots, *(replace(finding, cause=causes.get(cause, only)) for cause, finding in following))


def _likeliest_mistake(suspicions: list[tuple[Mistake, ...]]) -> Mistake:
    """Return the mistake that most suspicions allow; of several, the one they put first."""
    counts: dict[str, tuple[int, int, Mistake]] = {}
    for mistakes in suspicions:
        for rank, mistake in enumerate(mistakes):
            count, ranks, _ = counts.get(mistake.id, (0, 0, mistake))
            counts[mistake.id] = count + 1, ranks + rank, mistake
    return min(counts.values(), key=lambda entry: (-entry[0], entry[1] / entry[0]))[2]
