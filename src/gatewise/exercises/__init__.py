"""Exercises on a worked LSTM, and marking them.

`exercise` draws a sheet (kinds.py), `render` writes it, `write_key` its key; `read_key`, `read_answers` and
`mark` mark what comes back. docs/exercises.md is for teachers.
"""

from gatewise.exercises.answers import Answers, AnswersError, read_answers
from gatewise.exercises.drawing import Sizes
from gatewise.exercises.exercise import Exercise, Item
from gatewise.exercises.key import Key, KeyFileError, key_of, read_key, write_key
from gatewise.exercises.kinds import KINDS, exercise
from gatewise.exercises.marking import Marks, mark
from gatewise.exercises.render import FORMATS, render

__all__ = [
    "FORMATS",
    "KINDS",
    "Answers",
    "AnswersError",
    "Exercise",
    "Item",
    "Key",
    "KeyFileError",
    "Marks",
    "Sizes",
    "exercise",
    "key_of",
    "mark",
    "read_answers",
    "read_key",
    "render",
    "write_key",
]
