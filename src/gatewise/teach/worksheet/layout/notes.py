"""What a sheet says in words: a row's reason, a missing label, what is not written out, how it rounds.

In the document's letters; `Notation.sentence` puts the names of another library in. layout.py places them.
"""

from __future__ import annotations

import numpy as np

from gatewise.expression import Expression, Product, Sigma, walk
from gatewise.teach.worksheet.digits import exact, style_for
from gatewise.teach.worksheet.layout.selection import RESULT_ROWS, Selection
from gatewise.teach.worksheet.work.lines import Line
from gatewise.teach.worksheet.work.substitution import LONG_SUM
from gatewise.teach.worksheet.work.working import Working


def note_of(line: Line, note: str, detail: str) -> str:
    """Return what stands below a line: `note` or a better one, and where `detail` asks for it, the reason."""
    missing = np.flatnonzero(np.isnan(line.value)) if line.left.name == "label" else ()
    if len(missing):
        units = "" if line.value.size == 1 else f" for unit {', '.join(map(str, missing))}"
        note = f"no label{units}: out_t itself stands in, so nothing is added to the loss and Δ is 0"
    if line.formula is not None and detail != "results":
        for part in walk(line.formula):
            if isinstance(part, Sigma) and part.high.offset >= LONG_SUM:
                note = f"the third term stands for t = 2 to {part.high.offset - 1}; JSON has each of them"
        if line.value.ndim == 0 and line.left.step and line.working.shapes.outputs > RESULT_ROWS:
            note = f"a sum over {line.working.shapes.outputs} units, too long to write out"
    reason = why(line.equation.why, detail) if line.equation else ""
    return " ".join(part for part in (note or line.note, reason) if part)


def why(reason: str, detail: str) -> str:
    return reason if detail == "reasons" else ""


def collapsed_note(formula: Expression) -> str:
    """Say so where a row or column of a matrix times a vector is shown by its value."""
    collapsed = any(isinstance(node, Product) and node.operation == "dot" for node in walk(formula))
    return "inner products are put in by their values" if collapsed else ""


def steps_left_out(selection: Selection, working: Working) -> str:
    shown = ", ".join(map(str, selection.steps))
    count = working.steps - len(selection.steps)
    return f"{count} of {working.steps} steps are left out; shown: t = {shown}. JSON has all of them."


def rounding_text(working: Working, drift: float) -> str:
    """Return how a sheet rounds; by hand, also how far that has led from full precision."""
    ties = {"half-up": "ties away from zero", "half-even": "ties to even", "truncate": "cut off"}[
        working.ties
    ]
    if working.rounding == "hand":
        shown = style_for([drift], 3).write(exact(drift))
        return f"by hand: every quantity is rounded before it is used, {ties}; drift from full {shown}"
    return (
        f"full: float64 is carried and rounded for display, {ties}; digits set low (₃₄) are guard "
        "digits, there so that the line works out on a calculator"
    )
