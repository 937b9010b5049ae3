"""Reads what the page gives away as the commands do, and writes what it read: JSON in, JSON out.

Of {"problems": [TOML, …], "sheets": [{"key": …, "answers": …}, …]}, the arrays of each problem and the
marks of each sheet.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from gatewise.teach.exercises import mark, read_answers, read_key
from gatewise.teach.problem import load_problem


def listed(array: Any) -> Any:
    """Return an array as lists, NaN as None."""
    return None if array is None else np.where(np.isnan(array), None, array).tolist()


def problem(folder: Path, text: str) -> dict[str, Any]:
    """Return the numbers of a problem file."""
    path = folder / "problem.toml"
    path.write_text(text, "utf-8")
    read = load_problem(path)
    state = None if read.state is None else {
        name: listed(np.asarray(getattr(read.state, name))) for name in read.cell.carried
    }  # fmt: skip
    return {
        "cell": read.cell.name, "title": read.title, "learning_rate": read.learning_rate, "x": listed(read.x),
        "label": listed(read.label), "state": state,
        "params": {name: listed(values) for name, values in read.params.arrays.items()},
    }  # fmt: skip


def sheet(folder: Path, key_text: str, answers_text: str) -> list[list[Any]]:
    """Return the verdicts of answers by their key."""
    (folder / "page.answers.json").write_text(answers_text, "utf-8")
    key = read_key(key_text)
    ((one, known),) = read_answers(folder / "page.answers.json", [key])
    return [[m.item.id, m.answer, m.verdict, m.points, m.mistake] for m in mark(known, one.given).marked]


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as name:
        found = {
            "problems": [problem(Path(name), text) for text in asked["problems"]],
            "sheets": [sheet(Path(name), each["key"], each["answers"]) for each in asked["sheets"]],
        }
    json.dump(found, sys.stdout)
