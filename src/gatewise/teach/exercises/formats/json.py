"""A sheet as JSON: its text, the problem, the items, and `answers` to be filled in and handed back."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from gatewise.teach.exercises.key import of_cell
from gatewise.teach.exercises.sheet import Exercise, Item
from gatewise.teach.worksheet.render.text import render_text

SCHEMA = 1


def render_sheet(exercise: Exercise, solved: bool = False) -> str:
    """Write the sheet as JSON; the right answers are in it only if it is `solved`."""
    problem = exercise.solution.problem
    assert problem.label is not None
    fields: dict[str, Any] = {
        "gatewise": "sheet",
        "schema": SCHEMA,
        "sheet": exercise.name,
        "kind": exercise.kind,
        "seed": exercise.seed,
        "variant": exercise.variant,
        "sizes": asdict(exercise.sizes),
        "title": exercise.title,
        "text": render_text(exercise.document),
        "model": of_cell(problem.params.cell)
        | {name: array.tolist() for name, array in problem.params.arrays.items()}
        | {"x": problem.x.tolist(), "label": problem.label.tolist(), "learning_rate": problem.learning_rate},
        "items": [_item(item) for item in exercise.items],
        "name": "",
        "answers": {item.id: item.key if solved else "" for item in exercise.items},
    }
    return json.dumps(fields, ensure_ascii=False, indent=1) + "\n"


def _item(item: Item) -> dict[str, Any]:
    fields: dict[str, Any] = {"id": item.id, "asks": item.asks, "form": item.form}
    if item.options:
        fields["options"] = {option.letter: option.text for option in item.options}
    return fields
