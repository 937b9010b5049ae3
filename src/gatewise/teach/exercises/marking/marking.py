"""Marking: a verdict for every answer, credit for what follows from a mistake, a hint for each misconception.

ladder.py gives the verdicts, hints.py the hints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np

from gatewise.errors import ArgumentError
from gatewise.support.given import brief, check_order
from gatewise.support.media import Format
from gatewise.support.options import as_mapping
from gatewise.support.reprs import short_repr
from gatewise.teach.exercises.key import Key
from gatewise.teach.exercises.marking.hints import Hint, hints_of
from gatewise.teach.exercises.marking.ladder import Marker
from gatewise.teach.exercises.marking.reading.collected import LineNotRead
from gatewise.teach.exercises.marking.reading.item_names import plain_id
from gatewise.teach.exercises.marking.verdicts import Marked

_TEXT = Format("gatewise.teach.exercises.formats.marks", "render_marks", ".txt")


@dataclass(frozen=True)
class Marks:
    """A marked sheet."""

    name: str
    key: Key
    marked: tuple[Marked, ...]
    unknown: tuple[str, ...] = ()  # ids that were answered and not asked
    hints: tuple[Hint, ...] = field(default=())
    lines_not_read: tuple[LineNotRead, ...] = ()  # of the file that was handed in

    @property
    def points(self) -> float:
        """What was reached; `out_of` is what there was to reach."""
        return sum(marked.points for marked in self.marked)

    @property
    def out_of(self) -> int:
        """One point for each answer."""
        return len(self.marked)

    @property
    def percent(self) -> float:
        """The points in percent."""
        return 100 * self.points / self.out_of if self.marked else 0.0

    def __repr__(self) -> str:
        """Give the points; `str` is what `gatewise mark` prints."""
        points = f"{self.points:g} of {self.out_of} points"
        return short_repr(self, self.key.name, *([self.name] if self.name else []), points)

    def __str__(self) -> str:
        text: str = _TEXT.renderer([self], "text")
        return text


@np.errstate(all="ignore")  # so may a forged key
def mark(key: Key, answers: Mapping[str, str], name: str = "") -> Marks:
    """Mark answers, by item id, against a key."""
    check_order("mark", {"key": key, "answers": answers}, {"key": Key, "answers": Mapping})
    if not isinstance(name, str):
        raise ArgumentError(f"name is {brief(name)}; it must be a text.")
    read: dict[str, Any] = as_mapping("answers", answers)
    if odd := [id for id, answer in read.items() if not isinstance(answer, (str, Real))]:
        raise ArgumentError(
            f"the answer to {brief(odd[0])} is {brief(read[odd[0]])}; it must be a text or a number."
        )
    given = {plain_id(id): str(answer) for id, answer in read.items()}
    marked = tuple(Marker(key, given).all())
    known = {plain_id(item.id) for item in key.items}
    unknown = tuple(id for id in read if plain_id(id) not in known)
    return Marks(
        name,
        key,
        marked,
        unknown,
        tuple(
            hints_of(((answer.item.id, answer.mistake, answer.note) for answer in marked), key.solution.cell)
        ),
    )
