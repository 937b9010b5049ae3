"""The text of a problem file, and the TOML in it, with bounds on what a hostile or mistaken file can cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

from gatewise.support.files import Limit, read_bounded
from gatewise.support.toml import TomlError, parse_toml
from gatewise.teach.problem.written import ProblemFileError

LIMIT = Limit(  # tomllib reads as much in a few seconds
    4_000_000, 'keep its numbers in .npz files and name them: weights = "weights.npz", inputs = "data.npz"'
)


def read_text(file: BinaryIO) -> str:
    """Read an open file of UTF-8 text, and no more of it than a problem file may have.

    Raises
    ------
    OSError, ProblemFileError
    """
    data = read_bounded(file, LIMIT)
    if b"\0" in data:
        raise ProblemFileError("this is a binary file; a problem file is TOML text.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ProblemFileError(f"line {line} is not UTF-8; save the file as UTF-8 text.") from None


def parse_text(text: str, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """Parse the TOML of a problem file.

    Raises
    ------
    ProblemFileError
        If it is not TOML, or no problem file is that long or deep.
    """
    try:
        return parse_toml(
            text, longest_key="gates.a.W", deepest="x, the deepest, has 3 levels", parse_float=parse_float
        )
    except TomlError as error:
        raise ProblemFileError(str(error)) from None
