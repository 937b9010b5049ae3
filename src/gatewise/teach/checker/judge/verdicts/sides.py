"""Numbers put into formulas, and sides on the way: each is the number that its quantity has, or not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gatewise.cells.quantities import rule
from gatewise.expression import Expression, Number, Symbol
from gatewise.teach.checker.judge.bind.statements import Statement, Work
from gatewise.teach.checker.judge.books.book import Book, Values
from gatewise.teach.checker.judge.books.case import Case, Laid, agree
from gatewise.teach.checker.judge.numbers.error_propagation import spread
from gatewise.teach.checker.judge.numbers.grids import numbers_in
from gatewise.teach.checker.judge.numbers.printed import WrittenNumber, written
from gatewise.teach.checker.judge.verdicts import causes
from gatewise.teach.checker.judge.verdicts import dropped_entries as lost
from gatewise.teach.checker.judge.verdicts.quantity import QuantityCheck
from gatewise.teach.checker.read.reading import Printed
from gatewise.teach.checker.report import SOUND, Finding, Verdict


class Sides:
    """Judges worked sides, once the quantities in them are judged."""

    def __init__(self, case: Case) -> None:
        self.case = case

    def all_sound(self, laid: Laid) -> bool:
        """Whether every number that is put in is the one that it should be."""
        return all(self.operand_is(number, base, place) == "sound" for number, base, place in laid.pairs)

    def operand_is(self, number: WrittenNumber, base: Symbol, place: int) -> str:
        """How an operand compares with its quantity: "sound", "used" (a mistake carried on) or "wrong"."""
        case = self.case
        whole, kept = case.cell(base, place)
        style = case.style
        if style.gives(float(case.true(whole).ravel()[kept]), number):
            return "sound"
        sound, used = float(case.sound(whole).ravel()[kept]), float(case.used(whole).ravel()[kept])
        if np.isnan(used) or style.gives(sound, number):
            return "sound"
        prints = case.printed.get((whole, kept), ())
        reach = float(case.sound.radius(whole).ravel()[kept]) + style.radius(number)
        if (not prints or number.printed.guard) and abs(number.value - sound) <= reach:
            return "sound"
        if rule(whole, case.sizes.T) is None:  # a given is what it is: further digits would be invented
            stands = any(number.value == known.value and self._stands(known) for known in prints)
            return "sound" if stands else "wrong"
        if any(agree(number, known) and self._stands(known) for known in prints):
            return "sound"
        if style.gives(used, number) or any(agree(number, known) for known in prints):
            return "used"
        return "wrong"

    def _stands(self, number: WrittenNumber) -> bool:
        """Whether a number that was judged is sound."""
        judged = self.case.marks.verdicts.get(number.at)
        return judged is not None and judged.verdict in SOUND

    def check(self, statement: Statement) -> None:
        """Judge every number of a statement's worked sides."""
        for laid in map(self._as_meant, self.case.laid[id(statement)]):
            lost.short_operands(self.case, laid)
            for number, base, place in laid.pairs:
                status = self.operand_is(number, base, place)
                whole, kept = self.case.cell(base, place)
                name = self.case.name(whole, kept)
                if status == "sound":
                    true = float(self.case.true(whole).ravel()[kept])
                    exact = self.case.style.gives(true, number)
                    self.case.marks.mark(number, name, "exact" if exact else "carried")
                elif status == "used":
                    self.case.marks.mark(number, name, "follow-through")
                else:
                    causes.wrong_operand(self.case, laid, number, whole, kept)
            for number, part, place in laid.alignment.free:
                self._free(laid, number, part, place)
        self._further_sides(statement)

    def _as_meant(self, laid: Laid) -> Laid:
        """A side that follows a wrong formula to a result that is right: a misprint in it, or a finding."""
        verdicts = [self.case.marks.verdicts.get(number.at) for number, _ in laid.statement.results]
        if not laid.mistakes or not all(v is not None and v.verdict in SOUND for v in verdicts):
            return laid
        known = {mistake.id for _, mistakes in self.case.marks.suspected for mistake in mistakes}
        elsewhere = any(mistake.id in known for mistake in laid.mistakes)
        if laid.right is not None and not laid.right.short and not elsewhere:
            wrong = [pair for pair in laid.right.pairs if self.operand_is(*pair) == "wrong"]
            if (
                len(wrong) == 1
                and causes.operand_stroke(self.case, wrong[0][0], *self.case.cell(*wrong[0][1:]))[0]
            ):
                return replace(laid, alignment=laid.right, mistakes=())
        if self.all_sound(laid) and not self._comes_to_result(laid):
            causes.wrong_side(self.case, laid)
        return laid

    def _comes_to_result(self, laid: Laid) -> bool:
        """Whether a side as it is printed comes to what is printed as its result, as far as one can tell."""
        book = self.case.true
        try:
            value, radius = (
                np.ravel(part) for part in spread(laid.work.tree, book, book.radius, self._number)
            )
        except ValueError:
            return True
        own = laid.statement.places.ravel().tolist()
        if value.size != len(own):
            return True
        return all(
            abs(value[k] - number.value) <= radius[k] + self.case.style.radius(number)
            for number, k in ((number, own.index(place)) for number, place in laid.statement.results)
        )

    def _further_sides(self, statement: Statement) -> None:
        """Sides on the way that follow no formula number by number: they must come to the right value."""
        case = self.case
        known = {id(laid.work) for laid in case.laid[id(statement)]}
        further = [work for work in statement.works if id(work) not in known]
        if not further or rule(statement.base, case.sizes.T) is None:
            return
        line = QuantityCheck(case, statement.base, {})
        own = statement.places.ravel()
        for work in further:
            self._further_side(line, statement, work, own)

    def _further_side(
        self, line: QuantityCheck, statement: Statement, work: Work, own: NDArray[np.intp]
    ) -> None:
        case = self.case
        name = case.name(line.base)
        verdict: Verdict = "unexplained"
        try:
            value, radius = (
                np.ravel(part)
                for part in spread(work.tree, line.case.true, line.case.true.radius, self._number)
            )
        except ValueError:
            value = radius = np.zeros(0)
        if value.size == own.size:
            books: tuple[tuple[Values, Values, Verdict], ...] = (
                (line.sound, line.sound_radius, "carried"),
                (line.used, line.used_radius, "follow-through"),
            )
            for right, unsure, kind in books:
                reach = radius + unsure[own] + case.style.unit
                near = np.abs(value - right[own]) <= reach
                if np.all(np.isfinite(value) & (near | np.isnan(right[own]))):
                    verdict = kind
                    break
        printed = np.array([number.value for number, _ in statement.results])
        if verdict == "unexplained" and value.size == printed.size:
            follows = np.all(np.abs(value - printed) <= radius + case.style.unit)
            verdict = "follow-through" if follows else verdict
        for number in numbers_in(work.tree):
            case.marks.mark(written(number), name, verdict)
        if verdict == "unexplained":
            comes_to = (
                ", ".join(case.style.write(float(entry)) for entry in value)
                or "nothing: its shapes do not fit"
            )
            expected = ", ".join(case.style.write(float(entry)) for entry in line.sound[own])
            message = f"This side comes to {comes_to}; {name} is {expected}."
            case.marks.find(Finding("unexplained", work.side.at, name, work.side.source, expected, message))

    def _number(self, number: Number) -> tuple[float, float]:
        if not isinstance(number, Printed):
            return float(number.text), 0.0
        worth = written(number)
        return worth.value, self.case.style.radius(worth) if worth.unit < 1 else 0.0

    def _free(self, laid: Laid, number: WrittenNumber, part: Expression, place: int) -> None:
        """A value of a part of the formula, such as the middle of a long sum."""
        case = self.case
        name = case.name(laid.statement.base)
        books: tuple[tuple[Book, Verdict], ...] = ((case.sound, "carried"), (case.used, "follow-through"))
        for book, verdict in books:
            value, radius = (np.ravel(array) for array in book.spread(part))
            if place < value.size and abs(value[place] - number.value) <= radius[place] + case.style.radius(
                number
            ):
                case.marks.mark(number, name, verdict)
                return
        case.marks.mark(number, name, "unexplained")
        case.marks.find(
            Finding(
                "unexplained",
                number.at,
                name,
                number.text,
                "",
                f"{number.text} is not the sum that stands here.",
            )
        )
