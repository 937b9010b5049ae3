"""Answers of a file: Markdown, TOML, JSON or CSV of one student, a class as CSV. hand_ins.py finds files.

Whatever the form, an answer is a text under the id of its item; what is in a file besides is left alone.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from gatewise.errors import GatewiseError
from gatewise.teach.exercises.key import Key
from gatewise.teach.exercises.make.exercise_kinds import KINDS
from gatewise.teach.exercises.marking.hand_ins import SUFFIXES, HandIn, NotRead, hand_ins, piped
from gatewise.teach.exercises.marking.zips import LARGEST, MOST_FILES

NAME_COLUMNS = ("name", "student", "who")
_ID = r"`?(?P<id>[A-Za-z][\w.]*(?:\[[\w,]+\])?(?:@t=-?\d+)?(?:\[[\w,]+\])?)`?"
_MARKUP = str.maketrans("", "", "\\*`")
_LINE = re.compile(rf"^[\s>+|-]*(?:\d+[.)]\s+)?{_ID}\s*(?:[:=≈~]|\s(?=[\d+.−-]))[:=≈~\s]*(?P<answer>.*)$")
_HEADING = re.compile(r"^\*\*`(?P<id>[^`]+)`\*\*$")  # of a line of a sheet in Markdown
_TEXT = re.compile(r"\\text\{([^{}]*)\}")
_SHEET = re.compile(rf"\b(?:{'|'.join(KINDS)})-\d+-\d+\b")


class AnswersError(GatewiseError):
    """Answers cannot be read."""


@dataclass(frozen=True)
class Answers:
    """What one student handed in: who, a text for each item, and the sheet it says it belongs to."""

    name: str
    given: Mapping[str, str]
    sheet: str = ""


class ReadAnswers(list[tuple[Answers, Key]]):
    """The answers of each student with their key; `not_read` has the files that could not be read."""

    def __init__(self, found: Iterable[tuple[Answers, Key]], not_read: Iterable[NotRead] = ()) -> None:
        super().__init__(found)
        self.not_read = tuple(not_read)


def read_answers(source: Path | BinaryIO, keys: Sequence[Key]) -> ReadAnswers:
    """Read a file, of a student or a class, a folder, a folder for each student, a zip, or an open file.

    Each comes with its key, which of several is the one of the sheet that the answers name. One file that
    cannot be read stops no other; two students of one name are told apart by their files.

    Raises
    ------
    AnswersError
        If nothing at all can be marked; the message names the file and what is needed.
    OSError
        If there is nothing at the path.
    """
    if isinstance(source, Path):
        source.stat()
        return _marked_by(keys, hand_ins(source), str(source), is_folder=source.is_dir())
    return _marked_by(keys, [piped(source.read(LARGEST + 1))], "standard input", is_folder=False)


def _marked_by(
    keys: Sequence[Key], handed_in: Iterable[HandIn | NotRead], place: str, *, is_folder: bool
) -> ReadAnswers:
    """Read hand-ins, each with its key."""
    found: list[tuple[Answers, Key, str]] = []
    not_read: list[NotRead] = []
    ids = {item.id for key in keys for item in key.items}
    for one in handed_in:
        if isinstance(one, NotRead):
            not_read.append(one)
        elif not (one.file.endswith(".key.json") and is_folder):
            try:
                found += [(answers, _key_of(answers, keys), one.file) for answers in _answers(one, ids)]
            except AnswersError as error:
                not_read.append(NotRead(one.file, str(error).rstrip(".")))
    if not found:
        reasons = "; ".join(f"{each.file}: {each.reason}" for each in not_read[:3])
        kinds = f"they are files ending in {', '.join(SUFFIXES)}, or a zip of such files"
        raise AnswersError(f"{place} holds no answers: {reasons or kinds}.")
    names = Counter(answers.name for answers, _, _ in found)
    told_apart = [
        (replace(answers, name=f"{answers.name} ({file})") if names[answers.name] > 1 else answers, key)
        for answers, key, file in found
    ]
    return ReadAnswers(told_apart, not_read)


def _answers(one: HandIn, ids: set[str]) -> list[Answers]:
    readers = {".toml": _toml, ".json": _json, ".csv": _csv}
    return readers.get(one.suffix, _markdown)(one.text, one.student, ids)


def _key_of(answers: Answers, keys: Sequence[Key]) -> Key:
    names = ", ".join(key.name for key in keys[:3]) + (", …" if len(keys) > 3 else "")
    if answers.sheet:
        for key in keys:
            if key.name == answers.sheet:
                return key
        raise AnswersError(f"these are answers to {answers.sheet}; there is a key of {names}.")
    if len(keys) > 1:
        raise AnswersError(f"{answers.name} does not say which sheet it answers; there are keys of {names}.")
    return keys[0]


# One function for each form -------------------------------------------------------------------------------


def _markdown(text: str, name: str, ids: set[str]) -> list[Answers]:
    """Read lines such as `F1@t=0` = 0.81775, and tables with ids in the first column, answers in the last."""
    given: dict[str, str] = {}
    in_place: dict[str, str] = {}  # what stands where a sheet has a question mark
    spelt, heading = {id.lower(): id for id in ids}, ""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]
        match = _LINE.match(line.translate(_MARKUP).rstrip(" \t|"))
        if len(cells) > 1 and _bare(cells[0]).lower() in spelt:
            given[spelt[_bare(cells[0]).lower()]] = cells[-1]
        elif match and match["id"].lower() in spelt:
            given[spelt[match["id"].lower()]] = match["answer"]
        elif found := _HEADING.match(line.strip()):
            heading = found["id"]
        elif heading in ids and line.lstrip().startswith("&="):
            in_place[heading] = _TEXT.sub(r"\1", line.strip().removeprefix("&=").strip("\\ "))
        elif found := re.match(r"^\W*name\W*\s*:\W*\s*(\w.*?)\W*$", line, re.IGNORECASE):
            name = found[1]
    for id, answer in in_place.items():
        if "?" not in answer and not given.get(id, "").strip(" ?_"):
            given[id] = answer
    sheet = _SHEET.search(text.partition("\n\n")[0])
    return [Answers(name, given, sheet[0] if sheet else "")]


def _bare(cell: str) -> str:
    """Return an id without the marks of Markdown around it and in it."""
    return cell.replace("\\", "").strip("` *")


def _toml(text: str, name: str, _ids: set[str]) -> list[Answers]:
    try:
        return [_table(tomllib.loads(text), name)]
    except tomllib.TOMLDecodeError as error:
        raise AnswersError(f"this is not TOML: {error}.") from None


def _json(text: str, name: str, _ids: set[str]) -> list[Answers]:
    try:
        data = json.loads(text, parse_float=str, parse_int=str)  # 0.50 stays 0.50
    except (ValueError, RecursionError):
        raise AnswersError("this is not JSON.") from None
    if isinstance(data, dict) and data.get("gatewise") == "key":
        given = {str(item["id"]): str(item["key"]) for item in data.get("items", ()) if "key" in item}
        return [Answers(name, given, str(data.get("name", "")))]
    if isinstance(data, list):
        return [_table(entry, f"{name} {k}") for k, entry in enumerate(data, 1)]
    return [_table(data, name)]


def _table(data: Any, name: str) -> Answers:
    """Answers in a table, under "answers" or among its own keys; B2@t=0 may stand for a whole vector."""
    if not isinstance(data, dict):
        raise AnswersError("the answers must be a table of ids and answers.")
    answers = data.get("answers", data)
    if not isinstance(answers, dict):
        raise AnswersError('"answers" must be a table of ids and answers.')
    who = next((str(data[column]) for column in NAME_COLUMNS if isinstance(data.get(column), str)), name)
    given = {str(id): str(answer) for id, answer in answers.items() if isinstance(answer, (str, int, float))}
    return Answers(who, given, str(data.get("sheet", "")))


def _csv(text: str, name: str, ids: set[str]) -> list[Answers]:
    """Two columns, id and answer, of one student; or a row for each student with the ids as columns."""
    try:
        cut = [list(csv.reader(io.StringIO(text), delimiter=mark)) for mark in ",;\t"]
        rows = max(cut, key=_fit(ids))
    except csv.Error as error:
        raise AnswersError(f"this is not CSV: {error}.") from None
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        return [Answers(name, {})]
    head = [cell.strip() for cell in rows[0]]
    if sum(_bare(cell) in ids for cell in head) > 1 or head[0].lower() in NAME_COLUMNS:
        if len(rows) > MOST_FILES:
            raise AnswersError(f"it has {len(rows) - 1} students; mark at most {MOST_FILES} at once.")
        return list(_class(head, rows[1:], name))
    return [Answers(name, {_bare(row[0]): row[-1] for row in rows if len(row) > 1 and _bare(row[0]) in ids})]


def _fit(ids: set[str]) -> Callable[[list[list[str]]], int]:
    """How well rows are cut: how many ids stand in cells of their own, in the first row or column."""

    def fit(rows: list[list[str]]) -> int:
        edge = [row[0] for row in rows if row] + (rows[0] if rows else [])
        return sum(_bare(cell) in ids for cell in edge)

    return fit


def _class(head: list[str], rows: list[list[str]], name: str) -> Iterator[Answers]:
    who = next((k for k, cell in enumerate(head) if cell.lower() in NAME_COLUMNS), None)
    for number, row in enumerate(rows, 1):
        cells = dict(zip(map(_bare, head), row, strict=False))
        student = row[who].strip() if who is not None and who < len(row) else f"{name} {number}"
        yield Answers(student or f"{name} {number}", cells, cells.get("sheet", "").strip())
