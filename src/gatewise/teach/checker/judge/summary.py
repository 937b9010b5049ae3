"""What a report says of the whole document: how it was read, and how its numbers were rounded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gatewise.teach.checker.judge.bind.statements import BoundDocument
from gatewise.teach.checker.judge.numbers.printed import PrintedStyle
from gatewise.teach.checker.judge.reading.dialect import Dialect
from gatewise.teach.checker.judge.reading.infer import SHOWN_LOSS, Inferred
from gatewise.teach.checker.read.reading import Place, Reading
from gatewise.teach.checker.report import Judged, ReadingChoice


def choices(inferred: Inferred, rounding: Mapping[str, Any], reading: Reading) -> tuple[ReadingChoice, ...]:
    """Return what a document was read as, each with what says so."""
    dialect, because = inferred.dialect, inferred.because
    usual = "nothing in the document says otherwise"
    if dialect.concatenated:
        h, x = ("h", "x") if dialect.concatenated == "h x" else ("x", "h")
        weights = f"W on [{h}, {x}]"
    else:
        weights = "W on h, U on x" if _w_is_on_h(dialect) else "W on x, U on h"
    return (
        ReadingChoice("cell", dialect.cell.name, because.get("cell", usual)),
        ReadingChoice("first_step", str(dialect.first_step), because.get("first_step", usual)),
        ReadingChoice("weights", weights, because.get("weights", usual)),
        ReadingChoice("loss", SHOWN_LOSS[dialect.loss], because.get("loss", usual)),
        ReadingChoice("rounding", f"{rounding['digits']} decimals, {rounding['mode']}", "its numbers"),
        ReadingChoice("notation", reading.notation, "the names that it uses"),
    )


def _w_is_on_h(dialect: Dialect) -> bool:
    named = {quantity for key, (quantity, _) in dialect.names.items() if key[0] == "W"}
    return dialect.exchanged or ("U" in named and "W" not in named)


def infer_rounding(
    document: BoundDocument, style: PrintedStyle, numbers: Mapping[Place, Judged]
) -> dict[str, Any]:
    """Return how the derived numbers were rounded, as their verdicts show it."""
    carried = any(
        number.at in numbers and numbers[number.at].verdict == "carried"
        for statement in document.derived
        for number, _ in statement.results
    )
    return {
        "mode": "by hand, or mixed" if carried else "full",
        "digits": style.digits,
        "ties": "truncate" if style.truncates else "half-up or half-even",
    }
