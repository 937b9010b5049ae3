"""A cell as people write it: equations line by line, in the notation of the worksheet.

    r_t = σ(W_r·x_t + U_r·out_{t-1} + b_r)      # reset gate
    k_t = r_t ⊙ out_{t-1}
    a_t = tanh(W_a·x_t + U_a·k_t + b_a)
    out_t = (1 - r_t) ⊙ out_{t-1} + r_t ⊙ a_t

What is added is told by the equations: a letter with a time index is a quantity, another a parameter; W_r·x_t
makes W a matrix of D columns; a parameter's letter below, the r of W_r, makes r a gate. line.py reads a line.
"""

from __future__ import annotations

from collections.abc import Mapping

from gatewise.cells.cell import Cell
from gatewise.cells.equation import Equation
from gatewise.cells.own.line import read_equation
from gatewise.cells.record import CellError
from gatewise.cells.ways import symbols_in
from gatewise.expression import Expression, Product, Symbol, walk
from gatewise.support.options import as_mapping

LONGEST = 20_000  # characters of a definition


def read_cell(
    equations: str,
    name: str = "own",
    *,
    title: str | None = None,
    source: str = "",
    sizes: Mapping[str, str] | None = None,
    words: Mapping[str, str] | None = None,
) -> Cell:
    """Make a cell of written equations.

    Parameters
    ----------
    equations : str
        A line for each quantity of a step, in the order of work; what stands after # says what it is for.
    name, title, source : str
        What it is called, and where it was published.
    sizes : dict, optional
        Q of what is projected to another length: {"out": "Q"}.
    words : dict, optional
        What the gates are called.

    Raises
    ------
    CellError
        Where a line is not understood, with its line and column; where the equations are no cell, with why.
    """
    if not isinstance(equations, str):
        raise CellError("equations is no text; give a line for each quantity.")
    if len(equations) > LONGEST:
        raise CellError(f"the equations have {len(equations):,} characters; at most {LONGEST:,} are read.")
    rows: list[tuple[Symbol, Expression, str]] = []
    for number, line in enumerate(equations.splitlines(), 1):
        text, _, why = line.partition("#")
        if text.strip():
            rows.append((*read_equation(text.rstrip(), number), why.strip()))
    made = tuple(
        Equation(f"F{number}", "forward", left, right, sentence_of(left.name, why))
        for number, (left, right, why) in enumerate(rows, 1)
    )
    sizes = as_mapping("sizes", {} if sizes is None else sizes)
    gates = _gates(made)
    shapes, parts = _parameters(made, gates, sizes)
    before = {each.name for e in made for each in symbols_in(e.right) if each.step and each.step.offset < 0}
    carried = ("out", *(e.left.name for e in made if e.left.name in before and e.left.name != "out"))
    return Cell(
        name,
        name if title is None else title,
        gates,
        carried,
        shapes,
        made,
        source,
        parts=parts,
        sizes=sizes,
        words=as_mapping("words", {} if words is None else words),
    )


def sentence_of(name: str, why: str) -> str:
    """Return what is said of a quantity, as a sentence: what was written of it, or that it is what it is."""
    why = why.strip() or f"What {name} is"
    return f"{why[0].upper()}{why[1:]}{'' if why.endswith(('.', '!', '?')) else '.'}"


def _gates(equations: tuple[Equation, ...]) -> tuple[str, ...]:
    """Return the quantities whose letter stands below a parameter, in the order of their equations."""
    letters = {
        each.part for e in equations for each in symbols_in(e.right) if each.step is None and each.part
    }
    return tuple(e.left.name for e in equations if e.left.name in letters)


def _parameters(
    equations: tuple[Equation, ...], gates: tuple[str, ...], sizes: Mapping[str, str]
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Return the shape of each parameter, and the gates that have a part in it, as they are used."""
    used: dict[str, set[str]] = {}
    columns: dict[str, str] = {}
    rows: dict[str, str] = {}
    for equation in equations:
        for node in walk(equation.right):
            if (
                isinstance(node, Product)
                and node.operation == "dot"
                and all(isinstance(f, Symbol) for f in node.factors)
            ):
                matrix, column = node.factors
                assert isinstance(matrix, Symbol)
                assert isinstance(column, Symbol)
                columns.setdefault(matrix.name, "D" if column.name == "x" else sizes.get(column.name, "H"))
        for each in symbols_in(equation.right):
            if each.step is None:
                used.setdefault(each.name, set()).add(each.part)
                rows.setdefault(each.name, sizes.get(equation.left.name, "H"))
    shapes: dict[str, tuple[str, ...]] = {}
    parts: dict[str, tuple[str, ...]] = {}
    for name, letters in used.items():
        own = tuple(gate for gate in gates if gate in letters)
        if own:
            parts[name] = own
        first = rows[name] if not own else f"{len(own)}H" if len(own) > 1 else "H"
        shapes[name] = (first, columns[name]) if name in columns else (first,)
    return shapes, parts
