"""Each quantity in the order of work: right, rightly carried on, or where a mistake begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gatewise.checker.findings import SOUND, Finding, Verdict
from gatewise.checker.judge import causes
from gatewise.checker.judge.align import nearest
from gatewise.checker.judge.bind import Statement, Work
from gatewise.checker.judge.book import Values, rule
from gatewise.checker.judge.case import Case, Laid, agree
from gatewise.checker.judge.digits import Written, written
from gatewise.checker.judge.grids import numbers_in
from gatewise.checker.judge.later import Later
from gatewise.checker.judge.slopes import spread
from gatewise.checker.reading import Printed
from gatewise.expression import Expression, Number, Symbol

TRIVIAL = (0.0, 1.0, -1.0)  # what saturated and forgotten values give: no sign of work rightly carried on


@dataclass
class Line:
    """One quantity under judgement: what is printed of it, and what it should be."""

    case: Case
    base: Symbol
    prints: dict[int, list[tuple[Written, Statement | None]]]

    @cached_property
    def formula(self) -> Expression:
        return self.case.rule(self.base)

    @cached_property
    def true(self) -> Values:
        return np.ravel(self.case.true(self.base))

    @cached_property
    def sound(self) -> Values:
        """The value that follows from sound numbers; flat."""
        return self._flat(self.case.sound.work_out(self.formula))

    @cached_property
    def used(self) -> Values:
        """The value that follows from the numbers the document goes on with; flat."""
        return self._flat(self.case.used.work_out(self.formula))

    @cached_property
    def sound_radius(self) -> Values:
        """How far rounding can move `sound`; flat."""
        return self._flat(self.case.sound.spread(self.formula)[1])

    @cached_property
    def used_radius(self) -> Values:
        """How far rounding can move `used`; flat."""
        return self._flat(self.case.used.spread(self.formula)[1])

    def _flat(self, values: Values) -> Values:
        return np.ravel(values.reshape(self.case.sizes.shape(self.base)))

    @cached_property
    def from_rounded(self) -> Values:
        """What follows from the exact values before it, each rounded; flat."""
        value = self.case.rounded.work_out(self.formula)
        return np.ravel(value.reshape(self.case.sizes.shape(self.base)))

    @cached_property
    def laid(self) -> list[Laid]:
        return [laid for s in self.case.by_base.get(self.base, ()) for laid in self.case.laid[id(s)]]

    def side_value(self, statement: Statement | None, place: int) -> Iterator[tuple[Laid, float]]:
        """What the worked sides of a statement come to at a place."""
        if statement is None:
            return
        own = statement.places.ravel().tolist()
        for laid in self.case.laid[id(statement)]:
            if laid.value is not None and laid.value.size == len(own) and place in own:
                yield laid, float(laid.value[own.index(place)])

    def near_sound(self, number: Written, place: int) -> bool:
        return self._near(number, self.sound[place], self.sound_radius[place])

    def near_used(self, number: Written, place: int) -> bool:
        return self._near(number, self.used[place], self.used_radius[place])

    def _near(self, number: Written, value: float, radius: float) -> bool:
        return bool(abs(number.value - value) <= radius + self.case.style.radius(number))


def _last_word_first(found: list[tuple[Written, Statement | None]]) -> list[tuple[Written, Statement | None]]:
    """Of the values in one chain, the one with the most digits is what the chain comes to."""
    first = found[0][1]
    own = [entry for entry in found if entry[1] is first]
    best = min(own, key=lambda entry: entry[0].unit)
    return [best, *(entry for entry in found if entry is not best)]


class Lines:
    """Goes through a case line by line; its verdicts and findings are in `case.marks`."""

    def __init__(self, case: Case, accepted: tuple[Verdict, ...] = SOUND) -> None:
        self.case = case
        self.accepted = accepted
        self.later = Later(case)

    def run(self) -> None:
        for base in self.case.order():
            self._line(base)
            self._round(base)
        for statement in self.case.statements:
            self._operands(statement)
            self._further_sides(statement)

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
        prints: dict[int, list[tuple[Written, Statement | None]]] = {}
        for place in range(size):
            found: list[tuple[Written, Statement | None]] = [
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
        line = Line(case, base, prints)
        self._adopt_operands(line, size)
        if not line.prints:
            return
        bad: dict[int, Written] = {}
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
        self, line: Line, number: Written, statement: Statement | None, place: int
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
            style.gives(value, number) and self._all_sound(laid) for laid, value in clean
        ):
            return "carried"
        if "within-rounding" in self.accepted and self._within(line, number, place):
            return "within-rounding"
        if self._is_tainted(line) and (
            style.gives(line.used[place], number) or line.near_used(number, place)
        ):
            return "unexplained" if number.value in TRIVIAL else "follow-through"
        return None

    def _within(self, line: Line, number: Written, place: int) -> bool:
        """Whether honest rounding on the way can have led to a number."""
        exact_digits = self.case.style.gives(line.from_rounded[place], number)
        return exact_digits or line.near_sound(number, place)

    def _unknown(
        self, line: Line, number: Written, statement: Statement | None, place: int
    ) -> Verdict | None:
        """The verdict where the document does not give what the value depends on."""
        sides = list(line.side_value(statement, place))
        if not sides or any(self.case.style.gives(value, number) for _, value in sides):
            return "carried"
        return None

    def _is_tainted(self, line: Line) -> bool:
        return not np.array_equal(line.used, line.sound)

    def _all_sound(self, laid: Laid) -> bool:
        return all(self.operand_is(number, base, place) == "sound" for number, base, place in laid.pairs)

    def operand_is(self, number: Written, base: Symbol, place: int) -> str:
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

    def _stands(self, number: Written) -> bool:
        """Whether a number that was judged is sound."""
        judged = self.case.marks.verdicts.get(number.at)
        return judged is not None and judged.verdict in SOUND

    def _follows(self, line: Line, number: Written, place: int) -> None:
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
            statement.results = nearest(statement.grid, own, lambda place, flat=flat: float(flat[place]))  # type: ignore[misc]
            for number, place in statement.results:
                case.printed[base, place].append(number)
            causes.dropped(case, statement, base, own, flat)

    def _adopt_operands(self, line: Line, size: int) -> None:
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
        self, line: Line, size: int, bad: dict[int, Written], explained: causes.Explained | None
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

    # Numbers put into formulas ------------------------------------------------------------------------

    def _operands(self, statement: Statement) -> None:
        for laid in self.case.laid[id(statement)]:
            causes.short_operands(self.case, laid)
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

    def _further_sides(self, statement: Statement) -> None:
        """Sides on the way that follow no formula number by number: they must come to the right value."""
        case = self.case
        known = {id(laid.work) for laid in case.laid[id(statement)]}
        further = [work for work in statement.works if id(work) not in known]
        if not further or rule(statement.base, case.sizes.T) is None:
            return
        line = Line(case, statement.base, {})
        own = statement.places.ravel()
        for work in further:
            self._further_side(line, statement, work, own)

    def _further_side(self, line: Line, statement: Statement, work: Work, own: NDArray[np.intp]) -> None:
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
            for right, unsure, kind in (
                (line.sound, line.sound_radius, "carried"),
                (line.used, line.used_radius, "follow-through"),
            ):
                reach = radius + unsure[own] + case.style.unit
                if np.all(~(np.abs(value - right[own]) > reach)):
                    verdict = kind  # type: ignore[assignment]
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
        assert isinstance(number, Printed)
        worth = written(number)
        return worth.value, self.case.style.radius(worth) if worth.unit < 1 else 0.0

    def _free(self, laid: Laid, number: Written, part: Expression, place: int) -> None:
        """A value of a part of the formula, such as the middle of a long sum."""
        case = self.case
        name = case.name(laid.statement.base)
        for book, verdict in ((case.sound, "carried"), (case.used, "follow-through")):
            value, radius = (np.ravel(array) for array in book.spread(part))
            if place < value.size and abs(value[place] - number.value) <= radius[place] + case.style.radius(
                number
            ):
                case.marks.mark(number, name, verdict)  # type: ignore[arg-type]
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
