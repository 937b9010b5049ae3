"""Givens that are written down wrongly: what follows from them says what they must have been.

Either later lines put another number in, again and again; or no number is put in, and the results that follow
allow one value only, of which the printed one is a misprint.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gatewise.expression import Expression, Symbol
from gatewise.teach.checker.judge.books.aligning import align_sides
from gatewise.teach.checker.judge.books.book import Book, Values
from gatewise.teach.checker.judge.books.case import Case, Cell, z_of
from gatewise.teach.checker.judge.numbers.error_propagation import slopes
from gatewise.teach.checker.judge.numbers.misprints import NAMES, misprints, shape_of
from gatewise.teach.checker.judge.numbers.printed import WrittenNumber, agree
from gatewise.teach.checker.judge.verdicts.consequences import Consequences
from gatewise.teach.checker.report import Finding

USUAL = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")  # how people write numbers
MORE = 2  # so many more numbers must agree with the other value: one alone may itself be wrong


@dataclass(frozen=True)
class CorrectedGiven:
    """A given whose printed number is a misprint, and the number that the work uses."""

    base: Symbol
    place: int
    number: WrittenNumber
    value: float
    text: str
    shape: str


def correct_givens(case: Case) -> bool:
    """Correct, one after the other, the givens that the other numbers contradict; True if there are any."""
    changed = False
    for _ in range(3):
        corrected = _contradicted_by_operands(case) or _contradicted_by_results(case)
        if corrected is None:
            return changed
        changed = True
        case.replace_given(corrected.base, corrected.place, corrected.value)
        align_sides(case)
        _report_correction(case, corrected)
    return changed


def refine_givens(case: Case) -> bool:
    """Take givens that are printed rounded in the digits that later lines put in; True if there are any.

    Our own sheets print 0.82870 for a weight of 0.828702, and work with 0.828702.
    """
    finer: list[tuple[Cell, WrittenNumber]] = []
    for cell, number in _given_cells(case):
        operands = [operand for operand, _ in case.operands.get(cell, ()) if operand.printed.guard]
        if operands:
            finest = min(operands, key=lambda operand: operand.unit)
            if agree(finest, number) and finest.value != number.value:
                finer.append((cell, finest))
    for (base, place), number in finer:
        case.replace_given(base, place, number.value)
    for (base, place), number in finer:
        case.treat_as_rounded(base, place, number.unit / 2)
    return bool(finer)


def _report_correction(case: Case, corrected: CorrectedGiven) -> None:
    name = case.name(corrected.base, corrected.place)
    how = f"{NAMES[corrected.shape]}; " if corrected.shape else ""
    printed, right = corrected.number.text, corrected.text
    message = f"{name} is given as {printed}, but the work is done with {right}: {how}a misprint."
    case.verdicts.by_place.pop(corrected.number.at, None)
    case.verdicts.assign(corrected.number, name, "misprint")
    case.verdicts.add_finding(
        Finding(
            "misprint",
            corrected.number.at,
            name,
            corrected.number.text,
            corrected.text,
            message,
            mistake=corrected.shape,
        )
    )


def _given_cells(case: Case) -> Iterator[tuple[Cell, WrittenNumber]]:
    for (base, place), numbers in case.printed.items():
        if case.sizes.rule(base) is None and numbers and base.name != "carried":
            yield (base, place), numbers[0]


def _contradicted_by_operands(case: Case) -> CorrectedGiven | None:
    """Return a given in place of which most lines put the same other number in."""
    consequences: Consequences | None = None
    for (base, place), number in list(_given_cells(case)):
        value = float(case.true(base).ravel()[place])
        operands = [operand for operand, _ in case.operands.get((base, place), ())]
        texts = Counter(n.text for n in operands if n.value != value and not n.printed.guard)
        if not texts or number.value != value:
            continue
        text, votes = texts.most_common(1)[0]
        same = sum(operand.value == value for operand, _ in case.operands[base, place])
        consequences = consequences or Consequences(case)
        if votes > same and _gain(case, consequences, base, place, float(text)) >= MORE:
            return CorrectedGiven(base, place, number, float(text), text, shape_of(number.text, text))
    return None


def _gain(case: Case, consequences: Consequences, base: Symbol, place: int, value: float) -> int:
    """Count how many more later numbers agree if an entry is `value`; 0 if one that agrees now would not."""
    printed = np.array(case.true(base)).ravel()
    other = printed.copy()
    other[place] = value
    now, then = (
        consequences.agreeing_places(base, printed, 0.0),
        consequences.agreeing_places(base, other, 0.0),
    )
    operands = {number.at for number, _ in case.operands.get((base, place), ())}
    beside_z = consequences.beside_z  # what follows from a z beside it is no second witness
    return len(then - beside_z) - len(now - beside_z) if now - operands <= then else 0


# Solving for a given ----------------------------------------------------------------------------------


def _contradicted_by_results(case: Case) -> CorrectedGiven | None:
    """Return a given that results contradict, with the misprint undone that makes them agree."""
    consequences = Consequences(case)
    book = consequences.trial_book()
    allowed: dict[Cell, list[tuple[float, float]]] = defaultdict(list)
    for base, formula_base in _linear_results(case):
        for cell, low, high in _intervals(case, book, base, formula_base):
            allowed[cell].append((low, high))
    best: CorrectedGiven | None = None
    most = MORE - 1
    for (base, place), number in list(_given_cells(case)):
        intervals = allowed.get((base, place), [])
        if not intervals or number.value != float(case.true(base).ravel()[place]):
            continue
        for _, text in misprints(number.text):
            value = float(text)
            if not USUAL.fullmatch(text) or not any(low <= value <= high for low, high in intervals):
                continue
            gain = _gain(case, consequences, base, place, value)
            if gain > most:
                best, most = (
                    CorrectedGiven(base, place, number, value, text, shape_of(number.text, text)),
                    gain,
                )
    return best


def _linear_results(case: Case) -> Iterator[tuple[Symbol, Symbol]]:
    """Yield the results that are linear in givens: gates before activation, Δ and the new parameters."""
    for base in case.order():
        if (base, 0) not in case.printed and not case.by_base.get(base):
            continue
        if base.name == "z":
            yield base, base
        elif base.name in case.sizes.cell.gates and case.stated_z(base) is None:
            if case.sizes.functions_of(base.name) in INVERSES:
                yield base, z_of(base)
        elif base.name == "delta" or base.new:
            yield base, base


def _intervals(
    case: Case, book: Book, base: Symbol, formula_base: Symbol
) -> Iterator[tuple[Cell, float, float]]:
    """Yield, for each wrong result and each given in its formula, the interval that would make it right."""
    formula = case.rule(formula_base)
    value, radius = (np.ravel(part) for part in book.spread(formula))
    lows, highs = np.full(value.shape, np.nan), np.full(value.shape, np.nan)
    wrong = []
    for place in range(value.size):
        for number in case.printed.get((base, place), ())[:1]:
            half = case.style.radius(number)
            low, high = _before_activation(case, base.name, number.value - half, number.value + half)
            lows[place], highs[place] = low - radius[place], high + radius[place]
            if not lows[place] <= value[place] <= highs[place]:
                wrong.append(place)
    if not wrong or any(_is_off(case, book, used) for used in case.sizes.quantities.operands_of(formula)):
        return  # nothing is wrong, or what it is worked out from
    for given in dict.fromkeys(case.sizes.quantities.operands_of(formula)):
        if case.sizes.rule(given) is not None:
            continue
        slopes_at = _slopes_by_given(case, book, formula, given).reshape(value.size, -1)
        for place in np.flatnonzero(
            np.all(slopes_at[wrong], axis=0)
        ).tolist():  # what is wrong here must all come from it
            now = float(np.ravel(book(given))[place])
            for k in wrong:
                ends = now + (np.array([lows[k], highs[k]]) - value[k]) / slopes_at[k, place]
                yield (given, place), float(ends.min()), float(ends.max())


def _is_off(case: Case, book: Book, base: Symbol) -> bool:
    """Return whether a result is not what follows from the numbers printed before it."""
    if case.sizes.rule(base) is None or not case.is_printed(base):
        return False
    value, radius = (np.ravel(part) for part in book.spread(case.rule(base)))
    return any(
        abs(value[place] - number.value) > radius[place] + case.style.radius(number)
        for place in range(value.size)
        for number in case.printed.get((base, place), ())[:1]
    )


def _slopes_by_given(case: Case, book: Book, formula: Expression, given: Symbol) -> Values:
    """Return the slopes of a formula by each entry of a given."""

    def places(symbol: Symbol) -> NDArray[np.intp] | None:
        return case.sizes.cells(symbol)[1] if case.sizes.quantities.whole(symbol) == given else None

    return slopes(formula, book, places, np.ravel(book(given)).size)


def _of_tanh(ends: Values) -> Values:
    return np.asarray(np.arctanh(np.clip(ends, -1, 1)))


def _of_sigmoid(ends: Values) -> Values:
    ends = np.clip(ends, 0, 1)
    return np.asarray(np.log(ends) - np.log1p(-ends))


def _itself(ends: Values) -> Values:
    return ends


# What stands before an activation, from its value; of other functions it is not asked.
INVERSES: dict[tuple[str, ...], Callable[[Values], Values]] = {
    ("tanh",): _of_tanh,
    ("sigmoid",): _of_sigmoid,
    (): _itself,
}


def _before_activation(case: Case, name: str, low: float, high: float) -> tuple[float, float]:
    """Return the interval before the activation."""
    if name not in case.sizes.cell.gates:
        return low, high
    with np.errstate(all="ignore"):
        result = INVERSES[case.sizes.functions_of(name)](np.array([low, high]))
    return float(result[0]), float(result[1])
