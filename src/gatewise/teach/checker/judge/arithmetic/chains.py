"""Every chain a = b = c by itself: side against side, whatever its letters mean.

A side is right if it is what the side before it comes to, or any earlier one: who rounds on the way and who
does not are both right. A side that is not is where the chain breaks; what is wrong in it is looked for by
going down both sides together.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from gatewise.expression import Expression, Symbol, walk
from gatewise.teach.checker.judge.arithmetic.differing import differing_numbers, is_one_by_one, with_other
from gatewise.teach.checker.judge.arithmetic.stated import Statements
from gatewise.teach.checker.judge.arithmetic.worth import (
    NOISE,
    Context,
    Worth,
    literals_apart,
    result_radius,
    rounded_texts,
    worth_of,
)
from gatewise.teach.checker.judge.numbers.grids import normalized
from gatewise.teach.checker.judge.numbers.printed import (
    MORE_DIGITS,
    PrintedStyle,
    WrittenNumber,
    agree,
    written_number,
)
from gatewise.teach.checker.judge.reading.own import left_of, shown_name
from gatewise.teach.checker.read.reading import Claim, Place, Printed, Side
from gatewise.teach.checker.report import Finding

TIE = 1.02  # halves of a unit: a tie may be rounded either way, and what was computed of it lies beside it


@dataclass(frozen=True)
class Break:
    """Where a chain breaks: the claim, the side, the numbers in it that are wrong, and what is right."""

    claim: Claim
    side: Side
    numbers: tuple[WrittenNumber, ...]
    finding: Finding
    looked_up: frozenset[str]  # the texts of what the letters of the side before it were given as
    of_value: bool  # whether the side is one number, which is wrong
    may_be_rounding: bool  # whether it holds if every decimal of the side before it is rounded


@dataclass
class Chains:
    """What the chains of a document say by themselves.

    `checked` are the numbers that something else in their chain determines, right or wrong; `operands` those
    that are put in and are neither known from elsewhere nor worked out.
    """

    breaks: list[Break] = field(default_factory=list)
    checked: set[Place] = field(default_factory=set)
    operands: set[Place] = field(default_factory=set)
    sound: set[Place] = field(default_factory=set)  # results that follow from the side before them
    put_in: set[str] = field(default_factory=set)  # the texts of stated numbers that were put in somewhere


def check_chains(claims: tuple[Claim, ...], statements: Statements, style: PrintedStyle) -> Chains:
    """Check every chain of a document."""
    found = Chains()
    for claim in claims:
        _Chain(claim, statements, style, found).check()
    return found


class _Chain:
    def __init__(self, claim: Claim, statements: Statements, style: PrintedStyle, found: Chains) -> None:
        self.claim, self.statements, self.style, self.found = claim, statements, style, found
        self.left = left = left_of(claim)
        self.step = left.step.offset if left is not None and left.step and not left.step.base else None
        self.before: list[tuple[Side, Worth]] = []
        self.rounded: set[str] = set()
        self.exact: set[str] = set()
        self.doubtful: list[tuple[Side, Worth, Worth]] = []  # a side of numbers, and letters unlike it

    def check(self) -> None:
        sides = self.claim.sides
        if not isinstance(normalized(self.claim.left.tree), Symbol):
            sides = (self.claim.left, *sides)
        for side in sides:
            context = self.context()
            worth = worth_of(normalized(side.tree), context)
            if worth is None:
                continue
            if self.before:
                self.compare(side, worth)
            rounded, exact = rounded_texts(worth, context)
            self.rounded |= rounded
            self.exact |= exact - self.rounded
            self.note_operands(worth)
            if not worth.assumed_step or self.agrees_with_any(worth) or not self.before:
                self.before.append((side, worth))

    def context(self, as_worked: bool = False) -> Context:
        offset = self.claim.left.at.offset
        return Context(
            self.statements, offset, self.step, self.rounded, self.exact, not self.before, as_worked
        )

    def agrees_with_any(self, worth: Worth) -> bool:
        return any(self.same(earlier, worth) for _, earlier in self.before)

    def compare(self, side: Side, worth: Worth) -> None:
        """Compare a side with those before it."""
        comparable = [earlier for _, earlier in self.before if self.fits(earlier, worth)]
        if not comparable:
            comparable = self.of_other_size(worth)
        if not comparable:
            return
        good = any(self.same(earlier, worth) for earlier in comparable) or self.goes_on_rightly(worth)
        if not good and (worth.assumed_step or comparable[-1].assumed_step):
            return
        new = list(literals_apart(self.before[-1][1], worth)) if not worth.is_value else list(worth.literals)
        if good:
            self.found.checked |= {number.at for number in new}
            self.found.sound |= {number.at for number in worth.literals}
            if worth.is_value:
                self.report_doubtful(worth)
            return
        last = comparable[-1]
        places = differing_numbers(last.tree, worth.tree, self._same_part)
        if places == [] and not worth.is_value:
            self.found.checked |= {number.at for number in new}
            return  # each part is what stands before it, rounded where it was worked out
        wrong = tuple(places or ())
        if last.looked_up and not worth.is_value and len(wrong) != 1:
            if not any(isinstance(node, Symbol) for node in walk(worth.tree)):
                self.doubtful.append((side, worth, last))
            return  # letters may mean something else here than where they were given
        self.found.checked |= {number.at for number in (wrong or new)}
        if len(wrong) == 1 and self.has_guard_digits(worth, wrong[0], last):
            return
        self.report(side, worth, last, wrong)

    def report_doubtful(self, value: Worth) -> None:
        """Report the sides between letters and a value that agree, where they agree with neither."""
        for side, worth, last in self.doubtful:
            if self.same(last, value) and not self.same(worth, value):
                self.report(side, worth, last, ())
        self.doubtful.clear()

    def of_other_size(self, worth: Worth) -> list[Worth]:
        """Return the vectors before it that a single number cannot stand for: it is none of their entries."""
        vectors = [each for _, each in self.before if each.value.size > 1 and is_one_by_one(each.tree)]
        if worth.value.size != 1 or not vectors or worth.assumed_step:
            return []
        entries = [
            replace(each, value=each.value.ravel()[k], radius=each.radius.ravel()[k])
            for each in vectors
            for k in range(each.value.size)
        ]
        return [] if any(self.same(entry, worth) for entry in entries) else vectors

    def has_guard_digits(self, worth: Worth, number: WrittenNumber, last: Worth) -> bool:
        """Return whether a number is what a letter was looked up for, with guard digits, as on our sheets."""
        if not number.printed.guard:
            return False
        size = written_number(Printed(number.unsigned))
        for text in last.looked_up:
            if not agree(written_number(Printed(text)), size):
                continue
            plain = replace(number.printed, text=f"-{text}" if number.printed.negative else text)
            shorter = worth_of(with_other(worth.tree, number.printed, plain), self.context())
            if shorter is not None and self.same(last, shorter):
                return True
        return False

    def goes_on_rightly(self, worth: Worth) -> bool:
        """Return whether a side has what a wrongly printed value should have been."""
        if not self.statements.worked:
            return False
        sides = [worth_of(earlier.tree, self.context(as_worked=True)) for _, earlier in self.before]
        return any(self.same(side, worth) for side in sides if side is not None)

    def report(self, side: Side, worth: Worth, last: Worth, wrong: tuple[WrittenNumber, ...]) -> None:
        """Note where the chain breaks."""
        at, printed = (wrong[0].at, wrong[0].text) if len(wrong) == 1 else (side.at, side.source)
        right, comes = self._written_apart(worth, last)
        before = next(side.source for side, earlier in self.before if earlier is last)
        if worth.is_value:
            message = f"{_short(before)} is {right}, and {_short(side.source)} stands here."
            expected = right
            self.statements.worked[self.claim.left.at.offset] = last.value, result_radius(worth)
        else:
            message = f"{_short(before)} is {right}; {_short(side.source)}, said to equal it, is {comes}."
            expected = f"what comes to {right}"
        name = "" if self.left is None else shown_name(self.left)
        finding = Finding("arithmetic", at, name, printed, expected, message, shown=name)
        rounded = worth_of(last.tree, replace(self.context(), all_rounded=True))
        near = rounded is not None and self.same(rounded, worth)
        of_value = worth.is_value and len(worth.literals) == 1
        self.found.breaks.append(
            Break(self.claim, side, wrong or worth.literals, finding, last.looked_up, of_value, near)
        )

    def _written_apart(self, worth: Worth, last: Worth) -> tuple[str, str]:
        """Return the values of the side before and of this one, with as many digits as tell them apart."""
        decimals = max((number.decimals for number in worth.literals), default=self.style.digits)
        if not worth.is_value:
            decimals = max(decimals, self.style.digits)
        right = comes = ""
        for digits in range(decimals, decimals + MORE_DIGITS):
            right, comes = (self._written(each, worth, digits) for each in (last, worth))
            if right != comes:
                break
        return right, comes

    def _written(self, side: Worth, worth: Worth, decimals: int) -> str:
        whole = worth.is_value and all(number.decimals == 0 for number in worth.literals)
        return ", ".join(
            "infinite" if np.isinf(value) else f"{value:.6g}" if whole else self.style.write(value, decimals)
            for value in np.ravel(side.value).tolist()
        )

    def fits(self, one: Worth, other: Worth) -> bool:
        return one.value.shape == other.value.shape

    def same(self, one: Worth, other: Worth) -> bool:
        """Return whether two sides can be the same value."""
        if not self.fits(one, other):
            return False
        if not (np.all(np.isfinite(one.value)) and np.all(np.isfinite(other.value))):
            return np.array_equal(one.value, other.value)
        reach = one.radius + (result_radius(other) * TIE if other.is_value else other.radius)
        if other.is_value and self.style.truncates:
            reach = reach + result_radius(other)
        size = np.maximum(np.abs(one.value), np.abs(other.value))
        return bool(np.all(np.abs(one.value - other.value) <= reach + NOISE * np.maximum(size, 1e-12)))

    def _same_part(self, one: Expression, other: Expression) -> bool | None:
        """Compare a part of one side with a part of another; None if they cannot be compared."""
        context = self.context()
        first, second = worth_of(one, context), worth_of(other, context)
        if first is None or second is None or not self.fits(first, second):
            return None
        if isinstance(other, Printed):
            return self.same(first, second)
        return self.same(first, replace(second, is_value=False))

    def note_operands(self, worth: Worth) -> None:
        """Note which numbers are put in, and which of them are those of a known quantity."""
        if worth.is_value and self.before:
            return
        self.found.put_in |= worth.looked_up
        for number in worth.literals:
            text = number.unsigned
            if number.at in self.found.checked:
                continue
            known = text in self.statements.texts and not worth.is_value
            if known:
                self.found.put_in.add(text)
            (self.found.checked if known else self.found.operands).add(number.at)


def _short(source: str) -> str:
    """Return the source of a side in one line, not too long."""
    line = " ".join(source.split())
    return line if len(line) <= 80 else f"{line[:77]}…"
