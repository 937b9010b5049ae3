"""A report as SARIF 2.1.0, the format in which editors and code review show findings beside the text.

Mistakes are errors, what follows from them is a note that points to its cause, and remarks are warnings. A
misprint carries its correction as a fix.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from gatewise.teach.checker.read.reading import Place
from gatewise.teach.checker.render.head import coverage_sentence, reading_sentence
from gatewise.teach.checker.render.json import coverage, reading
from gatewise.teach.checker.render.outline import correction, explain_command, headline, level, message
from gatewise.teach.checker.render.own_terms import in_own_terms
from gatewise.teach.checker.render.words import named
from gatewise.teach.checker.report import MEANINGS, Finding, Report, Verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"error": "error", "follows": "note", "remark": "warning"}


def render_sarif(report: Report) -> str:
    """Return `report` as a SARIF log of one run."""
    report = in_own_terms(report)
    rules = list(dict.fromkeys(finding.verdict for finding in report.findings))
    driver = {"name": "gatewise", "version": version("gatewise"), "rules": [_rule(name) for name in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": _artifact(report)}],
        "invocations": [{"executionSuccessful": report.enough, "exitCodeDescription": headline(report)}],
        "results": [_result(report, finding, rules.index(finding.verdict)) for finding in report.findings],
        "properties": _properties(report),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _properties(report: Report) -> dict[str, Any]:
    """Return what the run says of the whole document: its reading and coverage, as data and in sentences."""
    return {
        "read": report.read,
        "ok": report.ok,
        "reading": reading(report),
        "readAs": reading_sentence(report),
        "coverage": coverage(report.coverage),
        "checked": coverage_sentence(report),
    }


def _rule(verdict: Verdict) -> dict[str, Any]:
    meaning = MEANINGS[verdict]
    return {
        "id": verdict,
        "name": "".join(part.capitalize() for part in verdict.split("-")),
        "shortDescription": {"text": f"{meaning[0].upper()}{meaning[1:]}."},
    }


def _result(report: Report, finding: Finding, rule: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.verdict,
        "ruleIndex": rule,
        "level": LEVELS[level(finding)],
        "message": {"text": _message(finding)},
        "locations": [_location(report, finding.at)],
        "properties": {
            "quantity": finding.quantity,
            "printed": finding.printed,
            "expected": finding.expected,
            "mistake": finding.mistake,
            "explain": explain_command(finding, report),
            "root": finding.root,
        },
    }
    if finding.cause is not None and 0 <= finding.cause < len(report.findings):
        cause = report.findings[finding.cause]
        where = {
            **_location(report, cause.at),
            "id": 1,
            "message": {"text": f"This follows from: {_message(cause)}"},
        }
        result["relatedLocations"] = [where]
    if finding.verdict == "misprint" and finding.expected and _stands(report, finding):
        result["fixes"] = [_fix(report, finding)]
    return result


def _message(finding: Finding) -> str:
    what, expected = named(finding.quantity), correction(finding)
    if finding.printed and expected:
        what += f" is {finding.printed} and should be {expected}"
    return f"{what}: {said}" if (said := message(finding)) else f"{what}: {MEANINGS[finding.verdict]}."


def _location(report: Report, at: Place) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": _artifact(report), "region": _region(report, at)}}


def _artifact(report: Report) -> dict[str, Any]:
    return {"uri": quote(report.name.replace("\\", "/"), safe="/", errors="replace")}


def _region(report: Report, at: Place) -> dict[str, Any]:
    covered = report.text[at.offset : at.offset + at.length]
    lines = covered.count("\n")
    end = at.column + at.length if not lines else len(covered) - covered.rfind("\n")
    return {
        "startLine": at.line,
        "startColumn": at.column,
        "endLine": at.line + lines,
        "endColumn": end,
        "charOffset": at.offset,
        "charLength": at.length,
    }


def _stands(report: Report, finding: Finding) -> bool:
    """Return whether what was printed stands there letter for letter, so that it can be replaced."""
    at = finding.at
    return report.text[at.offset : at.offset + at.length] == finding.printed


def _fix(report: Report, finding: Finding) -> dict[str, Any]:
    region = _region(report, finding.at)
    replacement = {"deletedRegion": region, "insertedContent": {"text": finding.expected}}
    change = {"artifactLocation": _artifact(report), "replacements": [replacement]}
    return {"description": {"text": f"Write {finding.expected}."}, "artifactChanges": [change]}
