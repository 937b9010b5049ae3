"""Whether equations are a cell: names, order, steps, functions, sizes; what is wrong is told in words."""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Mapping
from typing import Any

from gatewise.cells.equation import Equation
from gatewise.cells.record import CellError, Record
from gatewise.cells.ways import Unnamed, symbols_in, ways_of
from gatewise.expression import (
    Add,
    Call,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Symbol,
    evaluate,
    terms_in,
    text,
    walk,
)
from gatewise.expression.functions import FUNCTIONS
from gatewise.support.given import brief, listed
from gatewise.support.options import as_mapping

RESERVED = (
    "x", "label", "loss", "delta", "carried", "gates", "t", "T", "N", "D", "H", "Q", "z",
    # what parameters, traces and gradients have beside their arrays
    "arrays", "astype", "at", "batched", "cell", "contiguous", "copy", "dtype", "engine", "flat", "gate",
    "init", "last", "lengths", "names", "of", "replace", "self", "size", "steps", "unbatched",
)  # fmt: skip
MOST_EQUATIONS = 40
Shape = tuple[str, ...]
SCALAR: Shape = ()


def check(cell: Record) -> None:
    """Refuse a record whose equations are no cell.

    Raises
    ------
    CellError
        With the first fault: in names, then the order of the equations, then their sizes, then what has no
        way to the loss, and what needs a name before it can be derived.
    """
    _check_types(cell)
    _check_names(cell)
    _check_order(cell)
    for equation in cell.forward:
        _check_equation(cell, equation)
    _check_uses(cell)


def _check_types(cell: Record) -> None:
    texts = {"name": cell.name, "title": cell.title, "source": cell.source}
    for name, value in texts.items():
        if not isinstance(value, str):
            raise CellError(f"{name} is {brief(value)}; it must be a text.")
    rows: dict[str, Any] = {"gates": cell.gates, "carried": cell.carried}
    for name, row in rows.items():
        if not isinstance(row, tuple) or not all(isinstance(each, str) for each in row):
            raise CellError(f"{name} is {brief(row)}; it must be a tuple of names.")
    forward: Any = cell.forward
    if not isinstance(forward, tuple) or not all(isinstance(each, Equation) for each in forward):
        raise CellError(f"forward is {brief(forward)}; it must be a tuple of Equations.")
    for name, table in {"parameters": cell.parameters, "parts": cell.parts}.items():
        read = as_mapping(name, table).values()
        if not all(isinstance(row, tuple) and all(isinstance(each, str) for each in row) for row in read):
            raise CellError(f"{name} is {brief(table)}; it must be tuples of texts, by name.")
    for name, words in {"sizes": cell.sizes, "words": cell.words}.items():
        if not all(isinstance(each, str) for each in as_mapping(name, words).values()):
            raise CellError(f"{name} is {brief(words)}; it must be texts, by name.")


def _check_names(cell: Record) -> None:
    lefts = [equation.left.name for equation in cell.forward]
    if not lefts:
        raise CellError(f"cell {cell.name} has no equations.")
    if len(lefts) > MOST_EQUATIONS:
        raise CellError(f"cell {cell.name} has {len(lefts)} equations; at most {MOST_EQUATIONS} are derived.")
    if not cell.carried or cell.carried[0] != "out":
        raise CellError(
            f"cell {cell.name} carries {listed(cell.carried)}; out, what the layer gives, comes first."
        )
    for name in (*lefts, *cell.parameters):
        if not re.fullmatch(r"[A-Za-z]+", name) or name.startswith(("d_", "delta")):
            raise CellError(f"{name} is no name of a quantity; names are of letters.")
        if name in RESERVED or keyword.iskeyword(name):
            raise CellError(f"{name} means something else everywhere; give it another name.")
    every = [*lefts, *cell.parameters]
    twice = sorted({name for name in every if every.count(name) > 1})
    if twice and twice[0] in lefts and twice[0] in cell.parameters:
        raise CellError(
            f"{twice[0]} stands without a time index somewhere, as a parameter does, and {twice[0]}_t has an "
            f"equation. Write {twice[0]}_t, or give the parameter another letter."
        )
    if twice:
        raise CellError(f"{twice[0]} is named twice; each quantity has one equation.")
    for name in (*cell.gates, *cell.carried):
        if name not in lefts:
            raise CellError(f"{name} has no equation; every gate and all that is carried needs one.")
    for name in (*cell.sizes, *cell.words):
        if name not in lefts:
            raise CellError(f"sizes and words name {brief(name)}, which has no equation.")
    for name, letter in cell.sizes.items():
        if letter not in ("D", "H", "Q"):
            raise CellError(f"{name} has the size {brief(letter)}; it must be D, H or Q.")
    for name in cell.parts:
        if name not in cell.parameters:
            raise CellError(f"parts name {brief(name)}, which is no parameter.")
    for name, shape in cell.parameters.items():
        if not 1 <= len(shape) <= 2 or any(not re.fullmatch(r"\d*H|D|Q", axis) for axis in shape):
            raise CellError(f"{name} is {shape}; sizes are D, H, Q and, of stacked rows, 4H and the like.")
        parts = cell.parts_of(name)
        stacked = int(shape[0].removesuffix("H") or 1) if shape[0].endswith("H") else 0
        if parts and stacked != len(parts):
            raise CellError(f"{name} has {shape[0]} rows, and a part for each of {listed(parts)}.")


def _check_order(cell: Record) -> None:
    """Refuse a use of what is not worked out yet: a circle, or an equation that stands too early."""
    needs = {
        equation.left.name: [
            each.name
            for each in symbols_in(equation.right)
            if each.step is not None and each.step.offset == 0 and each.name != "x"
        ]
        for equation in cell.forward
    }
    known: list[str] = []
    for equation in cell.forward:
        name = equation.left.name
        for need in needs[name]:
            if need in known or need not in needs:
                continue
            circle = _circle(needs, need, name)
            if circle:
                raise CellError(
                    f"{name} needs its own value: {' needs '.join(circle)}. A step can use what is carried "
                    f"from the step before, such as {name}_{{t-1}}."
                )
            raise CellError(
                f"{equation.id}: {name} uses {need}, which is worked out later; put its equation first."
            )
        known.append(name)


def _circle(needs: Mapping[str, list[str]], start: str, goal: str) -> list[str] | None:
    """Return the way from `goal` through `start` back to `goal`, if there is one."""
    ways, seen = [[goal, start]], {start}
    if start == goal:
        return [goal, goal]
    for way in ways:
        for need in needs.get(way[-1], ()):
            if need == goal:
                return [*way, goal]
            if need not in seen:
                seen.add(need)
                ways.append([*way, need])
    return None


def _check_equation(cell: Record, equation: Equation) -> None:
    where, name = equation.id, equation.left.name
    if equation.left.step is None or equation.left.step.offset or equation.left.part or equation.left.entry:
        raise CellError(f"{where}: the left side is {text(equation.left)}; it must be a quantity at step t.")
    for symbol in symbols_in(equation.right):
        _check_symbol(cell, where, symbol)
    if name in cell.gates and not (isinstance(equation.right, Call) and equation.right.function in FUNCTIONS):
        raise CellError(
            f"{where}: {name} is a gate, and its right side is no activation of a sum, such as sigmoid(…)."
        )
    shape = _shape(cell, where, equation.right)
    if shape != (cell.size_of(name),):
        raise CellError(
            f"{where}: {name} has {cell.size_of(name)} entries, and its right side {_sized(shape)}."
        )
    try:
        list(ways_of(equation, cell.gates))
    except Unnamed as error:
        inside = _function_around(equation.right, error.part)
        if inside and name not in cell.gates:
            raise CellError(
                f"{where}: the sum with {text(error.part)} stands inside {inside}, and {name} is no gate. "
                f"Give the sum an equation of its own, such as s_t = …, and write {inside}(s_t); or make "
                f"{name} a gate, whose matrices have its letter below, as in W_{name}·x_t."
            ) from None
        raise CellError(
            f"{where}: {text(error.part)} is multiplied once more; its gradient needs a name for it. Give "
            "it an equation of its own."
        ) from None


def _check_symbol(cell: Record, where: str, symbol: Symbol) -> None:
    shown = text(symbol)
    if symbol.entry or symbol.new:
        raise CellError(f"{where}: {shown} is no whole quantity of a cell.")
    if symbol.name in cell.parameters:
        parts = cell.parts_of(symbol.name)
        if symbol.step is not None:
            raise CellError(f"{where}: {symbol.name} is a parameter, the same at every step.")
        if bool(symbol.part) != bool(parts) or (parts and symbol.part not in parts):
            needed = (
                f"one of {', '.join(f'{symbol.name}_{part}' for part in parts)}" if parts else symbol.name
            )
            raise CellError(f"{where}: there is no {shown}; it must be {needed}.")
        return
    known = ("x", *(equation.left.name for equation in cell.forward))
    if symbol.name not in known:
        raise CellError(f"{where}: {shown} is unknown; there are {', '.join((*known, *cell.parameters))}.")
    if symbol.step is None or symbol.part:
        raise CellError(f"{where}: {shown} must be a quantity of a step, {symbol.name}_t.")
    if symbol.step.base != "t" or symbol.step.offset not in (0, -1):
        raise CellError(f"{where}: {shown} is of another step; a step uses what is of t and of t-1.")
    if symbol.step.offset == -1 and symbol.name not in cell.carried:
        raise CellError(
            f"{where}: {shown} is not carried from step to step; carried are {', '.join(cell.carried)}."
        )


def _shape(cell: Record, where: str, node: Expression) -> Shape:
    match node:
        case Number():
            return _number(where, node)
        case Symbol():
            return cell.shape_of(node)
        case Negative(argument) | Power(argument, _):
            return _constant(where, node, _vector(where, node, _shape(cell, where, argument)))
        case Call(function, argument):
            known = FUNCTIONS.get(function)
            if known is None or known.slope is None:
                names = ", ".join(name for name, each in FUNCTIONS.items() if each.slope is not None)
                raise CellError(f"{where}: {function} is no function of a cell; there are {names}, clip(3).")
            inner = _vector(where, node, _shape(cell, where, argument))
            if inner == SCALAR:
                raise CellError(f"{where}: {text(node)} is a number; write it as one.")
            return inner
        case Add(terms):
            return _alike(where, node, [_shape(cell, where, term) for term in terms])
        case Product("hadamard" | "times", factors):
            return _alike(where, node, [_shape(cell, where, factor) for factor in factors])
        case Quotient(top, bottom):
            shapes = [_shape(cell, where, top), _shape(cell, where, bottom)]
            return _constant(where, node, _alike(where, node, shapes))
        case Product("dot", (matrix, column)) if isinstance(matrix, Symbol):
            rows, given = _shape(cell, where, matrix), _shape(cell, where, column)
            if len(rows) != 2 or given != rows[1:]:
                raise CellError(
                    f"{where}: {text(node)}: {text(matrix)} is {_sized(rows)}, and what it multiplies has "
                    f"{_sized(given)}; a matrix (H, D) multiplies a vector (D)."
                )
            return rows[:1]
    raise CellError(f"{where}: {text(node)} is nothing that a step of a cell is made of.")


def _number(where: str, node: Expression) -> Shape:
    """Refuse a constant that is no finite number."""
    try:
        value = float(evaluate(node))
    except (ArithmeticError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        raise CellError(f"{where}: {text(node)[:60]} is no finite number.")
    return SCALAR


def _constant(where: str, node: Expression, shape: Shape) -> Shape:
    return _number(where, node) if shape == SCALAR else shape


def _vector(where: str, node: Expression, shape: Shape) -> Shape:
    if len(shape) > 1:
        raise CellError(f"{where}: {text(node)} is a matrix; only vectors have functions and products ⊙.")
    return shape


def _alike(where: str, node: Expression, shapes: list[Shape]) -> Shape:
    vectors = {shape for shape in shapes if shape != SCALAR}
    if len(vectors) > 1 or any(len(shape) > 1 for shape in vectors):
        raise CellError(
            f"{where}: {text(node)} joins {' and '.join(sorted(_sized(shape) for shape in vectors))}; "
            "they must be of one length."
        )
    return vectors.pop() if vectors else SCALAR


def _sized(shape: Shape) -> str:
    return f"({', '.join(shape)})" if shape else "a number"


def _check_uses(cell: Record) -> None:
    """Refuse what no equation uses, and what none of the ways to the loss passes."""
    used = {(each.name, each.part) for equation in cell.forward for each in symbols_in(equation.right)}
    for name in cell.parameters:
        for part in cell.parts_of(name) or ("",):
            if (name, part) not in used:
                shown = f"{name}_{part}" if part else name
                raise CellError(f"{shown} is used by no equation; take it out, or use it.")
    if ("x", "") not in used:
        raise CellError("x is used by no equation; a cell reads its input.")
    letters = {axis[-1] for shape in cell.parameters.values() for axis in shape}
    if "H" not in letters:
        raise CellError("no parameter has H rows or columns; a cell has H units.")
    for name in ("x", *(equation.left.name for equation in cell.forward)):
        if (size := cell.size_of(name)) not in letters:
            raise CellError(f"{name} has {size} entries, and no parameter says how many that are.")
    reached, found = {"out"}, ["out"]
    while found:
        for each in symbols_in(cell.equation(found.pop()).right):
            if each.step is not None and each.name not in reached and each.name != "x":
                reached.add(each.name)
                found.append(each.name)
    for equation in cell.forward:
        name = equation.left.name
        if name not in reached:
            raise CellError(
                f"{equation.id}: {name} never reaches out, so that its gradient is 0; use it, or take it out."
            )
    if not any(
        each.step is not None and each.step.offset < 0 for e in cell.forward for each in symbols_in(e.right)
    ):
        raise CellError(
            "nothing comes from the step before; a recurrent cell uses out_{t-1}, or what else it carries."
        )


def _function_around(right: Expression, part: Expression) -> str:
    """Return the function whose argument is a sum with a part in it, "" if there is none."""
    for node in walk(right):
        if isinstance(node, Call) and part in terms_in(node.argument):
            return node.function
    return ""
