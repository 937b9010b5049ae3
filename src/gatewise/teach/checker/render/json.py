"""A report as JSON for programs. Schema 1: keys may be added, none will change its meaning.

Lines and columns count from 1, columns in characters. `printed` is as in the document, `quantity` an ASCII
name (d_U[i,0]); sentences speak in the document's own letters. Beyond findings and numbers: `ok`, `enough`,
`answers` to the document's questions, `hidden`.
"""

from __future__ import annotations

import json
from typing import Any

from gatewise.teach.checker.render.own_terms import with_own_sentences
from gatewise.teach.checker.report import Answer, Coverage, Finding, Judged, Report

SCHEMA = 1


def render_json(report: Report) -> str:
    """Return `report` as JSON, a finding or number on each line."""
    report = with_own_sentences(report)
    fields = {
        "schema": json.dumps(SCHEMA),
        "document": json.dumps(report.name),
        "ok": json.dumps(report.ok),
        "enough": json.dumps(report.enough),
        "read": json.dumps(report.read),
        "reading": json.dumps(reading(report)),
        "coverage": json.dumps(coverage(report.coverage)),
        "findings": _list([_finding(finding) for finding in report.findings]),
        "numbers": _list([_number(number) for number in report.numbers]),
        "inferred": json.dumps({name: dict(values) for name, values in report.inferred.items()}, default=str),
        "answers": _list([_answer(answer) for answer in report.answers]),
        "hidden": json.dumps(list(report.undetectable)),
    }
    return "{\n " + ",\n ".join(f"{json.dumps(key)}: {value}" for key, value in fields.items()) + "\n}\n"


def reading(report: Report) -> dict[str, Any]:
    """Return what it was read as, with the reasons: {"cell": "lstm", "because": {"cell": "c_t = …"}}."""
    values = {choice.name: choice.value for choice in report.reading}
    return {**values, "because": {choice.name: choice.because for choice in report.reading}}


def coverage(counted: Coverage) -> dict[str, Any]:
    """Return how much was checked, and where numbers were not read."""
    counts = ("numbers", "given", "checked", "uncheckable", "unread", "program", "formulas")
    places = [{"first": first, "last": last, "kind": kind} for first, last, kind in counted.places]
    return {**{name: getattr(counted, name) for name in counts}, "places": places}


def _list(rows: list[dict[str, Any]]) -> str:
    return "[\n  " + ",\n  ".join(map(json.dumps, rows)) + "\n ]" if rows else "[]"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "line": finding.at.line,
        "column": finding.at.column,
        "printed": finding.printed,
        "quantity": finding.quantity,
        "verdict": finding.verdict,
        "expected": finding.expected,
        "message": finding.message,
        "root": finding.root,
        "mistake": finding.mistake,
    }


def _number(number: Judged) -> dict[str, Any]:
    return {
        "line": number.at.line,
        "column": number.at.column,
        "printed": number.printed,
        "quantity": number.quantity,
        "verdict": number.verdict,
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "question": answer.question,
        "line": answer.at.line,
        "text": answer.text,
        "values": [{"quantity": name, "value": value} for name, value in answer.values],
    }
