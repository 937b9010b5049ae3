"""A report as people read it, before any medium: the mistakes, what follows from each, remarks, facts.

What makes a report short is decided here: how many gaps are told one by one, and that nothing is said twice,
or of no value.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gatewise.teach.checker.render.words import clean, counted, spoken, verb_for, without_commands
from gatewise.teach.checker.report import ERRORS, MEANINGS, VERDICTS, Finding, Judged, Report

MOST_MISSING = 3  # remarks on what is missing that are told one by one; the rest is folded into one
_VALUELESS = re.compile(r"(?<!\w)nan(?!\w)", re.IGNORECASE)
_NOTHING_TO_PUT = re.compile(r"(?<!\w)nan(?!\w)|should be\s*(?:[,.;:]|$)", re.IGNORECASE)
_SAME = re.compile(r"should be (\S+?), (\S+) is printed")


@dataclass(frozen=True)
class Group:
    """A root finding and what follows from it alone."""

    root: Finding
    follows: tuple[Finding, ...]


@dataclass(frozen=True)
class Outline:
    """The findings of a report, sorted: mistakes, what follows from several of them, and remarks.

    `missing` are the remarks on gaps beyond the first three, which are told together.
    """

    mistakes: tuple[Group, ...]
    follows: tuple[Finding, ...]
    remarks: tuple[Group, ...]
    missing: tuple[Finding, ...] = ()


def outline(report: Report) -> Outline:
    """Sort the findings of `report`; each stands in exactly one place."""
    folded: dict[int, list[Finding]] = {}
    loose: list[Finding] = []
    for finding in report.findings:
        if finding.root:
            continue
        known = finding.cause is not None and 0 <= finding.cause < len(report.findings)
        if known and report.findings[finding.cause or 0].root:
            folded.setdefault(finding.cause or 0, []).append(finding)
        else:
            loose.append(finding)
    groups = [Group(root, tuple(folded.get(k, ()))) for k, root in enumerate(report.findings) if root.root]
    remarks = [group for group in groups if group.root.verdict not in ERRORS]
    folded_away = [group for group in remarks if group.root.verdict == "missing"][MOST_MISSING:]
    return Outline(
        tuple(group for group in groups if group.root.verdict in ERRORS),
        tuple(loose),
        tuple(group for group in remarks if group not in folded_away),
        tuple(group.root for group in folded_away),
    )


def level(finding: Finding) -> str:
    """Return "error" for a mistake, "follows" for what follows from one, "remark" for anything else."""
    if finding.verdict not in ERRORS:
        return "remark"
    return "error" if finding.root else "follows"


# What is said of a finding --------------------------------------------------------------------------------


def correction(finding: Finding) -> str:
    """Return what should stand there; "" if that is not known, is no value, or is what stands there."""
    expected = spoken(finding.expected)
    if not expected or _VALUELESS.search(expected) or expected == clean(finding.printed):
        return ""
    repeated = finding.verdict == "missing" and finding.expected in finding.message
    return "" if repeated else expected


def message(finding: Finding) -> str:
    """Return the evidence in a sentence; one that says nothing gives way to what the verdict means."""
    said = spoken(finding.message)
    if finding.verdict in ("arithmetic", "contradiction"):  # which quote the document
        said = without_commands(said)
    same = _SAME.search(said)
    if _NOTHING_TO_PUT.search(said) or (same and same[1] == same[2]):
        meaning = MEANINGS[finding.verdict]
        return f"{meaning[:1].upper()}{meaning[1:]}."
    return said


def explain_command(finding: Finding, report: Report) -> str:
    """Return the command that explains the mistake of a finding, "" if it has none."""
    if not finding.mistake:
        return ""
    cell = next((choice.value for choice in report.reading if choice.name == "cell"), "lstm")
    of = "" if cell == "lstm" else f" --cell {shlex.quote(clean(cell))}"
    return f"gatewise explain {shlex.quote(clean(finding.mistake))}{of}"


def hidden_line(report: Report) -> str:
    """Return how many equations have mistakes that would not show, "" if none has."""
    equations = [text.partition(":")[0] for text in report.undetectable]
    if not equations:
        return ""
    named_ones = all(re.fullmatch(r"[A-Z]\d{1,2}(?:\[\w+\])?", id) for id in equations)
    where = f" ({', '.join(equations)})" if named_ones else ""
    return f"{counted(len(equations), 'equation')} with mistakes that would not show at these digits{where}"


# Sentences ------------------------------------------------------------------------------------------------


def headline(report: Report) -> str:
    """Return the outcome in a sentence."""
    sorted_out = outline(report)
    mistakes = len(sorted_out.mistakes)
    remarks = len(sorted_out.remarks) + len(sorted_out.missing)
    if not (report.enough or mistakes):
        if report.coverage.checked:
            return "No mistakes found, but too little could be checked to call it sound."
        return "Not enough could be read to judge this document."
    follows = len(report.findings) - len(report.roots)
    parts = [counted(mistakes, "mistake")] if mistakes else ["No mistakes"]
    parts += [f"{counted(follows, 'number')} that {verb_for(follows)}"] if follows else []
    parts += [counted(remarks, "remark")] if remarks else []
    return ", ".join(parts) + "."


def share_read(report: Report) -> str:
    """Return how much was read: "141 numbers read, 2 not (98.6 % read)"."""
    read, unread = report.read["numbers"], report.read["unread"]
    if not unread:
        return f"{counted(read, 'number')} read"
    return f"{counted(read, 'number')} read, {unread} not ({100 * read / (read + unread):.1f} % read)"


def tally(numbers: Sequence[Judged]) -> str:
    """Count the numbers of each verdict: "120 exact, 14 carried, 2 misprint"."""
    counts = Counter(number.verdict for number in numbers)
    return ", ".join(
        f"{counts[verdict]} {verdict.replace('-', ' ')}" for verdict in VERDICTS if counts[verdict]
    )


def facts(report: Report) -> list[tuple[str, str]]:
    """Return what was read and what was inferred, as names and values."""
    found: list[tuple[str, str]] = []
    known = {choice.name for choice in report.reading}
    if not report.coverage.numbers:
        found.append(("read", share_read(report)))
    if report.numbers:
        found.append(("verdicts", tally(report.numbers)))
    for name, values in report.inferred.items():
        if name in known:
            continue
        found.append((_WORDS.get(name, name.replace("_", " ")), _inferred(name, values)))
    return found


_WORDS = {"learning_rate": "λ"}


def _inferred(name: str, values: Mapping[str, Any]) -> str:
    rest = dict(values)
    shown: list[str] = []
    if name == "learning_rate" and "value" in rest:
        shown.append(f"{rest.pop('value')}, inferred from the updates")
        if "low" in rest and "high" in rest:
            shown.append(f"which allow {rest.pop('low')} to {rest.pop('high')}")
        if outliers := rest.pop("outliers", None):
            shown.append(f"but not {_listed(outliers)}")
    if name == "rounding" and "mode" in rest:
        shown.append(
            {"hand": "carried by hand", "full": "carried in full precision"}.get(rest["mode"], rest["mode"])
        )
        del rest["mode"]
        if (digits := rest.pop("digits", None)) is not None:
            shown.append(counted(int(digits), "decimal"))
    if name == "notation" and "name" in rest:
        name_of = str(rest.pop("name"))
        shown.append("the worked example’s" if name_of == "document" else name_of)
    shown += [
        f"{key.replace('_', ' ')} {_listed(value)}"
        for key, value in rest.items()
        if value not in (None, "", (), [])
    ]
    return clean(", ".join(shown))


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
