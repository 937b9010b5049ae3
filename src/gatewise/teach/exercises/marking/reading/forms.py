"""The forms of answers: text, TOML, JSON, and CSV of one student or of a class.

Whatever the form, an answer is a text under the id of its item; what is not read is kept, to be said.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from gatewise.errors import GatewiseError
from gatewise.support.files import JsonError, parse_json
from gatewise.support.toml import TomlError
from gatewise.teach.exercises.key import Key
from gatewise.teach.exercises.marking.reading.collected import Collected, LineNotRead, has_number
from gatewise.teach.exercises.marking.reading.hand_ins import NotRead, parse_answers
from gatewise.teach.exercises.marking.reading.item_names import ItemNames, plain_id
from gatewise.teach.exercises.marking.reading.text_lines import TextReader, sheet_in
from gatewise.teach.exercises.marking.reading.zips import MOST_FILES

NAME_COLUMNS = ("name", "student", "who")
HEAD = 2000  # characters in which a text says which sheet it answers
_ASIDE = (*NAME_COLUMNS, "sheet", "gatewise", "title", "kind")


class AnswersError(GatewiseError):
    """Answers cannot be read."""


@dataclass(frozen=True)
class Answers:
    """What one student handed in: who, a text for each item, and the sheet it says it belongs to.

    `lines_not_read` are lines with numbers that are no answers, or could not be read as such.
    """

    name: str
    given: Mapping[str, str]
    sheet: str = ""
    lines_not_read: tuple[LineNotRead, ...] = ()


class SheetNames:
    """The names of the items of several sheets; answers that say no sheet are read by the first."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self.names = {key.name: ItemNames(key) for key in keys}
        self.first = next(iter(self.names.values()))
        self.ids = {id for names in self.names.values() for id in names.items}

    def for_file(self, file: str) -> SheetNames:
        """Return the same names, where a file's own name says the sheet of answers that say none."""
        names = copy(self)
        names.first = self.of(sheet_in(file, self.names))
        return names

    def of(self, sheet: str) -> ItemNames:
        """Return the names of a sheet's items."""
        return self.names.get(sheet, self.first)

    def is_name(self, cell: str) -> bool:
        """Return whether a cell names an item, of whatever sheet."""
        return plain_id(cell) in self.ids or self.first.find(cell) is not None


Reader = Callable[[str, str, SheetNames], Sequence[Answers | NotRead]]


def answers_in(text: str, suffix: str, name: str, names: SheetNames) -> Sequence[Answers | NotRead]:
    """Read the text of a file, of one student called `name` or of a class, some of which may not be read.

    Raises
    ------
    AnswersError
        If it is not what its suffix says.
    """
    readers: dict[str, Reader] = {".toml": _toml, ".json": _json, ".csv": _csv}
    return readers.get(suffix, _text)(text, name, names)


def _text(text: str, name: str, names: SheetNames) -> list[Answers]:
    """Read lines such as `F1@t=0` = 0.81775, tables with ids in the first column, and sheets filled in."""
    sheet = sheet_in(text[:HEAD], names.names)
    reader = TextReader(names.of(sheet))
    return [_answers(reader.read(text), reader.student or name, sheet)]


def _answers(collected: Collected, name: str, sheet: str) -> Answers:
    collected.finish()
    lines = sorted(collected.not_read, key=lambda line: line.number)
    return Answers(name, collected.given, sheet, tuple(lines))


# Tables ---------------------------------------------------------------------------------------------------


def _toml(text: str, name: str, names: SheetNames) -> list[Answers]:
    try:
        return [_table(parse_answers(text), name, names)]
    except TomlError as error:
        bare = re.search(r"^\s*[A-Z]\d@", text, re.MULTILINE)
        hint = '; an id stands in quotes: "F1@t=0" = 0.5' if bare else ""
        raise AnswersError(f"{str(error)[:200].rstrip('.')}{hint}.") from None


def _json(text: str, name: str, names: SheetNames) -> Sequence[Answers | NotRead]:
    try:
        data = parse_json(text, parse_float=str, parse_int=str)  # 0.50 stays 0.50
    except JsonError as error:
        raise AnswersError(f"this JSON cannot be read: {error}.") from None
    if isinstance(data, dict) and data.get("gatewise") == "key":
        items = [item for item in data.get("items", ()) if isinstance(item, dict)]
        given = {str(item["id"]): str(item["key"]) for item in items if {"id", "key"} <= set(item)}
        return [Answers(name, given, str(data.get("name", "")))]
    if isinstance(data, list):
        return [_entry(entry, k, f"{name} {k}", names) for k, entry in enumerate(data, 1)]
    return [_table(data, name, names)]


def _entry(data: Any, number: int, name: str, names: SheetNames) -> Answers | NotRead:
    """Read one student's table of several; what is wrong with it stops no other."""
    try:
        return _table(data, name, names)
    except AnswersError as error:
        return NotRead(f"entry {number}", str(error).rstrip("."))


def _table(data: Any, name: str, names: SheetNames) -> Answers:
    """Answers in a table, under "answers" or among its own keys; B2@t=0 may stand for a whole vector."""
    if not isinstance(data, dict):
        raise AnswersError("the answers must be a table of ids and answers.")
    answers = data.get("answers", data)
    if not isinstance(answers, dict):
        raise AnswersError('"answers" must be a table of ids and answers.')
    who = next((str(data[column]) for column in NAME_COLUMNS if isinstance(data.get(column), str)), name)
    sheet = str(data.get("sheet", ""))
    cells = {id: answer for id, answer in _flat(answers) if answers is not data or id not in _ASIDE}
    return _by_names(cells, who, sheet, names.of(sheet))


def _flat(answers: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Go through a table: error.line without quotes is a table in TOML, a vector a list."""
    for id, answer in answers.items():
        if isinstance(answer, Mapping) and not before:
            yield from _flat(answer, f"{id}.")
        elif answer is not None:
            yield f"{before}{id}", _written(answer)


def _written(answer: Any) -> str:
    if not isinstance(answer, list):
        return str(answer)
    mark = "; " if any(isinstance(each, list) for each in answer) else ", "
    return f"[{mark.join(map(_written, answer))}]"


def _by_names(cells: Mapping[str, str], who: str, sheet: str, names: ItemNames) -> Answers:
    """Put answers under the items that their names mean; what means none stays as it is called."""
    collected, other = Collected(names), {}
    for name, answer in cells.items():
        meaning = names.find(name)
        if meaning is None:
            other[name] = answer
        elif answer.strip():
            collected.put(meaning, answer, 0, f"{name} = {answer}")
    found = _answers(collected, who, sheet)
    return Answers(who, {**other, **found.given}, sheet, found.lines_not_read)


# CSV ------------------------------------------------------------------------------------------------------


def _csv(text: str, name: str, names: SheetNames) -> list[Answers]:
    """Two columns, id and answer, of one student; or a row for each student with the ids as columns."""
    try:
        cut = {mark: list(csv.reader(io.StringIO(text), delimiter=mark)) for mark in ",;\t"}
    except csv.Error as error:
        raise AnswersError(f"this is not CSV: {error}.") from None
    mark = max(cut, key=lambda mark: _named_cells(cut[mark], names))
    rows = [(number, row) for number, row in enumerate(cut[mark], 1) if any(cell.strip() for cell in row)]
    if not rows:
        return [Answers(name, {})]
    head = [cell.strip() for cell in rows[0][1]]
    if sum(plain_id(cell) in names.ids for cell in head) > 1 or head[0].lower() in NAME_COLUMNS:
        if len(rows) > MOST_FILES:
            raise AnswersError(f"it has {len(rows) - 1} students; mark at most {MOST_FILES} at once.")
        return list(_class(head, [row for _, row in rows[1:]], name, names))
    return [_one_by_row(rows, mark, name, names)]


def _named_cells(rows: list[list[str]], names: SheetNames) -> int:
    """Count the names that stand in cells of their own, in the first row or column."""
    edge = [row[0] for row in rows if row] + (rows[0] if rows else [])
    return sum(names.is_name(cell) for cell in edge)


def _one_by_row(rows: list[tuple[int, list[str]]], mark: str, name: str, names: SheetNames) -> Answers:
    sheet = sheet_in(mark.join(rows[0][1]), names.names)
    reader = TextReader(names.of(sheet))
    collected = reader.collected
    for number, row in rows:
        line, cells = mark.join(row), [cell.strip() for cell in row]
        meaning = reader.names.find(cells[0])
        if len(cells) == 3 and all(cell.lstrip("+-−").isdigit() for cell in cells[1:]) and mark == ",":
            cells = [cells[0], ",".join(cells[1:])]  # a decimal comma
        if meaning is not None and len(cells) > 1:
            collected.put(meaning, collected.answer_in(meaning, cells[1:]), number, line)
        elif len(cells) > 1 and cells[0].lower() in NAME_COLUMNS:
            name = cells[1] or name
        elif has_number(line) or has_number(cells[-1]):
            reader.read_line(number, line)
    return _answers(collected, name, sheet)


def _class(head: list[str], rows: list[list[str]], name: str, names: SheetNames) -> Iterator[Answers]:
    who = next((k for k, cell in enumerate(head) if cell.lower() in NAME_COLUMNS), None)
    at = next((k for k, cell in enumerate(head) if cell.lower() == "sheet"), None)
    for number, row in enumerate(rows, 1):
        cells = {cell: text for cell, text in zip(head, row, strict=False) if cell.lower() not in _ASIDE}
        student = row[who].strip() if who is not None and who < len(row) else ""
        sheet = row[at].strip() if at is not None and at < len(row) else ""
        found = _by_names(cells, student or f"{name} {number}", sheet, names.of(sheet))
        rest = [text for text in row[len(head) :] if text.strip()]
        over = [LineNotRead(number + 1, text, "it stands in no column") for text in rest]
        yield Answers(found.name, found.given, sheet, (*found.lines_not_read, *over))
