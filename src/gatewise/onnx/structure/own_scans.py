"""Layers that gatewise wrote as Scan nodes, which other readers see as loops: told by the model's metadata.

The metadata name layers and cells, the tensors have their parameters. That the file is no more and no less is
proved by writing it again: the graph must be the same to the byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from onnx import ModelProto, numpy_helper

from gatewise.cells.cell import Cell
from gatewise.cells.own.cell_file import cell_kept
from gatewise.engine.params import Params
from gatewise.engine.sizes import shapes_of
from gatewise.errors import GatewiseError
from gatewise.learn.sequential import Dense, Recurrent, Sequential, recurrent_told
from gatewise.onnx.writing import model_of
from gatewise.support.arrays import FloatArray
from gatewise.support.files import JsonError, parse_json

_FORGED = (GatewiseError, JsonError, KeyError, TypeError, ValueError, AttributeError, IndexError)


def written_here(model: ModelProto) -> Sequential | None:
    """Return the layers of a model that gatewise wrote with Scan nodes; None of every other model."""
    if not any(node.op_type == "Scan" for node in model.graph.node):
        return None
    told = {each.key: each.value for each in model.metadata_props}.get("gatewise")
    if told is None:
        return None
    try:
        document = parse_json(told)
        if document["kind"] != "layers":
            return None
        tensors = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
        found = Sequential([_layer(about, tensors) for about in document["layers"]])
        again = model_of(found, lengths=document["lengths"], scan=document["scan"])
    except _FORGED:
        return None
    same = again.graph.SerializeToString(deterministic=True) == model.graph.SerializeToString(
        deterministic=True
    )
    return found if same else None


def _layer(about: Mapping[str, Any], tensors: Mapping[str, FloatArray]) -> Recurrent | Dense:
    name = about["name"]
    if about["kind"] == "dense":
        W = tensors[f"{name}_W"]
        W = W if W.shape[0] == about["units"] and not about["by_step"] else W.T
        form = about.get("form", "dense")
        return Dense(W, tensors.get(f"{name}_b"), function=about["function"], name=name, form=form)
    cell, directions = cell_kept(about["cell"]), [name, f"{name}_reverse"][: about["directions"]]
    return recurrent_told(about, [_params(cell, direction, about, tensors) for direction in directions])


def _params(cell: Cell, name: str, about: Mapping[str, Any], tensors: Mapping[str, FloatArray]) -> Params:
    """Return a direction's parameters; matrices stand in a Scan as what multiplies from the right."""
    shapes = shapes_of(cell, about["reads"], about["units"], about["projection"])
    arrays = {}
    for parameter, shape in shapes.items():
        parts = cell.parts_of(parameter) or ("",)
        rows = [tensors["_".join(filter(None, (name, parameter, part)))] for part in parts]
        arrays[parameter] = np.concatenate([row.T for row in rows]).reshape(shape)
    return Params.of(arrays, cell)
