"""A sheet in Markdown: to print, or to write the answers into its last table and hand the file back."""

from __future__ import annotations

from gatewise.teach.exercises.formats.answer_sheet import with_answer_sheet
from gatewise.teach.exercises.sheet import Exercise
from gatewise.teach.worksheet.render import markdown


def render_sheet(exercise: Exercise, solved: bool = False) -> str:
    """Write the sheet as GitHub-flavoured Markdown."""
    return markdown.render_markdown(with_answer_sheet(exercise, solved))
