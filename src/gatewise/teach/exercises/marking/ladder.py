"""The ladder for an answer, worked line by line on the student's own numbers.

web/src/core/marking has the same. Right; what follows from the student's own earlier numbers; what a known
mistake gives; the right value with too few digits, or a misprint of it; wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import combinations

import numpy as np

from gatewise.expression import Symbol
from gatewise.teach.exercises.key import Key
from gatewise.teach.exercises.marking.choices import chosen
from gatewise.teach.exercises.marking.hints import name_and_reason
from gatewise.teach.exercises.marking.reading.item_names import plain_id
from gatewise.teach.exercises.marking.reading.written_numbers import written_number
from gatewise.teach.exercises.marking.verdicts import (
    APART,
    POINTS,
    Marked,
    Verdict,
    far_too_short,
    is_near,
    is_trivial,
    plain_verdict,
    unit_of,
)
from gatewise.teach.exercises.sheet import Item
from gatewise.teach.worksheet.digits import Values

TRIED = 3  # slips that one line may have carried on, tried in every combination


class Marker:
    """Marks line by line in the order of work; `own` has the student's numbers, as far as they are read."""

    def __init__(self, key: Key, answers: Mapping[str, str]) -> None:
        self.key = key
        self.solution = key.solution
        self.answers = answers
        self.own: dict[Symbol, Values] = {}
        self.off: set[str] = set()  # lines of which the student has another value, and those that use them
        # What looks like a slip of the pen, or has too few digits: later lines say whether it was carried on.
        self.slips: dict[str, dict[tuple[int, ...], float]] = {}
        self.carried: set[str] = set()

    def all(self) -> list[Marked]:
        """Mark every answer; a slip with which the work goes on was none."""
        marked = [self._marked(item) for item in self.key.items]
        return [self._as_carried(one) if one.item.line in self.carried else one for one in marked]

    def _as_carried(self, marked: Marked) -> Marked:
        if marked.verdict != "misprint":
            return marked
        note = f"It should be {marked.item.key}; what follows goes on with this number."
        return replace(marked, verdict="wrong", points=POINTS["wrong"], note=note)

    def _marked(self, item: Item) -> Marked:
        answer = self.answers.get(plain_id(item.id), "").strip()
        if not answer or set(answer) <= set("_?.… "):
            return Marked(item, "", "missing", 0.0)
        if item.form == "choice":
            return self._choice(item, answer)
        if item.form == "line":
            return self._line(item, answer)
        number = written_number(answer)
        if number is None:
            return Marked(item, answer, "unreadable", 0.0, "This is not a number.")
        return self._number(item, answer, number)

    # Choices and lines --------------------------------------------------------------------------------

    def _choice(self, item: Item, answer: str) -> Marked:
        option = chosen(answer, item.options)
        if option is None:
            letters = ", ".join(option.letter for option in item.options)
            return Marked(item, answer, "unreadable", 0.0, f"The answers to choose from are {letters}.")
        if option.letter == item.key:
            return Marked(item, option.letter, "right", POINTS["right"])
        return Marked(item, option.letter, "mistake", 0.0, option.hint, option.mistake)

    def _line(self, item: Item, answer: str) -> Marked:
        id = next((id for id in self.solution.lines if plain_id(id) == plain_id(answer)), None)
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

    def _number(self, item: Item, answer: str, number: Decimal) -> Marked:
        if not item.line:
            return self._free(item, answer, number)
        own_line = item.id in {entry.id for entry in self.solution.entries[item.line]}
        verdict, note, mistake = self._judged(item, number)
        if own_line:
            self._keep(item, float(number), verdict)
        return Marked(item, answer, verdict, POINTS[verdict], note, mistake)

    def _free(self, item: Item, answer: str, number: Decimal) -> Marked:
        """Mark a number that is no entry of a line, with the unit of its own key."""
        unit = unit_of(item, self.solution)
        verdict, note = plain_verdict(number, [float(item.key)], item.key, unit)
        return Marked(item, answer, verdict, POINTS[verdict], note)

    def _judged(self, item: Item, number: Decimal) -> tuple[Verdict, str, str]:
        """Go down the ladder; return verdict, note and mistake."""
        solution, id, place, value = self.solution, item.line, item.place, float(number)
        unit = unit_of(item, solution)
        right = [float(item.key), float(solution.full_values[id][place])]
        if is_near(value, right, unit):
            return "right", "", ""
        worked = self._worked(id)
        follows = worked is not None and is_near(value, [float(worked[place])], unit)
        if follows and worked is not None and not is_trivial(float(worked[place]), float(item.key)):
            if self._uses_another(id):
                return "follows", f"This follows from your numbers; it should be {item.key}.", ""
            return "right", "", ""
        if self._carries_slips(id, place, value, unit):
            return "follows", f"This follows from your numbers; it should be {item.key}.", ""
        if far_too_short(number, right, unit):
            return "wrong", f"Far too few digits: it should be {item.key}.", ""
        named = self._mistaken(id, place, value, unit)
        if named:
            return "mistake", " ".join(name_and_reason(named, self.solution.cell)), named
        verdict, note = plain_verdict(number, right, item.key, unit)
        return verdict, note, ""

    def _worked(self, id: str) -> Values | None:
        """Return what the line gives on the student's own numbers, if it can be worked out on them."""
        with np.errstate(all="ignore"):
            value = self.solution.worked(id, self.own)
        return value if np.isfinite(value).all() else None

    def _carries_slips(self, id: str, place: tuple[int, ...], value: float, unit: float) -> bool:
        """Return whether the line goes on with slips as they are written, which are kept if so."""
        used = [line for line in self.solution.lines[id].uses if line in self.slips][-TRIED:]
        before = dict(self.own)
        for count in range(len(used), 0, -1):
            for lines in combinations(used, count):
                self.own = dict(before)
                for line in lines:
                    self._put(line, self.slips[line])
                worked = self._worked(id)
                found = None if worked is None else float(worked[place])
                if found is None or not is_near(value, [found], unit):
                    continue
                if not is_trivial(found, float(self.solution.lines[id].value[place])):
                    self.off.update(lines)
                    self.carried.update(lines)
                    for line in lines:
                        del self.slips[line]
                    return True
        self.own = before
        return False

    def _put(self, id: str, numbers: Mapping[tuple[int, ...], float]) -> None:
        line = self.solution.lines[id]
        values = self.own.get(line.left, line.value).copy()
        for place, number in numbers.items():
            values[place] = number
        self.own[line.left] = values

    def _uses_another(self, id: str) -> bool:
        return any(used in self.off for used in self.solution.lines[id].uses)

    def _mistaken(self, id: str, place: tuple[int, ...], value: float, unit: float) -> str:
        """Find the known mistake that gives this number, on the student's own numbers or on the key's."""
        right = float(self.solution.lines[id].value[place])
        if is_trivial(value, right) and self._uses_another(id):
            return ""  # a 0 after a 0 has many explanations
        with np.errstate(all="ignore"):
            for own in (self.own, {}):
                for mistake, wrong in self.solution.mistaken(id, own):
                    number = float(wrong[place])
                    if is_near(value, [number], unit) and abs(number - right) > APART * unit:
                        return mistake.id
        return ""

    def _keep(self, item: Item, value: float, verdict: Verdict) -> None:
        """Go on with the student's number; where it looks like a slip, with the right one for now."""
        if verdict in ("misprint", "coarse"):
            self.slips.setdefault(item.line, {})[item.place] = value
            return
        self._put(item.line, {item.place: value})
        if verdict != "right":
            self.off.add(item.line)
