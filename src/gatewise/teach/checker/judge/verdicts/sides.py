"""Numbers put into formulas, and intermediate sides: whether each is the value its quantity has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gatewise.expression import Expression, Number, Symbol
from gatewise.teach.checker.judge.bind.statements import Statement, WorkedSide
from gatewise.teach.checker.judge.books.book import Book, Values
from gatewise.teach.checker.judge.books.case import AlignedSide, Case
from gatewise.teach.checker.judge.numbers.error_propagation import spread
from gatewise.teach.checker.judge.numbers.grids import numbers_in
from gatewise.teach.checker.judge.numbers.printed import WrittenNumber, agree, written_number
from gatewise.teach.checker.judge.verdicts import dropped_entries, wrong_sides
from gatewise.teach.checker.judge.verdicts.quantity import QuantityCheck
from gatewise.teach.checker.read.reading import Printed
from gatewise.teach.checker.report import SOUND, Verdict


class SideJudge:
    """Judges worked sides, once the quantities in them are judged."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.quantities: dict[Symbol, QuantityCheck] = {}

    def all_operands_sound(self, aligned: AlignedSide) -> bool:
        """Return whether every number that is put in is the one that it should be."""
        return all(
            self.classify_operand(number, base, place) == "sound" for number, base, place in aligned.pairs
        )

    def classify_operand(self, number: WrittenNumber, base: Symbol, place: int) -> str:
        """Compare an operand with its quantity: "sound", "used" (a mistake carried on) or "wrong"."""
        case = self.case
        whole, kept = case.cell(base, place)
        style = case.style
        if style.rounds_to(float(case.true(whole).ravel()[kept]), number):
            return "sound"
        sound, used = float(case.sound(whole).ravel()[kept]), float(case.used(whole).ravel()[kept])
        if np.isnan(used) or style.rounds_to(sound, number):
            return "sound"
        prints = case.printed.get((whole, kept), ())
        reach = float(case.sound.radius(whole).ravel()[kept]) + style.radius(number)
        if (not prints or number.printed.guard) and abs(number.value - sound) <= reach:
            return "sound"
        if not prints and case.sizes.rule(whole) is None:  # never stated: it is what is put in
            return "sound"
        if case.sizes.rule(whole) is None:  # a given is what it is: further digits would be invented
            stands = any(number.value == known.value and self._is_sound(known) for known in prints)
            return "sound" if stands else "wrong"
        if any(agree(number, known) and self._is_sound(known) for known in prints):
            return "sound"
        if style.rounds_to(used, number) or any(agree(number, known) for known in prints):
            return "used"
        return "wrong"

    def _is_told(self, aligned: AlignedSide, base: Symbol, place: int) -> bool:
        """Return whether it is said which quantity an operand stands for, or what that quantity is.

        Else it was put in elsewhere, and which of the two numbers stands for it is a guess.
        """
        whole, kept = self.case.cell(base, place)
        known = (whole, kept) in self.case.printed or not np.isnan(self.case.true(whole).ravel()[kept])
        return known or bool(aligned.statement.formulas)

    def _is_sound(self, number: WrittenNumber) -> bool:
        """Return whether a number that was judged is sound."""
        judged = self.case.verdicts.by_place.get(number.at)
        return judged is not None and judged.verdict in SOUND

    def check(self, statement: Statement) -> None:
        """Judge every number of a statement's worked sides."""
        for aligned in map(self._as_intended, self.case.aligned_sides[id(statement)]):
            dropped_entries.report_short_operands(self.case, aligned)
            judged = [(*pair, self.classify_operand(*pair)) for pair in aligned.pairs]
            wrong = sum(status == "wrong" for *_, status in judged)
            if wrong > 1 and 2 * wrong > len(judged):
                continue  # most of what is put in is something else: it is not this formula
            for number, base, place, status in judged:
                if status == "wrong" and not self._is_told(aligned, base, place):
                    continue
                whole, kept = self.case.cell(base, place)
                name = self.case.name(whole, kept)
                if status == "sound":
                    true = float(self.case.true(whole).ravel()[kept])
                    exact = self.case.style.rounds_to(true, number)
                    self.case.verdicts.assign(number, name, "exact" if exact else "carried")
                elif status == "used":
                    self.case.verdicts.assign(number, name, "follow-through")
                else:
                    wrong_sides.report_wrong_operand(self.case, aligned, number, whole, kept)
            for number, part, place in aligned.alignment.partial_values:
                self._judge_partial_value(aligned, number, part, place)
        self._further_sides(statement)

    def _as_intended(self, aligned: AlignedSide) -> AlignedSide:
        """Return a side as it was meant, if only a misprint makes it follow a wrong formula.

        Else a wrong formula that leads to a right result is reported.
        """
        verdicts = [self.case.verdicts.by_place.get(number.at) for number, _ in aligned.statement.results]
        if not aligned.mistakes or not all(v is not None and v.verdict in SOUND for v in verdicts):
            return aligned
        known = {mistake.id for _, mistakes in self.case.verdicts.suspicions for mistake in mistakes}
        elsewhere = any(mistake.id in known for mistake in aligned.mistakes)
        if aligned.right is not None and not aligned.right.incomplete and not elsewhere:
            wrong = [pair for pair in aligned.right.pairs if self.classify_operand(*pair) == "wrong"]
            if (
                len(wrong) == 1
                and wrong_sides.operand_misprint(self.case, wrong[0][0], *self.case.cell(*wrong[0][1:]))[0]
            ):
                return replace(aligned, alignment=aligned.right, mistakes=())
        if self.all_operands_sound(aligned) and not self._comes_to_result(aligned):
            wrong_sides.report_wrong_side(self.case, aligned)
        return aligned

    def _comes_to_result(self, aligned: AlignedSide) -> bool:
        """Return whether a side as printed comes to its printed result, as far as one can tell."""
        book = self.case.true
        try:
            value, radius = (
                np.ravel(part)
                for part in spread(aligned.worked.tree, book, book.radius, self._value_and_radius)
            )
        except ValueError:
            return True
        own = aligned.statement.places.ravel().tolist()
        if value.size != len(own):
            return True
        return all(
            abs(value[k] - number.value) <= radius[k] + self.case.style.radius(number)
            for number, k in ((number, own.index(place)) for number, place in aligned.statement.results)
        )

    def _further_sides(self, statement: Statement) -> None:
        """Judge the sides that follow no formula number by number: they must come to the right value."""
        case = self.case
        known = {id(aligned.worked) for aligned in case.aligned_sides[id(statement)]}
        further = [worked for worked in statement.worked_sides if id(worked) not in known]
        if not further or case.sizes.rule(statement.base) is None:
            return
        if statement.base not in self.quantities:  # all are judged by now: what they are worth stays
            self.quantities[statement.base] = QuantityCheck(case, statement.base, {})
        quantity = self.quantities[statement.base]
        own = statement.places.ravel()
        for worked in further:
            self._further_side(quantity, statement, worked, own)

    def _further_side(
        self, quantity: QuantityCheck, statement: Statement, worked: WorkedSide, own: NDArray[np.intp]
    ) -> None:
        case = self.case
        name = case.name(quantity.base)
        verdict: Verdict = "unexplained"
        try:
            value, radius = (
                np.ravel(part)
                for part in spread(
                    worked.tree, quantity.case.true, quantity.case.true.radius, self._value_and_radius
                )
            )
        except ValueError:
            value = radius = np.zeros(0)
        if value.size == own.size:
            books: tuple[tuple[Values, Values, Verdict], ...] = (
                (quantity.sound, quantity.sound_radius, "carried"),
                (quantity.used, quantity.used_radius, "follow-through"),
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
        if verdict != "unexplained":  # what it does not come to, its own chain shows
            for number in map(written_number, numbers_in(worked.tree)):
                known = number.unit >= 1 or case.verdicts.always_sound(number)
                case.verdicts.assign(number, name, "carried" if known else verdict)

    def _value_and_radius(self, number: Number) -> tuple[float, float]:
        if not isinstance(number, Printed):
            return float(number.text), 0.0
        worth = written_number(number)
        return worth.value, self.case.style.radius(worth) if worth.unit < 1 else 0.0

    def _judge_partial_value(
        self, aligned: AlignedSide, number: WrittenNumber, part: Expression, place: int
    ) -> None:
        """Judge the value of a part of the formula, such as the middle of a long sum.

        One that is not its value breaks the chain, which is found where chains are checked.
        """
        case = self.case
        name = case.name(aligned.statement.base)
        books: tuple[tuple[Book, Verdict], ...] = ((case.sound, "carried"), (case.used, "follow-through"))
        for book, verdict in books:
            value, radius = (np.ravel(array) for array in book.spread(part))
            if place < value.size and abs(value[place] - number.value) <= radius[place] + case.style.radius(
                number
            ):
                case.verdicts.assign(number, name, verdict)
                return
