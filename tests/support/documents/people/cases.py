"""Small documents as people write them, and what a check of each has to say.

They are in cases/*.toml, a `[[case]]` each:

kind
    "sound": no mistake, and enough checked; "wrong": exactly these; "other": another cell, recognised and sound;
    "uncheckable" and "unread": nothing is called sound, and of "uncheckable" nothing wrong.
right
    Of "wrong": the printed values that are wrong, a|b for either of two, "*" for one mistake, whichever value of
    it is named, "+" for one to three. Of "other": the name of the cell.
least
    How many numbers and general formulas must at least be checked.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MISTAKES = (
    "misprint",
    "slip",
    "wrong-formula",
    "dropped-entry",
    "unexplained",
    "contradiction",
    "arithmetic",
)


@dataclass(frozen=True)
class Case:
    name: str
    kind: str
    text: str
    right: str = ""
    least: int = 1
    suffix: str = ".md"


def cases() -> list[Case]:
    """Return the small documents of cases/*.toml."""
    return [case for path in sorted((HERE / "cases").glob("*.toml")) for case in _read(path)]


def derivations() -> list[Case]:
    """Return the whole derivations of derivations/, as derivations.toml has them."""
    return _read(HERE / "derivations.toml")


def _read(path: Path) -> list[Case]:
    found = []
    for entry in tomllib.loads(path.read_text("utf-8"))["case"]:
        name = f"{path.stem}: {entry.pop('name')}"
        file = entry.pop("file", None)
        if file:
            whole = HERE / "derivations" / file
            entry |= {"text": whole.read_text("utf-8"), "suffix": whole.suffix}
        found.append(Case(name, **entry))
    return found


def what_is_wrong(case: Case, report: dict[str, Any], code: int) -> str:
    """Say what is not as it should be of a report (as JSON) and the exit code; "" if all is."""
    roots = [f for f in report["findings"] if f["verdict"] in MISTAKES and f["root"]]
    printed = [f["printed"] for f in roots]
    coverage = report["coverage"]
    checked = coverage["checked"] + coverage["formulas"]
    match case.kind:
        case "sound" | "other" if roots:
            return f"{len(roots)} false: {printed[:3]}"
        case "sound" if code == 1 or (code and case.least):
            return f"exit {code}"
        case "other" if case.right not in str(report["reading"]["cell"]):
            return f"the cell is read as {report['reading']['cell']}"
        case "sound" | "other" if checked < case.least:
            return f"{checked} checked of {case.least}"
        case "uncheckable" if roots:
            return f"{len(roots)} false: {printed[:3]}"
        case "uncheckable" | "unread" if code == 0:
            return "exit 0, as if it were sound"
        case "wrong":
            return _missed(case, report, printed, code)
    return ""


def _missed(case: Case, report: dict[str, Any], roots: list[str], code: int) -> str:
    if case.right in ("*", "+"):
        most = 1 if case.right == "*" else 3
        return "" if 1 <= len(roots) <= most and code == 1 else f"{len(roots)} mistakes: {roots[:3]}"
    found = [f["printed"] for f in report["findings"] if f["verdict"] in MISTAKES]
    found += [n["printed"] for n in report["numbers"] if n["verdict"] in MISTAKES]
    wanted = [either.split("|") for either in case.right.split()]
    for either in wanted:
        if not any(value in printed for value in either for printed in found):
            return f"{'|'.join(either)} is missed; found are {sorted(set(found))[:4]}"
    if len(roots) > len(wanted):
        return f"{len(roots)} mistakes of {len(wanted)}: {roots[:5]}"
    return "" if code == 1 else f"exit {code}"


__all__ = ["Case", "cases", "derivations", "what_is_wrong"]
