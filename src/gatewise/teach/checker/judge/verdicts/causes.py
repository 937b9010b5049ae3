"""What went wrong where a number is not what it should be: wrong formula, misprint, slip, lost entry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gatewise.expression import Symbol, text
from gatewise.teach.checker.judge.books.book import Values
from gatewise.teach.checker.judge.books.case import Case, Laid
from gatewise.teach.checker.judge.numbers.misprints import NAMES, shape_of
from gatewise.teach.checker.judge.numbers.printed import PrintedStyle, WrittenNumber
from gatewise.teach.checker.mistakes.catalogue import Mistake
from gatewise.teach.checker.report import Finding, Verdict

if TYPE_CHECKING:
    from gatewise.teach.checker.judge.verdicts.consequences import Later
    from gatewise.teach.checker.judge.verdicts.quantity import QuantityCheck

SAME = 1e-12  # what float64 makes of two ways to the same value
SLIP = 9.5  # units of the last digit: what is off by less is a slip of arithmetic


@dataclass
class Explained:
    """Right values by place, where the work goes on with them; elsewhere it goes on with what is printed."""

    right: dict[int, float] = field(default_factory=dict)


def explain(line: QuantityCheck, bad: dict[int, WrittenNumber], later: Later) -> Explained:
    """Say what is wrong with the numbers `bad` of a line, by place, and with what the work goes on."""
    if wrong_operands := _worked_with(line, bad):
        _follow_operands(line, bad, wrong_operands)
        return Explained()
    carried = _carried(line, bad, later)
    mistakes: list[Mistake] = [mistake for laid in line.laid for mistake in laid.mistakes]
    clean = any(not laid.mistakes and not laid.alignment.short for laid in line.laid)
    joint = set(carried.values())
    if joint != {False} and not mistakes and not (clean and _all_shaped(line, bad)):
        mistakes = _formulas_that_give(line)
    if mistakes and joint != {False}:
        _wrong_formula(line, bad, mistakes)
        return Explained()
    explained = Explained()
    for place, number in bad.items():
        _pen_or_arithmetic(line, place, number, carried[place])
        if carried[place] is False:
            explained.right[place] = _as_used_later(line, place)
    return explained


def _worked_with(line: QuantityCheck, bad: dict[int, WrittenNumber]) -> list[Laid]:
    """Worked sides that give what is printed, though not what is right: a number in them is wrong."""
    result = []
    for place, number in bad.items():
        for _, statement in line.prints[place]:
            for laid, value in line.side_value(statement, place):
                right_formula = not laid.mistakes and not laid.alignment.short
                if right_formula and laid not in result and line.case.style.gives(value, number):
                    result.append(laid)
    return result


def _follow_operands(line: QuantityCheck, bad: dict[int, WrittenNumber], sides: list[Laid]) -> None:
    case = line.case
    for place, number in bad.items():
        name = case.name(line.base, place)
        right = case.style.write(line.sound[place])
        case.marks.mark(number, name, "follow-through")
        message = (
            f"{number.text} is what the numbers put in give, but one of them is wrong; right is {right}."
        )
        case.marks.find(Finding("follow-through", number.at, name, number.text, right, message, root=False))


def _carried(line: QuantityCheck, bad: dict[int, WrittenNumber], later: Later) -> dict[int, bool | None]:
    """By place: whether the work goes on with the printed number (True) or the right one (False)."""
    right = np.array(line.used)
    printed = right.copy()
    for place, numbers in line.prints.items():
        right[place] = numbers[0][0].value if place not in bad else _rounded(line, place)
        printed[place] = numbers[0][0].value
    joint = later.goes_on_with(line.base, printed, right)
    if len(bad) == 1:
        return dict.fromkeys(bad, joint)
    result: dict[int, bool | None] = {}
    for place in bad:
        one, other = right.copy(), printed.copy()
        one[place], other[place] = printed[place], right[place]
        alone, last = later.goes_on_with(line.base, one, right), later.goes_on_with(line.base, printed, other)
        votes = {alone, last} - {None}
        result[place] = votes.pop() if len(votes) == 1 else joint
    return result


def _right_texts(line: QuantityCheck, place: int) -> list[str]:
    """How the right value may be written; rounding on the way leaves a few choices for the last digit."""
    value, radius = float(line.used[place]), float(line.used_radius[place])
    choices = (value, float(line.true[place]), value - radius, value + radius)
    return list(dict.fromkeys(line.case.style.write(choice) for choice in choices if np.isfinite(choice)))


def _stroke(printed: str, rights: list[str]) -> tuple[str, str]:
    """The shape of misprint that gives `printed`, and the right text that it is a misprint of."""
    for right in rights:
        if shape := shape_of(printed, right):
            return shape, right
    return "", rights[0] if rights else ""


def _is_one_stroke(printed: str, line: QuantityCheck, place: int) -> bool:
    """Whether the same stroke gives `printed` from the right value as it is carried and as it is."""
    values = (float(line.used[place]), float(line.true[place]))
    shapes = {shape_of(printed, line.case.style.write(value)) for value in values}
    return len(shapes) == 1 and shapes != {""}


def _rounded(line: QuantityCheck, place: int) -> float:
    return float(line.case.style.write(float(line.used[place])).replace("nan", "nan"))


def _as_used_later(line: QuantityCheck, place: int) -> float:
    """The right value in the digits in which later lines print it."""
    right = float(line.used[place])
    for number, _ in line.case.operands.get((line.base, place), ()):
        if abs(number.value - right) <= line.case.style.unit:
            return number.value
    return _rounded(line, place)


def _all_shaped(line: QuantityCheck, bad: dict[int, WrittenNumber]) -> bool:
    return all(
        _stroke(number.text, _right_texts(line, place))[0]
        or abs(number.value - line.used[place]) <= SLIP * line.case.style.unit
        for place, number in bad.items()
    )


def _formulas_that_give(line: QuantityCheck) -> list[Mistake]:
    """The catalogue's formulas that give every printed number of the line, the closest first."""
    case, style = line.case, line.case.style
    numbers = {place: numbers[0][0] for place, numbers in line.prints.items()}
    found: list[tuple[int, Mistake]] = []
    for mistake, formula in case.mistakes(line.base):
        value = case.work_out(line.base, formula, case.used)
        if value is None or not _is_close(value, numbers, style):
            continue
        if all(abs(value[place] - line.used[place]) <= SAME for place in numbers):
            continue  # what gives the same as the right formula explains nothing
        exactly = sum(style.gives(value[place], number) for place, number in numbers.items())
        if exactly < len(numbers):
            radius = np.broadcast_to(np.ravel(case.used.spread(formula)[1]), value.shape)
            if any(
                abs(value[place] - number.value) > radius[place] + style.radius(number)
                for place, number in numbers.items()
            ):
                continue
        found.append((exactly, mistake))
    return [mistake for _, mistake in sorted(found, key=lambda entry: -entry[0])]


def _is_close(value: Values, numbers: dict[int, WrittenNumber], style: PrintedStyle) -> bool:
    """Whether it is worth to ask how far rounding could move the value."""
    return all(
        abs(number.value - value[place]) <= 40 * max(style.unit, number.unit) + 1e-2 * abs(number.value)
        for place, number in numbers.items()
    )


def _wrong_formula(line: QuantityCheck, bad: dict[int, WrittenNumber], mistakes: list[Mistake]) -> None:
    case = line.case
    first = min(bad.values(), key=lambda number: number.at.offset)
    for place, number in bad.items():
        name = case.name(line.base, place)
        right = case.style.write(line.sound[place])
        case.marks.mark(number, name, "wrong-formula")
        message = f"{number.text} is what one gets with {{mistake}}"
        finding = Finding("wrong-formula", number.at, name, number.text, right, message, number is first)
        case.marks.suspect(finding, mistakes)


def _pen_or_arithmetic(line: QuantityCheck, place: int, number: WrittenNumber, carried: bool | None) -> None:
    """A misprint if the work goes on with the right value, else a slip or a number without explanation."""
    case = line.case
    name = case.name(line.base, place)
    rights = _right_texts(line, place)
    shape, right = _stroke(number.text, rights)
    off = abs(number.value - line.used[place]) / case.style.unit
    as_long = number.decimals == case.style.digits  # a digit too many or too few is none of arithmetic
    if carried is not False and as_long and off <= SLIP and not _is_one_stroke(number.text, line, place):
        # a slip of the last digits, whatever stroke would also give it
        shape, right = "", next((text for text in rights if text != number.text), right)
    verdict: Verdict
    if carried is False:
        verdict, why = "misprint", f"later numbers follow from {right}"
    elif carried or off <= SLIP:
        verdict = "slip" if shape or off <= SLIP else "unexplained"
        why = "the work goes on with it" if carried else "nothing later uses it"
    else:
        verdict, why = ("misprint" if shape else "unexplained"), "nothing later uses it"
    how = f"{NAMES[shape]}; " if shape else ""
    message = f"{name} should be {right}, {number.text} is printed: {how}{why}."
    case.marks.mark(number, name, verdict)
    case.marks.find(Finding(verdict, number.at, name, number.text, right, message, mistake=shape))


def restated(line: QuantityCheck, place: int, first: WrittenNumber, number: WrittenNumber) -> None:
    """A quantity stated once more, with other digits."""
    case = line.case
    name = case.name(line.base, place)
    if number.value == first.value:
        case.marks.mark(number, name, case.marks.verdicts[first.at].verdict)
        return
    right = case.style.write(line.used[place])
    shape = shape_of(number.text, first.text) or shape_of(number.text, right)
    message = f"{name} is {first.text} elsewhere in the document, and {number.text} here."
    case.marks.mark(number, name, "misprint")
    case.marks.find(Finding("misprint", number.at, name, number.text, right, message, mistake=shape))


def wrong_operand(case: Case, laid: Laid, number: WrittenNumber, base: Symbol, place: int) -> None:
    """A number put in that is not the one its quantity has."""
    name = case.name(base, place)
    shape, right = operand_stroke(case, number, base, place)
    worked = _gives_result(case, laid)
    verdict: Verdict = "misprint"
    why = "the result follows from the right one"
    if worked:
        verdict = "slip" if shape else "unexplained"
        why = "the result follows from it"
    how = f"{NAMES[shape]}; " if shape else ""
    message = f"{number.text} stands for {name}, which is {right}: {how}{why}."
    case.marks.mark(number, name, verdict)
    case.marks.find(
        Finding(verdict, number.at, name, number.text, right, message, mistake=shape),
        cause=f"operand {name} {number.text}",
    )


def operand_stroke(case: Case, number: WrittenNumber, base: Symbol, place: int) -> tuple[str, str]:
    """The stroke that makes a number put in of what its quantity has, and that."""
    values = [float(book(base).ravel()[place]) for book in (case.used, case.true)]
    rights = [known.text for known in case.printed.get((base, place), ())[:1]]
    own = range(max(1, number.decimals - 2), number.decimals + 3)  # a stroke may add digits, or lose some
    rights += [case.style.write(value, digits) for digits in (None, *own) for value in values]
    if number.printed.guard:  # what it is a misprint of has guard digits, too
        rights = [case.style.write(value, number.decimals) for value in reversed(values)] + rights
    return _stroke(number.text, rights)


def wrong_side(case: Case, laid: Laid) -> None:
    """Numbers that are put into a wrong formula before a result that is right."""
    side, name = laid.work.side, case.name(laid.statement.base)
    results = ", ".join(number.text for number, _ in laid.statement.results)
    message = f"The numbers put in here are those of {{mistake}}, though {results} is right"
    right = text(case.rule(laid.statement.base))
    case.marks.suspect(Finding("wrong-formula", side.at, name, side.source, right, message), laid.mistakes)


def _gives_result(case: Case, laid: Laid) -> bool:
    """Whether the side as printed gives the printed result, and no right number was needed for that."""
    if laid.value is None or laid.value.size != laid.statement.places.size:
        return False
    own = laid.statement.places.ravel().tolist()
    results = [(number, float(laid.value[own.index(place)])) for number, place in laid.statement.results]
    verdicts = [case.marks.verdicts.get(number.at) for number, _ in results]
    follows = any(v is not None and v.verdict == "follow-through" for v in verdicts)
    return bool(results) and follows and all(case.style.gives(value, number) for number, value in results)
