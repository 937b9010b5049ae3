"""Texts of a CSV file that a spreadsheet would take for formulas, and run: they get an apostrophe before."""

from __future__ import annotations

import re
from typing import Any

# What OWASP names under CSV injection; the wide forms are typed on East Asian keyboards.
_FORMULA = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def no_formula(cell: Any) -> Any:
    """Return a text that no spreadsheet runs; numbers, also as texts, and all else stay as they are."""
    if isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
