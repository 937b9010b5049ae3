"""A report as people read it, before any medium: the mistakes, what follows from each, remarks, facts.

Also here: sentences that every medium shows alike, and text from the document made safe to show.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gatewise.expression import Step, Symbol, text
from gatewise.teach.checker.read.reading import Place
from gatewise.teach.checker.report import ERRORS, SOUND, VERDICTS, Finding, Judged, Report

LONGEST = 160  # characters of something printed; a whole matrix may stand there
_QUANTITY = re.compile(
    r"([A-Za-z]\w*?)(_new)?(?:\[([A-Za-z]+)\])?((?:\[[^\]]*\])?)(?:@t=(-?\d{1,9}))?", re.ASCII
)

# A quantity by its ASCII name within a sentence: one with a step, a gradient, or an entry of a parameter.
_IN_SENTENCE = re.compile(
    r"(?<![\w\\$])(?:[A-Za-z]\w*(?:\[[\w,]+\])?@t=-?\d{1,9}"
    r"|(?:d|delta)_[A-Za-z]+(?:\[[\w,]+\])?|[WUb](?:_new)?\[[\w,]+\])",
    re.ASCII,
)


@dataclass(frozen=True)
class Group:
    """A root finding and what follows from it alone."""

    root: Finding
    follows: tuple[Finding, ...]


@dataclass(frozen=True)
class Outline:
    """The findings of a report, sorted: mistakes, what follows from several of them, and remarks."""

    mistakes: tuple[Group, ...]
    follows: tuple[Finding, ...]
    remarks: tuple[Group, ...]


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
    return Outline(
        tuple(group for group in groups if group.root.verdict in ERRORS),
        tuple(loose),
        tuple(group for group in groups if group.root.verdict not in ERRORS),
    )


def level(finding: Finding) -> str:
    """Return "error" for a mistake, "follows" for what follows from one, "remark" for anything else."""
    if finding.verdict not in ERRORS:
        return "remark"
    return "error" if finding.root else "follows"


# Sentences ------------------------------------------------------------------------------------------------


def headline(report: Report) -> str:
    """Return the outcome in a sentence."""
    if not report.enough:
        return "Not enough could be read to judge this document."
    sorted_out = outline(report)
    mistakes, remarks = len(sorted_out.mistakes), len(sorted_out.remarks)
    follows = len(report.findings) - len(report.roots)
    parts = [counted(mistakes, "mistake")] if mistakes else ["No mistakes"]
    parts += [f"{counted(follows, 'number')} that {verb_for(follows)}"] if follows else []
    parts += [counted(remarks, "remark")] if remarks else []
    return ", ".join(parts) + "."


def share_read(report: Report) -> str:
    """Return how much was read: "141 numbers read, 2 not (98.6 %)"."""
    read, unread = report.read["numbers"], report.read["unread"]
    if not unread:
        return f"{counted(read, 'number')} read, all there are"
    return f"{counted(read, 'number')} read, {unread} not ({100 * read / (read + unread):.1f} % read)"


def tally(numbers: Sequence[Judged]) -> str:
    """Count the numbers of each verdict: "120 exact, 14 carried, 2 misprint"."""
    counts = Counter(number.verdict for number in numbers)
    return ", ".join(f"{counts[verdict]} {verdict_name(verdict)}" for verdict in VERDICTS if counts[verdict])


def facts(report: Report) -> list[tuple[str, str]]:
    """Return what was read and what was inferred, as names and values."""
    found = [("read", share_read(report))]
    if report.numbers:
        found.append(("verdicts", tally(report.numbers)))
    for name, values in report.inferred.items():
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


def counted(count: int, word: str) -> str:
    """Return a number and its noun: "1 mistake", "3 mistakes"."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def verb_for(count: int) -> str:
    """Return the verb for so many: "follows" for one, "follow" for more."""
    return "follows" if count == 1 else "follow"


def verdict_name(verdict: str) -> str:
    """Return a verdict in words: "wrong formula"."""
    return verdict.replace("-", " ")


# Quantities and text of the document ----------------------------------------------------------------------


def named(quantity: str) -> str:
    """Return quantities in the letters of the equations: d_state[0]@t=1 as δstate₁[0]."""
    if ", " in quantity:
        return ", ".join(map(named, quantity.split(", ")))
    match = _QUANTITY.fullmatch(quantity)
    if match is None:
        return clean(quantity)
    name, new, part, entry, t = match.groups()
    step = Step("", int(t)) if t else None
    return text(Symbol(name, part=part or "", step=step, new=bool(new))) + clean(entry)


def spoken(sentence: str, longest: int = 1000) -> str:
    """Return a sentence of a finding with its quantities in the letters of the equations."""
    return _IN_SENTENCE.sub(lambda found: named(found[0]), clean(sentence, longest))


def clean(string: str, longest: int = LONGEST) -> str:
    """Return text on one line, not too long, with nothing in it that a terminal or page would obey."""
    safe = "".join(
        " " if unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co") else letter
        for letter in string
    )
    words = " ".join(safe.split())
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"


def excerpt(report: Report, at: Place, width: int) -> tuple[str, int, int]:
    """Return the line where something stands, cut to `width`, and where in it the place begins and ends."""
    start = report.text.rfind("\n", 0, at.offset) + 1
    end = report.text.find("\n", at.offset)
    end = len(report.text) if end < 0 else end
    left, right = at.offset, min(at.offset + max(at.length, 1), end)
    if right - left > width:
        right = left + width
    room = max(width - (right - left), 0)
    first = max(start, min(left - room // 2, end - width))
    last = min(end, first + width)
    shown = [_one_column(letter) for letter in report.text[first:last]]
    shown_text = "".join(shown)
    begins, ends = left - first, min(right, last) - first
    if first > start and shown_text and begins > 0:
        shown_text = "…" + shown_text[1:]
    if last < end and shown_text and ends < len(shown_text):
        shown_text = shown_text[:-1] + "…"
    return shown_text, begins, max(ends, begins)


def _one_column(letter: str) -> str:
    """Return a letter that takes one column of a terminal, so that what underlines it lines up."""
    if unicodedata.category(letter)[0] in "CMZ" or unicodedata.east_asian_width(letter) in "WF":
        return " " if letter.isspace() or unicodedata.category(letter)[0] == "Z" else "·"
    return letter


def is_sound(verdict: str) -> bool:
    """Return whether a number with this verdict is left in peace."""
    return verdict in SOUND
