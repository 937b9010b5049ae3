"""The text of a problem file, no longer than one may be, and the TOML in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gatewise.support.toml import TomlError, parse_toml
from gatewise.teach.problem.written import ProblemFileError

MAX_BYTES = 4_000_000  # tomllib reads as much in a few seconds


def read_text(path: Path) -> str:
    """Read a file of UTF-8 text, and no more of it than a problem file may have.

    Raises
    ------
    OSError, ProblemFileError
    """
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ProblemFileError(
            f"the file is larger than {MAX_BYTES // 1_000_000} MB, the most for a problem file. "
            'Keep its numbers in .npz files and name them: weights = "weights.npz", inputs = "data.npz".'
        )
    if b"\0" in data:
        raise ProblemFileError("this is a binary file; a problem file is TOML text.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ProblemFileError(f"line {line} is not UTF-8; save the file as UTF-8 text.") from None


def parse_text(text: str) -> dict[str, Any]:
    """Parse the TOML of a problem file; whatever is wrong with it becomes a `ProblemFileError`."""
    try:
        return parse_toml(
            text,
            longest_key="the longest here, such as gates.a.W, have 3",
            deepest_value="x, the deepest, has 3 levels",
        )
    except TomlError as error:
        raise ProblemFileError(str(error)) from None
