"""Vectors and matrices on one line, cut into their numbers: [0.1, −0.2] or 0,1; −0,2 or a LaTeX array."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod

from gatewise.teach.exercises.marking.written_numbers import written_number

LONGEST = 4000  # characters
_LABELS = re.compile(r"\\begin\{array\}\{l\}\s*\\scriptstyle.*?\\end\{array\}")  # the gates beside a matrix
_LATEX = re.compile(
    r"\\(?:begin|end)\{[a-zA-Z]+\*?\}(?:\{[a-z|]*\})?|\\phantom\{[^{}]*\}|\\left|\\right|[$`]|\\[\[\]()]"
)
_ROW = re.compile(r"\]\s*[,;]?\s*\[|\)\s*[,;]?\s*\(|;|\\\\")


def numbers_in(text: str, shape: Sequence[int]) -> list[str] | None:
    """Return the numbers of a vector or matrix of this shape as they are written, in reading order.

    None if it is none, or if it could be cut in two ways: 0,1 may be one number or two.
    """
    if len(text) > LONGEST:
        return None
    side = re.split(r"[=≈≅≃]", _LATEX.sub(" ", _LABELS.sub("", text)))[-1]
    rows = [row.strip(" \t[](){}⎡⎢⎣⎤⎥⎦|,.*") for row in _ROW.split(side)]
    rows = [row for row in rows if row]
    found = []
    for comma in (r",\s+|\s+|&", r"\s*,\s*|\s+|&"):  # a comma between digits is a decimal one, or it is not
        cut = [[part.strip() for part in re.split(comma, _joined(row)) if part.strip()] for row in rows]
        if _fits(cut, shape) and cut not in found:
            found.append(cut)
    return [part for row in found[0] for part in row] if len(found) == 1 else None


def _joined(row: str) -> str:
    """Join a sign and the number after it, and a factor 10^n and the number before it."""
    row = re.sub(r"(?<![\w.)])([+−-])\s+(?=[\d.])", r"\1", row)
    return re.sub(r"\s*([·×*]|\\cdot|\\times)\s*10", r"\g<1>10", row)


def _fits(rows: list[list[str]], shape: Sequence[int]) -> bool:
    parts = [part for row in rows for part in row]
    if len(parts) != prod(shape) or any(written_number(part) is None for part in parts):
        return False
    widths = {len(row) for row in rows}
    return (
        len(rows) == 1
        or widths == {1}
        or (len(rows), widths)
        == (
            shape[0],
            {prod(shape[1:])},
        )
    )
