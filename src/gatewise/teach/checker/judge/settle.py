"""One verdict for each number and each fault, of what the cell's equations and the document itself say.

Blame needs proof. What the equations say of a number stands where they determine it under every reading that
fits; a formula is blamed for a mistake that has a name; a chain that breaks is a fault whatever its letters
mean, unless the equations have already named the cause within it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from gatewise.teach.checker.judge.arithmetic.examine import Examined
from gatewise.teach.checker.judge.books.verdicts import Verdicts
from gatewise.teach.checker.judge.reading.score import Explained
from gatewise.teach.checker.read.reading import Claim, Place
from gatewise.teach.checker.report import ERRORS, SOUND, Finding, Judged

STORIES_OF_DIGITS = ("misprint", "slip", "unexplained")
REPEATED = ("misprint", "dropped-entry")  # in each chain that has it, it is why the chain breaks
Entry = tuple[Finding, Finding | None]  # a finding, and the root that it follows from


@dataclass
class Settled:
    """The findings and the verdicts of all numbers."""

    findings: list[Finding]
    numbers: dict[Place, Judged]


def settle(examined: Examined, parts: Iterable[Verdicts], alternatives: tuple[Explained, ...]) -> Settled:
    """Put together what was found by the cell's equations, scope by scope, and by the document itself."""
    numbers: dict[Place, Judged] = {}
    entries: list[Entry] = []
    givens: set[Place] = set()
    for part in parts:
        givens |= part.givens
        for place, judged in part.by_place.items():
            known = numbers.get(place)
            if known is None or known.verdict == "uncheckable":
                numbers[place] = judged
        found = part.findings()
        entries += [(finding, None if finding.cause is None else found[finding.cause]) for finding in found]
    excused = {place for other in alternatives for place in other.right}
    entries = [entry for entry in entries if not (entry[0].verdict in ERRORS and entry[0].at in excused)]
    for place in excused:
        if place in numbers and numbers[place].verdict in ERRORS:
            numbers[place] = replace(numbers[place], verdict="within-rounding")
    entries = _without_right_work(entries, examined, numbers)
    entries = _shown_by_their_chains(entries, examined, numbers)
    known_findings = [finding for finding, _ in entries]
    entries += [(finding, None) for finding in _from_chains(examined, known_findings, numbers, givens)]
    entries += [(finding, None) for finding in _from_contradictions(examined, numbers)]
    return Settled(_in_order(entries), numbers)


def _without_right_work(
    entries: list[Entry], examined: Examined, numbers: dict[Place, Judged]
) -> list[Entry]:
    """Leave out what is said of numbers that are what a broken chain comes to, and of what follows from them.

    Where nothing but its own chain determines a quantity, the equations take the printed value for right.
    """
    right = set()
    for broken in examined.chains.breaks:
        if len(broken.numbers) == 1 and (judged := numbers.get(broken.numbers[0].at)):
            right.add((judged.quantity, broken.finding.expected))
    cleared = {id(f) for f, _ in entries if f.root and (f.quantity, f.printed) in right}
    kept = []
    for finding, cause in entries:
        if id(finding) not in cleared and id(cause) not in cleared:
            kept.append((finding, cause))
        elif finding.at in numbers:
            numbers[finding.at] = replace(numbers[finding.at], verdict="carried")
    return kept


def _shown_by_their_chains(
    entries: list[Entry], examined: Examined, numbers: dict[Place, Judged]
) -> list[Entry]:
    """Say what a wrong result should be by its own chain, where that comes to something else.

    What an equation says follows from numbers elsewhere, which the reader of a line does not see in it.
    """
    by_chain = {broken.numbers[0].at: broken for broken in examined.chains.breaks if broken.of_value}
    changed: dict[int, Finding] = {}
    for finding, _ in entries:
        broken = by_chain.get(finding.at)
        if broken is None or not finding.root or finding.verdict not in STORIES_OF_DIGITS:
            continue
        if not _are_near(finding.expected, broken.finding.expected, broken.numbers[0].unit):
            changed[id(finding)] = broken.finding
            numbers[finding.at] = replace(numbers[finding.at], verdict="arithmetic")
    return [
        (changed.get(id(finding), finding), None if cause is None else changed.get(id(cause), cause))
        for finding, cause in entries
    ]


def _are_near(one: str, other: str, unit: float) -> bool:
    """Return whether two values as they are written are the same but for a unit of the last digit."""
    try:
        return abs(float(one) - float(other)) <= 1.5 * unit
    except ValueError:
        return True


def _from_chains(
    examined: Examined, findings: list[Finding], numbers: dict[Place, Judged], givens: set[Place]
) -> Iterator[Finding]:
    blamed = [f.at for f in findings if f.verdict in ERRORS and (f.root or f.verdict in REPEATED)]
    misprinted = {f.printed.lstrip("-") for f in findings if f.verdict == "misprint" and f.root}
    for broken in examined.chains.breaks:
        first, last = broken.claim.left.at.offset, _end(broken.claim)
        if any(first <= at.offset < last for at in blamed) or broken.looked_up & misprinted:
            continue
        determined = all(_is_determined(number.at, numbers, givens) for number in broken.numbers)
        if determined and broken.may_be_rounding:
            continue  # it is as the equations have it: what was put in is rounded, and not known to be
        for number in broken.numbers:
            known = numbers.get(number.at)
            if len(broken.numbers) == 1 or known is None or known.verdict not in SOUND:
                quantity = known.quantity if known else broken.finding.quantity
                numbers[number.at] = Judged(number.at, number.text, quantity, "arithmetic")
        yield broken.finding


def _is_determined(at: Place, numbers: dict[Place, Judged], givens: set[Place]) -> bool:
    """Return whether the equations say of a number, by what the document gives, that it is right."""
    return at in numbers and numbers[at].verdict == "exact" and at not in givens


def _from_contradictions(examined: Examined, numbers: dict[Place, Judged]) -> Iterator[Finding]:
    for one, other, finding in examined.contradictions:
        verdicts = [numbers[n.at].verdict for n in (one, other) if n.at in numbers]
        if any(verdict in ERRORS for verdict in verdicts):
            continue
        numbers[other.at] = Judged(other.at, other.text, finding.quantity, "contradiction")
        yield finding


def _end(claim: Claim) -> int:
    last = claim.sides[-1].at if claim.sides else claim.left.at
    return last.offset + last.length


def _in_order(entries: list[Entry]) -> list[Finding]:
    """Return roots in the order of the document, then what follows from them with the place of its root."""
    roots = sorted((f for f, _ in entries if f.root), key=lambda f: f.at.offset)
    errors = [k for k, finding in enumerate(roots) if finding.verdict in ERRORS]
    only = errors[0] if len(errors) == 1 else None
    following = [
        replace(finding, cause=next((k for k, root in enumerate(roots) if root is cause), only))
        for finding, cause in entries
        if not finding.root
    ]
    return [*roots, *following]
