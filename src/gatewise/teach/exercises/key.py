"""The key of a sheet as a JSON file: what it asks, the right answers, and the problem they are worked from.

A key holds everything that marking needs, so it outlives the version of gatewise that made it, as long as its
`schema` is known.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from os import PathLike
from typing import Any

import numpy as np

from gatewise.cells.cell import Cell
from gatewise.cells.known.names import cell_named
from gatewise.cells.known.table import LSTM
from gatewise.cells.own.cell_file import cell_of_text
from gatewise.cells.own.writing import name_or_toml
from gatewise.engine.params import Params
from gatewise.errors import GatewiseError
from gatewise.support.files import JsonError, Limit, as_path, parse_json, read_input
from gatewise.support.given import brief, check_order, one_line
from gatewise.support.options import is_whole
from gatewise.support.reprs import short_repr
from gatewise.teach.exercises.drawing import LIMITS, ExerciseSizes, nothing_carried, refuse_unfit
from gatewise.teach.exercises.sheet import Exercise, Item, Option
from gatewise.teach.exercises.solution import Solution
from gatewise.teach.worksheet.work.build import SequenceProblem

SCHEMA = 1
MOST_ITEMS = 5000
LIMIT = Limit(5_000_000, "a key has less by far: give the .key.json beside a sheet")


class KeyFileError(GatewiseError):
    """A key cannot be read."""


class Key:
    """What marking needs of a sheet."""

    def __init__(self, name: str, kind: str, title: str, items: tuple[Item, ...], solution: Solution) -> None:
        self.name = name
        self.kind = kind
        self.title = title
        self.items = items
        self.solution = solution

    def __repr__(self) -> str:
        return short_repr(self, self.name, f"{self.title!r}", items=len(self.items))


def key_of(exercise: Exercise) -> Key:
    """Return the key of an exercise."""
    check_order("key_of", {"exercise": exercise}, {"exercise": Exercise})
    return Key(exercise.name, exercise.kind, exercise.title, tuple(exercise.items), exercise.solution)


def write_key(exercise: Exercise) -> str:
    """Write the key of an exercise as JSON."""
    check_order("write_key", {"exercise": exercise}, {"exercise": Exercise})
    problem = exercise.solution.problem
    assert problem.label is not None
    arrays = problem.params.arrays | {"x": problem.x, "label": problem.label}
    fields = {
        "gatewise": "key",
        "schema": SCHEMA,
        "name": exercise.name,
        "kind": exercise.kind,
        "title": exercise.title,
        "seed": exercise.seed,
        "variant": exercise.variant,
        "sizes": asdict(exercise.sizes),
        "wrong line": exercise.line,
        "mistake": exercise.mistake,
        "model": of_cell(problem.params.cell)
        | {name: array.tolist() for name, array in arrays.items()}
        | {"learning_rate": problem.learning_rate},
    }
    lines = [f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
    items = ",\n  ".join(json.dumps(_written(item), ensure_ascii=False) for item in exercise.items)
    return "{\n " + ",\n ".join([*lines, f'"items": [\n  {items}\n ]']) + "\n}\n"


def of_cell(cell: Cell) -> dict[str, str]:
    """Return what a file says of the cell: nothing of the LSTM, a name, or the equations of one's own."""
    if cell is LSTM:
        return {}
    return {"cell": name_or_toml(cell)}


def _cell_in(model: dict[str, Any]) -> Cell:
    """Return the cell that a key names, or has the equations of."""
    said = model.get("cell", LSTM.name)
    cell = cell_of_text(said) if isinstance(said, str) and "\n" in said else cell_named(said)
    refuse_unfit(cell)
    return cell


def _written(item: Item) -> dict[str, Any]:
    fields = {name: value for name, value in asdict(item).items() if value not in ("", (), [])}
    return {**fields, "place": list(item.place)} if item.line else fields


@np.errstate(all="ignore")  # a forged sheet may hold any numbers
def read_key(text: str | PathLike[str]) -> Key:
    """Read the key that `write_key` wrote.

    Parameters
    ----------
    text : str or Path
        What is in the file, or a pathlib.Path to it.

    Raises
    ------
    KeyFileError
        If it is no key, or one of another schema; the message says what is wrong.
    """
    if isinstance(text, PathLike):
        try:
            text = read_input(as_path("text", text, "a key"), LIMIT, pipe=True).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise KeyFileError("this is no key: it is not UTF-8 text.") from None
    if not isinstance(text, str):
        raise KeyFileError(f"text is {brief(text)}; it must be what is in a key's file, or a path to it.")
    if text.endswith(".json") and "\n" not in text:
        raise KeyFileError(f"text is {text!r}, the name of a file. Give read_key(pathlib.Path({text!r})).")
    try:
        data = parse_json(text)
    except JsonError as error:
        raise KeyFileError(f"this is no key: {error}. A key is the .key.json beside a sheet.") from None
    if not isinstance(data, dict) or data.get("gatewise") != "key":
        raise KeyFileError('this is not a key: it does not begin with "gatewise": "key".')
    if data.get("schema") != SCHEMA:
        raise KeyFileError(
            f"the key has schema {brief(data.get('schema'))}; this gatewise reads schema {SCHEMA}. "
            "Make the sheet again with the same kind, seed and variant, or mark it with that version."
        )
    try:
        items = tuple(_item(fields) for fields in data["items"][: MOST_ITEMS + 1])
        solution = Solution(_problem(data["model"]), _sizes(data["sizes"]).digits)
        _ = solution.lines, solution.full_values
        key = Key(str(data["name"]), str(data["kind"]), str(data["title"]), items, solution)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise KeyFileError(f"the key is damaged: {type(error).__name__} at {one_line(error)}.") from None
    if not items:
        raise KeyFileError("the key is damaged: it has no items.")
    if len(items) > MOST_ITEMS or len({item.id for item in items}) < len(items):
        raise KeyFileError(f"the key is damaged: it has {len(items)} items, some of them twice.")
    for item in items:
        if item.line and (item.line not in solution.lines or not _is_there(item, solution)):
            place = f"{item.line[:99]}{brief([*item.place[:9]])}"
            raise KeyFileError(f"the key is damaged: {item.id[:99]} is said to be {place}.")
    return key


def _is_there(item: Item, solution: Solution) -> bool:
    return any(entry.place == item.place for entry in solution.entries[item.line])


def _item(fields: dict[str, Any]) -> Item:
    options = tuple(Option(**option) for option in fields.get("options", ()))
    if not all(isinstance(text, str) for option in options for text in asdict(option).values()):
        raise ValueError("options")
    item = Item(**{**fields, "options": options, "place": tuple(fields.get("place", ()))})
    if not all(is_whole(each) for each in item.place):
        raise ValueError(f"item {item.id!r}: its place")
    if item.form not in ("number", "line", "choice") or not all(
        isinstance(text, str) for text in (item.id, item.asks, item.key, item.line, item.why)
    ):
        raise ValueError(f"item {item.id!r}")
    if item.form == "number":
        float(item.key)
    if item.form == "choice" and item.key not in {option.letter for option in options}:
        raise ValueError(f"item {item.id!r}")
    return item


def _sizes(fields: dict[str, Any]) -> ExerciseSizes:
    sizes = ExerciseSizes(**fields)
    least, most = LIMITS["digits"]
    if not least <= sizes.digits <= most:
        raise ValueError(f"digits {sizes.digits!r}")
    return sizes


def _problem(model: dict[str, Any]) -> SequenceProblem:
    cell = _cell_in(model)
    arrays = {name: np.array(model[name], dtype=np.float64) for name in (*cell.parameters, "x", "label")}
    params = Params.of({name: arrays[name] for name in cell.parameters}, cell)
    T, outputs = arrays["label"].shape
    D = params.input_size
    limits = {"steps": T, "inputs": D, "units": params.hidden_size}
    if arrays["x"].shape != (T, D) or params.output_size != outputs:
        raise ValueError("x and label")
    if any(size > LIMITS[name][1] for name, size in limits.items()):
        raise ValueError(f"sizes {limits}")
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise ValueError("model")
    start, rate = nothing_carried(params), float(model["learning_rate"])
    return SequenceProblem(params, arrays["x"], arrays["label"], start, rate, {})
