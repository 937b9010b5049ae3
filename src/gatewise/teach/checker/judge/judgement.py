"""The judge: from a reading to a verdict for every number of it, step by step.

bind/ says what each claim is about, given/ settles what the document starts from, verdicts/ judges formulas
and numbers and says what went wrong, answers/ works out what the document asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from gatewise.cells.cell import Cell
from gatewise.cells.known.table import LSTM
from gatewise.engine.params import Params
from gatewise.teach.checker.judge.answers.questions import answer_questions
from gatewise.teach.checker.judge.answers.undetectable import undetectable_mistakes
from gatewise.teach.checker.judge.arithmetic.examine import examine, within
from gatewise.teach.checker.judge.arithmetic.illustrations import supposed_claims
from gatewise.teach.checker.judge.basis import basis_of
from gatewise.teach.checker.judge.bind.infer_sizes import Known, sizes_of_known
from gatewise.teach.checker.judge.bind.statements import BoundDocument, bind_document
from gatewise.teach.checker.judge.books.aligning import align_sides
from gatewise.teach.checker.judge.books.case import Case
from gatewise.teach.checker.judge.books.opening import open_case
from gatewise.teach.checker.judge.books.verdicts import Verdicts
from gatewise.teach.checker.judge.coverage import count
from gatewise.teach.checker.judge.given.known import adopt_givens, enter_model, enter_previous_update
from gatewise.teach.checker.judge.given.learning_rate import infer_missing_rate, infer_rate
from gatewise.teach.checker.judge.given.misprinted import correct_givens, refine_givens
from gatewise.teach.checker.judge.given.missing_steps import missing_work
from gatewise.teach.checker.judge.given.other_model import refuse_other_model
from gatewise.teach.checker.judge.given.rounding_style import infer_style
from gatewise.teach.checker.judge.layers import layers_of, merged
from gatewise.teach.checker.judge.numbers.printed import PrintedStyle
from gatewise.teach.checker.judge.numbers.sizes import Sizes
from gatewise.teach.checker.judge.reading.infer import Inferred, infer, of_cell
from gatewise.teach.checker.judge.reading.own_letters import letters_of_document, shown_to_people
from gatewise.teach.checker.judge.reading.trials import without_trials
from gatewise.teach.checker.judge.reading.without_steps import with_steps
from gatewise.teach.checker.judge.sequences import with_inputs_by_step
from gatewise.teach.checker.judge.settle import settle
from gatewise.teach.checker.judge.summary import choices, infer_rounding
from gatewise.teach.checker.judge.units import with_units
from gatewise.teach.checker.judge.verdicts.formulas import FormulaCheck
from gatewise.teach.checker.judge.verdicts.in_order import QuantityJudge
from gatewise.teach.checker.judge.verdicts.leftovers import (
    notation_findings,
    shape_mismatches,
)
from gatewise.teach.checker.read.finish import standardize
from gatewise.teach.checker.read.reading import Reading
from gatewise.teach.checker.read.records import MOST_CLAIMS
from gatewise.teach.checker.report import SOUND, Answer, Finding, Report, Verdict
from gatewise.teach.problem import Problem

Rounding = Literal["auto", "full", "hand"]
MOST_COMPARED = 2_000  # claims that are compared with a cell's equations
MOST_EXAMINED = 5_000  # claims whose own arithmetic is checked
ACCEPTED: dict[Rounding, tuple[Verdict, ...]] = {
    "auto": SOUND,
    "full": ("exact",),
    "hand": ("exact", "carried"),
}


@np.errstate(all="ignore")  # what is infinite or not a number shows in the verdicts
def judge(
    reading: Reading,
    *,
    model: Known | None = None,
    cell: Cell | None = None,
    rounding: Rounding = "auto",
    strict: bool = False,
    name: str = "document",
    given: Mapping[str, str] | None = None,
) -> Report:
    """Judge a document as it is written: verdicts, findings, what was inferred, and answers to its questions.

    `gatewise.check` says what the options mean; `cell` is the one in whose letters it was read, where that is
    known, and whose equations hold. Else both are inferred, but for what is `given`
    (reading/reading_option.py).
    """
    reading = with_inputs_by_step(with_units(without_trials(reading))) if cell is None else reading
    layers = layers_of(reading) if model is None and cell is None else []
    if layers:
        reports = [_judge_one(each.reading, None, None, rounding, strict, name, given) for each in layers]
        return merged(layers, reports)
    return _judge_one(reading, model, cell, rounding, strict, name, given)


def _judge_one(
    reading: Reading,
    model: Known | None,
    cell: Cell | None,
    rounding: Rounding,
    strict: bool,
    name: str,
    given: Mapping[str, str] | None,
) -> Report:
    """Judge a document of one layer."""
    accepted = ACCEPTED["hand" if strict and rounding == "auto" else rounding]
    compared = replace(reading, claims=reading.claims[:MOST_COMPARED])
    if not reading.standard:
        compared = with_steps(compared)
    has_labels = isinstance(model, Problem) and model.label is not None
    inferred = infer(compared, given or {}, has_labels) if cell is None or cell is LSTM else of_cell(cell)
    sizes = None
    if model is not None:
        steps = _bound(compared, inferred, None).sizes.T if isinstance(model, Params) else 0
        sizes = sizes_of_known(model, steps)
    whole = _bound(compared, inferred, sizes)
    style = infer_style(whole)
    if model is not None:
        refuse_other_model(whole, lambda: _bound(compared, inferred, None), model, style)
    examined = examine(replace(reading, claims=reading.claims[:MOST_EXAMINED]), inferred.dialect, style)
    scopes, supposed = examined.statements.scopes, supposed_claims(compared)
    parts = []
    for number in range(len(scopes)):
        part = whole if len(scopes) == 1 else _bound(within(compared, examined, number), inferred, sizes)
        judgement = Judgement(part, style, supposed, may_vary=not reading.standard)
        judgement.judge_formulas()
        judgement.judge_updates(model if number == 0 else None, accepted)
        if number == 0:
            judgement.add_remarks()
        parts.append(judgement)
    verdicts = [part.verdicts for part in parts]
    if len(reading.claims) > MOST_COMPARED:
        parts[0].add_rest_remark(reading)
    settled = settle(examined, verdicts, inferred.alternatives)
    coverage = count(reading, examined, verdicts, settled)
    first = parts[0]
    facts = {
        "rounding": infer_rounding(whole, style, settled.numbers),
        "notation": {"name": reading.notation},
    }
    return Report(
        reading.text,
        tuple(replace(found, shown=shown_to_people(found.shown)) for found in settled.findings),
        tuple(sorted(settled.numbers.values(), key=lambda judged: judged.at.offset)),
        coverage.unread,
        {**first.inferred, **facts},
        first.answers,
        first.undetectable,
        enough=coverage.enough,
        name=name,
        reading=choices(inferred, facts["rounding"], reading),
        coverage=coverage,
        letters=letters_of_document(compared, inferred.dialect),
        basis=None if first.case is None else basis_of(first.case, first.document, scopes[1:]),
    )


def _bound(reading: Reading, inferred: Inferred, sizes: Sizes | None) -> BoundDocument:
    dialect = inferred.dialect
    standard = reading if reading.standard else standardize(dialect.translated(reading))
    return bind_document(standard, sizes, dialect.cell, dialect.loss)


class Judgement:
    """What has been found in a document so far, and the steps that find it."""

    def __init__(
        self, document: BoundDocument, style: PrintedStyle, supposed: frozenset[int], may_vary: bool = True
    ) -> None:
        self.document = document
        self.style = style
        self.verdicts = Verdicts()
        self.formulas = FormulaCheck(document, self.verdicts, supposed, may_vary)
        self.inferred: dict[str, dict[str, Any]] = {}
        self.answers: tuple[Answer, ...] = ()
        self.undetectable: tuple[str, ...] = ()
        self.case: Case | None = None  # of the first update

    def judge_formulas(self) -> None:
        """Compare every printed formula with the equation of its quantity."""
        self.formulas.check()

    def judge_updates(self, model: Known | None, accepted: tuple[Verdict, ...]) -> None:
        """Judge the numbers of each update step, which begins with what the one before came to."""
        previous: Case | None = None
        for update in self.document.updates:
            previous = self._judge_update(update, model if previous is None else None, accepted, previous)

    def _judge_update(
        self, update: int, model: Known | None, accepted: tuple[Verdict, ...], previous: Case | None
    ) -> Case:
        case = open_case(self.document, update, self.style, self.verdicts)
        case.own, case.right_sides = self.formulas.is_own, self.formulas.right
        case.mistake_in = self.formulas.mistake_in
        # What is given: by the user, by the update before, or by what the work itself shows.
        if model is not None:
            enter_model(case, model)
        if previous is not None:
            enter_previous_update(case, previous)
        rate = infer_missing_rate(case)
        align_sides(case)
        adopt_givens(case)
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
            self.case = case
            for finding in missing_work(case, self.document.reading, rate):
                self.verdicts.add_finding(finding)
            self.answers = tuple(answer_questions(case, self.document))
            self.undetectable = tuple(undetectable_mistakes(case))
        return case

    def add_rest_remark(self, reading: Reading) -> None:
        """Say from where on formulas are not compared with the cell's equations."""
        first = reading.claims[MOST_COMPARED].left
        more = " and more" if len(reading.claims) >= MOST_CLAIMS else ""
        message = (
            f"The document has {len(reading.claims):,} formulas{more}. From here on, beyond the first "
            f"{MOST_COMPARED:,}, only their own arithmetic is checked, that of the first {MOST_EXAMINED:,}."
        )
        self.verdicts.add_finding(Finding("uncheckable", first.at, "", first.source, "", message))

    def add_remarks(self) -> None:
        """Add what is left to say: repaired text, shapes that do not fit, numbers about nothing known."""
        for finding in notation_findings(self.document.reading):
            self.verdicts.add_finding(finding)
        for cause, finding in shape_mismatches(self.document):
            self.verdicts.add_finding(finding, cause)


__all__ = ["ACCEPTED", "Rounding", "judge"]
