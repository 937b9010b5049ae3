"""The tables and the legend of a sheet: norms by step, what was left out, names in another notation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gatewise.cells.cell import Cell
from gatewise.expression import Call, text, walk
from gatewise.teach.worksheet.digits import style_for
from gatewise.teach.worksheet.layout.document import Table
from gatewise.teach.worksheet.layout.notation import Notation
from gatewise.teach.worksheet.work.lines import Line

NORM_ROWS = 20  # of the table of norms by step
_FUNCTIONS = {
    "sigmoid": "σ(z) = 1/(1 + e⁻ᶻ)",
    "relu": "relu(z) = max(z, 0)",
    "g": "g(z) = 4σ(z) − 2 with σ(z) = 1/(1 + e⁻ᶻ)",
    "h": "h(z) = 2σ(z) − 1",
    "hard_sigmoid": "hard_sigmoid(z) = z/5 + ½, kept between 0 and 1",
    "softsign": "softsign(z) = z/(1 + |z|)",
    "softplus": "softplus(z) = ln(1 + eᶻ)",
}


def norms_by_step(norms: dict[str, np.ndarray], digits: int, update: int | None = None) -> Table:
    """‖δ‖ by step: how the gradient travels back through time; of several updates it says which it is."""
    T = len(next(iter(norms.values())))
    shown = np.unique(np.linspace(0, T - 1, min(T, NORM_ROWS)).round().astype(int)).tolist()
    rows = tuple((str(t), *(_written(values[t], digits) for values in norms.values())) for t in shown)
    left_out = f" ({T - len(shown)} of {T} steps left out)" if len(shown) < T else ""
    which = f", update {update}" if update is not None else ""
    return Table(f"Norms of the gradients by step{which}{left_out}", ("t", *norms), rows)


def translation(notation: Notation) -> Table:
    """Return the table on top of a sheet in another notation."""
    return Table("Translation", ("the worked example", "here"), notation.translation)


def gate_legend(cell: Cell, notation: Notation) -> str:
    """Say what the gates are called, and what the signs mean."""
    names = ", ".join(
        f"{notation.gate(g) if g != 'a' else notation.names.get('a', 'a')} {cell.words.get(g, '')}".rstrip()
        for g in cell.gates
    )
    used = {node.function for e in cell.forward for node in walk(e.right) if isinstance(node, Call)}
    functions = "".join(f", {written}" for name, written in _FUNCTIONS.items() if name in used)
    if any(name.startswith("clip(") for name in used):
        functions += (
            ", clip(z, c) is z kept between −c and c, […] is 1 where what it says is true and 0 elsewhere"
        )
    gates = f"Gates: {names}. " if cell.gates else ""
    return f"{gates}⊙ element by element, · inner product, ⊗ outer product{functions}."


def summary(lines: Sequence[Line], shown: Callable[[Line], list[tuple[int, ...]]]) -> Table:
    """Tabulate what was left out of each large quantity."""
    rows = []
    for line in lines:
        count = len(shown(line))
        finite = line.value[np.isfinite(line.value)]
        extremes = (finite.min(), finite.max(), np.linalg.norm(finite)) if finite.size else ()
        written = (_written(float(value), line.working.digits) for value in extremes)
        rows.append((line.id, "×".join(map(str, line.value.shape)), str(line.value.size - count), *written))
    columns = ("line", "shape", "entries left out", "smallest", "largest", "norm")
    return Table("Left out here; JSON has every entry", columns, tuple(rows))


def _written(value: float, digits: int) -> str:
    return text(style_for([value], digits).number(value))
