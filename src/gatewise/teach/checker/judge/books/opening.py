"""How a case begins: the statements of one update step, with what is given entered in its books."""

from __future__ import annotations

import numpy as np

from gatewise.teach.checker.judge.bind.statements import BoundDocument, Statement
from gatewise.teach.checker.judge.books.book import Book
from gatewise.teach.checker.judge.books.case import Case
from gatewise.teach.checker.judge.books.verdicts import Verdicts
from gatewise.teach.checker.judge.numbers.printed import PrintedStyle


def open_case(document: BoundDocument, update: int, style: PrintedStyle, verdicts: Verdicts) -> Case:
    """Return the case of one update step, with what is given entered in its books."""
    true = Book(document.sizes)
    case = Case(document.sizes, style, document.statements_of(update), verdicts, true, true, true, true)
    for statement in case.statements:
        joined = document.sizes.quantities.made_of(statement.base)  # δgates is judged by its parts
        if document.sizes.rule(statement.base) is None and not joined:
            _enter_given(case, statement)
    case.open_books()
    return case


def _enter_given(case: Case, statement: Statement) -> None:
    shape = case.sizes.shape(statement.base)
    value = np.array(case.true.values.get(statement.base, np.full(shape, np.nan))).ravel()
    for number, place in statement.results:
        value[place] = number.value
        case.verdicts.assign(number, case.name(statement.base, place), "exact")
        case.verdicts.givens.add(number.at)
    case.true.enter(statement.base, value.reshape(shape))
