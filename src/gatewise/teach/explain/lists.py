"""All mistakes with their names: as a list for a terminal, and as the page docs/mistakes.md."""

from __future__ import annotations

from collections.abc import Iterator

from gatewise.cells.cell import Cell
from gatewise.cells.equation import Equation
from gatewise.cells.known.table import CELLS, LSTM
from gatewise.expression import text
from gatewise.teach.checker.judge.numbers.misprints import SHAPES
from gatewise.teach.checker.mistakes.catalogue import Mistake, catalogue_of
from gatewise.teach.explain.pages import kinds
from gatewise.teach.worksheet.render.markdown import escape

PHASES = {
    "forward": "The forward pass",
    "loss": "The loss",
    "backward": "The backward pass",
    "gradients": "The gradients",
    "update": "The update",
}
INTRODUCTION = """# Mistakes

What `gatewise check` can name, and what `gatewise explain ID` has a page about: the right and the wrong
formula, why it is wrong, what gives it away, and both worked with numbers. In a shell an id with a `*` or
brackets stands in quotes:

    gatewise explain 'B2/without-d_state_next*f_next'

This page is made of the catalogue (`gatewise.teach.explain.index_page`), and a test keeps it so.
"""


def by_equation(cell: Cell) -> Iterator[tuple[Equation, tuple[Mistake, ...]]]:
    """Yield the equations of a cell that people make mistakes in, with those."""
    catalogue = catalogue_of(cell)
    for equation in catalogue.equations:
        if found := catalogue.of(equation):
            yield equation, found


def listing(cell: Cell = LSTM) -> str:
    """Return a line for each mistake of a cell, and for the kinds of misprints and the verdicts."""
    groups = [
        (str(equation), [(each.id, each.name) for each in found]) for equation, found in by_equation(cell)
    ]
    shapes = [(id, kinds()[id]["name"]) for id in SHAPES]
    groups += [("Kinds of misprints", shapes), ("Verdicts", _verdicts())]
    width = max(len(id) for _, rows in groups for id, _ in rows)
    lines: list[str] = []
    for title, rows in groups:
        lines += [title, *(f"  {id:<{width}}  {name}" for id, name in rows), ""]
    return "\n".join(lines)


def ids(cell: Cell = LSTM) -> list[str]:
    """Return all ids that there is a page about."""
    return [*kinds(), *catalogue_of(cell).by_id]


def _verdicts() -> list[tuple[str, str]]:
    return [(id, kind["name"]) for id, kind in kinds().items() if id not in SHAPES]


def index_page() -> str:
    """Return docs/mistakes.md."""
    parts = [INTRODUCTION, "## Kinds of misprints\n", _table((id, kinds()[id]["name"]) for id in SHAPES)]
    parts += ["## Verdicts\n", _table(_verdicts()), f"## {LSTM.title}\n"]
    phase = ""
    for equation, found in by_equation(LSTM):
        if equation.phase != phase:
            phase = equation.phase
            parts.append(f"### {PHASES[phase]}\n")
        parts.append(f"**{equation.id}** {escape(text(equation.left))} = {escape(text(equation.right))}\n")
        parts.append(_table((mistake.id, mistake.name) for mistake in found))
    parts.append("## Other cells\n")
    parts.append("Each has a catalogue of its own equations; ids mean other quantities there.\n")
    others = [cell for cell in CELLS.values() if cell is not LSTM]
    rows = "\n".join(
        f"| {cell.title} | {len(catalogue_of(cell).mistakes)} | `gatewise explain --cell {cell.name}` |"
        for cell in others
    )
    parts.append(f"| cell | mistakes | the list |\n| :-- | --: | :-- |\n{rows}")
    return "\n".join(parts).rstrip() + "\n"


def _table(rows: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> str:
    return "| id | what it is |\n| :-- | :-- |\n" + "".join(
        f"| `{id}` | {escape(name)} |\n" for id, name in rows
    )
