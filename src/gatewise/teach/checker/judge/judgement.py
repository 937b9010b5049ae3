"""The judge: from a reading to a verdict for every number of it, step by step.

bind/ says what each claim is about, given/ settles what the document starts from, verdicts/ judges formulas
and numbers and says what went wrong, answers/ works out what the document asks.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from gatewise.teach.checker.judge.answers.questions import answer_questions
from gatewise.teach.checker.judge.answers.undetectable import undetectable_mistakes
from gatewise.teach.checker.judge.bind.statements import BoundDocument, bind_document, sizes_of_problem
from gatewise.teach.checker.judge.books.case import Case
from gatewise.teach.checker.judge.books.opening import open_case
from gatewise.teach.checker.judge.books.verdicts import Verdicts
from gatewise.teach.checker.judge.given.known import enter_model, enter_previous_update
from gatewise.teach.checker.judge.given.learning_rate import infer_missing_rate, infer_rate
from gatewise.teach.checker.judge.given.misprinted import correct_givens, refine_givens
from gatewise.teach.checker.judge.given.missing_steps import missing_work
from gatewise.teach.checker.judge.given.rounding_style import infer_style
from gatewise.teach.checker.judge.numbers.printed import PrintedStyle
from gatewise.teach.checker.judge.summary import enough_to_judge, infer_rounding
from gatewise.teach.checker.judge.verdicts.formulas import FormulaCheck
from gatewise.teach.checker.judge.verdicts.in_order import QuantityJudge
from gatewise.teach.checker.judge.verdicts.leftovers import (
    judge_remaining_numbers,
    notation_findings,
    shape_mismatches,
)
from gatewise.teach.checker.read.reading import Reading
from gatewise.teach.checker.report import SOUND, Answer, Report, Verdict
from gatewise.teach.problem import Problem

Rounding = Literal["auto", "full", "hand"]
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
    accepted = ACCEPTED["hand" if strict and rounding == "auto" else rounding]
    document = bind_document(reading, None if model is None else sizes_of_problem(model))
    judgement = Judgement(document, infer_style(document))
    judgement.judge_formulas()
    judgement.judge_updates(model, accepted)
    judgement.add_remarks()
    return judgement.report(name)


class Judgement:
    """What has been found in a document so far, and the steps that find it."""

    def __init__(self, document: BoundDocument, style: PrintedStyle) -> None:
        self.document = document
        self.style = style
        self.verdicts = Verdicts()
        self.inferred: dict[str, dict[str, Any]] = {}
        self.answers: tuple[Answer, ...] = ()
        self.undetectable: tuple[str, ...] = ()

    def judge_formulas(self) -> None:
        """Compare every printed formula with the equation of its quantity."""
        FormulaCheck(self.document, self.verdicts).check()

    def judge_updates(self, model: Problem | None, accepted: tuple[Verdict, ...]) -> None:
        """Judge the numbers of each update step, which begins with what the one before came to."""
        previous: Case | None = None
        for update in self.document.updates:
            previous = self._judge_update(update, model if previous is None else None, accepted, previous)

    def _judge_update(
        self, update: int, model: Problem | None, accepted: tuple[Verdict, ...], previous: Case | None
    ) -> Case:
        case = open_case(self.document, update, self.style, self.verdicts)
        # What is given: by the user, by the update before, or by what the work itself shows.
        if model is not None:
            enter_model(case, model)
        if previous is not None:
            enter_previous_update(case, previous)
        rate = infer_missing_rate(case)
        case.align_sides()
        refine_givens(case)
        if previous is None and correct_givens(case) and rate is not None:
            rate = infer_missing_rate(case)
        # Every number, in the order of work.
        QuantityJudge(case, accepted).run()
        if rate is not None:
            rate = infer_rate(case, case.used) or rate
            self.inferred.setdefault("learning_rate", rate.as_mapping())
        # What the document lacks, asks and cannot show is worked out for its first update.
        if update == self.document.updates[0]:
            for finding in missing_work(case, self.document.reading, rate):
                self.verdicts.add_finding(finding)
            self.answers = tuple(answer_questions(case, self.document))
            self.undetectable = tuple(undetectable_mistakes(case))
        return case

    def add_remarks(self) -> None:
        """Add what is left to say: repaired text, shapes that do not fit, numbers about nothing known."""
        for finding in notation_findings(self.document.reading):
            self.verdicts.add_finding(finding)
        for cause, finding in shape_mismatches(self.document):
            self.verdicts.add_finding(finding, cause)
        judge_remaining_numbers(self.document, self.verdicts)

    def report(self, name: str) -> Report:
        """Return the report of what was found; `name` is the document's."""
        reading = self.document.reading
        self.inferred["rounding"] = infer_rounding(self.document, self.style, self.verdicts)
        self.inferred["notation"] = {"name": reading.notation}
        return Report(
            reading.text,
            self.verdicts.findings(),
            self.verdicts.judged(),
            sum(unread.numbers for unread in reading.unread),
            self.inferred,
            self.answers,
            self.undetectable,
            enough=enough_to_judge(self.document),
            name=name,
        )


__all__ = ["ACCEPTED", "Rounding", "judge"]
