"""Each quantity in the order of work: right, rightly carried on, or where a mistake begins."""

from __future__ import annotations

import numpy as np

from gatewise.expression import Symbol
from gatewise.teach.checker.judge.bind.alignment import nearest
from gatewise.teach.checker.judge.bind.statements import Statement
from gatewise.teach.checker.judge.books.case import Case
from gatewise.teach.checker.judge.numbers.printed import WrittenNumber
from gatewise.teach.checker.judge.verdicts import causes
from gatewise.teach.checker.judge.verdicts import dropped_entries as lost
from gatewise.teach.checker.judge.verdicts.consequences import Later
from gatewise.teach.checker.judge.verdicts.quantity import QuantityCheck
from gatewise.teach.checker.judge.verdicts.sides import Sides
from gatewise.teach.checker.report import SOUND, Finding, Verdict

TRIVIAL = (0.0, 1.0, -1.0)  # what saturated and forgotten values give: no sign of work rightly carried on


def _last_word_first(
    found: list[tuple[WrittenNumber, Statement | None]],
) -> list[tuple[WrittenNumber, Statement | None]]:
    """Of the values in one chain, the one with the most digits is what the chain comes to."""
    first = found[0][1]
    own = [entry for entry in found if entry[1] is first]
    best = min(own, key=lambda entry: entry[0].unit)
    return [best, *(entry for entry in found if entry is not best)]


class QuantityJudge:
    """Goes through a case line by line; its verdicts and findings are in `case.marks`."""

    def __init__(self, case: Case, accepted: tuple[Verdict, ...] = SOUND) -> None:
        self.case = case
        self.accepted = accepted
        self.later = Later(case)
        self.sides = Sides(case)

    def run(self) -> None:
        for base in self.case.order():
            self._line(base)
            self._round(base)
        for statement in self.case.statements:
            self.sides.check(statement)

    def _round(self, base: Symbol) -> None:
        true = self.case.true(base)
        if np.isfinite(true).all():
            written = [float(self.case.style.write(value)) for value in true.ravel().tolist()]
            self.case.rounded.enter(base, np.array(written).reshape(true.shape))

    # One quantity -------------------------------------------------------------------------------------

    def _line(self, base: Symbol) -> None:
        case = self.case
        self._complete(base)
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
                prints[place] = _last_word_first(found)
        line = QuantityCheck(case, base, prints)
        self._adopt_operands(line, size)
        if not line.prints:
            return
        bad: dict[int, WrittenNumber] = {}
        for place, numbers in line.prints.items():
            for number, statement in numbers:
                verdict = self._verdict(line, number, statement, place)
                if verdict is None and number is numbers[0][0]:
                    bad[place] = number
                elif verdict is not None:
                    case.marks.mark(number, case.name(base, place), verdict)
                    if verdict == "follow-through":
                        self._follows(line, number, place)
        explained = causes.explain(line, bad, self.later) if bad else None
        self._enter(line, size, bad, explained)
        for place, numbers in line.prints.items():
            for number, _ in numbers[1:]:
                if number.at not in case.marks.verdicts:
                    causes.restated(line, place, numbers[0][0], number)

    def _verdict(
        self, line: QuantityCheck, number: WrittenNumber, statement: Statement | None, place: int
    ) -> Verdict | None:
        """What a result is, if it needs no explanation."""
        style = self.case.style
        true = line.true[place]
        if np.isnan(true) and np.isnan(line.used[place]):
            return self._unknown(line, number, statement, place)
        if style.gives(true, number):
            return "exact"
        if "carried" in self.accepted and style.gives(line.sound[place], number):
            return "carried"
        clean = [
            (laid, value)
            for laid, value in line.side_value(statement, place)
            if not laid.mistakes and not laid.alignment.short
        ]
        if "carried" in self.accepted and any(
            style.gives(value, number) and self.sides.all_sound(laid) for laid, value in clean
        ):
            return "carried"
        if "within-rounding" in self.accepted and self._within(line, number, place):
            return "within-rounding"
        if self._is_tainted(line) and (
            style.gives(line.used[place], number) or line.near_used(number, place)
        ):
            return "unexplained" if number.value in TRIVIAL else "follow-through"
        return None

    def _within(self, line: QuantityCheck, number: WrittenNumber, place: int) -> bool:
        """Whether honest rounding on the way can have led to a number."""
        exact_digits = self.case.style.gives(line.from_rounded[place], number)
        return exact_digits or line.near_sound(number, place)

    def _unknown(
        self, line: QuantityCheck, number: WrittenNumber, statement: Statement | None, place: int
    ) -> Verdict | None:
        """The verdict where the document does not give what the value depends on."""
        sides = list(line.side_value(statement, place))
        if not sides or any(self.case.style.gives(value, number) for _, value in sides):
            return "carried"
        return None

    def _is_tainted(self, line: QuantityCheck) -> bool:
        return not np.array_equal(line.used, line.sound)

    def _follows(self, line: QuantityCheck, number: WrittenNumber, place: int) -> None:
        case = self.case
        right = case.style.write(line.sound[place])
        name = case.name(line.base, place)
        case.marks.find(
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

    def _complete(self, base: Symbol) -> None:
        """Place the numbers of results that lack entries."""
        case = self.case
        for statement in case.by_base.get(base, ()):
            if statement.fit != "short" or statement.grid is None or statement.results:
                continue
            value, _ = case.used.spread(case.rule(base))
            flat = np.ravel(value)
            own = [int(place) for place in statement.places.ravel()]
            statement.results = nearest(statement.grid, own, flat[own].tolist())
            for number, place in statement.results:
                case.printed[base, place].append(number)
            lost.dropped(case, statement, base, own, flat)

    def _adopt_operands(self, line: QuantityCheck, size: int) -> None:
        """Of what is never stated but used, the number that it is used with."""
        if line.prints:
            return
        case = self.case
        for place in range(size):
            operands = [number for number, _ in case.operands.get((line.base, place), ())]
            if not operands:
                continue
            sound = [number for number in operands if self._verdict(line, number, None, place)]
            texts = [number.text for number in operands]
            chosen = sound[0] if sound else max(operands, key=lambda number: texts.count(number.text))
            line.prints[place] = [(chosen, None)]

    def _enter(
        self,
        line: QuantityCheck,
        size: int,
        bad: dict[int, WrittenNumber],
        explained: causes.Explained | None,
    ) -> None:
        """Enter what the work goes on with, and what it should have gone on with."""
        case = self.case
        shape = case.sizes.shape(line.base)
        sound, used = np.array(line.sound), np.array(line.used)
        if len(line.prints) == size and not bad and not self._is_tainted(line):
            sound_radius, used_radius = np.zeros(size), np.zeros(size)  # each comes from its own digits
        else:
            sound_radius, used_radius = np.array(line.sound_radius), np.array(line.used_radius)
        for place, numbers in line.prints.items():
            number = numbers[0][0]
            radius = case.style.radius(number)
            verdict = case.marks.verdicts.get(number.at)
            if place not in bad and verdict is not None and verdict.verdict in SOUND:
                sound[place] = used[place] = number.value
                sound_radius[place] = used_radius[place] = radius
                continue
            sound_radius[place] += case.style.unit / 2  # it would have been rounded, too
            if place in bad and explained is not None and place in explained.right:
                used[place], used_radius[place] = explained.right[place], case.style.unit / 2
                sound[place] = used[place] if not self._is_tainted(line) else sound[place]
            else:
                used[place], used_radius[place] = number.value, radius
        case.sound.enter(line.base, sound.reshape(shape), sound_radius.reshape(shape))
        case.used.enter(line.base, used.reshape(shape), used_radius.reshape(shape))
