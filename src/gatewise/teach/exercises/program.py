"""What a page needs to mark itself: items, values and formulas as plain data, which marking.js evaluates."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from gatewise.cells.lstm import GATES, STEP_GRADIENTS
from gatewise.cells.quantities import at, gate_rows
from gatewise.expression import (
    Add,
    Call,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sigma,
    Symbol,
    Transpose,
    terms_of,
)
from gatewise.teach.exercises.marking.hints import misconception, name_and_reason
from gatewise.teach.exercises.marking.verdicts import unit_of
from gatewise.teach.exercises.sheet import Exercise, Item
from gatewise.teach.exercises.solution import Solution
from gatewise.teach.worksheet.work.lines import Line


def program(exercise: Exercise) -> dict[str, Any]:
    """Everything that marking takes, ready for JSON."""
    solution = exercise.solution
    used = {item.line for item in exercise.items if item.line}
    named = {option.mistake for item in exercise.items for option in item.options}
    lines: dict[str, Any] = dict.fromkeys(solution.lines)
    for id in used:
        line = solution.lines[id]
        lines[id] = _line(line, solution)
        named |= {mistake for mistake, _ in lines[id]["mistakes"]}
    return {
        "name": exercise.name,
        "gates": list(GATES),
        "items": [_item(item, solution) for item in exercise.items],
        "lines": lines,
        "mistakes": {id: _said(id) for id in sorted(named) if id and not id.startswith("rounding/")},
        "values": _values(solution) if used else {},
    }


def _said(id: str) -> list[str]:
    return [*name_and_reason(id), misconception(id)]


def _item(item: Item, solution: Solution) -> dict[str, Any]:
    fields = {name: getattr(item, name) for name in ("id", "form", "key", "line")}
    fields |= {"place": list(item.place), "options": [asdict(option) for option in item.options]}
    if item.form == "number":
        fields["unit"] = unit_of(item, solution)
    if item.line:
        entries = solution.entries[item.line]
        fields["entry"] = next(entry.id for entry in entries if entry.place == item.place)
    return fields


def _line(line: Line, solution: Solution) -> dict[str, Any]:
    assert line.formula is not None
    return {
        "left": _key(line.left),
        "tree": _tree(solution.hand.closed(line.formula), solution),
        "value": line.value.tolist(),
        "full": solution.full_values[line.id].tolist(),
        "uses": list(line.uses),
        "mistakes": [(mistake.id, _tree(tree, solution)) for mistake, tree in solution.possible(line.id)],
    }


def _values(solution: Solution) -> dict[str, Any]:
    """Every quantity's value by hand, and the gradients beyond the ends, which are 0."""
    zeros = np.zeros(solution.hand.hidden_size).tolist()
    outside = {_key(at(name, t)): zeros for name in STEP_GRADIENTS for t in (-1, solution.hand.steps)}
    return outside | {_key(line.left): line.value.tolist() for line in solution.hand}


def _key(symbol: Symbol) -> str:
    """Name a value: d_state@1, W, W_new."""
    step = f"@{symbol.step.offset}" if symbol.step is not None else ""
    return symbol.name + ("_new" if symbol.new else "") + step


def _tree(node: Expression, solution: Solution) -> list[Any]:
    """Write a bound formula as nested lists."""

    def tree(node: Expression) -> list[Any]:
        return _tree(node, solution)

    match node:
        case Number(text):
            return ["number", float(text)]
        case Symbol(part=part, entry=entry):
            H = solution.hand.hidden_size
            rows = gate_rows(part, H) if part else None
            return ["symbol", _key(node), [rows.start, rows.stop] if rows else None, list(entry) or None]
        case Add(terms):
            return ["+", *map(tree, terms)]
        case Negative(argument):
            return ["-", tree(argument)]
        case Product(operation, factors):
            return ["product", operation, list(map(tree, factors))]
        case Quotient(top, bottom):
            return ["/", tree(top), tree(bottom)]
        case Power(base, exponent):
            return ["^", tree(base), exponent]
        case Call(function, argument):
            return [function, tree(argument)]
        case Transpose(argument):
            return ["T", tree(argument)]
        case Sigma():
            return ["+", *map(tree, terms_of(node))]
    raise TypeError(f"{type(node).__name__} has no place in a formula that is marked")
