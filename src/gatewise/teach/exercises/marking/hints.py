"""Hints: what a mistake is called, what is wrong with it, and which mistakes are one misconception."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gatewise.teach.checker.mistakes.catalogue import MISTAKES

_MISTAKES = {mistake.id: mistake for mistake in MISTAKES}


@dataclass(frozen=True)
class Hint:
    """A misconception: its name and explanation, and the answers that show it."""

    name: str
    why: str
    items: tuple[str, ...]


def hints_of(answers: Iterable[tuple[str, str, str]]) -> Iterator[Hint]:
    """One hint for each misconception, however often it shows: the slope forgotten in δi and δf is one.

    An answer is given as its item's id, its mistake ("" for none) and its note.
    """
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for answer in answers:
        if answer[1]:
            groups.setdefault(misconception(answer[1]), []).append(answer)
    for group in groups.values():
        _, mistake, note = group[0]
        name, why = name_and_reason(mistake) if mistake in _MISTAKES else ("Rounding.", note)
        yield Hint(name, why, tuple(item for item, _, _ in group))


def name_and_reason(id: str) -> tuple[str, str]:
    """Return a mistake's name and explanation, both as sentences."""
    mistake = _MISTAKES[id]
    return f"{_capital(mistake.name)}.", mistake.why


def misconception(mistake: str) -> str:
    """Name the misconception behind a mistake: F1/without-b_a and F2/without-b_i are the same."""
    equation, _, slug = mistake.partition("/")
    family = {"F1": "F", "F2": "F", "F3": "F", "F4": "F", "B3": "B", "B4": "B", "B5": "B", "B6": "B"}
    family |= {"B7": "M", "B8": "M", "G1": "G", "G2": "G", "G3": "G"}
    group = "P" if equation.startswith("P1") else family.get(equation, equation)
    slug = re.sub(r"(?<![a-z])[aifo](?![a-z])|(?<=_)[WUb]$", "g", slug)
    return f"{group}/{slug}"


def _capital(name: str) -> str:
    """Capitalise a name, if it begins with a word and not with a quantity."""
    word = name.split(" ")[0]
    return name[:1].upper() + name[1:] if word.isascii() and word.isalpha() and len(word) > 1 else name
