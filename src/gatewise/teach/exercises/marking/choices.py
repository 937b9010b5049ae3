"""Which option an answer chooses: its letter, its words, or both.

web/src/core/marking/reading.ts has the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gatewise.teach.exercises.sheet import Option

_LETTER = re.compile(r"([A-Za-z])(?:[\s:.)=,;]+(?:[-–—]\s+)?(.*))?", re.DOTALL)  # a minus belongs to a number
_FEW = 3  # letters of an option's words that an answer has at least


def chosen(answer: str, options: Sequence[Option]) -> Option | None:
    """Return the option that an answer chooses, None if it is none of them or may be two.

    `C`, `(c)`, `C: tanh of the state forgotten`, `tanh of the state forgotten`. A letter with the words of
    another option is none.
    """
    text = answer.strip("`*()[]. \t\n")
    letter = _LETTER.fullmatch(text)
    if letter is not None:
        for option in options:
            if option.letter == letter[1].upper() and (not letter[2] or _says(letter[2], option)):
                return option
    said = [option for option in options if _says(text, option)]
    return said[0] if len(said) == 1 else None


def _says(text: str, option: Option) -> bool:
    """Return whether a text is an option's own, or part of its words; a number must be the whole number."""
    here, there = _plain(text), _plain(option.text)
    if here == there:
        return True
    return bool(re.search("[a-z]{3}", there)) and len(here) >= _FEW and here in there


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9.+-]+", " ", text.replace("−", "-").lower()).strip(" .")
