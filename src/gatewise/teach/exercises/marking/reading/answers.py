"""Answers as they are handed in, each with the key of its sheet.

hand_ins.py finds the files, forms.py reads what is in one.
"""

from __future__ import annotations

import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO
from zipfile import is_zipfile

from gatewise.support.files import as_path, open_input
from gatewise.support.given import brief, has_method
from gatewise.teach.exercises.key import Key
from gatewise.teach.exercises.marking.reading.forms import Answers, AnswersError, SheetNames, answers_in
from gatewise.teach.exercises.marking.reading.hand_ins import SUFFIXES, HandIn, NotRead, hand_ins, piped
from gatewise.teach.exercises.marking.reading.text_lines import sheet_in
from gatewise.teach.exercises.marking.reading.zips import LARGEST

__all__ = ["Answers", "AnswersError", "ReadAnswers", "read_answers"]


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
    if type(keys) not in (list, tuple) or not keys or not all(isinstance(key, Key) for key in keys):
        raise AnswersError(f"keys is {brief(keys)}; it must be a list of keys, as read_key returns them.")
    if not isinstance(source, Path) and not has_method(source, "read"):
        raise AnswersError(
            f"source is {brief(source)}; it must be a pathlib.Path, or a file opened for bytes."
        )
    if isinstance(source, Path):
        source = as_path("source", source, "a file, or a folder of them")
        if stat.S_ISFIFO(source.stat().st_mode):  # as the command line gives <(…)
            with open_input(source, pipe=True) as file:
                return _marked_by(keys, [piped(file.read(LARGEST + 1))], str(source), is_folder=False)
        several = source.is_dir() or (source.is_file() and is_zipfile(source))
        return _marked_by(keys, hand_ins(source), str(source), is_folder=several)
    return _marked_by(keys, [piped(source.read(LARGEST + 1))], "standard input", is_folder=False)


def _marked_by(
    keys: Sequence[Key], handed_in: Iterable[HandIn | NotRead], place: str, *, is_folder: bool
) -> ReadAnswers:
    """Read hand-ins, each with its key."""
    found: list[tuple[Answers, Key, str]] = []
    not_read: list[NotRead] = []
    names = SheetNames(keys)
    for one in handed_in:
        if isinstance(one, NotRead):
            not_read.append(one)
        elif not (one.file.endswith(".key.json") and is_folder):
            try:
                all_answers = answers_in(one.text, one.suffix, one.student, names.for_file(one.file))
            except AnswersError as error:
                not_read.append(NotRead(one.file, str(error).rstrip(".")))
                continue
            for answers in all_answers:
                if isinstance(answers, NotRead):
                    not_read.append(NotRead(f"{one.file}, {answers.file}", answers.reason))
                    continue
                try:
                    found.append((answers, _key_of(answers, keys, one.file), one.file))
                except AnswersError as error:
                    file = one.file if len(all_answers) == 1 else f"{one.file}, {answers.name}"
                    not_read.append(NotRead(file, str(error).rstrip(".")))
    if not found:
        reasons = "; ".join(f"{each.file}: {each.reason}" for each in not_read[:3])
        kinds = f"they are files ending in {', '.join(SUFFIXES)}, or a zip of such files"
        raise AnswersError(f"{place} holds no answers: {reasons or kinds}.")
    return ReadAnswers(_told_apart(found), not_read)


def _told_apart(found: list[tuple[Answers, Key, str]]) -> Iterator[tuple[Answers, Key]]:
    """Give those of one name their files with it."""
    counts = Counter(answers.name.casefold() for answers, _, _ in found)
    for answers, key, file in found:
        alone = counts[answers.name.casefold()] == 1
        yield (answers if alone else replace(answers, name=f"{answers.name} ({file})")), key


def _key_of(answers: Answers, keys: Sequence[Key], file: str) -> Key:
    """Return the key of the sheet that answers name, or else the name of their file."""
    names = ", ".join(key.name for key in keys[:3]) + (", …" if len(keys) > 3 else "")
    named = sheet_in(file, [key.name for key in keys]) if len(keys) > 1 else ""
    sheet = answers.sheet or named
    if sheet:
        for key in keys:
            if key.name == sheet:
                return key
        raise AnswersError(
            f"these are answers to {sheet}, and its key is not there; there are keys of {names}."
        )
    if len(keys) > 1:
        raise AnswersError(
            f"{answers.name} does not say which sheet it answers: write it above the answers, as in Sheet: "
            f"{keys[0].name}, or give the file its name. There are keys of {names}."
        )
    return keys[0]
