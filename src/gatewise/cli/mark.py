"""`gatewise mark`: answers marked against the key of their sheet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from gatewise.cli.options import appearance, chosen_format, option
from gatewise.cli.output import STDIN, check_no_input, check_stdout, deliver, open_stdin
from gatewise.errors import ArgumentError
from gatewise.support.streams import tell
from gatewise.teach.exercises import Key, KeyFileError, read_answers, read_key
from gatewise.teach.exercises import mark as marked
from gatewise.teach.exercises.formats.marks import FORMATS, render_marks


def mark(
    key: Annotated[
        Path, typer.Argument(metavar="KEY", help="The .key.json beside the sheet, or a folder of them.")
    ],
    answers: Annotated[
        Path,
        typer.Argument(
            metavar="ANSWERS",
            help="Markdown, TOML, JSON, CSV, a folder or zip of these; - is standard input.",
        ),
    ],
    format: Annotated[
        str | None, option("--format", "The format [by the suffix of OUT, else text].", FORMATS)
    ] = None,
    output: Annotated[Path | None, option("--output -o", "Where to write [standard output].", "OUT")] = None,
    ascii: Annotated[bool, option("--ascii", "Text without letters beyond ASCII.")] = False,
    width: Annotated[int | None, option("--width", "Columns of text [those of the terminal].")] = None,
) -> None:
    """Mark answers: a verdict for each, credit for what follows, a hint for each misconception.

    Several students, in one CSV, a folder, a folder for each or a zip, give a table of the class. What cannot
    be read is listed at the end, and the exit code is 1 then.
    """
    if output is None:
        check_stdout()
    check_no_input(output, key, answers)
    suffixes = {suffix: name for name, suffix in FORMATS.items()}
    chosen = chosen_format("--format", format, output, suffixes)
    looks = appearance(chosen, output, ascii, width, None)
    looks.pop("colour", None)
    if key == STDIN:
        raise ArgumentError("the key is read from a file or a folder; - stands for answers alone.")
    keys = _keys(key)
    read = read_answers(open_stdin() if answers == STDIN else answers, keys)
    students = [
        replace(marked(known, one.given, one.name), lines_not_read=one.lines_not_read) for one, known in read
    ]
    deliver(render_marks(students, chosen, read.not_read, **looks), output)
    for each in read.not_read:
        tell(f"gatewise: not read: {each.file}: {each.reason}.")
    if read.not_read:
        raise typer.Exit(1)


def _keys(path: Path) -> list[Key]:
    """Read the key in a file, or those in a folder."""
    if not path.is_dir():
        return [_key(path)]
    files = sorted(path.glob("*.key.json"))
    if not files:
        raise KeyFileError(f"{path} holds no keys; they are files ending in .key.json.")
    return [_key(file) for file in files]


def _key(path: Path) -> Key:
    try:
        return read_key(path)
    except KeyFileError as error:
        raise KeyFileError(f"{path}: {error}") from None
