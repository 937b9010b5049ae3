"""Bind a reading to the LSTM's quantities and judge every number of it.

bind.py says what each claim is about, case.py lays worked sides beside formulas, formulas.py tries printed
formulas, lines.py goes through the quantities in the order of work and causes.py says what went wrong.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from gatewise.cells.quantities import GIVEN, rule
from gatewise.expression import Symbol
from gatewise.teach.checker.judge.answers.questions import answers
from gatewise.teach.checker.judge.answers.undetectable import hidden
from gatewise.teach.checker.judge.bind.statements import BoundDocument, Statement, bind_document
from gatewise.teach.checker.judge.books.book import Book
from gatewise.teach.checker.judge.books.case import Case
from gatewise.teach.checker.judge.books.verdicts import Verdicts, in_order
from gatewise.teach.checker.judge.given.known import carry_over, fill_in
from gatewise.teach.checker.judge.given.learning_rate import Rate, infer_rate
from gatewise.teach.checker.judge.given.misprinted import refine_givens, settle_givens
from gatewise.teach.checker.judge.given.missing_steps import missing
from gatewise.teach.checker.judge.numbers.printed import PrintedStyle, style_of
from gatewise.teach.checker.judge.numbers.sizes import Sizes
from gatewise.teach.checker.judge.verdicts.consequences import Later
from gatewise.teach.checker.judge.verdicts.formulas import Formulas
from gatewise.teach.checker.judge.verdicts.in_order import QuantityJudge
from gatewise.teach.checker.judge.verdicts.leftovers import clashes, remarks, rest
from gatewise.teach.checker.read.reading import Reading
from gatewise.teach.checker.report import SOUND, Answer, Report, Verdict
from gatewise.teach.problem import Problem

Rounding = Literal["auto", "full", "hand"]
RATE = Symbol("learning_rate")
ACCEPTED: dict[Rounding, tuple[Verdict, ...]] = {
    "auto": SOUND,
    "full": ("exact",),
    "hand": ("exact", "carried"),
}


@np.errstate(all="ignore")  # what is infinite or not a number shows in the verdicts
def judge(
    reading: Reading,
    *,
    model: Problem | None = None,
    rounding: Rounding = "auto",
    strict: bool = False,
    name: str = "document",
) -> Report:
    """Judge a reading: verdicts, findings, what was inferred, and the answers to its questions.

    `gatewise.check` says what the options mean.
    """
    sizes = None
    if model is not None:
        T, D = model.x.shape[-2:]
        sizes = Sizes(T, D, model.params.hidden_size)
    document = bind_document(reading, sizes)
    accepted = ACCEPTED["hand" if strict and rounding == "auto" else rounding]
    style = document_style(document)
    return Judgement(document, style, model, accepted).report(name)


class Judgement:
    """What is found in a document."""

    def __init__(
        self,
        document: BoundDocument,
        style: PrintedStyle,
        model: Problem | None,
        accepted: tuple[Verdict, ...],
    ) -> None:
        self.document = document
        self.style = style
        self.marks = Verdicts()
        self.inferred: dict[str, dict[str, Any]] = {}
        self.answers: tuple[Answer, ...] = ()
        self.hidden: tuple[str, ...] = ()
        Formulas(document, self.marks).check()
        before: Case | None = None
        for update in document.updates:
            before = self._update(update, model if before is None else None, accepted, before)
        for finding in remarks(document.reading):
            self.marks.find(finding)
        for cause, finding in clashes(document):
            self.marks.find(finding, cause)
        rest(document, self.marks)

    def _update(
        self, update: int, model: Problem | None, accepted: tuple[Verdict, ...], before: Case | None
    ) -> Case:
        document = self.document
        case = case_of(document, update, self.style, self.marks)
        if model is not None:
            fill_in(case, model)
        if before is not None:
            carry_over(case, before)
        rate = _rate(case)
        case.lay_out()
        refine_givens(case)
        if before is None and settle_givens(case) and rate is not None:
            rate = _rate(case)
        QuantityJudge(case, accepted).run()
        if rate is not None:
            rate = infer_rate(case, case.used) or rate
            self.inferred.setdefault("learning_rate", rate.as_mapping())
        if update == document.updates[0]:
            for finding in missing(case, document.reading, rate):
                self.marks.find(finding)
            self.answers = tuple(answers(case, document))
            self.hidden = tuple(hidden(case))
        return case

    @property
    def _result_verdicts(self) -> dict[Verdict, int]:
        counts: dict[Verdict, int] = dict.fromkeys(("exact", "carried"), 0)
        for statement in self.document.statements:
            if statement.base.name not in GIVEN or statement.base.new:
                for number, _ in statement.results:
                    verdict = self.marks.verdicts[number.at].verdict
                    counts[verdict] = counts.get(verdict, 0) + 1
        return counts

    def report(self, name: str) -> Report:
        counts = self._result_verdicts
        self.inferred["rounding"] = {
            "mode": "full" if not counts["carried"] else "by hand, or mixed",
            "digits": self.style.digits,
            "ties": "truncate" if self.style.truncates else "half-up or half-even",
        }
        reading = self.document.reading
        self.inferred["notation"] = {"name": reading.notation}
        return Report(
            reading.text,
            self.marks.findings(),
            in_order(self.marks.verdicts.values()),
            sum(unread.numbers for unread in reading.unread),
            self.inferred,
            self.answers,
            self.hidden,
            enough=_enough(self.document),
            name=name,
        )


def _enough(document: BoundDocument) -> bool:
    """Whether there is anything of an LSTM to judge, and most of it could be read."""
    bound = sum(len(statement.results) for statement in document.statements)
    unread = sum(unread.numbers for unread in document.reading.unread)
    return bound + len(document.general) > 0 and bound + len(document.general) >= unread


def document_style(document: BoundDocument) -> PrintedStyle:
    """The digits in which the document writes what it works out."""
    derived = [s for s in document.statements if s.base.name not in GIVEN or s.base.new]
    style = style_of([number for statement in derived for number, _ in statement.results])
    cut_off = PrintedStyle(style.digits, truncates=True)
    case = case_of(document, document.updates[0], style, Verdicts())
    if not any(case.is_printed(base) for base in case.order()):
        return style
    rounded, cut = (_share_given(case, trial) for trial in (style, cut_off))
    return cut_off if cut > rounded else style


def _share_given(case: Case, style: PrintedStyle) -> int:
    """How many results follow in this style from the numbers printed before them, or from exact ones."""
    book = Later(case).trial()
    count = 0
    for base in case.order():
        size = int(np.prod(case.sizes.shape(base), dtype=int))
        prints = {k: case.printed[base, k][0] for k in range(size) if (base, k) in case.printed}
        if prints:
            values = [np.ravel(book.work_out(case.rule(base))), np.ravel(case.true(base))]
            count += sum(
                any(style.gives(float(value[k]), number) for value in values if k < value.size)
                for k, number in prints.items()
            )
    return count


def case_of(document: BoundDocument, update: int, style: PrintedStyle, marks: Verdicts) -> Case:
    """One update step, with what is given entered in its books."""
    true = Book(document.sizes)
    case = Case(document.sizes, style, document.of(update), marks, true, true, true, true)
    for statement in case.statements:
        if rule(statement.base, document.sizes.T) is None:
            _enter_given(case, statement)
    case.open_books()
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
    if case.by_base.get(RATE) or np.isfinite(case.true.values.get(RATE, np.nan)):
        return None
    rate = infer_rate(case, case.true.copy())
    if rate is not None:
        for book in (case.true, case.used, case.sound, case.rounded):
            book.enter(RATE, np.asarray(rate.value))
    return rate


__all__ = ["judge"]
