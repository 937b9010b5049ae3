"""The answers of one student, as they are collected: under the ids of items, with the lines not read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from gatewise.teach.checker.render.words import named
from gatewise.teach.exercises.marking.reading.item_names import ItemNames, Meaning
from gatewise.teach.exercises.marking.reading.vectors import numbers_in
from gatewise.teach.exercises.marking.reading.written_numbers import written_number

_NUMBER = re.compile(r"\d[.,]\d|[=≈:~]\s*[-−+(\[]*\.?\d|@t=|^[-−+]?\.?\d+$")


@dataclass(frozen=True)
class LineNotRead:
    """A line with numbers that was handed in and not read: its number, 0 where there is none, and why."""

    number: int
    text: str
    reason: str = ""


def has_number(text: str) -> bool:
    """Return whether text holds what may be an answer."""
    return _NUMBER.search(unicodedata.normalize("NFKC", text)) is not None


def is_blank(answer: str) -> bool:
    """Return whether an answer is the place for one: nothing, ?, ____ or dots."""
    return not answer.strip(" \t?_.…")


@dataclass
class Collected:
    """Answers by the ids of their items; one in place of a sheet's ? counts where no other is given."""

    names: ItemNames
    said: dict[str, str] = field(default_factory=dict)
    in_place: dict[str, str] = field(default_factory=dict)
    not_read: list[LineNotRead] = field(default_factory=list)
    lines: dict[str, tuple[int, str]] = field(default_factory=dict)  # where the answers in `said` stand
    lines_in_place: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def given(self) -> dict[str, str]:
        """The answers."""
        said = {id: answer for id, answer in self.said.items() if not is_blank(answer)}
        return {**self.said, **self.in_place, **said}

    def leave(self, number: int, line: str, reason: str = "") -> None:
        """Note that a line is not read."""
        self.not_read.append(LineNotRead(number, line, reason))

    def put(self, meaning: Meaning, answer: str, number: int, line: str) -> None:
        """Put an answer under what it is an answer to, or note why that cannot be done."""
        if meaning.could:
            *most, last = meaning.could
            self.leave(number, line, f"it could mean {', '.join(most)} or {last}")
        elif not meaning.ids:
            self.leave(number, line, "it is not asked")
        elif not meaning.shape:
            self._put(meaning.ids[0], answer, number, line)
        elif parts := numbers_in(answer, meaning.shape):
            for id, place in zip(meaning.ids, meaning.places, strict=True):
                self._put(id, parts[place], number, line)
        elif not is_blank(answer):
            shape = " × ".join(map(str, meaning.shape))
            self.leave(number, line, f"{shape} numbers are asked for")

    def put_number(self, meaning: Meaning, answer: str, number: int, line: str, *, in_place: bool) -> bool:
        """Put the last side of a line below a name, if it is a number or a matrix; return whether it is."""
        parts = numbers_in(answer, meaning.shape) if meaning.shape else [answer]
        if parts is None or not meaning.ids or any(written_number(part) is None for part in parts):
            return False
        places = meaning.places if meaning.shape else (0,)
        for id, place in zip(meaning.ids, places, strict=True):
            if in_place:
                self.in_place[id], self.lines_in_place[id] = parts[place], (number, line)
            else:
                self.said[id], self.lines[id] = parts[place], (number, line)
        return True

    def finish(self) -> None:
        """Note numbers in place of a ? of which another is given in lines or the table."""
        for id, answer in self.in_place.items():
            said = self.said.get(id, "")
            if not is_blank(said) and written_number(said) != written_number(answer):
                self.leave(*self.lines_in_place[id], f"{id} is answered again")

    def is_question(self, meaning: Meaning, text: str) -> bool:
        """Return whether a text is the sheet's own question about an item."""
        asks = self.names.item(meaning.ids[0]).asks if meaning.ids else ""
        return " " in asks and _plain(text).startswith(_plain(asks))

    def _put(self, id: str, answer: str, number: int, line: str) -> None:
        if self.names.item(id).form == "line" and not is_blank(answer):
            answer = self.names.line(answer) or answer
        before = self.said.get(id, "")
        if is_blank(answer) and before:
            return
        if not is_blank(before) and before != answer:
            self.leave(*self.lines[id], f"{id} is answered again")
        self.said[id], self.lines[id] = answer, (number, line)

    def answer_in(self, meaning: Meaning, cells: Sequence[str]) -> str:
        """Return the answer among the cells after a name: a question and a remark may stand there, too."""
        if meaning.shape or not meaning.ids:
            numbers = [cell for cell in cells if written_number(cell) is not None]
            return "; ".join(numbers or cells[-1:])
        item = self.names.item(meaning.ids[0])
        asks = (_plain(item.asks), _plain(named(item.asks)))
        if item.form == "number":
            rest = [cell for cell in cells if cell and _plain(cell) not in asks]
            numbers = [cell for cell in rest if written_number(cell) is not None]
            return " | ".join(numbers or rest)
        rest = [cell for cell in cells if cell and not _plain(cell).startswith(asks)]
        return rest[-1] if rest else ""


def _plain(cell: str) -> str:
    return "".join(cell.replace("\\", "").split()).strip("`*$").lower()
