"""TOML with bounds on what a hostile or mistaken document can cost, and its faults in words."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from typing import Any

from gatewise.errors import GatewiseError
from gatewise.support.given import one_line

LONGEST_SHOWN = 60  # of a key, in a message
MAX_KEY_PARTS = 32  # tomllib takes memory that grows with the square of the parts of a.b.c.d…

_PART = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+\."""
_LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_\\-])(?:{_PART}[ \t]*+){{{MAX_KEY_PARTS}}}")
_LAST_PART = _PART.removesuffix(r"[ \t]*+\.")
# At the start of a line: key = or [table]
_KEY = re.compile(
    rf"^[ \t]*+\[?+\[?+[ \t]*+((?:{_PART}[ \t]*+){{0,{MAX_KEY_PARTS}}}{_LAST_PART})[ \t]*+[=\]]", re.MULTILINE
)
_TWICE = re.compile(r"Cannot (?:overwrite|declare|redefine|mutate)")


class TomlError(GatewiseError):
    """A text is not TOML, or costs more to read than a document of its kind should."""


def parse_toml(
    text: str, *, longest_key: str, deepest: str, parse_float: Callable[[str], Any] = float
) -> dict[str, Any]:
    """Parse TOML.

    Parameters
    ----------
    longest_key : str
        The key with the most parts that this kind of document has, as gates.a.W, for a message.
    deepest : str
        What is nested deepest in it and how deep: "x, the deepest, has 3 levels".
    parse_float : callable
        What a number with a point or an exponent becomes.

    Raises
    ------
    TomlError
        If it is not TOML, or is longer or deeper nested than can be read at a reasonable cost.
    """
    if _LONG_KEY.search(text):
        parts = longest_key.count(".") + 1
        raise TomlError(
            f"a key has over {MAX_KEY_PARTS} parts; the longest here, such as {longest_key}, have {parts}."
        )
    try:
        return tomllib.loads(text, parse_float=parse_float)
    except RecursionError:
        raise TomlError(f"lists or tables are nested too deep; {deepest}.") from None
    except ValueError as error:  # TOMLDecodeError, or a whole number of thousands of digits
        raise TomlError(f"this is not TOML: {_named(one_line(error), text)}.") from None


def _named(reason: str, text: str) -> str:
    """Return what tomllib says; of a key that is there twice also the name, which tomllib leaves out."""
    place = re.search(r"at line (\d+)", reason)
    lines = text.split("\n")[: int(place[1]) if place else None]
    keys = _KEY.findall("\n".join(lines)) if _TWICE.match(reason) else ()
    if not keys:
        return reason + (_slip(lines[-1]) if place else "")
    key = keys[-1] if len(keys[-1]) <= LONGEST_SHOWN else f"{keys[-1][:LONGEST_SHOWN]}…"
    return f"{key} is given twice, the second time in line {len(lines)}"


def _slip(line: str) -> str:
    """Say what is often wrong with a number in a line that is not TOML, or ""."""
    if re.search("[−–]", line):
        return "; the minus there is a typographic one: write -"
    if re.search(r"=[ \t]*[-+]?\d+,\d+[ \t]*(?:#|$)", line):
        return "; write a decimal point, as in 0.2"
    if re.search(r"(?:^|[\s\[=,+-])(?:\.\d|\d+\.(?!\d))", line):
        return "; a number has digits on both sides of its point, as in 0.5"
    return ""


def show(value: Any) -> str:
    """Say in a few words what was given."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value if len(value) <= 40 else f"{value[:40]}…", ensure_ascii=False)
        case int() if abs(value) >= 10**18:
            return "a whole number of more than 18 digits"
        case int() | float():
            return str(value)
        case list():
            return f"a list of {len(value)}"
        case dict():
            return "a table"
    return f"a {type(value).__name__}"
