"""Recurrent and dense layers in a graph, which keeps steps first, (T, N, F), as ONNX' nodes do.

Lengths: ONNX' nodes take them as sequence_lens, but OpenVINO does not look at that input. So nothing here
depends on it: outs past an end are made 0, the last outs are taken at each sequence's own last step, and the
reverse direction goes forwards through sequences that were turned round within their lengths.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gatewise.errors import ConvertError
from gatewise.learn.sequential import Dense, Recurrent
from gatewise.onnx.writing.functions import Numbers, called
from gatewise.onnx.writing.graph import GraphMaker
from gatewise.onnx.writing.nodes import node, operator_of
from gatewise.onnx.writing.scan import Outs, scanned


class Ends:
    """Where sequences end: their lengths (N,), int32, and what follows from them, made when it is asked for.

    Parameters
    ----------
    x : str
        (T, N, D), whose steps are counted.
    """

    def __init__(self, graph: GraphMaker, lengths: str, x: str) -> None:
        self.graph, self.lengths, self._x = graph, lengths, x
        self._made: dict[str, str] = {}

    @property
    def whole(self) -> str:
        """The lengths as int64."""
        return self._once("whole", lambda: self.graph.cast(self.lengths, np.int64))

    @property
    def inside(self) -> str:
        """Bools (T, N, 1): whether a step is within its sequence."""

        def made() -> str:
            graph = self.graph
            steps = graph.add("Squeeze", graph.size(self._x, 0), graph.axes(0), name="steps")
            counted = graph.add("Range", graph.constant(0, np.int64), steps, graph.constant(1, np.int64))
            column = graph.add("Unsqueeze", counted, graph.axes(1, 2), name="step_numbers")
            row = graph.add("Unsqueeze", self.whole, graph.axes(0, 2), name="lengths_row")
            return graph.add("Less", column, row, name="inside")

        return self._once("inside", made)

    @property
    def last_step(self) -> str:
        """The number of each sequence's last step (N, 1), 0 of one that has none."""

        def made() -> str:
            graph = self.graph
            before = graph.add("Sub", self.whole, graph.constant(1, np.int64), name="last_step")
            kept = graph.add("Max", before, graph.constant(0, np.int64), name="last_step")
            return graph.add("Unsqueeze", kept, graph.axes(1), name="last_step")

        return self._once("last_step", made)

    def at_last(self, value: str) -> str:
        """Return the rows (N, F) of a value (T, N, F) at each sequence's last step."""
        by_sequence = self.graph.add("Transpose", value, name="by_sequence", perm=[1, 0, 2])
        return self.graph.add("GatherND", by_sequence, self.last_step, name="at_last", batch_dims=1)

    def turned(self, value: str) -> str:
        """Return a value (T, N, F) with each sequence turned round within its length."""
        return self.graph.add("ReverseSequence", value, self.whole, time_axis=0, batch_axis=1, name="turned")

    def cut(self, value: str, dtype: Any) -> str:
        """Return a value (T, N, F) with 0 past each end."""
        return Numbers(self.graph, dtype).chosen(self.inside, value, 0.0)

    def _once(self, key: str, make: Any) -> str:
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]


def recurrent(
    graph: GraphMaker, layer: Recurrent, x: str, ends: Ends | None, *, name: str, scan: bool
) -> str:
    """Add a layer over x (T, N, D): its outs (T, N, F), or (N, F) of one that returns a row.

    Parameters
    ----------
    scan : bool
        Whether it is written by its equations although ONNX has a node for it.

    Raises
    ------
    ConvertError
        If what it returns has no form, by the layer's name.
    """
    if layer.turned and ends is not None:
        raise ConvertError(
            f"layer {name} turns its outs round (go_backwards): series of different lengths have no "
            "one order then. Write it without lengths."
        )
    if scan or operator_of(layer.cell) is None or layer.dtype != np.float32:
        return _given(graph, layer, _by_scan(graph, layer, x, ends, name), ends)
    if ends is not None:
        return _given(graph, layer, _by_node_of_each(graph, layer, x, ends, name), ends)
    return _by_node(graph, layer, x, name)


def _by_node(graph: GraphMaker, layer: Recurrent, x: str, name: str) -> str:
    """Add one node for all directions, where all sequences have all steps."""
    directions = tuple(range(len(layer.cells)))
    once = layer.returns == "last"
    wanted = ("", f"{name}_Y_h") if once else (f"{name}_Y", "")
    found = node(
        graph, layer, x, "", directions, wanted, backwards=layer.reverse, name=name
    )[once]  # fmt: skip
    if len(directions) == 1:
        outs = graph.add("Squeeze", found, graph.axes(0 if once else 1), name=f"{name}_outs")
    elif once:
        apart = graph.add("Transpose", found, name=f"{name}_outs", perm=[1, 0, 2])
        outs = graph.add("Reshape", apart, graph.axes(0, layer.width), name=f"{name}_outs")
    else:
        apart = graph.add("Transpose", found, name=f"{name}_outs", perm=[0, 2, 1, 3])
        outs = graph.add("Reshape", apart, graph.axes(0, 0, layer.width), name=f"{name}_outs")
    if layer.returns == "row":
        return graph.add("Gather", outs, graph.constant(-1, np.int64), name=f"{name}_row", axis=0)
    return graph.part(outs, 0, -1, step=-1) if layer.turned else outs


def _by_node_of_each(graph: GraphMaker, layer: Recurrent, x: str, ends: Ends, name: str) -> list[Outs]:
    """Add a node for each direction, where sequences have lengths."""
    found = []
    for direction in range(len(layer.cells)):
        back = layer.reverse or direction == 1
        called_so = f"{name}_reverse" if direction else name
        read = ends.turned(x) if back else x
        Y, _ = node(
            graph, layer, read, ends.lengths, (direction,), (f"{called_so}_Y", ""), backwards=False,
            name=called_so,
        )  # fmt: skip
        made = graph.add("Squeeze", Y, graph.axes(1), name=f"{called_so}_outs")
        made = ends.cut(made, layer.dtype)
        found.append(Outs(ends.turned(made) if back else made, ends.at_last(made)))
    return found


def _by_scan(graph: GraphMaker, layer: Recurrent, x: str, ends: Ends | None, name: str) -> list[Outs]:
    """Add a Scan for each direction."""
    inside = None if ends is None else ends.inside
    try:
        return [
            scanned(
                graph, params, x, inside, reverse=layer.reverse or direction == 1,
                biases=layer.biases[direction], name=f"{name}_reverse" if direction else name,
            )
            for direction, params in enumerate(layer.cells)
        ]  # fmt: skip
    except ConvertError as error:
        raise ConvertError(f"layer {name}: {error}") from None


def _given(graph: GraphMaker, layer: Recurrent, outs: list[Outs], ends: Ends | None) -> str:
    """Return what a layer gives of its directions' outs."""
    if layer.returns == "last":
        return graph.joined([each.last for each in outs], 1)
    steps = graph.joined([each.steps for each in outs], 2)
    if layer.returns == "row":
        if ends is not None:
            return ends.at_last(steps)
        return graph.add("Gather", steps, graph.constant(-1, np.int64), name="row", axis=0)
    return graph.part(steps, 0, -1, step=-1) if layer.turned else steps


def dense(graph: GraphMaker, layer: Dense, z: str, *, by_step: bool, name: str) -> str:
    """Add g(W·z + b) of z (T, N, F), or of z (N, F)."""
    W = graph.constant(layer.W if not by_step else layer.W.T, name=f"{name}_W")
    b = [] if layer.b is None else [graph.constant(layer.b, name=f"{name}_b")]
    if by_step:
        y = graph.add("MatMul", z, W, name=f"{name}_sum")
        y = graph.add("Add", y, *b, name=f"{name}_sum") if b else y
    else:
        y = graph.add("Gemm", z, W, *b, name=f"{name}_sum", transB=1)
    if layer.function == "linear":
        return y
    if layer.function == "softmax":
        return graph.add("Softmax", y, name=name, axis=-1)
    return called(Numbers(graph, layer.dtype), layer.function, y)
