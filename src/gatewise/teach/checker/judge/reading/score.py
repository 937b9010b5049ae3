"""How much of a document's numbers a dialect explains: the work is done by it, number by number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gatewise.errors import GatewiseError
from gatewise.expression import Expression
from gatewise.teach.checker.judge.bind.statements import bind_document
from gatewise.teach.checker.judge.books.book import Book, Values
from gatewise.teach.checker.judge.books.opening import open_case
from gatewise.teach.checker.judge.books.verdicts import Verdicts
from gatewise.teach.checker.judge.given.rounding_style import infer_style
from gatewise.teach.checker.judge.reading.dialect import Dialect
from gatewise.teach.checker.read.finish import standardize
from gatewise.teach.checker.read.reading import Place, Reading

NEAR = 1.5  # units of the last digit


@dataclass(frozen=True)
class Explained:
    """The numbers that a dialect explains, and those that it says are otherwise."""

    right: frozenset[Place]
    wrong: frozenset[Place]

    @property
    def score(self) -> int:
        return len(self.right) - len(self.wrong)


NOTHING = Explained(frozenset(), frozenset())


def explained(reading: Reading, dialect: Dialect) -> Explained:
    """Work a document by a dialect from what it gives, and compare the numbers that it prints."""
    try:
        document = bind_document(standardize(dialect.translated(reading)), None, dialect.cell, dialect.loss)
    except GatewiseError:
        return NOTHING
    right: set[Place] = set()
    wrong: set[Place] = set()
    for update in document.updates[:1]:
        case = open_case(document, update, infer_style(document), Verdicts())
        book = case.used
        for base in case.order():
            prints = {
                k: case.printed[base, k]
                for k in range(_size(case.sizes.shape(base)))
                if (base, k) in case.printed
            }
            if not prints:
                continue
            value, radius = map(np.ravel, _worked(book, case.rule(base)))
            entered, spread = np.array(value), np.array(radius)
            for place, numbers in prints.items():
                if place >= value.size:
                    continue
                for number in numbers:
                    if np.isfinite(value[place]):
                        off = abs(value[place] - number.value)
                        near = off <= radius[place] + NEAR * case.style.unit_of(number)
                        (right if near else wrong).add(number.at)
                entered[place] = numbers[0].value
                spread[place] = case.style.unit / 2
            shape = case.sizes.shape(base)
            if entered.size == _size(shape):
                book.enter(base, entered.reshape(shape), spread.reshape(shape))
    return Explained(frozenset(right), frozenset(wrong))


def _worked(book: Book, rule: Expression) -> tuple[Values, Values]:
    try:
        return book.spread(rule)
    except (ValueError, KeyError, IndexError, RecursionError):
        return np.zeros(0), np.zeros(0)


def _size(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape, dtype=int))
