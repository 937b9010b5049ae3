"""The text of a problem file, and the TOML in it, with bounds on what a hostile or mistaken file can cost."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gatewise.teach.problem.written import ProblemFileError

MAX_BYTES = 4_000_000  # tomllib reads as much in a few seconds
LONGEST_SHOWN = 60  # of a key, in a message
MAX_KEY_PARTS = 32  # tomllib takes memory that grows with the square of the parts of a.b.c.d…

_PART = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+\."""
_LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_-])(?:{_PART}[ \t]*+){{{MAX_KEY_PARTS}}}")
_LAST_PART = _PART.removesuffix(r"[ \t]*+\.")
# At the start of a line: key = or [table]
_KEY = re.compile(
    rf"^[ \t]*+\[?+\[?+[ \t]*+((?:{_PART}[ \t]*+){{0,{MAX_KEY_PARTS}}}{_LAST_PART})[ \t]*+[=\]]", re.MULTILINE
)
_TWICE = re.compile(r"Cannot (?:overwrite|declare|redefine|mutate)")


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


def parse_toml(text: str, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """Parse TOML; whatever is wrong with it becomes a `ProblemFileError`."""
    if _LONG_KEY.search(text):
        raise ProblemFileError(
            f"a key has over {MAX_KEY_PARTS} parts; the longest here, such as gates.a.W, have 3."
        )
    try:
        return tomllib.loads(text, parse_float=parse_float)
    except RecursionError:
        raise ProblemFileError("lists or tables are nested too deep; x, the deepest, has 3 levels.") from None
    except ValueError as error:  # TOMLDecodeError, or a whole number of thousands of digits
        raise ProblemFileError(f"this is not TOML: {_named(str(error), text)}.") from None


def _named(reason: str, text: str) -> str:
    """Return what tomllib says; of a key that is there twice also the name, which tomllib leaves out."""
    place = re.search(r"at line (\d+)", reason)
    lines = text.split("\n")[: int(place[1]) if place else None]
    keys = _KEY.findall("\n".join(lines)) if _TWICE.match(reason) else ()
    if not keys:
        return reason
    key = keys[-1] if len(keys[-1]) <= LONGEST_SHOWN else f"{keys[-1][:LONGEST_SHOWN]}…"
    return f"{key} is given twice, the second time in line {len(lines)}"
