"""Bind a reading to the LSTM's quantities and judge every number of it.

bind.py says what each claim is about, case.py lays worked sides beside formulas, formulas.py tries printed
formulas, lines.py goes through the quantities in the order of work and causes.py says what went wrong.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from gatewise.checker.findings import SOUND, Answer, Report, Verdict
from gatewise.checker.judge.answers import answers
from gatewise.checker.judge.bind import Document, Statement, bind_document
from gatewise.checker.judge.book import Book, rule
from gatewise.checker.judge.case import Case
from gatewise.checker.judge.digits import Style, style_of
from gatewise.checker.judge.formulas import Formulas
from gatewise.checker.judge.gaps import missing
from gatewise.checker.judge.givens import settle_givens
from gatewise.checker.judge.hidden import hidden
from gatewise.checker.judge.lines import Lines
from gatewise.checker.judge.marks import Marks, in_order
from gatewise.checker.judge.models import fill_in
from gatewise.checker.judge.rate import Rate, infer_rate
from gatewise.checker.judge.rest import clashes, remarks, rest
from gatewise.checker.judge.sizes import GIVEN, Sizes
from gatewise.checker.reading import Reading
from gatewise.expression import Symbol
from gatewise.model_file import Model

Rounding = Literal["auto", "full", "hand"]
RATE = Symbol("learning_rate")
ACCEPTED: dict[Rounding, tuple[Verdict, ...]] = {
    "auto": SOUND,
    "full": ("exact",),
    "hand": ("exact", "carried"),
}
MANY = 0.1  # of the results: if so many are not what rounding gives, they may be cut off


def judge(
    reading: Reading,
    *,
    model: Model | None = None,
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
    judgement = Judgement(document, style, model, accepted)
    if judgement.share_rounded < 1 - MANY:
        cut_off = Judgement(document, Style(style.digits, truncates=True), model, accepted)
        if cut_off.share_rounded > judgement.share_rounded:
            judgement = cut_off
    return judgement.report(name)


class Judgement:
    """One way to look at a document: with numbers rounded, or cut off."""

    def __init__(
        self, document: Document, style: Style, model: Model | None, accepted: tuple[Verdict, ...]
    ) -> None:
        self.document = document
        self.style = style
        self.marks = Marks()
        self.inferred: dict[str, dict[str, Any]] = {}
        self.answers: tuple[Answer, ...] = ()
        self.hidden: tuple[str, ...] = ()
        Formulas(document, self.marks).check()
        for update in document.updates:
            self._update(update, model if update == document.updates[0] else None, accepted)
        for finding in remarks(document.reading):
            self.marks.find(finding)
        for cause, finding in clashes(document):
            self.marks.find(finding, cause)
        rest(document, self.marks)

    def _update(self, update: int, model: Model | None, accepted: tuple[Verdict, ...]) -> None:
        document = self.document
        case = case_of(document, update, self.style, self.marks)
        if model is not None:
            fill_in(case, model)
        rate = _rate(case)
        case.lay_out()
        if settle_givens(case) and rate is not None:
            rate = _rate(case)
        Lines(case, accepted).run()
        if rate is not None:
            rate = infer_rate(case, case.used) or rate
            self.inferred.setdefault("learning_rate", rate.as_mapping())
        if update == document.updates[0]:
            for finding in missing(case, document.reading, rate):
                self.marks.find(finding)
            self.answers = tuple(answers(case, document))
            self.hidden = tuple(hidden(case))

    @property
    def share_rounded(self) -> float:
        """Which part of the results is exact or carried."""
        counts = self._result_verdicts
        return (counts["exact"] + counts["carried"]) / max(1, sum(counts.values()))

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
