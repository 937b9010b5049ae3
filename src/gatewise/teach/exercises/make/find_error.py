"""Find the mistake: a sheet worked by hand in which one line is wrong, and everything after it builds on it.

The line was worked by a wrong formula of the catalogue, or its result was written down wrongly.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gatewise.cells.cell import Cell
from gatewise.errors import ArgumentError
from gatewise.teach.checker.mistakes.catalogue import Mistake
from gatewise.teach.exercises.drawing import MOST_SHEETS, ExerciseSizes, draw
from gatewise.teach.exercises.make.sheets import items_of, reshaped, sections, substituted, task
from gatewise.teach.exercises.sheet import LETTERS, Draft, Item, Option, Part
from gatewise.teach.exercises.solution import SAME, Solution
from gatewise.teach.worksheet.digits import Values
from gatewise.teach.worksheet.layout.document import Note, Section
from gatewise.teach.worksheet.work.build import work_by_hand
from gatewise.teach.worksheet.work.lines import Line

PHASES = ("forward", "backward", "gradients")  # where a mistake is put, so that lines follow that build on it
OFFERED = 4  # kinds of mistake to choose from
TASK = (
    "One line of this sheet is worked out wrongly; the lines after it are worked out rightly from what it "
    "gives. Find the line, give its right value, and say what was done wrong."
)


def find_error(
    rng: np.random.Generator, _choice: np.random.Generator, sizes: ExerciseSizes, cell: Cell
) -> Draft:
    """Make a sheet with one mistake, on which all later lines build."""
    for _ in range(MOST_SHEETS):
        solution = draw(rng, sizes, cell)
        chosen = _choose(rng, solution)
        if chosen is not None:
            break
    else:
        raise ArgumentError(
            f"in none of {MOST_SHEETS} problems of cell {cell.name} there is a mistake that can be told from "
            "all others. Ask for other sizes."
        )
    id, mistake, place = chosen
    wrong = work_by_hand(solution.problem, sizes.digits, instead={id: mistake.right})
    parts = [
        task("Task", [TASK, f"Every result is rounded to {sizes.digits} decimals before it is used."], cell)
    ]
    for key, section in sections(wrong).items():
        parts.append(Part(section if key in ("formulas", "given") else reshaped(section, substituted)))
    questions = _items(rng, solution, id, mistake, place)
    parts.append(Part(Section("answers", "Your answers", tuple(_questions(questions))), questions))
    return Draft(solution, tuple(parts), id, mistake.id)


def _choose(rng: np.random.Generator, solution: Solution) -> tuple[str, Mistake, tuple[int, ...]] | None:
    """Choose a line, a mistake that can be made there, and the first number that it makes wrong."""
    ids = [id for id, line in solution.lines.items() if line.phase in PHASES]
    for k in rng.permutation(len(ids)).tolist():
        id = ids[k]
        line = solution.lines[id]
        if id not in solution.telling:
            continue
        fit = [
            (mistake, value)
            for mistake, value in _distinct(solution.mistaken(id))
            if _works(solution, mistake, line)
        ]
        if fit:
            mistake, value = fit[int(rng.integers(len(fit)))]
            wrong = np.abs(value - line.value) >= solution.unit(id)
            place = next(entry.place for entry in solution.entries[id] if wrong[entry.place])
            return id, mistake, place
    return None


def _distinct(mistaken: list[tuple[Mistake, Values]]) -> list[tuple[Mistake, Values]]:
    """Return the mistakes whose value no other one gives, as two do at the ends of a sequence."""
    return [
        (mistake, value)
        for mistake, value in mistaken
        if not any(other is not mistake and np.abs(v - value).max() <= SAME for other, v in mistaken)
    ]


def _works(solution: Solution, mistake: Mistake, line: Line) -> bool:
    """Return whether all that the wrong formula asks for stands on the sheet before the line.

    A mistake may ask for what is worked out only later, as a forward line for a gradient: nobody makes it so.
    """
    formula, ids = solution.bound(mistake.right, line.t), [each.id for each in solution.hand]
    try:
        solution.hand.evaluate(formula)
        return set(solution.hand.ids_in(formula)) <= set(ids[: ids.index(line.id)])
    except (KeyError, ValueError):  # past the ends of the sequence, or of shapes that do not fit
        return False


def _items(
    rng: np.random.Generator, solution: Solution, id: str, mistake: Mistake, place: tuple[int, ...]
) -> tuple[Item, ...]:
    (right,) = (item for item in items_of(solution, [id]) if item.place == place)
    others = {m.name: m for m, _ in _distinct(solution.mistaken(id)) if m.name != mistake.name}
    names = list(others)
    chosen = [others[names[k]] for k in rng.permutation(len(names))[: OFFERED - 1].tolist()] + [mistake]
    order = rng.permutation(len(chosen)).tolist()
    options = tuple(
        Option(letter, chosen[k].name, *(("", "") if chosen[k] is mistake else (chosen[k].id, chosen[k].why)))
        for letter, k in zip(LETTERS, order, strict=False)
    )
    letter = next(option.letter for option in options if not option.mistake)
    which = "the first wrong number of that line" if len(solution.entries[id]) > 1 else "that line"
    return (
        Item("error.line", "the id of the line that is wrong", id, form="line", why=mistake.why),
        replace(right, id="error.value", asks=f"the right value of {which}"),
        Item("error.kind", "what was done wrong", letter, options=options, form="choice", why=mistake.why),
    )


def _questions(items: tuple[Item, ...]) -> list[Note]:
    """Write the questions as notes, with the options of a choice."""
    notes = []
    for item in items:
        options = "; ".join(f"{option.letter}: {option.text}" for option in item.options)
        notes.append(Note(f"{item.id}: {item.asks}." + (f" {options}." if options else "")))
    return notes
