"""What a report says of the whole document: whether enough was read, and how its numbers were rounded."""

from __future__ import annotations

from typing import Any

from gatewise.teach.checker.judge.bind.statements import BoundDocument
from gatewise.teach.checker.judge.books.verdicts import Verdicts
from gatewise.teach.checker.judge.numbers.printed import PrintedStyle


def enough_to_judge(document: BoundDocument) -> bool:
    """Return whether there is anything of an LSTM to judge, and most of it could be read."""
    bound = sum(len(statement.results) for statement in document.statements)
    unread = sum(unread.numbers for unread in document.reading.unread)
    return bound + len(document.general_formulas) > 0 and bound + len(document.general_formulas) >= unread


def infer_rounding(document: BoundDocument, style: PrintedStyle, verdicts: Verdicts) -> dict[str, Any]:
    """Return how the derived numbers were rounded, as their verdicts show it."""
    carried = any(
        verdicts.by_place[number.at].verdict == "carried"
        for statement in document.derived
        for number, _ in statement.results
    )
    return {
        "mode": "by hand, or mixed" if carried else "full",
        "digits": style.digits,
        "ties": "truncate" if style.truncates else "half-up or half-even",
    }
