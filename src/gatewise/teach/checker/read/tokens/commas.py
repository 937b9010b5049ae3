"""Commas in numbers: whether 0,7 is 0.7 and whether 4,800 is 4800 is decided once, for all of a document."""

from __future__ import annotations

import re

from gatewise.teach.checker.read.tokens.signs import THOUSANDS

_FENCED = re.compile(r"^[ \t]*(```|~~~).*?^[ \t]*\1", re.DOTALL | re.MULTILINE)
_INDEX = r"[_^]\{[^{}\n]{0,40}\}"
_LIST = r"\[[^\[\]\n]{0,80}\]|\((?:-?[0-9]+,)+-?[0-9]+\)"
_COMMA = re.compile(rf"{_INDEX}|(?<![0-9.,])(?P<whole>[0-9]+),(?=[0-9]+(?![0-9]|,[0-9]|\.[0-9]))")
_SURE = re.compile(rf"{_INDEX}|(?<![0-9.,])(?P<whole>[0-9]+),(?=[0-9]{{2,}}(?![0-9]|,[0-9]|\.[0-9]))")
_GROUPED = r"(?P<grouped>(?<![0-9.,}])[1-9][0-9]{0,2}(?:(?:,|\{,\})[0-9]{3})+(?![0-9]|,[0-9]|\{,\}[0-9]))"
_EVIDENCE = re.compile(
    rf"{_INDEX}|{_LIST}|{_GROUPED}|(?P<point>(?<![0-9.,])[0-9]+\.[0-9]+(?![0-9]|\.[0-9]))"
    r"|(?P<braced>[0-9]\{,\}[0-9])|(?P<comma>(?<![0-9.,])[0-9]+,[0-9]+(?![0-9]|,[0-9]|\.[0-9]))"
)
_THOUSANDS = re.compile(rf"{_INDEX}|{_LIST}|{_GROUPED}")
_THIN = re.compile(
    rf"{_INDEX}|(?P<grouped>(?<![0-9.,}}])[1-9][0-9]{{0,2}}(?:\\,[0-9]{{3}})+(?![0-9]))"
)  # 4\,800
_BETWEEN = re.compile(r"\\,|,|\{,\}")


def with_plain_numbers(text: str) -> str:
    """Return the document, as long as it was, with decimal commas as points and marked thousands."""
    if "," not in text:
        return text
    text = _THIN.sub(_as_thousands, text)
    found = {"point": 0, "braced": 0, "comma": 0, "grouped": 0}
    for match in _EVIDENCE.finditer(_FENCED.sub("", text)):
        if match.lastgroup:
            found[match.lastgroup] += 1
    commas = found["comma"] + found["braced"]
    if found["grouped"] and not commas:  # 4,800 beside 0.35, and no 0,35
        return _THOUSANDS.sub(_as_thousands, text)
    if commas + found["grouped"] <= found["point"]:
        return text
    number = _SURE if found["braced"] > found["comma"] else _COMMA
    return number.sub(lambda match: f"{match['whole']}." if match["whole"] else match[0], text)


def _as_thousands(match: re.Match[str]) -> str:
    grouped = match["grouped"]
    return _BETWEEN.sub(lambda sign: THOUSANDS * len(sign[0]), grouped) if grouped else match[0]
