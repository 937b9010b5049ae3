"""JSON with bounds on what a hostile or mistaken document can cost, and its faults in words."""

from __future__ import annotations

import json
import re
from typing import Any

from gatewise.errors import GatewiseError
from gatewise.support.given import brief, one_line

DEEPEST = (
    100  # lists and tables within one another; the deepest of any document of ours, a notebook, has about ten
)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_BRACKETS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)  # a text that does not end, too


class JsonError(GatewiseError):
    """A text is not JSON, or costs more to read than a document should."""


def parse_json(text: str | bytes, **parse: Any) -> Any:
    """Parse JSON; `parse` is what `json.loads` takes: parse_float, parse_int, parse_constant.

    Raises
    ------
    JsonError
        If it is no JSON, nested too deep, has a key twice, or half of a pair of surrogates, as no text has.
    """
    try:
        text = text.decode("utf-8-sig") if isinstance(text, bytes) else text
    except UnicodeDecodeError:
        raise JsonError("it is not UTF-8 text") from None
    if not isinstance(text, str):
        raise JsonError("it is no text")
    if not text.strip():
        raise JsonError("it is empty")
    if _is_too_deep(text):
        raise JsonError(f"it has lists or tables nested too deep, by more than {DEEPEST} levels")
    try:
        data = json.loads(text, object_pairs_hook=_table, **parse)
    except JsonError:
        raise
    except (ValueError, RecursionError) as error:  # a whole number of thousands of digits, too
        raise JsonError(f"it is not JSON: {one_line(error).rstrip('.')}") from None
    if _SURROGATE.search(text):
        _check_surrogates(data)
    return data


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise JsonError(f"it has the key {brief(twice)} twice in one table")
    return table


def _is_too_deep(text: str) -> bool:
    """Say whether it is nested deeper than DEEPEST: Python's own limit is not the same on all versions."""
    depth = 0
    if text.count("[") + text.count("{") <= DEEPEST:
        return False
    for bracket in _BRACKETS.finditer(text):
        match text[bracket.start()]:
            case "[" | "{":
                depth += 1
                if depth > DEEPEST:
                    return True
            case "]" | "}":
                depth -= 1
    return False


def _check_surrogates(data: Any) -> None:
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise JsonError(
            "it has a key twice, or has half of a pair of surrogates (\\ud800 to \\udfff), which is no letter"
        ) from None
