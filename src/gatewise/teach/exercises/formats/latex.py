"""A sheet in LaTeX, to print and write on; it compiles as it is."""

from __future__ import annotations

from gatewise.teach.exercises.formats.answer_sheet import with_answer_sheet
from gatewise.teach.exercises.sheet import Exercise
from gatewise.teach.worksheet.render import latex

ROOM = "." * 24


def render_sheet(exercise: Exercise, solved: bool = False) -> str:
    """Write the sheet as a .tex file."""
    return latex.render_latex(with_answer_sheet(exercise, solved, ROOM))
