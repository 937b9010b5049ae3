"""The tables and the legend of a sheet: norms by step, what was left out, names in another notation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gatewise.cells.lstm import GATE_NAMES, GATES
from gatewise.expression import text
from gatewise.teach.worksheet.digits import style_for
from gatewise.teach.worksheet.layout.document import Table
from gatewise.teach.worksheet.layout.notation import Notation
from gatewise.teach.worksheet.work.lines import Line

NORM_ROWS = 20  # of the table of norms by step


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


def gate_legend(notation: Notation) -> str:
    names = ", ".join(
        f"{notation.gate(g) if g != 'a' else notation.names.get('a', 'a')} {GATE_NAMES[g]}" for g in GATES
    )
    return f"Gates: {names}. ⊙ element by element, · inner product, ⊗ outer product, σ(z) = 1/(1 + e⁻ᶻ)."


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
