"""Decimal commas: whether a document writes 0,7 for 0.7 is decided once, for all of it."""

from __future__ import annotations

import re

_FENCED = re.compile(r"^[ \t]*(```|~~~).*?^[ \t]*\1", re.DOTALL | re.MULTILINE)
_INDEX = r"[_^]\{[^{}\n]{0,40}\}"
_LIST = r"\[[^\[\]\n]{0,80}\]|\((?:-?[0-9]+,)+-?[0-9]+\)"
_COMMA = re.compile(rf"{_INDEX}|(?<![0-9.,])(?P<whole>[0-9]+),(?=[0-9]+(?![0-9]|,[0-9]|\.[0-9]))")
_SURE = re.compile(rf"{_INDEX}|(?<![0-9.,])(?P<whole>[0-9]+),(?=[0-9]{{2,}}(?![0-9]|,[0-9]|\.[0-9]))")
_EVIDENCE = re.compile(
    rf"{_INDEX}|{_LIST}|(?P<point>(?<![0-9.,])[0-9]+\.[0-9]+(?![0-9]|\.[0-9]))"
    r"|(?P<braced>[0-9]\{,\}[0-9])|(?P<comma>(?<![0-9.,])[0-9]+,[0-9]+(?![0-9]|,[0-9]|\.[0-9]))"
)


def with_points(text: str) -> str:
    """Return the document, as long as it was, with a point in each number if it has decimal commas."""
    if "," not in text:
        return text
    found = {"point": 0, "braced": 0, "comma": 0}
    for match in _EVIDENCE.finditer(_FENCED.sub("", text)):
        if match.lastgroup:
            found[match.lastgroup] += 1
    if found["comma"] + found["braced"] <= found["point"]:
        return text
    number = _SURE if found["braced"] > found["comma"] else _COMMA
    return number.sub(lambda match: f"{match['whole']}." if match["whole"] else match[0], text)
