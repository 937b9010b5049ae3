"""Layers of a file that gatewise wrote, as they were when it wrote them: told by the model's metadata.

The metadata name layers and cells, the tensors have their parameters. That the file is no more and no less
is proved by writing it again: the graph must be the same to the byte. So what a graph alone leaves open (one
bias or two, which layer turns the steps) comes back, and so do lengths and Scan nodes, which others see as
loops.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from onnx import ModelProto

from gatewise.cells.cell import Cell
from gatewise.cells.own.cell_file import cell_kept
from gatewise.engine.params import Params
from gatewise.engine.sizes import shapes_of
from gatewise.errors import GatewiseError
from gatewise.learn.sequential import Dense, Recurrent, Sequential, joined, recurrent_told
from gatewise.learn.sequential.layers import Biases
from gatewise.onnx.graphs.tensors import array_of
from gatewise.onnx.recurrent.weights import Stacked, params_of
from gatewise.onnx.writing import model_of
from gatewise.onnx.writing.nodes import operator_of
from gatewise.support.arrays import FloatArray
from gatewise.support.files import JsonError, parse_json

_FORGED = (
    GatewiseError,
    JsonError,
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    IndexError,
    OverflowError,
)
Tensors = Mapping[str, FloatArray]


def written_here(model: ModelProto) -> Sequential | None:
    """Return the layers of a model that gatewise wrote; None of every other model."""
    told = {each.key: each.value for each in model.metadata_props}.get("gatewise")
    if told is None or model.functions:
        return None
    try:
        document = parse_json(told)
        if document["kind"] != "layers":
            return None
        tensors = {each.name: array_of(each) for each in model.graph.initializer}
        found = Sequential([_layer(about, tensors) for about in document["layers"]])
        again = model_of(found, lengths=document["lengths"], scan=document["scan"])
    except _FORGED:
        return None
    return found if _bytes_of(again) == _bytes_of(model) else None


def _bytes_of(model: ModelProto) -> tuple[bytes, list[bytes]]:
    opsets = [each.SerializeToString(deterministic=True) for each in model.opset_import]
    return model.graph.SerializeToString(deterministic=True), opsets


def _layer(about: Mapping[str, Any], tensors: Tensors) -> Recurrent | Dense:
    name = about["name"]
    if about["kind"] == "dense":
        W = tensors[f"{name}_W"]
        W = W if W.shape[0] == about["units"] and not about["by_step"] else W.T
        form = about.get("form", "dense")
        return Dense(W, tensors.get(f"{name}_b"), function=about["function"], name=name, form=form)
    cell, count = cell_kept(about["cell"]), about["directions"]
    if count not in (1, 2):
        raise ValueError(name)
    names = [name, f"{name}_reverse"][:count]
    two = about.get("two_biases", [None] * count)
    if (R := tensors.get(f"{name}_R")) is None or R.ndim < 3:  # a projection is called so, too
        made = [_of_scan(cell, each, about, tensors, told) for each, told in zip(names, two, strict=True)]
    else:
        stacked = [(name, place) for place in range(count)]  # one node, or one for each direction
        if f"{names[-1]}_R" in tensors:
            stacked = [(each, 0) for each in names]
        made = [
            _of_node(cell, each, place, tensors, told)
            for (each, place), told in zip(stacked, two, strict=True)
        ]
    return recurrent_told(about, [params for params, _ in made], [biases for _, biases in made])


def _of_node(
    cell: Cell, name: str, place: int, tensors: Tensors, two: bool | None
) -> tuple[Params, Biases | None]:
    """Return a direction of an LSTM, GRU or RNN node, which always has two bias vectors."""
    W, R, B, P = (
        None if (whole := tensors.get(f"{name}_{letter}")) is None else whole[place] for letter in "WRBP"
    )
    operator = operator_of(cell)
    if operator is None or W is None or R is None:
        raise ValueError(name)
    params, biases = params_of(operator.name, cell, Stacked(W, R, B, P))
    if biases is None or two is not False:
        return params, biases
    return params.replace(b=biases[0]), None  # b and 0: the sum has no sign of a 0 in it


def _of_scan(
    cell: Cell, name: str, about: Mapping[str, Any], tensors: Tensors, two: bool | None
) -> tuple[Params, Biases | None]:
    """Return a direction of a Scan, where matrices stand as what multiplies from the right."""
    shapes = shapes_of(cell, about["reads"], about["units"], about["projection"])

    def whole(parameter: str, shape: Sequence[int], parts: Sequence[str], second: str = "") -> FloatArray:
        found = []
        for part in parts or ("",):
            called = parameter + second
            if second == "_hh" and part == "a" and "c" in cell.parameters:
                called = "c"  # of the candidate of a GRU it is a parameter of its own
            found.append(tensors["_".join(filter(None, (name, called, part)))].T)
        return np.concatenate(found).reshape(shape)

    arrays, biases = {}, None
    for parameter, shape in shapes.items():
        parts = cell.parts_of(parameter)
        if parameter == "b" and two:
            biases = (whole("b", shape, parts, "_ih"), whole("b", shape, parts, "_hh"))
        else:
            arrays[parameter] = whole(parameter, shape, parts)
    if biases is not None:
        arrays |= joined(cell, biases)
    return Params.of({parameter: arrays[parameter] for parameter in shapes}, cell), biases
