"""What remains: shapes that do not fit, text that was repaired or not read."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gatewise.teach.checker.judge.bind.statements import BoundDocument, Statement
from gatewise.teach.checker.read.reading import Reading
from gatewise.teach.checker.report import Finding


def notation_findings(reading: Reading) -> Iterator[Finding]:
    """Yield a finding for text that was repaired, and for text that could not be read."""
    for remark in reading.remarks:
        message = f"Read as {remark.taken_as}: {remark.why}." if remark.taken_as else _sentence(remark.why)
        yield Finding("notation", remark.at, "", remark.source, remark.taken_as, message)
    for unread in reading.unread:
        guess = f" It may mean {unread.guess}." if unread.guess else ""
        message = f"This could not be read: {unread.reason}.{guess}"
        yield Finding("unreadable", unread.at, "", unread.source, unread.guess, message)


def _sentence(why: str) -> str:
    return f"{why[:1].upper()}{why[1:]}."


def shape_mismatches(document: BoundDocument) -> Iterator[tuple[str, Finding]]:
    """Yield a finding for each value whose rows and columns are not those that the formulas need."""
    for statement in document.statements:
        if statement.value is None or statement.grid is None or document.reading.rows:
            continue
        needed = _shape_needed(statement)
        rows, columns = len(statement.grid), max(map(len, statement.grid))
        if statement.fit == "transposed" and len(needed) == 2:
            name = document.sizes.name(statement.base) + (
                f"[{statement.left.part}]" if statement.left.part else ""
            )
            message = (
                f"{name} is written with {rows} rows and {columns} columns, {rows}×{columns}; "
                f"the product with x_t needs {needed[0]}×{needed[1]}."
            )
            printed, expected = f"{rows}×{columns}", f"{needed[0]}×{needed[1]}"
            finding = Finding(
                "notation", statement.value.at, name, printed, expected, message, mistake="shape"
            )
            yield f"shape {statement.base.name} {printed}", finding


def _shape_needed(statement: Statement) -> tuple[int, ...]:
    return tuple(int(k) for k in np.shape(statement.places))
