"""Marking: a verdict for every answer, credit for what follows from a mistake, a hint for each misconception.

The ladder for a number: right; what follows from the student's own earlier numbers; what a known mistake
gives; the right value with too few digits, or a misprint of it; wrong. marking.js has the same ladder.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

import numpy as np

from gatewise.expression import Symbol
from gatewise.teach.checker.judge.numbers.misprints import NAMES, shape_of
from gatewise.teach.exercises.key import Key
from gatewise.teach.exercises.marking.hints import Hint, hints_of, name_and_reason
from gatewise.teach.exercises.sheet import Item
from gatewise.teach.exercises.solution import Solution
from gatewise.teach.worksheet.digits import Values

Verdict = Literal["right", "follows", "mistake", "misprint", "coarse", "wrong", "unreadable", "missing"]
POINTS: Mapping[Verdict, float] = {
    "right": 1.0, "follows": 1.0, "mistake": 0.0, "misprint": 0.5, "coarse": 0.5, "wrong": 0.0,
    "unreadable": 0.0, "missing": 0.0,
}  # fmt: skip
# In units of the last digit: two people who round honestly differ by one; a mistake differs by three or more.
NEAR = 1.001
APART = 2.999
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.IGNORECASE | re.ASCII)
LONGEST = 40  # characters of an answer; more is no number


@dataclass(frozen=True)
class Marked:
    """One answer marked: what it should be, the verdict, what it is worth, and the evidence."""

    item: Item
    answer: str
    verdict: Verdict
    points: float
    note: str = ""
    mistake: str = ""


@dataclass(frozen=True)
class Marks:
    """A marked sheet."""

    name: str
    key: Key
    marked: tuple[Marked, ...]
    unknown: tuple[str, ...] = ()  # ids that were answered and not asked
    hints: tuple[Hint, ...] = field(default=())

    @property
    def points(self) -> float:
        """What was reached; `out_of` is what there was to reach."""
        return sum(marked.points for marked in self.marked)

    @property
    def out_of(self) -> int:
        """One point for each answer."""
        return len(self.marked)

    @property
    def percent(self) -> float:
        """The points in percent."""
        return 100 * self.points / self.out_of if self.marked else 0.0


def mark(key: Key, answers: Mapping[str, str], name: str = "") -> Marks:
    """Mark answers, by item id, against a key."""
    given = {_plain_id(id): str(answer) for id, answer in answers.items()}
    marked = tuple(_Marker(key, given).all())
    known = {_plain_id(item.id) for item in key.items}
    unknown = tuple(id for id in answers if _plain_id(id) not in known)
    return Marks(
        name,
        key,
        marked,
        unknown,
        tuple(hints_of((answer.item.id, answer.mistake, answer.note) for answer in marked)),
    )


def unit_of(item: Item, solution: Solution) -> float:
    """One unit of the last digit that is asked for."""
    if not item.line:
        return 10.0 ** -_decimals(item.key)
    return solution.lines[item.line].style_at(item.place).unit(float(item.key) or 1.0)


def number_of(answer: str) -> float | None:
    """Read a number as a student writes it, −0,05348 or - .05348 or -5.348e-2; None if it is none."""
    text = answer.strip().strip("`$*").replace("\\,", "").translate(_AS_ASCII)
    text = "".join(text.split())
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    if len(text) > LONGEST or not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


_AS_ASCII = str.maketrans({"−": "-", "–": "-", "\N{HYPHEN}": "-", "\N{NON-BREAKING HYPHEN}": "-", "·": "."})


def _plain_id(id: str) -> str:
    return "".join(id.split()).strip("`*").lower()


def _decimals(answer: str) -> int:
    mantissa = answer.strip().replace(",", ".").lower().partition("e")[0]
    return sum(letter.isdigit() for letter in mantissa.partition(".")[2])


class _Marker:
    """Marks line by line in the order of work; `own` has the student's numbers, as far as they are read."""

    def __init__(self, key: Key, answers: Mapping[str, str]) -> None:
        self.key = key
        self.solution = key.solution
        self.answers = answers
        self.own: dict[Symbol, Values] = {}
        self.off: set[str] = set()  # lines of which the student has another value, and those that use them

    def all(self) -> Iterator[Marked]:
        for item in self.key.items:
            yield self._marked(item)

    def _marked(self, item: Item) -> Marked:
        answer = self.answers.get(_plain_id(item.id), "").strip()
        if not answer or set(answer) <= set("_?.… "):
            return Marked(item, "", "missing", 0.0)
        if item.form == "choice":
            return self._choice(item, answer)
        if item.form == "line":
            return self._line(item, answer)
        value = number_of(answer)
        if value is None:
            return Marked(item, answer, "unreadable", 0.0, "This is not a number.")
        return self._number(item, answer, value)

    # Choices and lines --------------------------------------------------------------------------------

    def _choice(self, item: Item, answer: str) -> Marked:
        letter = answer.strip("`*()[]. ").upper()
        option = next((option for option in item.options if option.letter == letter), None)
        if option is None:
            letters = ", ".join(option.letter for option in item.options)
            return Marked(item, answer, "unreadable", 0.0, f"The answers to choose from are {letters}.")
        if letter == item.key:
            return Marked(item, letter, "right", POINTS["right"])
        return Marked(item, letter, "mistake", 0.0, option.hint, option.mistake)

    def _line(self, item: Item, answer: str) -> Marked:
        id = next((id for id in self.solution.lines if _plain_id(id) == _plain_id(answer)), None)
        if id is None:
            return Marked(item, answer, "unreadable", 0.0, "No line has this id; ids look like B2@t=0.")
        if id == item.key:
            return Marked(item, answer, "right", POINTS["right"])
        ids = list(self.solution.lines)
        if ids.index(id) > ids.index(item.key):
            note = "This line is worked out rightly from what stands before it; the mistake is earlier."
        else:
            note = "This line is right; the mistake is later."
        return Marked(item, answer, "wrong", 0.0, note)

    # Numbers ------------------------------------------------------------------------------------------

    def _number(self, item: Item, answer: str, value: float) -> Marked:
        if not item.line:
            return self._free(item, answer, value)
        own_line = item.id in {entry.id for entry in self.solution.entries[item.line]}
        verdict, note, mistake = self._judged(item, answer, value)
        if own_line:
            self._keep(item, value, verdict)
        return Marked(item, answer, verdict, POINTS[verdict], note, mistake)

    def _free(self, item: Item, answer: str, value: float) -> Marked:
        """Mark a number that is no entry of a line, with the unit of its own key."""
        unit = unit_of(item, self.solution)
        verdict, note = _plain_verdict(value, answer, [float(item.key)], item.key, unit)
        return Marked(item, answer, verdict, POINTS[verdict], note)

    def _judged(self, item: Item, answer: str, value: float) -> tuple[Verdict, str, str]:
        """Go down the ladder; return verdict, note and mistake."""
        solution, id, place = self.solution, item.line, item.place
        unit = unit_of(item, solution)
        right = [float(item.key), float(solution.full_values[id][place])]
        if _near(value, right, unit):
            return "right", "", ""
        worked = self._worked(id)
        follows = worked is not None and _near(value, [float(worked[place])], unit)
        if follows and worked is not None and not _is_trivial(float(worked[place]), float(item.key)):
            if self._uses_another(id):
                return "follows", f"This follows from your numbers; it should be {item.key}.", ""
            return "right", "", ""
        named = self._mistaken(id, place, value, unit)
        if named:
            return "mistake", " ".join(name_and_reason(named)), named
        verdict, note = _plain_verdict(value, answer, right, item.key, unit)
        return verdict, note, ""

    def _worked(self, id: str) -> Values | None:
        """Return what the line gives on the student's own numbers, if it can be worked out on them."""
        with np.errstate(all="ignore"):
            value = self.solution.worked(id, self.own)
        return value if np.isfinite(value).all() else None

    def _uses_another(self, id: str) -> bool:
        return any(used in self.off for used in self.solution.lines[id].uses)

    def _mistaken(self, id: str, place: tuple[int, ...], value: float, unit: float) -> str:
        """Find the known mistake that gives this number, on the student's own numbers or on the key's."""
        right = float(self.solution.lines[id].value[place])
        if _is_trivial(value, right) and self._uses_another(id):
            return ""  # a 0 after a 0 has many explanations
        with np.errstate(all="ignore"):
            for own in (self.own, {}):
                for mistake, wrong in self.solution.mistaken(id, own):
                    number = float(wrong[place])
                    if _near(value, [number], unit) and abs(number - right) > APART * unit:
                        return mistake.id
        return ""

    def _keep(self, item: Item, value: float, verdict: Verdict) -> None:
        """Go on with the student's number; a misprint of the right one stands for the right one."""
        line = self.solution.lines[item.line]
        if verdict in ("misprint", "coarse"):
            return
        values = self.own.get(line.left, line.value).copy()
        values[item.place] = value
        self.own[line.left] = values
        if verdict != "right":
            self.off.add(line.id)


def _plain_verdict(
    value: float, answer: str, right: list[float], key: str, unit: float
) -> tuple[Verdict, str]:
    """Go down the end of the ladder: right, a misprint, too few digits, or wrong."""
    if _near(value, right, unit):
        return "right", ""
    decimals = _decimals(answer)
    if (
        decimals > 0
        and 10.0**-decimals > unit
        and any(abs(value - r) <= 0.5001 * 10.0**-decimals for r in right)
    ):
        return "coarse", f"Right, but with too few digits: {key}."
    shape = shape_of(format(Decimal(repr(value)), "f"), key)
    if shape:
        return "misprint", f"This looks like {key}, written down wrongly: {NAMES[shape]}."
    return "wrong", f"It should be {key}."


def _near(value: float, others: list[float], unit: float) -> bool:
    return any(abs(value - other) <= NEAR * unit for other in others)


def _is_trivial(value: float, key: float) -> bool:
    """Whether a result that follows from wrong numbers shows nothing: 0 or ±1."""
    return abs(value) in (0.0, 1.0) and abs(key) not in (0.0, 1.0)
