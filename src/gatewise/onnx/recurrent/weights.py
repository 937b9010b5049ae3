"""The weights of one direction of a node: ONNX' W, R, B and P in this project's names and order of gates."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gatewise.cells import Cell
from gatewise.cells.gate_orders import from_library, reordered
from gatewise.cells.known.lstm import GATES
from gatewise.engine.params import Params
from gatewise.learn.sequential import joined
from gatewise.learn.sequential.layers import Biases
from gatewise.support.arrays import FloatArray

_GRU = ("r", "u", "a")
_SEEING = ("i", "f", "o")
BLOCKS = {"LSTM": 4, "GRU": 3, "RNN": 1}
"""How many blocks of H rows W, R and each half of B have."""


class Stacked(NamedTuple):
    """ONNX' weights of one direction: W (4H, D), R (4H, H), B (8H,) = [Wb, Rb], P (3H,); 3H or H for 4H."""

    W: FloatArray
    R: FloatArray
    B: FloatArray | None
    P: FloatArray | None


def params_of(kind: str, cell: Cell, stacked: Stacked) -> tuple[Params, Biases | None]:
    """Return the parameters of a cell, and both bias vectors where there are any."""
    arrays = {"W": _rows(kind, cell, "W", stacked.W), "U": _rows(kind, cell, "U", stacked.R)}
    biases = None
    if stacked.B is not None:
        of_input, of_recurrent = np.split(stacked.B, 2)
        biases = (_rows(kind, cell, "b", of_input), _rows(kind, cell, "b", of_recurrent))
        arrays |= joined(cell, biases)
    if stacked.P is not None:
        seen = from_library("onnx", stacked.P, gates=_SEEING)
        arrays["V"] = reordered(seen, _SEEING, cell.parts_of("V"))
    whole = {name: np.ascontiguousarray(arrays[name]) for name in cell.parameters}
    return Params.of(whole, cell), biases


def _rows(kind: str, cell: Cell, name: str, stacked: FloatArray) -> FloatArray:
    """Return the rows of the gates that the cell has; ONNX keeps those of f where it is 1 − i, too."""
    every = {"LSTM": GATES, "GRU": _GRU, "RNN": ()}[kind]
    return reordered(from_library("onnx", stacked, gates=every), every, cell.parts_of(name))
