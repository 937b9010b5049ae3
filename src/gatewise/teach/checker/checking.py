"""`check`: read a document, judge what was read, and report it."""

from __future__ import annotations

from gatewise.errors import ArgumentError
from gatewise.teach.checker.judge.judgement import ACCEPTED, Rounding, judge
from gatewise.teach.checker.read.reader import read
from gatewise.teach.checker.report import Report
from gatewise.teach.problem import Problem


def check(
    text: str,
    *,
    model: Problem | None = None,
    rounding: Rounding = "auto",
    notation: str | None = None,
    strict: bool = False,
    name: str = "document",
) -> Report:
    """Check a worked LSTM: which numbers and formulas are wrong, what kind of mistake each is, and where.

    Parameters
    ----------
    text : str
        The document: Markdown with LaTeX, .tex, a notebook, claims, or one of our own sheets.
    model : Problem, optional
        What `gatewise.load_problem` read, if the parameters and data are known: those of the document are
        compared with them, and what it does not give is taken from there. Of a batch, the first sequence.
    rounding : "auto", "full" or "hand"
        How the work was rounded. "full": every number must be the correctly rounded one. "hand": or follow
        from the numbers printed before it. "auto": or be as near as honest rounding on the way allows.
    notation : str, optional
        Whose letters it uses: "document", "textbook", "torch" or "keras"; found out if not given.
    strict : bool
        With "auto": accept no more than with "hand".
    name : str
        The file's name, for the reader to tell formats by and for reports.

    Returns
    -------
    Report
        A verdict for every number, findings with places, what was inferred, and answers to its questions.

    Raises
    ------
    ArgumentError
        If an option is not offered.
    """
    if rounding not in ACCEPTED:
        raise ArgumentError(f"rounding={rounding!r} is not offered. Choose from: {', '.join(ACCEPTED)}.")
    reading = read(text, name=name, notation=notation)
    return judge(reading, model=model, rounding=rounding, strict=strict, name=name)
