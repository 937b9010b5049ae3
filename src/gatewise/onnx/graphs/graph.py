"""A graph: its nodes in order, what they read and give, and constants; made of a model and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import AttributeProto, ModelProto, NodeProto

from gatewise.errors import ConvertError
from gatewise.onnx.graphs.external import ExternalFiles
from gatewise.onnx.graphs.tensors import array_of, dtype_of
from gatewise.support.given import brief

RECURRENT = ("LSTM", "GRU", "RNN")
OLDEST = 7  # opset: the LSTM of before had other inputs
_OWN = ("", "ai.onnx")


class GraphNode(NamedTuple):
    """A node: an operator, the names that it reads ("" for none) and gives, and its attributes."""

    name: str
    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    domain: str = ""

    @property
    def where(self) -> str:
        """What messages call it."""
        name = self.name or next(filter(None, self.outputs), "")
        return f"node {brief(name)} ({brief(self.op)[1:-1]})"


class Port(NamedTuple):
    """An input or output of a graph: its dtype and its axes, whole numbers, names or None for any length."""

    name: str
    dtype: np.dtype[Any] | None
    shape: tuple[int | str | None, ...] | None


class Inner(NamedTuple):
    """The attribute of a node that holds a graph of its own, as Loop, Scan and If have."""

    nodes: int


@dataclass(frozen=True)
class NodeGraph:
    """A graph that is whole: each name is given once, before it is read.

    Attributes
    ----------
    nodes : tuple of GraphNode
    constants : dict
        The arrays that the file holds, by name.
    inputs, outputs : tuple of Port
        The inputs are those that have no constant of their name.
    opset : int
        Of ONNX' own operators.
    """

    nodes: tuple[GraphNode, ...]
    constants: Mapping[str, NDArray[Any]]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    opset: int

    def recurrent(self) -> tuple[GraphNode, ...]:
        """Return the LSTM, GRU and RNN nodes."""
        return tuple(node for node in self.nodes if node.op in RECURRENT)


@np.errstate(all="ignore")  # weights may be NaN
def graph_of(model: ModelProto, folder: Path | None) -> NodeGraph:
    """Return the graph of a model.

    Parameters
    ----------
    model : ModelProto
    folder : Path or None
        Where files of external data lie; None reads none.

    Raises
    ------
    ConvertError
        If it is no graph: a name is given twice or never, nodes go in a circle, a tensor is damaged.
    """
    opset = _opset(model)
    files = None if folder is None else ExternalFiles(folder)
    proto = model.graph
    if proto.sparse_initializer:
        raise ConvertError("the model has sparse tensors (sparse_initializer); save its weights dense.")
    constants: dict[str, NDArray[Any]] = {}
    for tensor in proto.initializer:
        if not tensor.name or tensor.name in constants:
            raise ConvertError(f"two tensors of the file are called {brief(tensor.name)}.")
        constants[tensor.name] = array_of(tensor, files)
    ports = tuple(_port(each) for each in proto.input)
    names = [port.name for port in ports]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ConvertError(f"two inputs are called {brief(min(twice))}.")
    nodes = tuple(node_of(node, files) for node in proto.node)
    outputs = tuple(_port(each) for each in proto.output)
    graph = NodeGraph(nodes, constants, tuple(p for p in ports if p.name not in constants), outputs, opset)
    _check_order(graph, {*names, *constants})
    return graph


def _opset(model: ModelProto) -> int:
    found = [each.version for each in model.opset_import if each.domain in _OWN]
    newest = onnx.defs.onnx_opset_version()
    if not found:
        raise ConvertError("the model does not say of which opset it is (opset_import): it is damaged.")
    if not OLDEST <= found[0] <= newest:
        raise ConvertError(
            f"the model is of opset {found[0]}; the installed onnx {onnx.__version__} knows up to {newest}, "
            f"and read is from {OLDEST} on. Install a newer onnx, or export with an opset_version from 15 "
            "to 22."
        )
    return int(found[0])


def _port(value: onnx.ValueInfoProto) -> Port:
    if not value.type.HasField("tensor_type"):
        return Port(value.name, None, None)
    told = value.type.tensor_type
    dtype = dtype_of(told.elem_type, f"{brief(value.name)}") if told.elem_type else None
    if not told.HasField("shape"):
        return Port(value.name, dtype, None)
    return Port(value.name, dtype, tuple(map(_length, told.shape.dim)))


def _length(axis: Any) -> int | str | None:
    if axis.HasField("dim_value"):
        return int(axis.dim_value)
    return str(axis.dim_param) or None


def node_of(node: NodeProto, files: ExternalFiles | None = None) -> GraphNode:
    """Return a node with its attributes as Python and NumPy have them.

    Raises
    ------
    ConvertError
        For an attribute that is damaged.
    """
    made = GraphNode(
        node.name, node.op_type, tuple(node.input), tuple(node.output), {},
        "" if node.domain in _OWN else node.domain,
    )  # fmt: skip
    attributes = {each.name: _attribute(each, made.where, files) for each in node.attribute}
    if len(attributes) < len(node.attribute):
        raise ConvertError(f"{made.where} has an attribute twice.")
    return made._replace(attributes=attributes)


def _attribute(each: AttributeProto, where: str, files: ExternalFiles | None) -> Any:
    match each.type:
        case AttributeProto.FLOAT:
            return each.f
        case AttributeProto.INT:
            return each.i
        case AttributeProto.STRING:
            return each.s.decode("utf-8", "replace")
        case AttributeProto.FLOATS:
            return tuple(each.floats)
        case AttributeProto.INTS:
            return tuple(each.ints)
        case AttributeProto.STRINGS:
            return tuple(text.decode("utf-8", "replace") for text in each.strings)
        case AttributeProto.TENSOR:
            return array_of(each.t, files, f"the {brief(each.name)} of {where}")
        case AttributeProto.GRAPH:
            return Inner(len(each.g.node))
    raise ConvertError(f"{where} has the attribute {brief(each.name)}, of a kind that is not read.")


def _check_order(graph: NodeGraph, known: set[str]) -> None:
    """Refuse names that are given twice, and nodes that read what is not there yet."""
    givers = {name: node for node in graph.nodes for name in node.outputs if name}
    for node in graph.nodes:
        for name in filter(None, node.inputs):
            if name in known:
                continue
            if name not in givers:
                raise ConvertError(f"{node.where} reads {brief(name)}, which nothing gives.")
            circle = _circle(node, name, givers)
            raise ConvertError(
                f"{node.where} reads {brief(name)}, which {givers[name].where} gives after it"
                + (": nodes go in a circle." if circle else ". Nodes must stand in the order of work.")
            )
        for name in filter(None, node.outputs):
            if name in known:
                raise ConvertError(f"{node.where} gives {brief(name)}, which is there already.")
            known.add(name)
    for port in graph.outputs:
        if port.name not in known:
            raise ConvertError(f"nothing gives the output {brief(port.name)}.")
    if not graph.outputs:
        raise ConvertError("the model gives nothing: it has no outputs.")


def _circle(start: GraphNode, name: str, givers: Mapping[str, GraphNode]) -> bool:
    """Say whether what a node reads comes of what it gives."""
    seen, left = set(), [name]
    while left:
        each = left.pop()
        if each in start.outputs:
            return True
        if each in givers and each not in seen:
            seen.add(each)
            left += [read for read in givers[each].inputs if read]
    return False


def last_reads(graph: NodeGraph) -> Iterator[Sequence[str]]:
    """Yield for each node the names that nothing reads after it."""
    ends: dict[str, int] = {}
    for number, node in enumerate(graph.nodes):
        for name in (*node.inputs, *node.outputs):
            ends[name] = number
    for port in graph.outputs:
        ends.pop(port.name, None)
    by_node: dict[int, list[str]] = {}
    for name, number in ends.items():
        by_node.setdefault(number, []).append(name)
    for number in range(len(graph.nodes)):
        yield by_node.get(number, ())
