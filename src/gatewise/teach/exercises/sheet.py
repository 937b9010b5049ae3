"""What an exercise sheet is: parts to show, each with the items to be answered in it. make/ makes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from gatewise.cells.cell import Cell
from gatewise.cells.known.table import LSTM
from gatewise.support.media import Format
from gatewise.support.reprs import short_repr
from gatewise.teach.exercises.drawing import ExerciseSizes
from gatewise.teach.exercises.solution import Solution
from gatewise.teach.worksheet.layout.document import Document, Section

Form = Literal["number", "line", "choice"]
_MARKDOWN = Format("gatewise.teach.exercises.formats.markdown", "render_sheet", ".md")
LETTERS = "ABCDEFGH"
LONGEST_NAME = 40  # of a cell in the name of a file


def name_of(cell: Cell, kind: str, seed: int, variant: int) -> str:
    """Return what a sheet is called, in letters and digits that files may have."""
    plain = re.sub(r"[^a-z0-9]+", "-", cell.name.lower()).strip("-")[:LONGEST_NAME] or "own"
    return f"{kind}-{seed}-{variant}" if cell is LSTM else f"{plain}-{kind}-{seed}-{variant}"


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

    def __repr__(self) -> str:
        return short_repr(self, self.id, asks=self.asks, key=self.key, form=self.form)


@dataclass(frozen=True)
class Part:
    """A section of the sheet and the items that are answered in it."""

    section: Section
    items: tuple[Item, ...] = ()

    def __repr__(self) -> str:
        return short_repr(self, repr(self.section), items=len(self.items))


@dataclass(frozen=True)
class Draft:
    """What a kind's function returns: solution and parts; of a find-error sheet also line and mistake."""

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
        """What its files are called: fill-7-1; of another cell than the LSTM gru-fill-7-1."""
        return name_of(self.solution.cell, self.kind, self.seed, self.variant)

    @property
    def items(self) -> Iterator[Item]:
        """All items, in the order of the sheet."""
        for part in self.parts:
            yield from part.items

    @property
    def document(self) -> Document:
        """The sheet, before any medium."""
        return Document(self.title, tuple(part.section for part in self.parts))

    def __repr__(self) -> str:
        """Name the sheet; `str` is what is handed out, as Markdown."""
        return short_repr(self, self.name, f"{self.title!r}", items=len(list(self.items)))

    def __str__(self) -> str:
        sheet: str = _MARKDOWN.renderer(self, solved=False)
        return sheet
