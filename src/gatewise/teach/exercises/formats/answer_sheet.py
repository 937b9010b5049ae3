"""The table that answers are written into, as a section; the same in Markdown and LaTeX."""

from __future__ import annotations

from gatewise.teach.checker.render.words import named
from gatewise.teach.exercises.sheet import Exercise, Item
from gatewise.teach.worksheet.layout.document import Document, Note, Section, Table


def with_answer_sheet(exercise: Exercise, solved: bool, blank: str = "") -> Document:
    """Return the sheet with a table at its end, a row for each answer; `blank` is where one writes."""
    rows = tuple((item.id, question_of(item), item.key if solved else blank) for item in exercise.items)
    name = Note("Name: the key" if solved else f"Name: {blank}".rstrip())
    section = Section("answer-sheet", "Answers", (name, Table("", ("id", "what", "answer"), rows)))
    parts = exercise.document.sections
    title = f"{exercise.title}, solved" if solved else exercise.title
    return Document(title, (*parts, section))


def question_of(item: Item) -> str:
    """Say what an item asks for, in words or in the letters of the equations."""
    if item.options:
        return f"{item.asks}: {', '.join(option.letter for option in item.options)}"
    return named(item.asks) if item.line and item.id != "error.value" else item.asks
