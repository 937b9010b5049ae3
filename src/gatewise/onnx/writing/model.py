"""`model_of`: a whole ONNX model of what gatewise has, checked, with its inputs named and described."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.errors import ArgumentError, ConvertError
from gatewise.learn.network import Network
from gatewise.learn.sequential import Dense, Recurrent, Sequential, told
from gatewise.onnx.writing.graph import IR_VERSION, OPSET, GraphMaker
from gatewise.onnx.writing.networks import Beside, names_of, network, sequential
from gatewise.support.given import described, one_line
from gatewise.support.options import as_choice, as_flag, spelled

if TYPE_CHECKING:
    from gatewise.train import Model

DTYPES = ("float32", "float64")
OUTPUTS = ("y", "forecast", "quantiles", "distribution", "class", "probabilities")
MOST_BYTES = 2**31 - 1  # of one protobuf message
X = "A batch of series: N of them, T steps, D numbers at each step."
LENGTHS = "How many steps each series has of its own, 0 to T; what stands past them is not looked at."


def model_of(
    source: Sequential | Network | Model, *, lengths: bool = False, dtype: str | None = None,
    scan: bool = False,
) -> Any:  # fmt: skip
    """Return an ONNX model.

    Parameters
    ----------
    source : Sequential, Network or Model
        Layers, a network, or the model of a run: then the graph prepares the rows of the table itself.
    lengths : bool
        Whether there is an input `lengths` (N,), int32. A run has it always.
    dtype : "float32" or "float64", optional
        Of the weights, and of x and y of what is no run; by default that of `source`.
    scan : bool
        Whether recurrent layers are written by their equations as Scan nodes where ONNX has a node for them,
        too: OpenVINO leaves peepholes out of LSTM nodes, and runs a Scan right.

    Returns
    -------
    onnx.ModelProto
        Batch first: x (N, T, D), N and T of any size, to y (N, T, P) or, of one result for each series,
        (N, P). See docs/convert.md for the inputs of a run.

    Raises
    ------
    ConvertError
        If ONNX cannot express something; the message names the layer and says why.
    ArgumentError
        If an option is none.
    ExtraError
        If the package onnx is not installed.
    """
    lengths, scan = as_flag("lengths", lengths), as_flag("scan", scan)
    kind = None if dtype is None else np.dtype(as_choice("dtype", dtype, DTYPES))
    graph = GraphMaker(outputs=OUTPUTS)
    if isinstance(source, Network):
        whole = source if kind is None or kind == source.dtype else source.astype(kind)
        return _finished(graph, "network", _of_network(graph, whole, lengths=lengths, scan=scan))
    if isinstance(source, Sequential):
        layers = source if kind is None or kind == source.dtype else _cast(source, kind)
        return _finished(graph, "layers", _of_layers(graph, layers, lengths=lengths, scan=scan))
    from gatewise.onnx.writing.run import write_run  # brings training: only where it may be a run
    from gatewise.train import Model

    if isinstance(source, Model):
        return _finished(graph, "run", write_run(graph, source, kind, scan=scan))
    raise ArgumentError(f"source is {described(source)}; it must be a Sequential, a Network or a Model.")


def notes_of(model: Any) -> tuple[str, ...]:
    """Return what who serves a model should know that its numbers do not show."""
    seeing = [node.name for node in model.graph.node if node.op_type == "LSTM" and len(node.input) > 7]
    if not seeing:
        return ()
    return (
        f"{seeing[0]}: OpenVINO leaves the peepholes of LSTM nodes out without a word (2026.4); for it write "
        f"the model with {spelled('scan', True)}.",
    )


def _of_layers(graph: GraphMaker, model: Sequential, *, lengths: bool, scan: bool) -> dict[str, Any]:
    x = graph.input("x", model.dtype, ("N", "T", model.input_size), X)
    ends = graph.input("lengths", np.int32, ("N",), LENGTHS) if lengths else None
    y = sequential(graph, model, x, ends, scan=scan)
    shape = ("N", "T", model.outputs) if model.by_step else ("N", model.outputs)
    graph.output(y, "y", model.dtype, shape, f"What the last layer, {names_of(model)[-1]}, gives.")
    about, by_step = [], True
    for layer, name in zip(model.layers, names_of(model), strict=True):
        about.append(_about(layer, name, by_step=by_step))
        by_step = by_step and (isinstance(layer, Dense) or layer.returns == "steps")
    return {"layers": about, "lengths": lengths, "scan": scan}


def _about(layer: Recurrent | Dense, name: str, *, by_step: bool) -> dict[str, Any]:
    about = told(layer) | {"name": name}
    if isinstance(layer, Dense):
        return about | {"units": layer.width, "by_step": by_step}
    Q = layer.cells[0].output_size
    return about | {
        "reads": layer.input_size, "units": layer.hidden_size,
        "projection": Q if layer.hidden_size != Q else None,
        "two_biases": [two is not None for two in layer.biases],
    }  # fmt: skip


def _of_network(graph: GraphMaker, whole: Network, *, lengths: bool, scan: bool) -> dict[str, Any]:
    architecture = whole.architecture
    steps, E = architecture.head == "steps", architecture.head_inputs
    x = graph.input("x", whole.dtype, ("N", "T", architecture.input_size), X)
    beside = Beside()
    if lengths:
        beside.lengths = graph.input("lengths", np.int32, ("N",), LENGTHS)
    if E:
        about = "What the head reads beside the layers' outs."
        beside.extra = graph.input("extra", whole.dtype, ("N", "T", E) if steps else ("N", E), about)
    if names := [name for name, _, _ in architecture.embeddings]:
        about = f"The code of {', '.join(names)}, from 0; -1 is none of those that were learned."
        beside.codes = graph.input("codes", np.int64, ("N", len(names)), about)
    y = network(graph, whole, x, beside, scan=scan)
    shape = ("N", "T", architecture.outputs) if steps else ("N", architecture.outputs)
    graph.output(y, "y", whole.dtype, shape, "What the head returns.")
    return {"architecture": architecture.to_dict()}


def _cast(model: Sequential, dtype: np.dtype[Any]) -> Sequential:
    layers: list[Recurrent | Dense] = []
    for layer in model.layers:
        if isinstance(layer, Dense):
            b = None if layer.b is None else layer.b.astype(dtype)
            about = {"function": layer.function, "name": layer.name, "form": layer.form}
            layers.append(Dense(layer.W.astype(dtype), b, **about))
        else:
            two = [each and (each[0].astype(dtype), each[1].astype(dtype)) for each in layer.biases]
            layers.append(
                Recurrent(
                    [params.astype(dtype) for params in layer.cells], biases=two, reverse=layer.reverse,
                    returns=layer.returns, turned=layer.turned, name=layer.name,
                )
            )  # fmt: skip
    return Sequential(layers, model.notes)


def _finished(graph: GraphMaker, what: str, told: Mapping[str, Any]) -> Any:
    """Return the model of a graph, once onnx has checked it.

    Raises
    ------
    ConvertError
        If it is too large for one file, or onnx finds fault with it.
    """
    helper, onnx = graph.helper, graph.onnx
    model = helper.make_model(
        graph.made("gatewise"), opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION,
        producer_name="gatewise",
    )  # fmt: skip
    helper.set_model_props(model, {"gatewise": json.dumps({"kind": what, **told}, ensure_ascii=False)})
    if model.ByteSize() > MOST_BYTES:
        raise ConvertError(
            f"the model has {model.ByteSize():,} bytes; an ONNX file holds {MOST_BYTES:,}. Write it with "
            f"{spelled('dtype', 'float32')}, or a smaller network."
        )
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ConvertError(f"onnx finds fault with what was written: {one_line(error)}.") from error
    return model
