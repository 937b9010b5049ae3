"""`gatewise mark`: answers marked against the key of their sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gatewise.cli.options import appearance, chosen_format, option
from gatewise.cli.output import check_stdout, deliver
from gatewise.teach import exercises
from gatewise.teach.exercises import AnswersError, Key, KeyFileError, read_answers, read_key
from gatewise.teach.exercises.mark.answers import LARGEST
from gatewise.teach.exercises.render.marks import FORMATS, render_marks


def mark(
    key: Annotated[
        Path, typer.Argument(metavar="KEY", help="The .key.json beside the sheet, or a folder of them.")
    ],
    answers: Annotated[
        Path,
        typer.Argument(
            metavar="ANSWERS", help="Markdown, TOML, JSON or CSV; of a student, a class, or a folder."
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

    Several students, in one CSV or in a folder, give a table of the class.
    """
    if output is None:
        check_stdout()
    suffixes = {suffix: name for name, suffix in FORMATS.items()}
    chosen = chosen_format("--format", format, output, suffixes)
    text_options = appearance(chosen, output, ascii, width, None)
    text_options.pop("colour", None)
    found = read_answers(answers, _keys(key))
    if not found:
        raise AnswersError(f"{answers} holds no answers.")
    students = [exercises.mark(known, one.given, one.name) for one, known in found]
    deliver(render_marks(students, chosen, **text_options), output)


def _keys(path: Path) -> list[Key]:
    """Read the key in a file, or those in a folder."""
    if not path.is_dir():
        return [_key(path)]
    files = sorted(path.glob("*.key.json"))
    if not files:
        raise KeyFileError(f"{path} holds no keys; they are files ending in .key.json.")
    return [_key(file) for file in files]


def _key(path: Path) -> Key:
    if path.stat().st_size > LARGEST:
        raise KeyFileError(f"{path} has {path.stat().st_size:,} bytes; that is no key.")
    try:
        return read_key(path.read_bytes().decode("utf-8"))
    except UnicodeDecodeError:
        raise KeyFileError(f"{path} is no key: it is not UTF-8 text.") from None
    except KeyFileError as error:
        raise KeyFileError(f"{path}: {error}") from None
