"""Known givens: those of the user's model, which override the document's, and of the update before."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gatewise.cells.known.two_biases import SECOND
from gatewise.cells.quantities import at
from gatewise.engine.params import Params
from gatewise.expression import Symbol
from gatewise.teach.checker.judge.bind.infer_sizes import Known, params_of
from gatewise.teach.checker.judge.books.aligning import align_sides
from gatewise.teach.checker.judge.books.book import Values
from gatewise.teach.checker.judge.books.case import AlignedSide, Case, Cell
from gatewise.teach.checker.judge.numbers.misprints import NAMES, shape_of
from gatewise.teach.checker.judge.numbers.printed import WrittenNumber, agree
from gatewise.teach.checker.report import Finding

MOST_ROUNDS = 6  # in which what is adopted tells more


def enter_model(case: Case, model: Known) -> None:
    """Take the givens from the model; where the document prints others, say so."""
    for symbol, value in _givens(case, model):
        flat = np.ravel(value)
        for place, right in enumerate(flat.tolist()):
            for number in case.printed.get((symbol, place), ()):
                if not np.isnan(right) and not case.style.rounds_to(right, number):
                    text = f"{right:.12g}"
                    shape = shape_of(number.text, text)
                    how = f": {NAMES[shape]}" if shape else ""
                    name = case.name(symbol, place)
                    message = f"{name} is {text} in the model, and {number.text} here{how}."
                    case.verdicts.by_place.pop(number.at, None)
                    case.verdicts.assign(number, name, "misprint")
                    case.verdicts.add_finding(
                        Finding("misprint", number.at, name, number.text, text, message, mistake=shape)
                    )
        for book in (case.true, case.used, case.sound, case.rounded):
            book.enter(symbol, np.asarray(value, dtype=np.float64))


def adopt_givens(case: Case) -> bool:
    """Take givens that the document never states from the sides that put them in; True if there are any.

    Sides in which more is known come first: they tell the order of terms, by which others are then aligned.
    """
    for _ in range(MOST_ROUNDS):
        before = len(case.adopted)
        _adopt_from_best_known(case)
        if len(case.adopted) == before:
            break
        align_sides(case)
    return bool(case.adopted)


def _adopt_from_best_known(case: Case) -> None:
    """Adopt what sides put in of which something is known; where there are none, what any side puts in."""
    waiting: dict[Cell, list[tuple[WrittenNumber, int]]] = {
        cell: [(number, _evidence(case, aligned)) for number, aligned in entries]
        for cell, entries in case.operands.items()
        if entries
        and cell not in case.printed
        and cell not in case.adopted
        and case.sizes.rule(cell[0]) is None
        and cell[0].name != "carried"
    }
    something = any(evidence for entries in waiting.values() for _, evidence in entries)
    for (base, place), entries in waiting.items():
        number = _agreed([number for number, evidence in entries if evidence or not something])
        if number is not None and number.value != float(np.ravel(case.true(base))[place]):
            case.replace_given(base, place, number.value)
            case.adopted.add((base, place))


def _agreed(numbers: list[WrittenNumber]) -> WrittenNumber | None:
    """Return the first of the numbers that more than half of them are; None if there is none."""
    for one in numbers:
        if 2 * sum(other.value == one.value for other in numbers) > len(numbers):
            return one
    return None


def _evidence(case: Case, aligned: AlignedSide) -> int:
    """Count the numbers of a side that are what is known of what they stand for."""
    found = 0
    for number, base, place in aligned.pairs:
        cell = case.cell(base, place)
        prints = case.printed.get(cell, ())
        adopted = cell in case.adopted and number.value == float(np.ravel(case.true(cell[0]))[cell[1]])
        found += adopted or any(agree(number, known) for known in prints)
    return found


def enter_previous_update(case: Case, previous: Case) -> None:
    """Take the parameters after one update, and what does not change, into the next update.

    A sheet may carry more digits than it prints, so an exact parameter is taken for the printed one.
    """
    for name in case.sizes.quantities.parameters:
        old, new = Symbol(name), Symbol(name, new=True)
        exact, used = previous.true(new), previous.used(new)
        if old not in case.true.values:
            case.true.enter(old, exact)
            case.open_books()
            continue
        printed = case.true(old)
        near = np.abs(exact - printed) <= case.style.unit
        case.true.enter(old, np.where(near, exact, printed))
        for book in (case.used, case.sound):
            book.enter(old, printed, case.style.unit / 2)
        case.rounded.enter(old, printed)
        _compare_with_update(case, old, used)
    for symbol, value in previous.true.values.items():
        if case.sizes.rule(symbol) is None and symbol not in case.true.values:
            for book in (case.true, case.used, case.sound, case.rounded):
                book.enter(symbol, value)


def _compare_with_update(case: Case, old: Symbol, used: Values) -> None:
    """Return whether a parameter is printed as it came out of the update before."""
    for place, right in enumerate(used.ravel().tolist()):
        for number in case.printed.get((old, place), ()):
            if abs(number.value - right) > case.style.unit + number.unit / 2:
                name, text = case.name(old, place), case.style.write(right)
                message = f"{name} came out of the update before as {text}, and is {number.text} here."
                shape = shape_of(number.text, text)
                case.verdicts.by_place.pop(number.at, None)
                case.verdicts.assign(number, name, "misprint")
                case.verdicts.add_finding(
                    Finding("misprint", number.at, name, number.text, text, message, mistake=shape)
                )


def _givens(case: Case, model: Known) -> Iterator[tuple[Symbol, Values]]:
    for name, array in params_of(model).arrays.items():
        value = np.asarray(array)
        if name == "b" and case.sizes.biases == 2:  # a model has their sum
            value = value - case.true(Symbol(SECOND))
        yield Symbol(name), value
    if isinstance(model, Params):
        return
    yield Symbol("learning_rate"), np.asarray(model.learning_rate)
    x, label = _sequence(model.x), None if model.label is None else _sequence(model.label)
    for t in range(case.sizes.T):
        yield at("x", t), x[t]
        if label is not None:
            yield at("label", t), label[t]
    if model.state is not None:
        for name in case.sizes.cell.carried:
            yield at(name, -1), _initial_value(getattr(model.state, name), model.x.ndim)


def _sequence(values: Values) -> Values:
    """Return the first sequence of a batch."""
    return np.asarray(values if values.ndim == 2 else values[0])


def _initial_value(values: Values, ndim: int) -> Values:
    return np.asarray(values if ndim == 2 else values[0])
