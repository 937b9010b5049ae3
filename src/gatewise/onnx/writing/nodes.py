"""The cells that ONNX has operators for: LSTM, GRU and RNN nodes, their weights in ONNX' order.

Of an LSTM with coupled gates the node says input_forget = 1, and the rows of f, which are then not read, are
those of i with the opposite sign: 1 − σ(z) = σ(−z), so that a runtime that does not know the attribute, such
as OpenVINO, gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from gatewise.cells.cell import Cell
from gatewise.cells.gate_orders import to_library
from gatewise.cells.known.family import options_of
from gatewise.cells.known.lstm import GATES
from gatewise.cells.known.table import GRU, GRU_RESET_AFTER, RNN, RNN_RELU
from gatewise.learn.sequential import Recurrent, apart
from gatewise.onnx.writing.graph import GraphMaker
from gatewise.support.arrays import FloatArray

SEEING = ("i", "f", "o")


class CellNode(NamedTuple):
    """A kind of node, and the attributes that make it one cell."""

    name: str
    attributes: dict[str, Any]


_OTHERS = (
    (GRU, CellNode("GRU", {"linear_before_reset": 0})),
    (GRU_RESET_AFTER, CellNode("GRU", {"linear_before_reset": 1})),
    (RNN, CellNode("RNN", {})),
    (RNN_RELU, CellNode("RNN", {"activations": ["Relu"]})),
)


def operator_of(cell: Cell) -> CellNode | None:
    """Return the operator that is a cell; None for cells that ONNX does not have."""
    options = options_of(cell)
    if options is None:
        return next((operator for known, operator in _OTHERS if known == cell), None)
    if options.projected or options.state_clip is not None:
        return None
    attributes: dict[str, Any] = {} if options.clip is None else {"clip": options.clip}
    return CellNode("LSTM", attributes | ({"input_forget": 1} if options.coupled else {}))


def node(
    graph: GraphMaker, layer: Recurrent, x: str, ends: str, directions: tuple[int, ...],
    wanted: tuple[str, str], *, backwards: bool, name: str,
) -> tuple[str, str]:  # fmt: skip
    """Add the node of a layer, or of one of its directions, over x (T, N, D).

    Parameters
    ----------
    ends : str
        The lengths (N,), int32; "" without.
    directions : tuple of int
        Which of the layer's.
    wanted : (str, str)
        The names of Y (T, directions, N, H) and Y_h (directions, N, H); "" for what is not asked for.
    backwards : bool
        Whether a single direction goes from the end.
    """
    operator = operator_of(layer.cell)
    assert operator is not None
    attributes = dict(operator.attributes)
    if len(directions) == 2:
        attributes["direction"] = "bidirectional"
        if "activations" in attributes:
            attributes["activations"] = attributes["activations"] * 2
    elif backwards:
        attributes["direction"] = "reverse"
    cells = [layer.cells[direction] for direction in directions]
    arrays = [params.arrays for params in cells]

    def constant(letter: str, each: Callable[[int], FloatArray]) -> str:
        stacked = np.stack([each(place) for place in range(len(directions))])
        return graph.constant(stacked, name=f"{name}_{letter}")

    cell = layer.cell
    W = constant("W", lambda place: _stacked(cell, "W", arrays[place]["W"]))
    R = constant("R", lambda place: _stacked(cell, "U", arrays[place]["U"]))
    B = ""
    if (biases := [apart(layer, direction) for direction in directions])[0] is not None:
        B = constant("B", lambda place: np.concatenate([_stacked(cell, "b", b) for b in biases[place] or ()]))
    given = [x, W, R, B, ends]
    if "V" in cell.parameters:
        P = constant("P", lambda place: _peepholes(cell, arrays[place]["V"]))
        given += ["", "", P]
    Y, Y_h = graph.add_many(operator.name, given, wanted, hidden_size=layer.hidden_size, **attributes)
    return Y, Y_h


def _stacked(cell: Cell, name: str, array: FloatArray) -> FloatArray:
    """Return the rows of W, U or a bias in ONNX' order, with rows of f where i and f are coupled."""
    gates = cell.parts_of(name)
    if options_of(cell) is None:
        return np.asarray(to_library("onnx", array, gates=gates))
    return np.asarray(to_library("onnx", _with_forget_gate(array, gates, GATES), gates=GATES))


def _peepholes(cell: Cell, V: FloatArray) -> FloatArray:
    return np.asarray(to_library("onnx", _with_forget_gate(V, cell.parts_of("V"), SEEING), gates=SEEING))


def _with_forget_gate(array: FloatArray, gates: tuple[str, ...], wanted: tuple[str, ...]) -> FloatArray:
    """Return the blocks of the wanted gates; f of a cell without one is −i."""
    blocks = dict(zip(gates, np.split(array, len(gates)), strict=True))
    blocks.setdefault("f", -blocks["i"])
    return np.concatenate([blocks[gate] for gate in wanted])
