"""Exercises on a worked LSTM, or another cell, and marking them.

`exercise` draws a sheet (make/), `render` writes it (formats/), `write_key` its key; `read_key`,
`read_answers` and `mark` mark what is handed in (marking/). docs/exercises.md is for teachers.
"""

from gatewise.teach.exercises.drawing import ExerciseSizes
from gatewise.teach.exercises.formats.rendering import FORMATS, render
from gatewise.teach.exercises.key import Key, KeyFileError, key_of, read_key, write_key
from gatewise.teach.exercises.make.exercise_kinds import KINDS, exercise
from gatewise.teach.exercises.marking.marking import Marks, mark
from gatewise.teach.exercises.marking.reading.answers import Answers, AnswersError, read_answers
from gatewise.teach.exercises.sheet import Exercise, Item

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
