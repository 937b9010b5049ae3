"""The whole sheet as data: every line with its full-precision value and its displayed digits.

Schema 1. `value` is float64, in lists nested as `shape` says (null where a label is missing); `displayed` has
the digits as ASCII strings, row by row, in one list. `formula` and `substituted` are ASCII. `substituted` is
null for what was given and where it would hold more than about a thousand numbers. `uses` are the ids of the
lines whose values a line takes, `used_by` those of the lines that take its value.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from gatewise.errors import ArgumentError
from gatewise.expression import ascii as ascii_text
from gatewise.teach.worksheet.layout.contents import SheetContents
from gatewise.teach.worksheet.work.lines import Line

SCHEMA = 1


def render_json(sheet: SheetContents) -> str:
    """Write the sheet as JSON, one line of the sheet per line of text.

    Raises
    ------
    ArgumentError
        For a sheet in another notation: JSON always has the document's names and order of gates.
    """
    if sheet.notation != "document":
        raise ArgumentError(
            f"notation={sheet.notation!r} cannot be written as JSON, which always has the worked example's "
            "names and the gates in the order a, i, f, o. Leave the notation out."
        )
    head = {"schema": SCHEMA, "title": sheet.title, **sheet.summary}
    fields = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    lines = ",\n  ".join(json.dumps(_line(line, sheet.used_by.get(line.id, ()))) for line in sheet.lines)
    fields.append(f'"lines": [\n  {lines}\n ]')
    fields.append(f'"verified": {json.dumps(_verified(sheet))}')
    return "{\n " + ",\n ".join(fields) + "\n}\n"


def _line(line: Line, used_by: Sequence[str]) -> dict[str, Any]:
    substituted = line.substituted
    return {
        "id": line.id,
        "phase": line.phase,
        "t": line.t,
        "update": line.working.update,
        "symbol": line.symbol,
        "shape": list(line.value.shape),
        "value": _plain(line.value.tolist()),
        "displayed": line.displayed,
        "formula": ascii_text(line.formula) if line.formula else None,
        "substituted": ascii_text(substituted) if substituted else None,
        "uses": list(line.uses),
        "used_by": list(used_by),
        "note": line.note,
    }


def _plain(value: Any) -> Any:
    """NaN, which JSON does not have, as null."""
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return None if np.isnan(value) else value


def _verified(sheet: SheetContents) -> dict[str, Any]:
    verified, report = sheet.verified, sheet.verified.derivatives
    return {
        "ok": verified.ok,
        "lines_shown": verified.lines_shown,
        "lines_reproduced": verified.lines_reproduced,
        "derivatives": report
        and {
            "method": report.method,
            "max_error": report.max_error,
            "tolerance": report.tolerance,
            "worst": {"name": report.worst.name, "at": list(report.worst.at)},
        },
    }
