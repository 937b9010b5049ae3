"""Derivatives by the gates themselves: dg_f_t = ∂loss/∂f_t, before δf_t = dg_f_t ⊙ f_t(1 − f_t).

The equations of a cell go from δstate_t to δf_t in one line; many people write two. What they write first is
no quantity of a worksheet; the checker knows it for every cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from gatewise.cells.cell import Cell
from gatewise.cells.equation import Equation
from gatewise.cells.ways import at_t, multiplied, shifted
from gatewise.expression import Add, Expression

PREFIX = "dg_"


@lru_cache(maxsize=64)
def by_gate(cell: Cell) -> Mapping[str, Equation]:
    """Return the equations of the derivatives by the gates, by name."""
    ids = {equation.left.name: equation.id for equation in cell.derivation.backward}
    made: dict[str, Equation] = {}
    for gate in cell.gates:
        delta = cell.derivation.deltas[gate]
        terms = (*delta.now, *(shifted(term) for term in delta.back))
        right = terms[0] if len(terms) == 1 else Add(terms)
        id = f"{ids[f'd_{gate}']}[by {gate}]"
        why = f"The derivative by {gate}_t itself; its slope comes after it."
        made[f"{PREFIX}{gate}"] = Equation(id, "backward", at_t(f"{PREFIX}{gate}"), right, why)
    return MappingProxyType(made)


def after_it(cell: Cell, gate: str) -> Expression:
    """Return δ of a gate by its own derivative: dg_f_t ⊙ f_t ⊙ (1 − f_t)."""
    return multiplied(at_t(f"{PREFIX}{gate}"), cell.derivation.deltas[gate].slope)
