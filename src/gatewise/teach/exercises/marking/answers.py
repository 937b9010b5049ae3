"""Answers as they are handed in: Markdown, TOML, JSON or CSV of one student, a class as CSV, or a folder.

Whatever the form, an answer is a text under the id of its item; what is in a file besides is left alone.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatewise.errors import GatewiseError
from gatewise.teach.exercises.key import Key
from gatewise.teach.exercises.make.exercise_kinds import KINDS

LARGEST = 5_000_000  # bytes of a file of answers
MOST_FILES = 2000
SUFFIXES = (".md", ".markdown", ".txt", ".toml", ".json", ".csv")
NAME_COLUMNS = ("name", "student", "who")
_ID = r"`?(?P<id>[A-Za-z][\w.]*(?:\[[\w,]+\])?(?:@t=-?\d+)?(?:\[[\w,]+\])?)`?"
_LINE = re.compile(rf"^[\s>*+-]*{_ID}\s*(?:[:=]|\s=)\s*(?P<answer>.*?)\s*$")
_SHEET = re.compile(rf"\b(?:{'|'.join(KINDS)})-\d+-\d+\b")


class AnswersError(GatewiseError):
    """Answers cannot be read."""


@dataclass(frozen=True)
class Answers:
    """What one student handed in: who, a text for each item, and the sheet it says it belongs to."""

    name: str
    given: Mapping[str, str]
    sheet: str = ""


def read_answers(path: Path, keys: Sequence[Key]) -> list[tuple[Answers, Key]]:
    """Read what is at `path`: a file, of one student or of a class, or a folder of such files.

    Each comes with its key, which of several is the one of the sheet that the answers name.

    Raises
    ------
    AnswersError
        If there is nothing to mark; the message names the file and what is needed.
    """
    if not path.is_dir():
        return _file(path, keys)
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file())
    files = [file for file in files if not file.name.endswith(".key.json")]
    if not files:
        raise AnswersError(f"{path} holds no answers; they are files ending in {', '.join(SUFFIXES)}.")
    if len(files) > MOST_FILES:
        raise AnswersError(f"{path} holds {len(files)} files; mark at most {MOST_FILES} at once.")
    return [answers for file in files for answers in _file(file, keys)]


def _file(path: Path, keys: Sequence[Key]) -> list[tuple[Answers, Key]]:
    if path.stat().st_size > LARGEST:
        raise AnswersError(f"{path} has {path.stat().st_size:,} bytes; answers have at most {LARGEST:,}.")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise AnswersError(f"{path} is not UTF-8 text.") from None
    if "\0" in text:
        raise AnswersError(f"{path} is a binary file: it holds NUL bytes. Answers are text, in UTF-8.")
    ids = {item.id for key in keys for item in key.items}
    readers = {".toml": _toml, ".json": _json, ".csv": _csv}
    try:
        found = readers.get(path.suffix.lower(), _markdown)(text, path.stem, ids)
        return [(answers, _key_of(answers, keys)) for answers in found]
    except AnswersError as error:
        raise AnswersError(f"{path}: {error}") from None


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
    """Lines such as `F1@t=0` = 0.81775, and tables whose first column has ids and whose last has answers."""
    given: dict[str, str] = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]
        if len(cells) > 1 and _bare(cells[0]) in ids:
            given[_bare(cells[0])] = cells[-1]
        elif (match := _LINE.match(line)) and match["id"] in ids:
            given[match["id"]] = match["answer"]
        elif found := re.match(r"^\W*name\W*\s*:\W*\s*(\w.*?)\W*$", line, re.IGNORECASE):
            name = found[1]
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
