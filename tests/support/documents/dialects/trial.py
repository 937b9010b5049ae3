"""One mistake in a document of a drawn dialect, its sound twin, and what a check of them should say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from checker_draws import Drawn, draw, draw_person, draw_problem
from checker_mistakes import Injected, unchanged
from checker_sheets import Person
from dialects.dialect import Dialect, draw_dialect
from dialects.shaping import STACKED
from dialects.writing import Writer, Written

import gatewise
from gatewise.cells.equation import Equation
from gatewise.cells.known.lstm import BY_ID, EQUATIONS, label, loss_t, out, over_steps
from gatewise.expression import Call, Expression, Number, Product, Quotient, Symbol
from gatewise.teach.checker.read.reading import Reading
from gatewise.teach.checker.report import ERRORS, Report
from gatewise.teach.worksheet.work.build import SequenceProblem

LOSS_OF_STEP = next(e for e in EQUATIONS if e.left == loss_t)


def losses(loss: str, T: int) -> dict[Equation, Expression]:
    """Return the equations of another loss than ½ Σ (h − y)²."""
    if loss == "half":
        return {}
    squares, difference = Call("sum", (out - label) ** 2), out - label
    if loss == "sum":
        return {LOSS_OF_STEP: squares, BY_ID["B0"]: Product("times", (Number("2"), difference))}
    steps = Number(str(T))
    return {
        LOSS_OF_STEP: squares,
        BY_ID["L1"]: over_steps(loss_t) / steps,
        BY_ID["B0"]: Product("times", (Quotient(Number("2"), steps), difference)),
    }


class InDialect(Drawn):
    """Problems and people as a dialect needs them."""

    dialect = Dialect()
    T = 1

    def problem(self, rng: np.random.Generator) -> SequenceProblem:
        problem = draw_problem(rng)
        if self.dialect.layout == "table" and rng.random() < 0.8:  # tables are of single numbers
            while problem.params.hidden_size > 1:
                problem = draw_problem(rng)
        if self.dialect.initial == "given" and rng.random() < 0.5:
            H = problem.params.hidden_size
            h, c = np.round(rng.uniform(-1, 1, (2, H)), 2)
            problem = replace(problem, state=gatewise.State(h, c))
        self.T = len(problem.x)
        return problem

    def person(self, rng: np.random.Generator, digits: int, detail: str | None = None) -> Person:
        person = draw_person(rng, digits, detail)
        if self.dialect.layout == "table" and detail != "example":
            person = replace(person, detail="results")
        # Who writes ∂L/∂f_t down as well and works on with all digits: rounded, it would be another δf_t.
        by_gate = self.dialect.derivatives == "gate"
        return replace(
            person, by_gate=by_gate, rounding="full" if by_gate else person.rounding, guards=False,
            believes=losses(self.dialect.loss, self.T),
        )  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """A document with one mistake, the same without it, and the dialect of both."""

    kind: str
    dialect: Dialect
    injected: Injected
    wrong: Written
    sound: Written

    @property
    def H(self) -> int:
        return hidden_of(self.injected.clean)


def trials(rng: np.random.Generator, digits: int, only: str = "", share: float = 1.0) -> Iterator[Trial]:
    """Every catalogue entry and kind of misprint in a dialect of its own; of these the share that is asked for."""
    drawn = InDialect()
    for kind, make in draw(rng, digits, only, drawn):
        drawn.dialect = draw_dialect(rng)
        if rng.random() >= share or (
            drawn.dialect.loss != "half" and kind.startswith(("formula L1", "formula B0"))
        ):
            continue
        injected = make()
        trial = injected and trial_of(kind, drawn.dialect, injected)
        if trial:
            yield trial


def trial_of(kind: str, dialect: Dialect, injected: Injected) -> Trial | None:
    """Write both documents; None where the mistake does not stand in either."""
    if kind.startswith("lost") and _of_stacked(injected):
        return None
    sound = written(dialect, injected.clean, losses(dialect.loss, steps_of(injected.clean)))
    believed = injected.person.believes if injected.person.at is None else {}
    wrong = written(dialect, injected.reading, believed)
    if sound.text == wrong.text:
        return None
    return Trial(kind, dialect, injected, wrong, sound)


def written(dialect: Dialect, reading: Reading, believed=None) -> Written:
    return Writer(dialect, reading, hidden_of(reading), steps_of(reading), believed).document()


def hidden_of(reading: Reading) -> int:
    b = next(claim for claim in reading.claims if claim.id == "b")
    return sum(1 for _ in b.sides[-1].numbers) // 4


def steps_of(reading: Reading) -> int:
    return sum(claim.id.startswith("x@") for claim in reading.claims)


def _of_stacked(injected: Injected) -> bool:
    claim = next(c for c in injected.clean.claims if c.id == injected.what)
    assert isinstance(claim.left.tree, Symbol)
    return claim.left.tree.name in STACKED or claim.id[:2] in ("B7", "B8")


# Who writes L = Σ (h − y)² and Δ = h − y is wrong in one of them, and nothing says in which.
INSTEAD = {"L1/no-half": "B0/without-2", "L1[total]/mean": "B0/not-divided"}


@dataclass(frozen=True)
class Result:
    """What a check of a trial said: of the wrong document, and of its sound twin."""

    found: bool
    named: bool
    roots: int
    blamed: tuple[str, ...]  # numbers that are right
    elsewhere: tuple[str, ...] = field(default=())  # roots at places where nothing is wrong


def result_of(trial: Trial, report: Report) -> Result:
    injected = trial.injected
    places = relocated(trial.wrong, report.text)
    right = {offset for offset, _ in unchanged(injected.clean, injected.reading)}
    sound = {k for offset in right for start, end in places.get(offset, ()) for k in range(start, end)}
    spans = _wrong_spans(trial, report.text)
    roots = [f for f in report.roots if f.verdict in ERRORS and f.verdict != "follow-through"]
    instead = INSTEAD.get(injected.what) if injected.kind == "formula" else None
    if instead is not None and any(f.mistake == instead for f in roots):
        return Result(True, True, len(roots), ())
    at_place = [f for f in roots if any(start <= f.at.offset < end for start, end in spans)]
    named = any(_is_named(injected, f) for f in at_place)
    blamed = tuple(
        f"{n.quantity}={n.printed}:{n.verdict}"
        for n in report.numbers
        if n.verdict in ERRORS and n.at.offset in sound
    )
    elsewhere = tuple(
        f"{f.quantity} {f.printed}: {f.verdict} {f.mistake}" for f in roots if f not in at_place
    )
    return Result(bool(at_place), named, len(roots), blamed, elsewhere)


def _is_named(injected: Injected, finding) -> bool:
    if finding.verdict in injected.verdicts:
        mistake = re.sub(
            r"\[by \w+\]", "", finding.mistake
        )  # of the derivative by the gate, where that is written
        return mistake in injected.mistakes or mistake in injected.also()
    return injected.kind != "formula" and finding.verdict in ("contradiction", "arithmetic")


def _wrong_spans(trial: Trial, text: str) -> list[tuple[int, int]]:
    """The chains in which something differs from the sound twin."""
    wrong, sound = trial.wrong, trial.sound
    # Chains are the same number in the same order but for the formulas that cannot be written.
    before = {}
    for start, end, id in sound.spans:
        before.setdefault(id, []).append(sound.plain[start:end])
    found = []
    moved = _moved(wrong, text)
    seen: dict[str, int] = {}
    for k, (start, end, id) in enumerate(wrong.spans):
        at = seen.get(id, 0)
        seen[id] = at + 1
        others = before.get(id, [])
        if at >= len(others) or others[at] != wrong.plain[start:end]:
            shift = moved[k]
            if shift is not None:
                found.append((start + shift, end + shift))
    return found


def _moved(document: Written, text: str) -> list[int | None]:
    """How far each chain stands from where it was written: notebooks are read cell by cell."""
    if document.plain == text:
        return [0] * len(document.spans)
    moved: list[int | None] = []
    cursor = 0
    for start, end, _ in document.spans:
        at = text.find(document.plain[start:end], cursor)
        moved.append(at - start if at >= 0 else None)
        cursor = at + 1 if at >= 0 else cursor
    return moved


def relocated(document: Written, text: str) -> dict[int, list[tuple[int, int]]]:
    """Where the numbers stand in the text that was read."""
    if document.plain == text:
        return document.places
    found: dict[int, list[tuple[int, int]]] = {}
    for (start, end, _), shift in zip(document.spans, _moved(document, text), strict=True):
        if shift is None:
            continue
        for offset, stretches in document.places.items():
            for a, b in stretches:
                if start <= a < end:
                    found.setdefault(offset, []).append((a + shift, b + shift))
    return found


def false_roots(report: Report) -> list[str]:
    """What is blamed in a document without a mistake."""
    return [
        f"{f.quantity} {f.printed} -> {f.expected}: {f.verdict} {f.mistake}"
        for f in report.roots
        if f.verdict in ERRORS
    ]


__all__ = ["Trial", "false_roots", "result_of", "trials"]
