"""Writes marks.json: sheets, and random answers to them with what `gatewise mark` makes of each.

Each case has the sheet as an exercises' page holds it, the page to play with of the same problem, its key,
and tries: answers by id, and id, answer, verdict, points, note and mistake of each as marked.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from gatewise.cells import cell_named
from gatewise.teach.exercises import Key, exercise, key_of, mark, write_key
from gatewise.teach.exercises.drawing import ExerciseSizes
from gatewise.teach.exercises.program import program
from gatewise.teach.explore.program import program_of_problem

NONSENSE = ["", "abc", "?", "1e5", "0.5 6", "nan", "= 0,5", "1/3", "…"]
CASES = [
    ("lstm", ExerciseSizes(), 6),
    ("lstm", ExerciseSizes(units=2), 1),
    ("gru", ExerciseSizes(), 2),
    ("peephole", ExerciseSizes(units=2), 1),
    ("rnn", ExerciseSizes(steps=3), 2),
    ("projected", ExerciseSizes(units=2), 1),
]


def answers_for(key: Key, rng: np.random.Generator) -> dict[str, str]:
    """Answer every item: rightly, as wrong numbers go on, with slips, roundings, mistakes, nonsense."""
    solution, own, answers = key.solution, {}, {}
    for item in key.items:
        line, draw = solution.lines[item.line], rng.random()
        worked = float(solution.worked(item.line, own)[item.place])
        style = line.style_at(item.place)
        text = item.key
        if 0.35 <= draw < 0.6:
            text = style.number(worked).text
        elif draw < 0.68:
            text = item.key[1:] if item.key.startswith("-") else f"-{item.key}"
        elif draw < 0.74:
            place = rng.integers(len(text))
            text = text[:place] + "0123456789-."[rng.integers(12)] + text[place + 1 :]
        elif draw < 0.79:
            text = item.key[: -int(rng.integers(1, 5))].replace(".", ",") or "0"
        elif draw < 0.92:
            wrong = solution.mistaken(item.line, own if rng.random() < 0.7 else {})
            text = (
                style.number(float(wrong[rng.integers(len(wrong))][1][item.place])).text
                if wrong
                else item.key
            )
        elif draw < 0.95:
            text = NONSENSE[rng.integers(len(NONSENSE))]
        elif draw >= 0.95:
            text = f"{worked + rng.normal() * 10.0 ** -rng.integers(1, 6):.5f}"
        answers[item.id] = text if draw >= 0.35 else item.key
        try:
            value = float(answers[item.id])
        except ValueError:
            continue
        if abs(value) < 1e6:
            values = own.get(line.left, line.value).copy()
            values[item.place] = value
            own[line.left] = values
    return answers


def tried(key: Key, answers: Mapping[str, str]) -> dict[str, Any]:
    """Return answers, and what they are marked as."""
    marked = mark(key, answers).marked
    return {
        "answers": answers,
        "marked": [[m.item.id, m.answer, m.verdict, m.points, m.note, m.mistake] for m in marked],
    }


def case(cell: str, sizes: ExerciseSizes, rounds: int) -> dict[str, Any]:
    """Return a sheet on which every number is asked for, and `rounds` tries at it."""
    made = exercise("full", 3, 1, sizes, cell=cell_named(cell))
    key, problem, rng = key_of(made), made.solution.problem, np.random.default_rng(5)
    given = SimpleNamespace(
        params=problem.params, x=problem.x, label=problem.label, state=problem.state, lengths=None,
        learning_rate=problem.learning_rate, settings=None, title=made.title,
    )  # fmt: skip
    return {
        "name": f"{cell}, {sizes.units} units, {sizes.steps} steps",
        "sheet": program(made),
        "page": program_of_problem(given, digits=sizes.digits),
        "key": json.loads(write_key(made)),
        "tries": [tried(key, answers_for(key, rng)) for _ in range(rounds)],
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps([case(*each) for each in CASES]))
