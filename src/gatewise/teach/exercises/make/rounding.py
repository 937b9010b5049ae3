"""Rounding or mistake? Lines in full precision, some of which do not work out from what is printed.

A result that other digits behind the printed operands would give is rounding; one that no such digits give is
a mistake.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from gatewise.cells.cell import Cell
from gatewise.errors import ArgumentError
from gatewise.expression import (
    Expression,
    Number,
    Product,
    Symbol,
    evaluate,
    evaluate_decimal,
    rebuild,
    text,
    walk,
)
from gatewise.teach.exercises.drawing import MOST_SHEETS, ExerciseSizes, draw
from gatewise.teach.exercises.make.sheets import task
from gatewise.teach.exercises.sheet import Draft, Item, Option, Part
from gatewise.teach.exercises.solution import Solution
from gatewise.teach.worksheet.digits import Style, exact
from gatewise.teach.worksheet.layout.document import Row, Section
from gatewise.teach.worksheet.work.lines import Line

ROUNDED, AGREEING, WRONG = 2, 1, 2  # how many lines there are of each sort
BEYOND = 3.0  # how many times farther a wrong result lies than rounding could bring it
TASK = (
    "These lines come from a sheet whose numbers were carried with all their digits and only printed with "
    "{digits} decimals. For each line, work out what the printed numbers give. Where the printed result is "
    "another one, say whether rounding explains it or whether the result is wrong."
)
CAUSES = (
    "it agrees",
    "rounding: other digits behind the printed numbers give it",
    "a mistake: no digits behind the printed numbers give it",
)
HINTS = (
    "The printed numbers give another result than the printed one.",
    "Change each printed number by up to half a unit of its last digit: does the result come within reach?",
    "Half a unit in the last digit of each printed number is enough to give the printed result.",
)


@dataclass(frozen=True)
class _Case:
    """A line as it is printed, what the printed numbers give, and what is the matter with it."""

    line: Line
    substituted: Expression
    gives: str
    printed: str
    cause: int  # of CAUSES
    mistake: str = ""


def explain_rounding(
    rng: np.random.Generator, _choice: np.random.Generator, sizes: ExerciseSizes, cell: Cell
) -> Draft:
    """Make a sheet of five lines: some that differ by rounding, some wrong, one that agrees."""
    if sizes.units != 1:
        raise ArgumentError(
            f"units={sizes.units}; explain-rounding is made for 1 unit, whose lines are single numbers."
        )
    for _ in range(MOST_SHEETS):
        solution = draw(rng, sizes, cell)
        sound = list(_sound(solution))
        rounded = [case for case in sound if case.cause == 1]
        agreeing = [case for case in sound if case.cause == 0]
        wrong = [
            case for line in (c.line for c in agreeing) if (case := _wrong(rng, solution, line)) is not None
        ]
        if len(rounded) >= ROUNDED and len(agreeing) > WRONG + AGREEING and len(wrong) >= WRONG:
            break
    else:
        raise ArgumentError(
            f"none of {MOST_SHEETS} problems of cell {cell.name} with steps={sizes.steps} has enough lines "
            "of single numbers that differ by rounding, and that do not. Ask for more steps."
        )
    bad = _some(rng, wrong, WRONG)
    agreeing = [case for case in agreeing if case.line.id not in {other.line.id for other in bad}]
    cases = [*_some(rng, rounded, ROUNDED), *_some(rng, agreeing, AGREEING), *bad]
    order = {id: k for k, id in enumerate(solution.lines)}
    cases.sort(key=lambda case: order[case.line.id])
    causes = "; ".join(f"{letter}: {words}" for letter, words in zip("ABC", CAUSES, strict=True))
    parts = [task("Task", [TASK.format(digits=sizes.digits), f"The reasons to choose from: {causes}."], cell)]
    for number, case in enumerate(cases, 1):
        parts.append(_part(case, number))
    return Draft(solution, tuple(parts))


def _some(rng: np.random.Generator, cases: list[_Case], count: int) -> list[_Case]:
    return [cases[k] for k in sorted(rng.permutation(len(cases))[:count].tolist())]


def _sound(solution: Solution) -> Iterator[_Case]:
    """Every line of a single number, as full precision prints it."""
    style = Style(solution.digits)
    for id, line in solution.lines.items():
        if line.value.size != 1 or line.formula is None or line.phase not in ("forward", "backward"):
            continue
        side = _printed(solution, line.formula)
        if side is None:
            continue
        gives = style.write(Decimal(str(evaluate_decimal(side))))
        printed = style.write(exact(float(solution.full_values[id].ravel()[0])))
        if gives != "0":
            yield _Case(line, side, gives, printed, int(gives != printed))


def _wrong(rng: np.random.Generator, solution: Solution, line: Line) -> _Case | None:
    """Return the line with the result of a mistake, far beyond what rounding could do."""
    assert line.formula is not None
    side = _printed(solution, line.formula)
    assert side is not None
    reach = BEYOND * _reach(side, solution.digits)
    style = Style(solution.digits)
    right = float(evaluate(side))
    found = [
        (m, float(v.ravel()[0]))
        for m, v in solution.mistaken(line.id)
        if abs(float(v.ravel()[0]) - right) > reach
    ]
    if not found:
        return None
    mistake, value = found[int(rng.integers(len(found)))]
    gives = style.write(Decimal(str(evaluate_decimal(side))))
    return _Case(line, side, gives, style.write(exact(value)), 2, mistake.id)


def _printed(solution: Solution, formula: Expression) -> Expression | None:
    """Put the printed digits into the formula; return None if one of them is no single number."""
    values, style = solution.full, Style(solution.digits)
    closed = values.closed(formula)
    for node in walk(closed):
        if isinstance(node, Symbol) and values.value(node).size != 1:
            return None

    def put_in(node: Expression) -> Expression:
        if isinstance(node, Product):
            return Product("times", tuple(put_in(factor) for factor in node.factors))
        if not isinstance(node, Symbol):
            return rebuild(node, put_in)
        return Number(style.write(exact(float(values.value(node).ravel()[0]))))

    return put_in(closed)


def _reach(side: Expression, digits: int) -> float:
    """How far half a unit in the last digit of every number can move the value, and its own rounding."""
    half = 0.5 * 10.0**-digits
    base, total = float(evaluate(side)), half
    count = sum(isinstance(node, Number) and "." in node.text for node in walk(side))
    for which in range(count):
        moved = max(abs(float(evaluate(_moved(side, which, sign * half))) - base) for sign in (-1, 1))
        total += moved
    return total


def _moved(side: Expression, which: int, by: float) -> Expression:
    seen = -1

    def change(node: Expression) -> Expression:
        nonlocal seen
        if isinstance(node, Number) and "." in node.text:
            seen += 1
            return Number(repr(float(node.text) + by)) if seen == which else node
        return rebuild(node, change)

    return change(side)


def _part(case: _Case, number: int) -> Part:
    line = case.line
    name = f"R{number}"
    options = tuple(
        Option(letter, words, "" if k == case.cause else f"rounding/{k}", "" if k == case.cause else HINTS[k])
        for k, (letter, words) in enumerate(zip("ABC", CAUSES, strict=True))
    )
    letter = options[case.cause].letter
    assert line.formula is not None
    row = Row(name, line.left, (line.formula, case.substituted, Number(case.printed)))
    items = (
        Item(f"{name}.value", f"what the printed numbers give for {text(line.left)}", case.gives),
        Item(
            f"{name}.cause", "why the printed result is another one", letter, options=options, form="choice"
        ),
    )
    return Part(Section(name.lower(), f"Line {number}", (row,)), items)
