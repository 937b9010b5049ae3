"""The sections of an exercise, made from those of a worksheet: results and substitutions taken out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import replace

from gatewise.cells.cell import Cell
from gatewise.expression import Number, Symbol
from gatewise.teach.exercises.sheet import Item, Part
from gatewise.teach.exercises.solution import Solution
from gatewise.teach.worksheet.layout.document import Note, Row, Section
from gatewise.teach.worksheet.layout.layout import Layout
from gatewise.teach.worksheet.layout.notation import NOTATIONS
from gatewise.teach.worksheet.layout.selection import Selection
from gatewise.teach.worksheet.layout.tables import gate_legend
from gatewise.teach.worksheet.work.lines import Line
from gatewise.teach.worksheet.work.working import Working

BLANK = Number("?")
Sides = Callable[[Row], Row]


def sections(working: Working) -> dict[str, Section]:
    """Return the sections of a worked sheet by key: formulas, given, forward-t0, …, update."""
    steps = tuple(range(working.steps))
    layout = Layout(Selection(steps, tuple(range(working.shapes.units))), "example", NOTATIONS["document"])
    found = [
        layout.formulas(working, learns=True),
        layout.given(working, learns=True),
        *layout.steps(working, "forward", "Forward", steps),
        layout.phase(working, "loss", "Loss"),
        *layout.steps(working, "backward", "Backward", reversed(steps)),
        layout.phase(working, "gradients", "Gradients of the parameters"),
        layout.phase(working, "update", "Update"),
    ]
    known = working.quantities

    def without_answers(row: Row) -> Row:
        """Leave of δgates what it is made of: its numbers are those that B3 to B6 ask for."""
        joined = isinstance(row.left, Symbol) and known.made_of(row.left)
        return replace(row, sides=row.sides[:1], labels=()) if joined else row

    return {section.key: reshaped(section, without_answers) for section in found}


def task(title: str, instructions: Sequence[str], cell: Cell) -> Part:
    """Return the head of a sheet, which says what is to be done."""
    notes = [Note(text) for text in (*instructions, gate_legend(cell, NOTATIONS["document"]))]
    return Part(Section("task", title, tuple(notes)))


def reshaped(section: Section, sides: Sides) -> Section:
    """Return a section with its rows as `sides` makes them."""
    blocks = (sides(block) if isinstance(block, Row) else block for block in section.blocks)
    return replace(section, blocks=tuple(blocks))


def with_blanks(blank: Iterable[str], formulas: bool = True) -> Sides:
    """Return what leaves out substituted numbers, and a row's result too if its line is in `blank`."""
    lines = set(blank)

    def sides(row: Row) -> Row:
        shown = [row.sides[0]] if formulas and len(row.sides) > 1 else []
        if row.line in lines:
            return replace(row, sides=(*shown, BLANK), labels=())
        return replace(row, sides=(*shown, row.sides[-1]))

    return sides


def substituted(row: Row) -> Row:
    """Reduce a row to numbers: what was put in, and the result."""
    return replace(row, sides=row.sides[1:]) if len(row.sides) > 2 else row


def items_of(solution: Solution, lines: Iterable[str]) -> tuple[Item, ...]:
    """Return an item for every number of these lines."""
    found: list[Item] = []
    for id in lines:
        line = solution.lines[id]
        numbers = line.numbers()
        for entry in solution.entries[id]:
            key = numbers[entry.place].text
            found.append(Item(entry.id, entry.quantity, key, id, entry.place, why=_why(line)))
    return tuple(found)


def _why(line: Line) -> str:
    return line.equation.why if line.equation is not None else ""


def lines_of(section: Section, solution: Solution) -> list[str]:
    """Return the ids of the lines that a section works out, in order."""
    ids = [block.line for block in section.blocks if isinstance(block, Row) and block.line in solution.lines]
    return list(dict.fromkeys(ids))


def without_results(lines: Set[str]) -> Sides:
    """Return what leaves of the rows of these lines their formulas alone."""

    def sides(row: Row) -> Row:
        return replace(row, sides=row.sides[:1], labels=()) if row.line in lines else row

    return sides
