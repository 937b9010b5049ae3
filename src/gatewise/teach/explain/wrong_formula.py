"""The page of a wrong formula: beside the right one, why it is wrong, and both worked on a small problem.

The numbers are those of `gatewise work --rounding hand`: the same code works the line out with the wrong
formula in its place, and all that follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from gatewise.cells.cell import Cell
from gatewise.cells.known.table import LSTM
from gatewise.engine.any_cell import state_of
from gatewise.expression import text
from gatewise.teach.checker.mistakes.catalogue import Mistake, catalogue_of
from gatewise.teach.checker.mistakes.words import in_unicode
from gatewise.teach.explain.page import Page, PageSection
from gatewise.teach.problem import load_problem
from gatewise.teach.problem.draw import draw
from gatewise.teach.worksheet.work.build import SequenceProblem, work_by_hand
from gatewise.teach.worksheet.work.inputs import one_sequence
from gatewise.teach.worksheet.work.lines import Line

DIGITS = 5
MOST_NAMED = 6  # of what follows from a mistake


def page_of(mistake: Mistake, cell: Cell) -> Page:
    """Return the page of a mistake of a cell's catalogue."""
    equation = mistake.equation
    left = text(equation.left)
    formulas = PageSection(
        "",
        lines=(
            f"right  {left} = {text(equation.right)}    ({equation.id})",
            f"wrong  {left} = {text(mistake.right)}",
        ),
    )
    parts = [
        formulas,
        PageSection("Why it is wrong", (mistake.why, f"The equation: {in_unicode(equation.why)}")),
    ]
    on_sheets = equation in catalogue_of(cell).equations  # other losses, and derivatives by gates, are not
    return Page(mistake.id, mistake.name, (*parts, *(_worked(mistake, cell) if on_sheets else ())))


@dataclass(frozen=True, eq=False)
class _Example:
    """A problem and what it is called, with its lines as they are worked rightly."""

    problem: SequenceProblem
    of: str

    @cached_property
    def lines(self) -> dict[str, Line]:
        return {line.id: line for line in work_by_hand(self.problem, DIGITS)}


@lru_cache(maxsize=8)
def _examples(cell: Cell) -> tuple[_Example, _Example]:
    """Return the problem that `gatewise work` shows, and one of three steps with as many units as inputs.

    In the second more formulas fit and show: W and U have the same shape, and a step has two neighbours.
    """
    given = load_problem(cell=cell)
    first, _ = one_sequence(
        given.params, given.x, given.label, given.state, given.lengths, given.learning_rate, given.texts, 0
    )
    params, x, label = draw(cell, 0, steps=3, units=2)
    start = state_of(cell)(*(np.zeros(params.length_of(name)) for name in cell.carried))
    second = SequenceProblem(params, x, label, start, 0.1, {})
    known = "the worked example" if cell is LSTM else f"gatewise work --cell {cell.name}"
    return _Example(first, known), _Example(second, "three steps, two inputs, two units, drawn")


def _worked(mistake: Mistake, cell: Cell) -> list[PageSection]:
    """Return what gives the mistake away, and an example with numbers: the first problem that shows it."""
    unseen: list[PageSection] = []
    for example in _examples(cell):
        shows, silent = _tried(mistake, example)
        if shows:
            id, worked = next(iter(shows.items()))
            away = _what_shows(shows, [line for line, _ in silent], example.lines)
            return [
                PageSection("What gives it away", tuple(away)),
                *_numbers(example.lines[id], worked[id], example.of),
            ]
        if silent and not unseen:
            away = [f"In {example.of} no number shows it: both formulas give the same."]
            unseen = [PageSection("What gives it away", tuple(away)), *_numbers(*silent[-1], example.of)]
    nowhere = (
        "Step by step it cannot be worked out: it asks for a step that there is not, for what is worked out "
        "only later, or for shapes that do not fit."
    )
    return unseen or [PageSection("What gives it away", (nowhere,))]


def _tried(mistake: Mistake, example: _Example) -> tuple[dict[str, dict[str, Line]], list[tuple[Line, Line]]]:
    """Work each line of the equation with the mistake: those whose numbers change, and those that stay."""
    shows: dict[str, dict[str, Line]] = {}
    silent: list[tuple[Line, Line]] = []
    for line in example.lines.values():
        worked = _with_mistake(mistake, line, example.problem) if _is_about(line, mistake) else None
        if worked is None:
            continue
        if _differ(worked[line.id], line):
            shows[line.id] = worked
        else:
            silent.append((line, worked[line.id]))
    return shows, silent


def _is_about(line: Line, mistake: Mistake) -> bool:
    return line.equation is not None and line.equation.id == mistake.equation.id


def _with_mistake(mistake: Mistake, line: Line, problem: SequenceProblem) -> dict[str, Line] | None:
    """Work the problem out with the mistake at one line; None where it asks for what there is not."""
    try:
        working = work_by_hand(problem, DIGITS, instead={line.id: mistake.right})
        found = {other.id: other for other in working}
        _ = found[line.id].shown
    except (LookupError, ValueError):
        return None
    fits = found[line.id].value.shape == line.value.shape and bool(np.isfinite(found[line.id].value).all())
    return found if fits else None


def _differ(one: Line, other: Line) -> bool:
    return one.displayed != other.displayed


def _what_shows(
    shows: Mapping[str, Mapping[str, Line]], silent: list[Line], right: Mapping[str, Line]
) -> list[str]:
    id, worked = next(iter(shows.items()))
    left = text(right[id].left)
    sentences = []
    if silent:
        where = ", ".join(text(right[line].left) for line in shows)
        same = ", ".join(text(line.left) for line in silent)
        sentences.append(f"It shows in {where}; {same} {_is(silent)} the same with either formula.")
    follows = [
        line for line in right.values() if line.id != id and not line.given and _differ(worked[line.id], line)
    ]
    if follows:
        names = ", ".join(text(line.left) for line in follows[:MOST_NAMED])
        more = f" and {len(follows) - MOST_NAMED} more" if len(follows) > MOST_NAMED else ""
        sentences.append(f"What is worked out from {left} is wrong with it: {names}{more}.")
    else:
        sentences.append(f"Nothing else is worked out from {left}, so that it is wrong alone.")
    return sentences


def _is(lines: list[Line]) -> str:
    return "is" if len(lines) == 1 else "are"


def _numbers(right: Line, wrong: Line, of: str) -> list[PageSection]:
    return [
        PageSection(
            f"With numbers ({of}, {DIGITS} decimals)",
            lines=("right", *_indented(right), "wrong", *_indented(wrong)),
        )
    ]


def _indented(line: Line) -> list[str]:
    return [f"  {row}" for row in str(line).splitlines()]
