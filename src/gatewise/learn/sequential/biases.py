"""One bias vector or two: libraries that keep two, for the input and for the recurrent weights, add them up.

Of a GRU that resets after the product the recurrent bias of the candidate is a parameter of its own, c.
"""

from __future__ import annotations

import numpy as np

from gatewise.cells.cell import Cell
from gatewise.engine.params import Params
from gatewise.learn.sequential.layers import Biases, Recurrent
from gatewise.support.arrays import FloatArray


def joined(cell: Cell, biases: Biases) -> dict[str, FloatArray]:
    """Return b, and c of a GRU that resets after the product, of two vectors in the cell's order of gates."""
    of_input, of_recurrent = biases
    if "c" not in cell.parameters:
        return {"b": of_input + of_recurrent}
    rows = cell.rows_of("b", "a", len(of_recurrent))
    assert rows is not None  # the cell has a candidate
    rest = of_recurrent.copy()
    rest[rows] = 0
    return {"b": of_input + rest, "c": of_recurrent[rows].copy()}


def apart(layer: Recurrent, direction: int) -> Biases | None:
    """Return the two vectors of a direction: those that were read, else b and 0; None of a cell without."""
    kept, params = layer.biases[direction], layer.cells[direction]
    if kept is not None:
        return kept
    return None if (b := params.arrays.get("b")) is None else (b, _recurrent(params, b))


def _recurrent(params: Params, b: FloatArray) -> FloatArray:
    found = np.zeros_like(b)
    if (c := params.arrays.get("c")) is not None:
        found[params.cell.rows_of("b", "a", len(b))] = c
    return found
