"""`GraphMaker`: an ONNX graph node by node. What is computed is not here, nor how a model is finished.

Values are known by their names, which are strings; shapes are kept nowhere. Constants of a body, such as
that of a Scan, stand in the whole graph, where every body sees them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gatewise.support.extras import need

OPSET = 17
"""LSTM, GRU and RNN are those of version 14; ONNX Runtime and OpenVINO have run it since 2022."""
IR_VERSION = 8
Dim = int | str


class GraphMaker:
    """A graph in the making.

    Parameters
    ----------
    outer : GraphMaker, optional
        The graph whose body this is.
    outputs : sequence of str
        The names that the graph's outputs will have, which nothing else may take.

    Attributes
    ----------
    inputs, outputs, nodes, constants : list
        Of the onnx package's own messages.
    """

    def __init__(self, outer: GraphMaker | None = None, outputs: Sequence[str] = ()) -> None:
        self.onnx: Any = need("onnx", "onnx", "an ONNX model")
        self.helper: Any = need("onnx.helper", "onnx", "an ONNX model")
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.root: GraphMaker = self if outer is None else outer.root
        self._kept_for_outputs = frozenset(outputs)
        self._taken: set[str] = set(outputs)
        self._known: dict[Any, str] = {}

    def name(self, wanted: str) -> str:
        """Return a name that nothing in the whole graph has yet: `wanted`, or with a number after it."""
        taken, name, number = self.root._taken, wanted, 1
        while name in taken:
            number += 1
            name = f"{wanted}_{number}"
        taken.add(name)
        return name

    def input(self, name: str, dtype: Any, shape: Sequence[Dim], about: str = "") -> str:
        """Declare an input, whose axes are numbers or named; return its name."""
        name = self.name(name)
        self.inputs.append(self._info(name, dtype, shape, about))
        return name

    def read_of_each_step(self, name: str, dtype: Any, shape: Sequence[Dim]) -> None:
        """Declare an input whose name was taken before."""
        self.inputs.append(self._info(name, dtype, shape, ""))

    def output(self, value: str, name: str, dtype: Any, shape: Sequence[Dim], about: str = "") -> str:
        """Declare that a value is given out, under a name of its own."""
        name = name if name in self._kept_for_outputs else self.name(name)
        self.nodes.append(self.helper.make_node("Identity", [value], [name], name=f"give {name}"))
        self.outputs.append(self._info(name, dtype, shape, about))
        return name

    def _info(self, name: str, dtype: Any, shape: Sequence[Dim], about: str) -> Any:
        kind = self.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self.helper.make_tensor_value_info(name, kind, list(shape), doc_string=about)

    def constant(self, value: Any, dtype: Any = None, name: str = "") -> str:
        """Return the name of a constant; what is equal stands once, unless it has a name of its own."""
        array = np.ascontiguousarray(value, dtype).reshape(np.shape(value))
        key = None if name else (array.dtype.str, array.shape, array.tobytes())
        root = self.root
        if key is None or key not in root._known:
            made = root.name(name or "constant")
            tensor = self.onnx.numpy_helper.from_array(array, made)
            root.constants.append(tensor)
            if key is None:
                return made
            root._known[key] = made
        return root._known[key]

    def add(self, operator: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """Add a node of one output, and return that output's name."""
        return self.add_many(operator, inputs, (name or operator.lower(),), **attributes)[0]

    def add_many(
        self, operator: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Any
    ) -> tuple[str, ...]:
        """Add a node and return its outputs' names; an output called "" is one that is not asked for."""
        named = tuple(self.name(output) if output else "" for output in outputs)
        shown = next(name for name in named if name)
        given = [*inputs]
        while given and not given[-1]:
            given.pop()  # optional inputs at the end are left out
        self.nodes.append(self.helper.make_node(operator, given, list(named), name=shown, **attributes))
        return named

    def axes(self, *numbers: int) -> str:
        """Return a constant of whole numbers: axes, or a shape."""
        return self.constant(numbers, np.int64)

    def size(self, value: str, axis: int) -> str:
        """Return how long an axis of a value is, as one number (1,)."""
        return self.add("Shape", value, name="size", start=axis, end=axis + 1)

    def part(self, value: str, axis: int, first: int, end: int | None = None, step: int = 1) -> str:
        """Return a part of a value along an axis, as a slice does."""
        limits = np.iinfo(np.int64)
        last = (limits.max if step > 0 else limits.min) if end is None else end
        return self.add(
            "Slice", value, self.axes(first), self.axes(last), self.axes(axis), self.axes(step), name="part"
        )

    def joined(self, values: Sequence[str], axis: int) -> str:
        """Return values side by side along an axis; one alone as it is."""
        return values[0] if len(values) == 1 else self.add("Concat", *values, name="joined", axis=axis)

    def cast(self, value: str, dtype: Any) -> str:
        """Return a value in another dtype."""
        return self.add("Cast", value, name="cast", to=self.helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def made(self, name: str) -> Any:
        """Return the graph."""
        return self.helper.make_graph(self.nodes, name, self.inputs, self.outputs, self.constants)
