"""Random problems, and what tests read off a sheet: its rows, facts, section keys and matrices."""

from __future__ import annotations

import numpy as np

from gatewise import (
    Params,
)
from gatewise.expression import Array, Number, ascii, text
from gatewise.teach.worksheet.layout.document import Facts, Row

FORMATS = ("text", "md", "tex", "html", "json")


def model(seed=0, H=2, T=3, D=2, N=None):
    """Params, x and label of a random problem; a batch if N is given."""
    rng = np.random.default_rng(seed)
    batch = () if N is None else (N,)
    params = Params(W=rng.normal(size=(4 * H, D)), U=rng.normal(size=(4 * H, H)), b=rng.normal(size=4 * H))
    return params, rng.normal(size=(*batch, T, D)), rng.uniform(-1, 1, size=(*batch, T, H))


def blocks(sheet, kind):
    return [
        block for section in sheet.document.sections for block in section.blocks if isinstance(block, kind)
    ]


def row(sheet, id, left=None):
    """The first row with this id, or of this line, (and left side) that has a value."""
    valued = [r for r in blocks(sheet, Row) if isinstance(r.sides[-1], (Number, Array))]
    found = [r for r in valued if id in (r.id, r.line)]
    found.sort(key=lambda r: r.id != id)
    return next(r for r in found if left is None or text(r.left) == left)


def facts(sheet):
    return dict(pair for block in blocks(sheet, Facts) for pair in block.pairs)


def keys(sheet):
    return [section.key for section in sheet.document.sections]


def matrix(node):
    """A result as lists of strings."""
    return [[ascii(entry) for entry in line] for line in node.rows]
