"""Bind a reading to the LSTM's quantities and judge every number of it.

bind.py says what each claim is about, case.py lays worked sides beside formulas, formulas.py tries printed
formulas, lines.py goes through the quantities in the order of work and causes.py says what went wrong.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gatewise.checker.findings import Answer, Finding, Report
from gatewise.checker.judge.answers import answers
from gatewise.checker.judge.bind import Document, Statement, bind_document
from gatewise.checker.judge.book import Book, rule
from gatewise.checker.judge.case import Case
from gatewise.checker.judge.digits import Style, style_of
from gatewise.checker.judge.formulas import Formulas
from gatewise.checker.judge.gaps import missing
from gatewise.checker.judge.givens import settle_givens
from gatewise.checker.judge.lines import Lines
from gatewise.checker.judge.marks import Marks, in_order
from gatewise.checker.judge.rate import Rate, infer_rate
from gatewise.checker.judge.rest import clashes, remarks, rest
from gatewise.checker.judge.sizes import GIVEN
from gatewise.checker.reading import Reading
from gatewise.expression import Symbol

RATE = Symbol("learning_rate")


def judge(reading: Reading, *, name: str = "document") -> Report:
    """Judge a reading: verdicts, findings, what was inferred, and the answers to its questions."""
    document = bind_document(reading)
    marks = Marks()
    style = document_style(document)
    inferred: dict[str, dict[str, Any]] = {}
    formulas = Formulas(document, marks)
    formulas.check()
    found: list[Finding] = [*remarks(reading), *clashes(document)]
    answered: tuple[Answer, ...] = ()
    for update in document.updates:
        case = case_of(document, update, style, marks)
        rate = _rate(case)
        case.lay_out()
        if settle_givens(case) and rate is not None:
            rate = _rate(case)
        Lines(case).run()
        if rate is not None:
            rate = infer_rate(case, case.used) or rate
            inferred.setdefault("learning_rate", rate.as_mapping())
        if update == document.updates[0]:
            found += missing(case, reading, rate)
            answered = tuple(answers(case, document))
    for finding in found:
        marks.find(finding)
    rest(document, marks)
    inferred["rounding"] = {"digits": style.digits}
    inferred["notation"] = {"name": reading.notation}
    return Report(
        reading.text,
        marks.findings(),
        in_order(marks.verdicts.values()),
        sum(unread.numbers for unread in reading.unread),
        inferred,
        answered,
        enough=_enough(document),
        name=name,
    )


def _enough(document: Document) -> bool:
    """Whether there is anything of an LSTM to judge, and most of it could be read."""
    bound = sum(len(statement.results) for statement in document.statements)
    unread = sum(unread.numbers for unread in document.reading.unread)
    return bound + len(document.general) > 0 and bound + len(document.general) >= unread


def document_style(document: Document) -> Style:
    """The digits in which the document writes what it works out."""
    derived = [s for s in document.statements if s.base.name not in GIVEN or s.base.new]
    return style_of([number for statement in derived for number, _ in statement.results])


def case_of(document: Document, update: int, style: Style, marks: Marks) -> Case:
    """One update step, with what is given entered in its books."""
    true = Book(document.sizes)
    case = Case(document.sizes, style, document.of(update), marks, true, true, true, true)
    for statement in case.statements:
        if rule(statement.base, document.sizes.T) is None:
            _enter_given(case, statement)
    case.used, case.sound, case.rounded = true.copy(), true.copy(), true.copy()
    return case


def _enter_given(case: Case, statement: Statement) -> None:
    shape = case.sizes.shape(statement.base)
    value = np.array(case.true.values.get(statement.base, np.full(shape, np.nan))).ravel()
    for number, place in statement.results:
        value[place] = number.value
        case.marks.mark(number, case.name(statement.base, place), "exact")
    case.true.enter(statement.base, value.reshape(shape))


def _rate(case: Case) -> Rate | None:
    """λ from the updates where the document does not give it; entered in all books."""
    if case.by_base.get(RATE):
        return None
    trial = case.true.copy()
    rate = infer_rate(case, trial)
    if rate is not None:
        for book in (case.true, case.used, case.sound, case.rounded):
            book.enter(RATE, np.asarray(rate.value))
    return rate


__all__ = ["judge"]
