"""Sentences and formulas in plain text: which words of a line are quantities, and where a formula stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatewise.teach.checker.read import names, words
from gatewise.teach.checker.read.cell_letters import CellLetters
from gatewise.teach.checker.read.tokens.together import glued, is_accented, split_word

ID = re.compile(
    r"(?P<id>[A-Za-z][\w\[\],]*(?:@t=-?[0-9]+)?(?:#[0-9]+)?(?:\[[\w,]+\])?)(?: {3,}(?=[^\s=≈:←])|\Z)"
)
INDEX_WORDS = ("sum", "new", "old", "prev", "next", "tilde", "hat", "bar", "prime", *names.GREEK)
LONGEST_INDEX = 3  # letters of a low index: new, ih
CJK = "[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]"
# A word; one with a number or step below it is a name: forget_1, cell_{t-1}, input_t, and so is zf1 or net2.
_WORD = re.compile(
    r"(?<![A-Za-z_])(?![A-Za-z]+_(?:[0-9{]|t\b)|[A-Za-z]{2,3}[0-9]{1,3}(?![\w.]))"
    rf"(?:[A-Za-z]+(?:_[A-Za-z]+)+|[A-Za-z]{{2,}})[0-9]*|{CJK}+"
)
_TAG = re.compile(r"</?[a-zA-Z]{1,6}[ ]?/?>")
EQUALS = re.compile(r"=|≈|\\approx|\\simeq")
_OPERATOR = re.compile(
    r"[·⊙⊗*/^σΣ]|(?<=[\w)\]]) [-−+] |\\(?:cdot|odot|times|sigma|tanh|frac)|\b(?:tanh|sigmoid|exp)\b"
)
_DIGITS = re.compile(r"[0-9]\.?[0-9]*")
# A quantity of a step with its value, in decimals: c_1 = 0.62, state_1 = 0.62.
_STATED = re.compile(
    r"(?:[^\W\d_]{2,8}(?=_)|[^\W\d_][̃̂̄′']?)(?:_\{?[0-9]{1,3}\}?|[0-9]{1,3}|[₀-₉]{1,3}|<sub>[0-9]{1,3}</sub>)\s*[=≈]\s*[-−]?"
    r"(?![01]\.0*(?![0-9]))[0-9]*\.[0-9]"
)
_SUPPOSED = re.compile(r"\b(?:if|when|suppos\w+|assum\w+|were|would|wenn|falls|si|cuando)\b", re.IGNORECASE)
_BEFORE_FORMULA = re.compile(r"(?:[\s,;:.)—–*`]|-(?=\s))*")
# Operators in words: what stands before and after is half of a side.
_OPERATION = re.compile(
    r"times|plus|minus|divided|over|squared|mal|durch|geteilt|fois|moins|divisé|por|más|menos|entre",
    re.IGNORECASE,
)
# What is given for the formula before it: L = (h_2 - y)^2 with y = 1. A gate of 1 or 0 rather illustrates.
_ADDS = re.compile(r"with|and|where|mit|und|wobei|avec|et|où|con|donde", re.IGNORECASE)
_TARGET_IS = re.compile(
    r"(?:label|target|sollwert|ziel|cible|étiquette|etiqueta|objetivo)s?\s+(?:is|are|was|ist|est|es)\Z",
    re.IGNORECASE,
)
_GIVEN = re.compile(
    r"(?![fiogatkTnNdDH]\b)[^\W\d_](?:hat)?(?:_\{?\w{1,3}\}?|[0-9₀-₉]{1,3})?\s*=\s*[-−]?[0-9]+(?:\.[0-9]*)?"
)
_COMMAND = re.compile(r"\\[A-Za-z]+")
_INDEX = re.compile(r"[_^]\{[^{}\n]{0,40}\}")


def is_sentence(line: str, letters: CellLetters | None = None) -> bool:
    """Return whether a line has words that are not quantities; a near one may be a formula's."""
    words = [word for word in _WORD.findall(_blanked(_without_id(line))) if not _is_formulas(word, letters)]
    return len(words) > 1 or (len(words) == 1 and not ("=" in line and names.closest_name(words[0])))


def formulas_in(line: str, letters: CellLetters | None = None) -> Iterator[tuple[int, int]]:
    """Yield where worked formulas stand among the words of a line; a value is one if its name has a step."""
    words = [found.span() for found in _WORD.finditer(_blanked(line)) if not _is_formulas(found[0], letters)]
    starts, ends = [0, *(end for _, end in words)], [*(start for start, _ in words), len(line)]
    halves = [False, *(_OPERATION.fullmatch(line, *span) is not None for span in words), False]
    supposed = _SUPPOSED.search(line) is not None
    begun = False  # whether a formula stands before
    for k, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if halves[k] or halves[k + 1]:
            continue
        given = begun and k > 0 and _ADDS.fullmatch(line, *words[k - 1]) is not None
        given |= k > 0 and _TARGET_IS.search(line, 0, words[k - 1][1]) is not None
        if (span := _formula(line, start, end, supposed, given)) is not None:
            begun = True
            yield span


def _formula(line: str, start: int, end: int, supposed: bool, given: bool) -> tuple[int, int] | None:
    """Return where a worked formula stands in a stretch without words; what is supposed is not stated.

    `given` says that what stands here may be a value for the formula before it.
    """
    sign = EQUALS.search(line, start, end)
    if sign is None:
        return None
    start = max(start, line.rfind(": ", start, sign.start()) + 1)
    start = _BEFORE_FORMULA.match(line, start).end()  # type: ignore[union-attr]
    formula = line[start:end].rstrip(" \t.,;:(–—-")
    is_worked = len(EQUALS.findall(formula)) > 1 or _OPERATOR.search(formula) is not None
    is_stated = not supposed and _STATED.match(formula) is not None
    if start >= sign.start():  # a word that is no quantity stands before the sign: its sides are read alone
        is_worked, is_stated = len(EQUALS.findall(formula)) > 1, False
    is_stated = is_stated or (given and not supposed and _GIVEN.fullmatch(formula) is not None)
    if not (is_worked or is_stated) or not _DIGITS.search(formula):
        return None
    return start, start + len(formula)


def _is_formulas(word: str, letters: CellLetters | None) -> bool:
    word = word.rstrip("0123456789") or word
    return _is_mathematical(word) or (letters is not None and letters.is_word(word.split("_")[0]))


def _blanked(line: str) -> str:
    """Return a line with blanks for its tags, commands and indices, in which words are no words."""
    for marks in (_COMMAND, _TAG, _INDEX):
        line = marks.sub(lambda found: " " * len(found[0]), line)
    return line


def _without_id(line: str) -> str:
    found = ID.match(line)
    return line[found.end() :] if found else line


def _is_mathematical(word: str) -> bool:
    first, *rest = word.split("_")
    if rest and len(first) == 1 and all(len(part) <= LONGEST_INDEX for part in rest):  # w_xf, v_h
        return True
    if first in ("d", "delta") and rest:
        first, *rest = rest
    if rest and not names.is_known(word):  # W_new, W_ih
        return _is_mathematical(first) and all(
            len(part) <= LONGEST_INDEX or names.is_known(part) or part in INDEX_WORDS or part == "gate"
            for part in rest
        )
    return (
        names.is_known(word)
        or (word[:1] == "d" and word[1:] in words.LOSSES)
        or glued(word) is not None
        or is_accented(word)
        or word in words.FUNCTIONS
        or word in INDEX_WORDS
        or split_word(word) != [word]
    )
