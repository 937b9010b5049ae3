"""Each quantity in the order of work is right, follows from a mistake, or is where one begins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gatewise.expression import Call, Number, Symbol, evaluate
from gatewise.teach.checker.judge.bind.alignment import match_in_order
from gatewise.teach.checker.judge.bind.statements import Statement
from gatewise.teach.checker.judge.books.book import Values
from gatewise.teach.checker.judge.books.case import Case
from gatewise.teach.checker.judge.numbers.printed import WrittenNumber, agree
from gatewise.teach.checker.judge.verdicts import causes, dropped_entries
from gatewise.teach.checker.judge.verdicts.consequences import Consequences
from gatewise.teach.checker.judge.verdicts.quantity import QuantityCheck
from gatewise.teach.checker.judge.verdicts.sides import SideJudge
from gatewise.teach.checker.report import SOUND, Finding, Verdict

TRIVIAL = (0.0, 1.0, -1.0)  # what saturated and forgotten values give: no sign of work rightly carried on


def _most_precise_first(
    found: list[tuple[WrittenNumber, Statement | None]],
) -> list[tuple[WrittenNumber, Statement | None]]:
    """Return the numbers with the value of the chain first: of its values, the one with most digits."""
    first = found[0][1]
    own = [entry for entry in found if entry[1] is first]
    best = min(own, key=lambda entry: entry[0].unit)
    return [best, *(entry for entry in found if entry is not best)]


class QuantityJudge:
    """Judges a case quantity by quantity; its verdicts and findings are in `case.verdicts`."""

    def __init__(self, case: Case, accepted: tuple[Verdict, ...] = SOUND) -> None:
        self.case = case
        self.accepted = accepted
        self.consequences = Consequences(case)
        self.side_judge = SideJudge(case)

    def run(self) -> None:
        for base in self.case.order():
            self._judge_quantity(base)
            self._enter_rounded(base)
        for statement in self.case.statements:
            self.side_judge.check(statement)

    def _enter_rounded(self, base: Symbol) -> None:
        true = self.case.true(base)
        if np.isfinite(true).all():
            rounded = [float(self.case.style.write(value)) for value in true.ravel().tolist()]
            self.case.rounded.enter(base, np.array(rounded).reshape(true.shape))

    # One quantity -------------------------------------------------------------------------------------

    def _judge_quantity(self, base: Symbol) -> None:
        case = self.case
        self._place_short_results(base)
        size = int(np.prod(case.sizes.shape(base), dtype=int))
        prints: dict[int, list[tuple[WrittenNumber, Statement | None]]] = {}
        for place in range(size):
            found: list[tuple[WrittenNumber, Statement | None]] = [
                (number, statement)
                for statement in case.by_base.get(base, ())
                for number, own in statement.results
                if own == place
            ]
            others = list(case.printed.get((base, place), ()))
            known = {number.at for number, _ in found}
            found += [(number, None) for number in others if number.at not in known]
            if found:
                prints[place] = _most_precise_first(found)
        quantity = QuantityCheck(case, base, prints)
        if case.own(base):
            self._enter_own(quantity, size)
            return
        self._adopt_operands(quantity, size)
        if not quantity.prints:
            self._enter_mistaken(base)
            return
        bad: dict[int, WrittenNumber] = {}
        for place, numbers in quantity.prints.items():
            for number, statement in numbers:
                verdict = self._verdict(quantity, number, statement, place)
                if verdict is None and number is numbers[0][0]:
                    bad[place] = number
                elif verdict is not None:
                    case.verdicts.assign(number, case.name(base, place), verdict)
                    if verdict == "follow-through":
                        self._report_follow_through(quantity, number, place)
        explanation = causes.explain(quantity, bad, self.consequences) if bad else None
        self._enter(quantity, size, bad, explanation)
        for place, numbers in quantity.prints.items():
            for number, _ in numbers[1:]:
                if number.at in case.verdicts.by_place:
                    continue
                if agree(numbers[0][0], number):  # with fewer digits
                    case.verdicts.assign(number, case.name(base, place), "carried")
                else:
                    causes.report_restatement(quantity, place, numbers[0][0], number)

    def _enter_mistaken(self, base: Symbol) -> None:
        """Let the work go on with a quantity by the wrong formula that the document has for it."""
        case = self.case
        mistake = case.mistake_in(base)
        if not mistake:
            return
        formula = next((right for each, right in case.mistakes(base) if each.id == mistake), None)
        value = None if formula is None else case.work_out(base, formula, case.used)
        if formula is not None and value is not None:
            shape = case.sizes.shape(base)
            radius = np.broadcast_to(np.ravel(case.used.spread(formula)[1]), value.shape)
            case.used.enter(base, value.reshape(shape), radius.reshape(shape))

    def _verdict(
        self, quantity: QuantityCheck, number: WrittenNumber, statement: Statement | None, place: int
    ) -> Verdict | None:
        """Return the verdict of a result that needs no explanation, else None."""
        style = self.case.style
        true = quantity.true[place]
        if np.isnan(true) and np.isnan(quantity.used[place]):
            return self._verdict_without_givens(quantity, number, statement, place)
        if style.rounds_to(true, number):
            return "exact"
        if "carried" in self.accepted and style.rounds_to(quantity.sound[place], number):
            return "carried"
        clean = [
            (aligned, value)
            for aligned, value in quantity.side_value(statement, place)
            if not aligned.mistakes and not aligned.alignment.incomplete
        ]
        if "carried" in self.accepted and any(
            style.rounds_to(value, number) and self.side_judge.all_operands_sound(aligned)
            for aligned, value in clean
        ):
            return "carried"
        if "within-rounding" in self.accepted and self._is_within_rounding(quantity, number, place):
            return "within-rounding"
        if self._is_tainted(quantity) and (
            style.rounds_to(quantity.used[place], number) or quantity.near_used(number, place)
        ):
            return "unexplained" if number.value in TRIVIAL else "follow-through"
        if self._follows_from_z(quantity, number, place):
            return "follow-through"
        return "uncheckable" if self._has_work_of_its_own(number, statement) else None

    def _follows_from_z(self, quantity: QuantityCheck, number: WrittenNumber, place: int) -> bool:
        """Return whether a gate is the function of its z as that is printed, which is wrong then."""
        z, formula = self.case.stated_z(quantity.base), quantity.formula
        prints = [] if z is None else self.case.printed.get((z, place), [])
        if not prints or not isinstance(formula, Call) or number.value in TRIVIAL:
            return False
        value = float(evaluate(replace(formula, argument=Number(prints[0].text))))
        slope = self.case.style.radius(prints[0])  # no function of a gate is steeper than 1
        return abs(value - number.value) <= slope + self.case.style.radius(number)

    def _has_work_of_its_own(self, number: WrittenNumber, statement: Statement | None) -> bool:
        """Return whether a number follows from work that is not the equation's, nor a known mistake's."""
        if statement is None or not statement.worked_sides or self.case.aligned_sides[id(statement)]:
            return False
        values = [self.case.value_of(worked.tree) for worked in statement.worked_sides]
        return any(
            value is not None and value.size == 1 and self.case.style.rounds_to(float(value[0]), number)
            for value in values
        )

    def _is_within_rounding(self, quantity: QuantityCheck, number: WrittenNumber, place: int) -> bool:
        """Return whether honest rounding on the way can have led to a number."""
        exact_digits = self.case.style.rounds_to(quantity.from_rounded[place], number)
        return exact_digits or quantity.near_sound(number, place)

    def _verdict_without_givens(
        self, quantity: QuantityCheck, number: WrittenNumber, statement: Statement | None, place: int
    ) -> Verdict | None:
        """Return the verdict of a result whose operands the document does not give."""
        sides = list(quantity.side_value(statement, place))
        if any(self.case.style.rounds_to(value, number) for _, value in sides):
            return "carried"
        return "uncheckable"  # its own chain, if it has one, says whether it follows

    def _enter_own(self, quantity: QuantityCheck, size: int) -> None:
        """Take what the document's own formula gives as it is printed: no equation says what it should be."""
        if len(quantity.prints) < size:
            return
        case, shape = self.case, self.case.sizes.shape(quantity.base)
        numbers = [quantity.prints[place][0][0] for place in range(size)]
        value = np.array([number.value for number in numbers]).reshape(shape)
        radius = np.array([case.style.radius(number) for number in numbers]).reshape(shape)
        for place, number in enumerate(numbers):
            case.verdicts.assign(number, case.name(quantity.base, place), "uncheckable")
        case.true.enter(quantity.base, value)
        for book in (case.used, case.sound):
            book.enter(quantity.base, value, radius)

    def _is_tainted(self, quantity: QuantityCheck) -> bool:
        return not np.array_equal(quantity.used, quantity.sound)

    def _report_follow_through(self, quantity: QuantityCheck, number: WrittenNumber, place: int) -> None:
        case = self.case
        right = case.style.write_beside(quantity.sound[place], number.text)
        name = case.name(quantity.base, place)
        case.verdicts.add_finding(
            Finding(
                "follow-through",
                number.at,
                name,
                number.text,
                right,
                f"{name} = {number.text} follows from the numbers before it, one of which is wrong; "
                f"with the right ones it is {right}.",
                root=False,
            )
        )

    def _place_short_results(self, base: Symbol) -> None:
        """Place the numbers of results that lack entries."""
        case = self.case
        for statement in case.by_base.get(base, ()):
            if statement.fit != "short" or statement.grid is None or statement.results:
                continue
            value, _ = case.used.spread(case.rule(base))
            flat = np.ravel(value)
            own = [int(place) for place in statement.places.ravel()]
            if statement.is_shorthand:
                self._place_shorthand(statement, statement.grid[0][0], own, flat[own])
                continue
            statement.results = match_in_order(statement.grid, own, flat[own].tolist())
            for number, place in statement.results:
                case.printed[base, place].append(number)
            dropped_entries.report_dropped_entries(case, statement, base, own, flat)

    def _place_shorthand(
        self, statement: Statement, number: WrittenNumber, own: list[int], values: Values
    ) -> None:
        """Let one number stand for the units that it is right for; for none, nothing says what it is."""
        case, base = self.case, statement.base
        fitting = [
            place for place, value in zip(own, values, strict=True) if case.style.rounds_to(value, number)
        ]
        if np.ptp(values) == 0:  # all units are worth the same
            fitting = own
        statement.results = [(number, place) for place in fitting]
        for place in fitting:
            case.printed[base, place].append(number)
        if len(fitting) < len(own):
            unknown = np.full(case.sizes.shape(base), np.nan)
            for book in (case.true, case.used, case.sound):
                book.enter(base, unknown)

    def _adopt_operands(self, quantity: QuantityCheck, size: int) -> None:
        """Take the number with which a quantity is used, if it is never stated."""
        if quantity.prints:
            return
        case = self.case
        for place in range(size):
            operands = [number for number, _ in case.operands.get((quantity.base, place), ())]
            if not operands:
                continue
            sound = [number for number in operands if self._verdict(quantity, number, None, place)]
            texts = [number.text for number in operands]
            chosen = sound[0] if sound else max(operands, key=lambda number: texts.count(number.text))
            quantity.prints[place] = [(chosen, None)]

    def _enter(
        self,
        quantity: QuantityCheck,
        size: int,
        bad: dict[int, WrittenNumber],
        explanation: causes.Explanation | None,
    ) -> None:
        """Enter what the work goes on with, and what it should have gone on with."""
        case = self.case
        shape = case.sizes.shape(quantity.base)
        sound, used = np.array(quantity.sound), np.array(quantity.used)
        if len(quantity.prints) == size and not bad and not self._is_tainted(quantity):
            sound_radius, used_radius = np.zeros(size), np.zeros(size)  # each comes from its own digits
        else:
            sound_radius, used_radius = np.array(quantity.sound_radius), np.array(quantity.used_radius)
        for place, numbers in quantity.prints.items():
            number = numbers[0][0]
            radius = case.style.radius(number)
            verdict = case.verdicts.by_place.get(number.at)
            if place not in bad and verdict is not None and verdict.verdict in (*SOUND, "uncheckable"):
                sound[place] = used[place] = number.value
                sound_radius[place] = used_radius[place] = radius
                continue
            sound_radius[place] += case.style.unit / 2  # it would have been rounded, too
            if place in bad and explanation is not None and place in explanation.right:
                used[place], used_radius[place] = explanation.right[place], case.style.unit / 2
                sound[place] = used[place] if not self._is_tainted(quantity) else sound[place]
            else:
                used[place], used_radius[place] = number.value, radius
        case.sound.enter(quantity.base, sound.reshape(shape), sound_radius.reshape(shape))
        case.used.enter(quantity.base, used.reshape(shape), used_radius.reshape(shape))
