"""What a page needs to mark itself: items, values and formulas as plain data, which its script evaluates.

web/src/core/marking/sheet.ts has the same form as a type.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from gatewise.cells.cell import Cell
from gatewise.cells.quantities import JOINED, Quantities, at
from gatewise.cells.tree_data import tree_data
from gatewise.expression import Symbol
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
        "items": [_item(item, solution) for item in exercise.items],
        "lines": lines,
        "mistakes": {
            id: _said(id, solution.cell) for id in sorted(named) if id and not id.startswith("rounding/")
        },
        "values": _values(solution) if used else {},
        **_stacks(solution.hand.quantities),
    }


def _said(id: str, cell: Cell) -> list[str]:
    return [*name_and_reason(id, cell), misconception(id, cell)]


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
        "tree": tree_data(solution.hand.closed(line.formula)),
        "value": line.value.tolist(),
        "full": solution.full_values[line.id].tolist(),
        "uses": list(line.uses),
        "mistakes": [(mistake.id, tree_data(tree)) for mistake, tree in solution.possible(line.id)],
    }


def _values(solution: Solution) -> dict[str, Any]:
    """Every quantity's value by hand, and the gradients beyond the ends, which are 0."""
    hand = solution.hand
    lefts = [e.left for e in hand.quantities.equations if e.phase == "backward" and e.left.name != "d_x"]
    outside = {
        _key(at(left.name, t)): np.zeros(hand.shapes.shape(left)).tolist()
        for left in lefts
        for t in (-1, hand.steps)
    }
    return outside | {_key(line.left): line.value.tolist() for line in hand}


def _key(symbol: Symbol) -> str:
    """Name a value: d_state@1, W, W_new, d_U.r of a gate's part that has a line of its own."""
    step = f"@{symbol.step.offset}" if symbol.step is not None else ""
    part = f".{symbol.part}" if symbol.part else ""
    return symbol.name + part + ("_new" if symbol.new else "") + step


def _stacks(known: Quantities) -> dict[str, Any]:
    """Say how quantities are put together: of the rows of gates, of the gates' vectors, of parts."""
    stacked = {name: list(parts) for name in sorted(known.names) if (parts := known.parts_of(name))}
    joined = {name: [f"{prefix}{gate}" for gate in known.gates] for name, prefix in JOINED.items()}
    return {
        "parts": stacked,
        "joined": joined if known.gates else {},
        "byPart": {name: list(parts) for name, parts in known.by_part.items()},
    }
