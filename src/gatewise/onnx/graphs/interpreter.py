"""A graph run node by node over NumPy, its recurrent nodes by the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatewise.errors import ConvertError, GatewiseError
from gatewise.onnx.graphs.advice import refusal
from gatewise.onnx.graphs.graph import RECURRENT, NodeGraph, last_reads
from gatewise.onnx.operators.call import OperatorCall
from gatewise.onnx.operators.table import OPERATORS
from gatewise.onnx.recurrent.node import RecurrentNode, named_inputs, recurrent_node
from gatewise.support.given import brief, one_line

Arrays = dict[str, NDArray[Any]]
Watcher = Callable[[OperatorCall, tuple[NDArray[Any], ...], RecurrentNode | None, Sequence[str]], None]
_FROM_NUMPY = (
    ValueError,
    TypeError,
    IndexError,
    OverflowError,
    MemoryError,
    AttributeError,
    ZeroDivisionError,
)


class Room(NamedTuple):
    """How many numbers a run may have at once, beside the file's own, and make in all."""

    live: int
    made: int


ROOM = Room(1 << 34, 1 << 44)


def check_operators(graph: NodeGraph) -> None:
    """Refuse a graph with operators that are not read.

    Raises
    ------
    ConvertError
        With the first of them, and what to do instead.
    """
    for node in graph.nodes:
        if node.domain or (node.op not in OPERATORS and node.op not in RECURRENT):
            raise ConvertError(refusal(graph, node))


@np.errstate(all="ignore")  # NaN and infinity show in the result, not as warnings
def run_graph(
    graph: NodeGraph,
    fed: Mapping[str, NDArray[Any]],
    *,
    wide: bool = False,
    room: Room = ROOM,
    watch: Watcher | None = None,
) -> Arrays:
    """Return the outputs of a graph by name.

    Parameters
    ----------
    graph : NodeGraph
        Whose operators `check_operators` knows.
    fed : dict
        The inputs by name.
    wide : bool
        Whether float32 is worked out as float64.
    room : Room
    watch : callable, optional
        watch(call, outputs, recurrent, done) is told of each node after it ran; done are the names that
        nothing reads after it.

    Raises
    ------
    ConvertError
        If a node cannot do what it is to do, by its name; or an input is missing.
    """
    known: Arrays = {name: _widened(array, wide) for name, array in {**graph.constants, **fed}.items()}
    for port in graph.inputs:
        if port.name not in known:
            raise ConvertError(f"the input {brief(port.name)} is not given.")
    kept = {port.name for port in graph.outputs}
    live, made = 0, 0
    for node, done in zip(graph.nodes, last_reads(graph), strict=True):
        inputs = tuple(known[name] if name else None for name in node.inputs)
        call = OperatorCall(node, inputs, graph.opset, wide, min(room.live - live, room.made - made))
        outputs, recurrent = run_node(call)
        made += sum(array.size for array in outputs)
        for name, array in zip(node.outputs, outputs, strict=False):
            if name:
                known[name] = array
                live += array.size
        if watch is not None:
            watch(call, outputs, recurrent, done)
        for name in done:
            if name not in kept and name in known:
                live -= known.pop(name).size
        if live > room.live or made > room.made:
            call.fail("up to here the graph makes more numbers than can be meant.")
    return {port.name: known[port.name] for port in graph.outputs}


@np.errstate(all="ignore")  # NaN and infinity show in the result, not as warnings
def run_node(call: OperatorCall) -> tuple[tuple[NDArray[Any], ...], RecurrentNode | None]:
    """Return the outputs of one node, and what it is if it is a recurrent one.

    Raises
    ------
    ConvertError
        By the name of the node.
    """
    node, recurrent = call.node, None
    try:
        if node.op in RECURRENT and not node.domain:
            recurrent, outputs = _recurrent(call)
        else:
            outputs = OPERATORS[node.op](call)
    except GatewiseError:
        raise
    except _FROM_NUMPY as error:
        raise ConvertError(f"{node.where} cannot be worked out: {one_line(error)}.") from None
    if sum(map(bool, node.outputs)) and max(i for i, name in enumerate(node.outputs) if name) >= len(outputs):
        call.fail(f"it gives {len(outputs)} outputs, and {len(node.outputs)} are named.")
    return outputs, recurrent


def _recurrent(call: OperatorCall) -> tuple[RecurrentNode, tuple[NDArray[Any], ...]]:
    node = call.node
    inputs = named_inputs(node.where, node.op, call.inputs)
    X = inputs.get("X")
    if X is None or X.dtype.kind != "f":
        call.fail("it has no X of real numbers.")
    # Halves are worked out in single precision, and given as halves again.
    dtype = np.dtype(np.float64 if X.dtype == np.float64 else np.float32)
    read = recurrent_node(node.where, node.op, node.attributes, inputs, dtype)
    call.room((*X.shape[:2], len(read.params), read.hidden_size))
    given = {name: _as(array, dtype) for name, array in inputs.items()}
    outputs = tuple(each.astype(X.dtype, copy=False) for each in read.run(given))
    return read, outputs


def _as(array: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    return array.astype(dtype, copy=False) if array.dtype.kind == "f" else array


def _widened(array: NDArray[Any], wide: bool) -> NDArray[Any]:
    return array.astype(np.float64) if wide and array.dtype.kind == "f" else array
