"""The case that a formula is stated for, in words near it: at the first step, along one path."""

from __future__ import annotations

import re

NEAR = 1000  # characters before a formula in which words say what is left out of it
AFTER = 400
SENTENCE = 240  # characters of a sentence that a formula stands in or ends
_BEFORE = r"(?:previous|prior|earlier|preceding|vorig\w*|vorherig\w*|précédent\w*|anterior\w*|上一|前一|之前)"
_ZERO = r"(?:zeros?|null|nulle?s?|ceros?|nulo|零|0(?![.0-9]))"
_NOTHING_BEFORE = re.compile(
    rf"{_BEFORE}[^.。!?\n]{{0,80}}{_ZERO}|{_ZERO}[^.。!?\n]{{0,40}}{_BEFORE}"
    r"|\bfirst\s+(?:time[ -]?)?step\b|第一(?:步|个时间步|個時間步)",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?](?=\s)|[。！？]|\n[ \t]*\n(?=[^\n]*\n[ \t]*\n)")
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
    """Return whether the sentence of a formula says that there is nothing before it: h and c are 0 there."""
    before = text[max(0, start - SENTENCE) : start]
    begins = max((found.end() for found in _END.finditer(before)), default=0)
    after = _END.split(text[end : end + SENTENCE], maxsplit=1)[0]
    return any(_NOTHING_BEFORE.search(part) for part in (before[begins:], after))


def path_left_out(text: str, start: int, end: int) -> bool:
    """Return whether words near a formula say that a path of the loss is left out."""
    near = text[max(0, start - NEAR) : start] + "\n" + text[end : end + AFTER]
    return any(_LEFT_OUT.search(sentence) and _PATH.search(sentence) for sentence in _SENTENCE.split(near))
