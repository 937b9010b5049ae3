"""`check`: read a document, judge what was read, and report it."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

from gatewise.engine.params import Params
from gatewise.errors import ArgumentError
from gatewise.support.files import as_path, open_input
from gatewise.support.given import brief, has_method
from gatewise.support.options import as_choice, as_flag
from gatewise.teach.checker.cell_of_sheet import cell_of_sheet
from gatewise.teach.checker.judge.judgement import ACCEPTED, Rounding, judge
from gatewise.teach.checker.judge.reading.reading_option import choices_of
from gatewise.teach.checker.read.reader import read_as_written, read_text
from gatewise.teach.checker.report import Report
from gatewise.teach.problem import Problem

LONGEST_PATH = 4096
SUFFIXES = (".md", ".markdown", ".tex", ".txt", ".ipynb", ".toml", ".json", ".csv", ".html", ".htm", ".xhtml")


def check(
    text: str | PathLike[str],
    *,
    model: Problem | Params | None = None,
    rounding: Rounding = "auto",
    notation: str | None = None,
    strict: bool = False,
    name: str | None = None,
    reading: str | None = None,
) -> Report:
    """Check a worked LSTM: which numbers and formulas are wrong, what kind of mistake each is, and where.

    A sheet of another cell, which says so at its head, is checked by that cell's own equations.

    Parameters
    ----------
    text : str or Path
        The document: Markdown with LaTeX, .tex, a page, a notebook, claims, or one of our own sheets. Text
        is the document itself; a file is read where a pathlib.Path is given.
    model : Problem or Params, optional
        What `gatewise.load_problem` read, if the parameters and data are known, or the parameters alone:
        those of the document are compared with them, and what it does not give is taken from there. Of a
        batch, the first sequence.
    rounding : "auto", "full" or "hand"
        How the work was rounded. "full": every number must be the correctly rounded one. "hand": or follow
        from the numbers printed before it. "auto": or be as near as honest rounding on the way allows.
    notation : str, optional
        Whose letters it uses: "document", "textbook", "torch" or "keras"; found out if not given.
    strict : bool
        With "auto": accept no more than with "hand".
    reading : str, optional
        What it is to be read as, where it would be inferred otherwise: `first-step=1,weights="h x",loss=mse`.
        Names are first-step, weights ("x h": W on x, U on h; "h x"; "[h,x]"; "[x,h]"), loss (half, sum, mean,
        last, given), cell, derivatives (gate, activation).
    name : str
        The file's name, for the reader to tell formats by and for reports; by default that of the path.

    Returns
    -------
    Report
        A verdict for every number, findings with places, what was inferred, and answers to its questions.

    Raises
    ------
    ArgumentError
        If an option is not offered, or `text` is no text: a file's name, a sheet, a Problem. If it is a
        sheet of a cell that the model is not of, or of one's own without its equations. If the document's
        parameters have other shapes than the model's, or 90 % of at least 8 are other numbers.
    ReadingError
        If it cannot be read as text.
    OSError
        If there is no such file.
    """
    as_choice("rounding", rounding, ACCEPTED)
    _check_kind("model", model, (Problem, Params), "what gatewise.load_problem read, or Params")
    _check_kind("notation", notation, str, 'a name, such as "torch"')
    _check_kind("name", name, str, "the name of a file, as text")
    _check_kind("reading", reading, str, 'choices, such as "first-step=1"')
    strict = as_flag("strict", strict)
    text, name = _document(text, name)
    cell = cell_of_sheet(text, name, None if model is None else model.cell)
    given = choices_of(reading)
    written = read_as_written(text, name=name, notation=notation, cell=cell)
    return judge(written, given=given, model=model, cell=cell, rounding=rounding, strict=strict, name=name)


def _document(given: Any, name: str | None) -> tuple[str, str]:
    """Return the document's text and name: of a path, what is in the file."""
    if isinstance(given, PathLike):
        path = as_path("text", given, "a document")
        with open_input(path, pipe=True) as file:
            return read_text(file, str(path)), name or str(path)
    if not isinstance(given, str):
        raise ArgumentError(
            f"text is {brief(given)}; it must be the document as text, or a pathlib.Path to a file."
            + _way(given)
        )
    if _names_a_file(given):
        raise ArgumentError(
            f"text is {brief(given)}, the name of a file and no document. "
            f"Give check(pathlib.Path({brief(given)})), which reads it."
        )
    return given, name or "document"


def _check_kind(name: str, value: object, kind: type | tuple[type, ...], needed: str) -> None:
    """Refuse an option that is given and of another type."""
    if value is not None and not isinstance(value, kind):
        raise ArgumentError(f"{name} is {brief(value)}; it must be {needed}.")


def _names_a_file(text: str) -> bool:
    """Say whether a text is one line that names a file: one that is there, or by its suffix."""
    line = text.strip()
    if not line or len(line) > LONGEST_PATH or "\n" in line or "\0" in line:
        return False
    if line.lower().endswith(SUFFIXES) and not any(sign in line for sign in "=≈|"):
        return True
    try:
        return Path(line).is_file()
    except OSError:
        return False


def _way(given: Any) -> str:
    """Say how a document is had from what was given."""
    match given:
        case bytes() | bytearray():
            return " Decode it: text.decode()."
        case Problem():
            return " A Problem is what a document is compared with: check(text, model=problem)."
        case _ if has_method(given, "read"):
            return " Of an open file give what it reads: file.read()."
        case _ if has_method(given, "render"):
            return ' Of a sheet give what it renders: sheet.render("md").'
    return ""
