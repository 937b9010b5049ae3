"""What an exercise sheet is: parts to show, each with the items to be answered in it. make/ makes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from gatewise.teach.exercises.drawing import ExerciseSizes
from gatewise.teach.exercises.solution import Solution
from gatewise.teach.worksheet.document import Document, Section

Form = Literal["number", "line", "choice"]
LETTERS = "ABCDEFGH"


@dataclass(frozen=True)
class Option:
    """One answer to choose: its letter, its words, and the mistake that leads to it ("" for the right one).

    `hint` says what is wrong with it.
    """

    letter: str
    text: str
    mistake: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Item:
    """One thing to answer: a number, the id of a line, or one of some options.

    `key` is the right answer as it is to be written. `line` and `place` say which number of the solution a
    number is; "" for one of its own.
    """

    id: str
    asks: str
    key: str
    line: str = ""
    place: tuple[int, ...] = ()
    options: tuple[Option, ...] = ()
    form: Form = "number"
    why: str = ""  # what the right answer rests on


@dataclass(frozen=True)
class Part:
    """A section of the sheet and the items that are answered in it."""

    section: Section
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Draft:
    """What a kind's function returns; `line` and `mistake` say where and how a find-error sheet is wrong."""

    solution: Solution
    parts: tuple[Part, ...]
    line: str = ""
    mistake: str = ""


@dataclass(frozen=True, eq=False)
class Exercise:
    """A sheet to hand out, and its answers.

    `line` and `mistake` are where and how a find-error sheet was made wrong, "" on others.
    """

    kind: str
    seed: int
    variant: int
    sizes: ExerciseSizes
    solution: Solution
    title: str
    parts: tuple[Part, ...]
    line: str = ""
    mistake: str = ""

    @property
    def name(self) -> str:
        """What its files are called: fill-7-1."""
        return f"{self.kind}-{self.seed}-{self.variant}"

    @property
    def items(self) -> Iterator[Item]:
        """All items, in the order of the sheet."""
        for part in self.parts:
            yield from part.items

    @property
    def document(self) -> Document:
        """The sheet, before any medium."""
        return Document(self.title, tuple(part.section for part in self.parts))
