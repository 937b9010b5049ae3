"""The case that a formula is stated for, in words near it: at the first step, along one path."""

from __future__ import annotations

import re

NEAR = 400  # characters before a formula, of its paragraph and the one before
AFTER = 160
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_NOTHING_BEFORE = re.compile(
    r"\b(?:zeros?|null|nulle?s?|ceros?|nullo|nulo|initial\w*|anfangs\w*|erste[rnms]?|premi[eè]re?|primer[oa]?)\b"
    r"|\bfirst\s+(?:time[ -]?)?step|零|初始|第一|为\s*0|是\s*0"
    r"|[hcs](?:_|\^|⟨|<|\()[^=\n]{1,24}=\s*(?:\\vec|\\mathbf)?\s*[\[{(]*0(?![.0-9])",
    re.IGNORECASE,
)
_LEFT_OUT = re.compile(
    r"\b(?:ignor\w+|neglect\w*|omit\w*|leav\w+ (?:[^.\n]{1,60} )?(?:out|aside)|left out|disregard\w*"
    r"|look\w* only|only look\w*|only through|only via|only consider\w*|consider\w* only"
    r"|vernachlässig\w*|lassen \w+ weg|ohne den|néglig\w+|desprec\w+)\b"
    r"|忽略|省略|不考虑|不考慮|只看|只考虑|只考慮|仅考虑",
    re.IGNORECASE,
)
_PATH = re.compile(
    r"\b(?:path\w*|through|via|route|branch|hidden|output|gates?|recurren\w+|Pfad|Weg|chemin|camino|future)\b"
    r"|[hc]_|\\partial|路|主[干幹]|隐|隱|门|門|经由|經由",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.。!！?？\n]")


def nothing_before(text: str, start: int, end: int) -> bool:
    """Return whether words near a formula say that there is nothing before it: h and c are 0 there."""
    return _NOTHING_BEFORE.search(_around(text, start, end)) is not None


def path_left_out(text: str) -> bool:
    """Return whether a document says that it leaves a path of the loss out."""
    for found in _LEFT_OUT.finditer(text):
        ends = _SENTENCE.search(text, found.end())
        starts = max((each.end() for each in _SENTENCE.finditer(text, 0, found.start())), default=0)
        if _PATH.search(text, starts, ends.start() if ends else len(text)):
            return True
    return False


def _around(text: str, start: int, end: int) -> str:
    """Return what stands around a place: its paragraph and the one before it, without the formula itself."""
    first = max(0, start - NEAR)
    breaks = [each.end() for each in _PARAGRAPH.finditer(text, first, start)]
    before = text[breaks[-2] if len(breaks) > 1 else first : start]
    after = _PARAGRAPH.search(text, end)
    return before + "\n" + text[end : min(end + AFTER, after.start() if after else len(text))]
