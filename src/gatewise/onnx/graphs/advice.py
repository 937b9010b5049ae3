"""What is said of a graph that is not read, by what it is most likely an export of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from gatewise.onnx.graphs.graph import RECURRENT, GraphNode, Inner, NodeGraph
from gatewise.onnx.graphs.unrolled import unrolled_steps
from gatewise.support.given import brief, listed

_MANY, _MANY_TANH = 12, 5  # Sigmoid and Tanh nodes: more than the heads of a model have
_FUNCTIONS = (
    "Sigmoid", "Tanh", "Relu", "HardSigmoid", "Softplus", "Softsign", "Elu", "Selu", "LeakyRelu", "Erf",
    "Exp", "HardSwish", "Gelu", "Clip", "Sin", "Celu", "Mish", "PRelu", "ThresholdedRelu",
)  # fmt: skip
_SAVED = 'model.save("model.keras"), then gatewise convert model.keras'


def refusal(graph: NodeGraph, node: GraphNode) -> str:
    """Say that a node is not read, and what to do."""
    if any(isinstance(value, Inner) for value in node.attributes.values()) or node.op in (
        "Loop",
        "Scan",
        "If",
    ):
        return f"{node.where} {_looping(node.op)}"
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
        f"the graph has no {', '.join(RECURRENT[:-1])} or {RECURRENT[-1]} node: it has {_counted(graph)}."
    )


def _looping(op: str) -> str:
    if op == "If":
        return (
            "runs a graph of its own on a condition, which is not read as a layer. torch.jit.script and "
            "dynamo=False write so what depends on a size or a value, as squeeze() does: name the axis, or "
            "export with dynamo=True. Or convert the weights, a state_dict."
        )
    return (
        "runs a graph of its own, for every step or on a condition, which is not read as a layer. tf2onnx "
        "writes so an LSTM with a mask (masks become a Loop: export without Masking), and every GRU and "
        f"SimpleRNN of Keras. Or convert the weights: {_SAVED}; of a Python loop that torch.jit.script "
        "compiled, the state_dict."
    )


def _unrolled(graph: NodeGraph) -> str:
    """Say that the steps were written out one by one, if they were, and what helps whose they are."""
    ops = Counter(node.op for node in graph.nodes)
    steps = unrolled_steps(graph)
    few = ops["Sigmoid"] + ops["Tanh"] < _MANY and ops["Tanh"] < _MANY_TANH
    if graph.recurrent() or (steps is None and few):
        return ""
    said = f"the graph has no LSTM, GRU or RNN node, and {len(graph.nodes)} others ({_counted(graph)}): "
    said += "the steps were unrolled"
    if steps is not None:
        said += f", {steps.products} products one after the other with {brief(steps.weights)}"
    if any(port.name.startswith("keras_tensor") for port in graph.inputs):
        return f"{said}, as Keras on the torch backend does it. Export the weights instead: {_SAVED}."
    return f"{said}. {_whose(ops, 1 if steps is None else steps.products)} Of Keras: {_SAVED}."


def _whose(ops: Mapping[str, int], steps: int) -> str:
    """Say what helps, by the functions that stand at every step."""
    at_each = {name for name in _FUNCTIONS if ops[name] >= max(steps - 1, 2)}
    if at_each == {"Relu"}:
        return (
            'An nn.RNN with nonlinearity="relu": export it with dynamo=False, for a state_dict does not say '
            "relu. An nn.RNNCell in a Python loop: give its weights to such an nn.RNN. torch.onnx.export "
            "writes both so with dynamo=True."
        )
    if at_each == {"Tanh"}:
        return (
            "torch.onnx.export(dynamo=True) writes so an nn.RNN: export it with dynamo=False, or convert its "
            "state_dict; of an nn.RNNCell in a Python loop convert the state_dict."
        )
    if at_each == {"Sigmoid", "Tanh"}:
        return (
            "torch.onnx.export writes so an nn.LSTMCell or nn.GRUCell in a Python loop: convert the "
            "state_dict, or export an nn.LSTM or nn.GRU of the same weights (dynamo=False)."
        )
    return (
        f"{listed(sorted(at_each)) if at_each else 'No function'} at every step is no cell of torch: of one "
        "of your own write the equations (gatewise.cells.read_cell) and give it the weights "
        "(gatewise.Params.of)."
    )


def _counted(graph: NodeGraph) -> str:
    ops = Counter(node.op for node in graph.nodes)
    return listed(f"{count} {brief(op)[1:-1]}" for op, count in ops.most_common(4))
