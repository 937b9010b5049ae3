"""Exercises on a worked LSTM, and marking them.

`exercise` draws a sheet (kinds.py), `render` writes it, `write_key` its key; `read_key`, `read_answers` and
`mark` mark what comes back. docs/exercises.md is for teachers.
"""

from gatewise.teach.exercises.drawing import ExerciseSizes
from gatewise.teach.exercises.exercise import Exercise, Item
from gatewise.teach.exercises.key import Key, KeyFileError, key_of, read_key, write_key
from gatewise.teach.exercises.make.exercise_kinds import KINDS, exercise
from gatewise.teach.exercises.mark.answers import Answers, AnswersError, read_answers
from gatewise.teach.exercises.mark.marking import Marks, mark
from gatewise.teach.exercises.render import FORMATS, render

__all__ = [
    "FORMATS",
    "KINDS",
    "Answers",
    "AnswersError",
    "Exercise",
    "ExerciseSizes",
    "Item",
    "Key",
    "KeyFileError",
    "Marks",
    "exercise",
    "key_of",
    "mark",
    "read_answers",
    "read_key",
    "render",
    "write_key",
]
