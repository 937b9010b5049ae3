"""What went wrong where a number is not what it should be: wrong formula, misprint or slip."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gatewise.expression import Call, Number
from gatewise.teach.checker.judge.numbers.misprints import NAMES, shape_of
from gatewise.teach.checker.judge.numbers.printed import WrittenNumber
from gatewise.teach.checker.judge.verdicts.wrong_formulas import formulas_that_give
from gatewise.teach.checker.mistakes.catalogue import Mistake
from gatewise.teach.checker.report import Finding, Verdict

if TYPE_CHECKING:
    from gatewise.teach.checker.judge.verdicts.consequences import Consequences
    from gatewise.teach.checker.judge.verdicts.quantity import QuantityCheck

SLIP = 9.5  # units of the last digit: what is off by less is a slip of arithmetic


@dataclass
class Explanation:
    """Right values by place, where later work uses them; elsewhere it uses what is printed."""

    right: dict[int, float] = field(default_factory=dict)


def explain(
    quantity: QuantityCheck, bad: dict[int, WrittenNumber], consequences: Consequences
) -> Explanation:
    """Report what is wrong with the numbers `bad` of a quantity, by place; return what the work uses."""
    if _follows_from_sides(quantity, bad):
        _report_wrong_operands(quantity, bad)
        return Explanation()
    carried = _work_uses_printed(quantity, bad, consequences)
    mistakes: list[Mistake] = [mistake for aligned in quantity.aligned_sides for mistake in aligned.mistakes]
    clean = any(
        not aligned.mistakes and not aligned.alignment.incomplete for aligned in quantity.aligned_sides
    )
    joint = set(carried.values())
    plain = not mistakes and not _ends_in_a_function(quantity, bad)
    if joint != {False} and plain and not (clean and _all_misprints_or_slips(quantity, bad)):
        mistakes = formulas_that_give(quantity)
        if clean and len(mistakes) > 1:
            mistakes = []  # the right formula is worked, and several others give what is printed: a guess
    if mistakes and joint != {False}:
        _report_wrong_formula(quantity, bad, mistakes)
        return Explanation()
    explanation = Explanation()
    together = _stands_together(quantity, bad)
    for place, number in bad.items():
        _report_misprint_or_slip(quantity, place, number, carried[place], together.get(place, ""))
        if carried[place] is False:
            explanation.right[place] = _right_as_used_later(quantity, place)
    return explanation


def _follows_from_sides(quantity: QuantityCheck, bad: dict[int, WrittenNumber]) -> bool:
    """Return whether a side of the right formula gives a printed number: then one put into it is wrong."""
    return any(
        not aligned.mistakes
        and not aligned.alignment.incomplete
        and quantity.case.style.rounds_to(value, number)
        for place, number in bad.items()
        for _, statement in quantity.prints[place]
        for aligned, value in quantity.side_value(statement, place)
    )


def _ends_in_a_function(quantity: QuantityCheck, bad: dict[int, WrittenNumber]) -> bool:
    """Return whether all that is left to do is a function of a number, σ(2) = 0.731: no formula is wrong."""
    return any(
        isinstance(worked.tree, Call) and isinstance(worked.tree.argument, Number)
        for place in bad
        for _, statement in quantity.prints[place]
        if statement is not None
        for worked in statement.worked_sides
    )


def _report_wrong_operands(quantity: QuantityCheck, bad: dict[int, WrittenNumber]) -> None:
    case = quantity.case
    for place, number in bad.items():
        name = case.name(quantity.base, place)
        right = case.style.write_beside(quantity.sound[place], number.text)
        case.verdicts.assign(number, name, "follow-through")
        message = (
            f"{number.text} is what the numbers put in give, but one of them is wrong; right is {right}."
        )
        case.verdicts.add_finding(
            Finding("follow-through", number.at, name, number.text, right, message, root=False)
        )


def _work_uses_printed(
    quantity: QuantityCheck, bad: dict[int, WrittenNumber], consequences: Consequences
) -> dict[int, bool | None]:
    """Return by place whether the work goes on with the printed number (True) or the right one (False)."""
    right = np.array(quantity.used)
    printed = right.copy()
    for place, numbers in quantity.prints.items():
        right[place] = numbers[0][0].value if place not in bad else _rounded(quantity, place)
        printed[place] = numbers[0][0].value
    joint = consequences.later_work_uses_printed(quantity.base, printed, right)
    if len(bad) == 1:
        return dict.fromkeys(bad, joint)
    result: dict[int, bool | None] = {}
    for place in bad:
        one, other = right.copy(), printed.copy()
        one[place], other[place] = printed[place], right[place]
        alone, last = (
            consequences.later_work_uses_printed(quantity.base, one, right),
            consequences.later_work_uses_printed(quantity.base, printed, other),
        )
        votes = {alone, last} - {None}
        result[place] = votes.pop() if len(votes) == 1 else joint
    return result


def _right_texts(quantity: QuantityCheck, place: int) -> list[str]:
    """Return how the right value may be written; rounding on the way leaves choices for the last digit."""
    value, radius = float(quantity.used[place]), float(quantity.used_radius[place])
    choices = (value, float(quantity.true[place]), value - radius, value + radius)
    return list(dict.fromkeys(quantity.case.style.write(choice) for choice in choices if np.isfinite(choice)))


def misprint_of(printed: str, rights: list[str]) -> tuple[str, str]:
    """Return the shape of misprint that gives `printed`, and the right text that it is a misprint of."""
    for right in rights:
        if shape := shape_of(printed, right):
            return shape, right
    return "", rights[0] if rights else ""


def _is_same_misprint(printed: str, quantity: QuantityCheck, place: int) -> bool:
    """Return whether the same misprint gives `printed` from the right value as it is carried and as it is."""
    values = (float(quantity.used[place]), float(quantity.true[place]))
    shapes = {shape_of(printed, quantity.case.style.write(value)) for value in values}
    return len(shapes) == 1 and shapes != {""}


def _rounded(quantity: QuantityCheck, place: int) -> float:
    return float(quantity.case.style.write(float(quantity.used[place])))


def _right_as_used_later(quantity: QuantityCheck, place: int) -> float:
    """Return the right value in the digits in which later lines print it."""
    right = float(quantity.used[place])
    for number, _ in quantity.case.operands.get((quantity.base, place), ()):
        if abs(number.value - right) <= quantity.case.style.unit:
            return number.value
    return _rounded(quantity, place)


def _all_misprints_or_slips(quantity: QuantityCheck, bad: dict[int, WrittenNumber]) -> bool:
    return all(
        misprint_of(number.text, _right_texts(quantity, place))[0]
        or abs(number.value - quantity.used[place]) <= SLIP * quantity.case.style.unit
        for place, number in bad.items()
    )


def _report_wrong_formula(
    quantity: QuantityCheck, bad: dict[int, WrittenNumber], mistakes: list[Mistake]
) -> None:
    case = quantity.case
    first = min(bad.values(), key=lambda number: number.at.offset)
    for place, number in bad.items():
        name = case.name(quantity.base, place)
        right = case.style.write_beside(quantity.sound[place], number.text)
        case.verdicts.assign(number, name, "wrong-formula")
        message = f"{number.text} is what one gets with {{mistake}}"
        finding = Finding("wrong-formula", number.at, name, number.text, right, message, number is first)
        case.verdicts.add_suspicion(finding, mistakes)


def _stands_together(quantity: QuantityCheck, bad: dict[int, WrittenNumber]) -> dict[int, str]:
    """Return by place one cause for the entries of a vector or matrix that one line states."""
    lines = {place: quantity.prints[place][0][1] for place in bad}
    return {
        place: f"entries of {quantity.case.name(quantity.base)} at {statement.claim.left.at.offset}"
        for place, statement in lines.items()
        if statement is not None and len(statement.results) > 1
    }


def _report_misprint_or_slip(
    quantity: QuantityCheck, place: int, number: WrittenNumber, carried: bool | None, cause: str
) -> None:
    """Report a misprint if the work goes on with the right value, else a slip or an unexplained number.

    Of unexplained numbers of one `cause` only the first is a root.
    """
    case = quantity.case
    name = case.name(quantity.base, place)
    rights = _right_texts(quantity, place)
    shape, right = misprint_of(number.text, rights)
    if right == number.text:
        right = case.style.write_beside(quantity.used[place], number.text)
    off = abs(number.value - quantity.used[place]) / case.style.unit
    as_long = number.decimals == case.style.digits  # a digit too many or too few is none of arithmetic
    if (
        carried is not False
        and as_long
        and off <= SLIP
        and not _is_same_misprint(number.text, quantity, place)
    ):
        # a slip of the last digits, whatever misprint would also give it
        shape, right = "", next((text for text in rights if text != number.text), right)
    verdict: Verdict
    # A gate is the function of its z, but is worked out from the inputs: whether z is used is not looked for.
    unused = "it follows from nothing here" if quantity.base.name == "z" else "nothing later uses it"
    if carried is False:
        verdict, why = "misprint", f"later numbers follow from {right}"
    elif carried or off <= SLIP:
        verdict = "slip" if shape or off <= SLIP else "unexplained"
        why = "the work goes on with it" if carried else unused
    else:
        verdict, why = ("misprint" if shape else "unexplained"), unused
    how = f"{NAMES[shape]}; " if shape else ""
    message = f"{name} should be {right}, {number.text} is printed: {how}{why}."
    case.verdicts.assign(number, name, verdict)
    finding = Finding(verdict, number.at, name, number.text, right, message, mistake=shape)
    case.verdicts.add_finding(finding, cause if verdict == "unexplained" else "")


def report_restatement(
    quantity: QuantityCheck, place: int, first: WrittenNumber, number: WrittenNumber
) -> None:
    """Report a quantity that is stated once more, with other digits."""
    case = quantity.case
    name = case.name(quantity.base, place)
    if number.value == first.value:
        case.verdicts.assign(number, name, case.verdicts.by_place[first.at].verdict)
        return
    right = case.style.write_beside(quantity.used[place], number.text)
    shape = shape_of(number.text, first.text) or shape_of(number.text, right)
    message = f"{name} is {first.text} elsewhere in the document, and {number.text} here."
    case.verdicts.assign(number, name, "misprint")
    case.verdicts.add_finding(
        Finding("misprint", number.at, name, number.text, right, message, mistake=shape)
    )
