"""Givens that are written down wrongly: what follows from them says what they must have been.

Either later lines put another number in, again and again; or no number is put in, and the results that follow
allow one value only, which one stroke of the pen turns into the printed one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gatewise.cells.lstm import GATES
from gatewise.cells.quantities import operands_of, rule, whole
from gatewise.expression import Expression, Symbol
from gatewise.teach.checker.judge.books.book import Book, Values
from gatewise.teach.checker.judge.books.case import Case, Cell, agree
from gatewise.teach.checker.judge.numbers.error_propagation import slopes
from gatewise.teach.checker.judge.numbers.misprints import NAMES, misprints, shape_of
from gatewise.teach.checker.judge.numbers.printed import WrittenNumber
from gatewise.teach.checker.judge.verdicts.consequences import Later
from gatewise.teach.checker.report import Finding

USUAL = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")  # how a number is written by who means it
MORE = 2  # so many more numbers must agree with the other value: one alone may itself be wrong


@dataclass(frozen=True)
class Meant:
    """A given that is meant to be another number than is printed."""

    base: Symbol
    place: int
    number: WrittenNumber
    value: float
    text: str
    shape: str


def settle_givens(case: Case) -> bool:
    """Put right, one after the other, the givens that the rest contradicts; True if there are any."""
    changed = False
    for _ in range(3):
        meant = _put_in(case) or _solved(case)
        if meant is None:
            return changed
        changed = True
        case.change_given(meant.base, meant.place, meant.value)
        case.lay_out()
        _report(case, meant)
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
        case.change_given(base, place, number.value)
    for (base, place), number in finer:
        case.loosen(base, place, number.unit / 2)
    return bool(finer)


def _report(case: Case, meant: Meant) -> None:
    name = case.name(meant.base, meant.place)
    how = f"{NAMES[meant.shape]}; " if meant.shape else ""
    message = (
        f"{name} is given as {meant.number.text}, but the work is done with {meant.text}: {how}a misprint."
    )
    case.marks.verdicts.pop(meant.number.at, None)
    case.marks.mark(meant.number, name, "misprint")
    case.marks.find(
        Finding(
            "misprint", meant.number.at, name, meant.number.text, meant.text, message, mistake=meant.shape
        )
    )


def _given_cells(case: Case) -> Iterator[tuple[Cell, WrittenNumber]]:
    for (base, place), numbers in case.printed.items():
        if rule(base, case.sizes.T) is None and numbers and base.name != "carried":
            yield (base, place), numbers[0]


def _put_in(case: Case) -> Meant | None:
    """A given in whose place most lines put the same other number."""
    later: Later | None = None
    for (base, place), number in list(_given_cells(case)):
        value = float(case.true(base).ravel()[place])
        operands = [operand for operand, _ in case.operands.get((base, place), ())]
        texts = Counter(n.text for n in operands if n.value != value and not n.printed.guard)
        if not texts or number.value != value:
            continue
        text, votes = texts.most_common(1)[0]
        same = sum(operand.value == value for operand, _ in case.operands[base, place])
        later = later or Later(case)
        if votes > same and _gain(case, later, base, place, float(text)) >= MORE:
            return Meant(base, place, number, float(text), text, shape_of(number.text, text))
    return None


def _gain(case: Case, later: Later, base: Symbol, place: int, value: float) -> int:
    """How many more later numbers agree if an entry is `value`; none if any that agrees now would not."""
    printed = np.array(case.true(base)).ravel()
    other = printed.copy()
    other[place] = value
    now, then = later.agreeing(base, printed, 0.0), later.agreeing(base, other, 0.0)
    operands = {number.at for number, _ in case.operands.get((base, place), ())}
    return len(then) - len(now) if now - operands <= then else 0


# Solving for a given ----------------------------------------------------------------------------------


def _solved(case: Case) -> Meant | None:
    """A given that results contradict, and the stroke that makes them agree."""
    later = Later(case)
    book = later.trial()
    allowed: dict[Cell, list[tuple[float, float]]] = defaultdict(list)
    for base, formula_base in _telling(case):
        for cell, low, high in _intervals(case, book, base, formula_base):
            allowed[cell].append((low, high))
    best: Meant | None = None
    most = MORE - 1
    for (base, place), number in list(_given_cells(case)):
        intervals = allowed.get((base, place), [])
        if not intervals or number.value != float(case.true(base).ravel()[place]):
            continue
        for _, text in misprints(number.text):
            value = float(text)
            if not USUAL.fullmatch(text) or not any(low <= value <= high for low, high in intervals):
                continue
            gain = _gain(case, later, base, place, value)
            if gain > most:
                best, most = Meant(base, place, number, value, text, shape_of(number.text, text)), gain
    return best


def _telling(case: Case) -> Iterator[tuple[Symbol, Symbol]]:
    """Results that givens enter linearly: gates before their activation, Δ and the new parameters."""
    for base in case.order():
        if (base, 0) not in case.printed and not case.by_base.get(base):
            continue
        if base.name in GATES:
            yield base, Symbol("z", part=base.name, step=base.step)
        elif base.name == "delta" or base.new:
            yield base, base


def _intervals(
    case: Case, book: Book, base: Symbol, formula_base: Symbol
) -> Iterator[tuple[Cell, float, float]]:
    """For each result that is not right, and each given in its formula, what would make it right."""
    formula = case.rule(formula_base)
    value, radius = (np.ravel(part) for part in book.spread(formula))
    lows, highs = np.full(value.shape, np.nan), np.full(value.shape, np.nan)
    wrong = []
    for place in range(value.size):
        for number in case.printed.get((base, place), ())[:1]:
            half = case.style.radius(number)
            low, high = _before(base.name, number.value - half, number.value + half)
            lows[place], highs[place] = low - radius[place], high + radius[place]
            if not lows[place] <= value[place] <= highs[place]:
                wrong.append(place)
    if not wrong or any(_is_off(case, book, used) for used in operands_of(formula)):
        return  # nothing is wrong, or what it is worked out from
    for given in dict.fromkeys(operands_of(formula)):
        if rule(given, case.sizes.T) is not None:
            continue
        steep = _steep(case, book, formula, given).reshape(value.size, -1)
        for place in np.flatnonzero(
            np.all(steep[wrong], axis=0)
        ).tolist():  # what is wrong here must all come from it
            now = float(np.ravel(book(given))[place])
            for k in wrong:
                ends = now + (np.array([lows[k], highs[k]]) - value[k]) / steep[k, place]
                yield (given, place), float(ends.min()), float(ends.max())


def _is_off(case: Case, book: Book, base: Symbol) -> bool:
    """Whether a result is not what follows from the numbers printed before it."""
    if rule(base, case.sizes.T) is None or not case.is_printed(base):
        return False
    value, radius = (np.ravel(part) for part in book.spread(case.rule(base)))
    return any(
        abs(value[place] - number.value) > radius[place] + case.style.radius(number)
        for place in range(value.size)
        for number in case.printed.get((base, place), ())[:1]
    )


def _steep(case: Case, book: Book, formula: Expression, given: Symbol) -> Values:
    """How a formula changes with each entry of a given."""

    def places(symbol: Symbol) -> NDArray[np.intp] | None:
        return case.sizes.cells(symbol)[1] if whole(symbol) == given else None

    return slopes(formula, book, places, np.ravel(book(given)).size)


def _before(name: str, low: float, high: float) -> tuple[float, float]:
    """The interval before the activation."""
    if name not in GATES:
        return low, high
    ends = np.array([low, high])
    with np.errstate(all="ignore"):
        if name == "a":
            result = np.arctanh(np.clip(ends, -1, 1))
        else:
            ends = np.clip(ends, 0, 1)
            result = np.log(ends) - np.log1p(-ends)
    return float(result[0]), float(result[1])
