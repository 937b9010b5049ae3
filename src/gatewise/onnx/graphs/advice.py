"""What is said of a graph that is not read, by what it is most likely an export of."""

from __future__ import annotations

from collections import Counter

from gatewise.onnx.graphs.graph import RECURRENT, GraphNode, Inner, NodeGraph
from gatewise.support.given import brief, listed

_MANY, _MANY_TANH = 12, 5  # Sigmoid and Tanh nodes: more than the heads of a model have
_SAVED = 'model.save("model.keras"), then gatewise convert model.keras'


def refusal(graph: NodeGraph, node: GraphNode) -> str:
    """Say that a node is not read, and what to do."""
    if any(isinstance(value, Inner) for value in node.attributes.values()) or node.op in (
        "Loop",
        "Scan",
        "If",
    ):
        return f"{node.where} {_looping()}"
    if not graph.recurrent() and (unrolled := _unrolled(graph)):
        return unrolled
    whose = f" of the domain {brief(node.domain)[1:-1]}" if node.domain else ""
    return (
        f"{node.where} is an operator{whose} that is not read. Read are LSTM, GRU and RNN nodes with what "
        "exporters put around them, and Dense layers with Sigmoid, Softmax, Tanh or Relu. Export the "
        "recurrent part alone, or convert its weights (a state_dict, a .keras file)."
    )


def no_layers(graph: NodeGraph) -> str:
    """Say that a graph has no recurrent node, and what to do."""
    return _unrolled(graph) or (
        f"the graph has no {listed(RECURRENT[:-1])} or {RECURRENT[-1]} node: it has {_counted(graph)}."
    )


def _looping() -> str:
    return (
        "runs a graph of its own, for every step or on a condition, which is not read as a layer. tf2onnx "
        "writes so an LSTM with a mask (masks become a Loop: export without Masking), and every GRU and "
        f"SimpleRNN of Keras. Or convert the weights: {_SAVED}."
    )


def _unrolled(graph: NodeGraph) -> str:
    """Say that the steps were written out one by one, if they look so."""
    ops = Counter(node.op for node in graph.nodes)
    few = ops["Sigmoid"] + ops["Tanh"] < _MANY and ops["Tanh"] < _MANY_TANH
    if graph.recurrent() or few:
        return ""
    return (
        f"the graph has no LSTM, GRU or RNN node, and {len(graph.nodes)} others ({_counted(graph)}): the "
        "steps were unrolled, as Keras on the torch backend does it, and torch.onnx.export(dynamo=True) with "
        f"an nn.RNN. Export the weights instead: {_SAVED}; or a torch model's state_dict, or with "
        "dynamo=False."
    )


def _counted(graph: NodeGraph) -> str:
    ops = Counter(node.op for node in graph.nodes)
    return listed(f"{count} {brief(op)[1:-1]}" for op, count in ops.most_common(4))
