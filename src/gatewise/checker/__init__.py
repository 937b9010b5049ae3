"""The checker: a worked LSTM in, the mistakes in it out. `check(text)` makes a Report.

read/ turns text into a Reading (reading.py), judge/ a Reading into a Report (findings.py), render/ writes it.
"""

from __future__ import annotations

from gatewise.checker.findings import Finding, Report
from gatewise.checker.judge import judge
from gatewise.checker.read import read

__all__ = ["Finding", "Report", "check"]


def check(text: str, *, notation: str | None = None, name: str = "document") -> Report:
    """Check a worked LSTM: which numbers and formulas are wrong, what kind of mistake each is, and where.

    Parameters
    ----------
    text : str
        The document: Markdown with LaTeX, .tex, or one of our own sheets.
    notation : str, optional
        Whose letters it uses; found out if not given.
    name : str
        The file's name, for the reader to tell formats by and for reports.

    Returns
    -------
    Report
        A verdict for every number, findings with places, what was inferred, and answers to its questions.
    """
    return judge(read(text, name=name, notation=notation), name=name)
