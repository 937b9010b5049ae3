"""What a state_dict leaves open, kept in the metadata of a safetensors file: functions, returns, names.

One JSON document under "gatewise": {"format": 1, "state_dict": [what is said of each layer, …]}, with the
name that each layer's tensors have as "tensors". torch reads none of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gatewise.cells.known.names import cell_named
from gatewise.cells.known.table import RNN, RNN_RELU
from gatewise.convert.tensors import STATE_DICT, document_in
from gatewise.engine.params import Params
from gatewise.errors import GatewiseError
from gatewise.learn.sequential import Dense, Recurrent, Sequential, recurrent_told, told

FORMAT = 1
_DAMAGE = (KeyError, TypeError, ValueError, AttributeError, IndexError, GatewiseError)
Layers = Sequence[Recurrent | Dense]


def kept(layers: Layers, names: Sequence[str]) -> dict[str, str]:
    """Return the metadata of a state_dict of layers, whose tensors have these names."""
    about = []
    for layer, name in zip(layers, names, strict=True):
        about.append(told(layer) | {"tensors": name})
        if isinstance(layer, Recurrent):
            about[-1]["two_biases"] = layer.biases[0] is not None
    return {"gatewise": json.dumps({"format": FORMAT, STATE_DICT: about}, ensure_ascii=False)}


def entries_of(metadata: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what metadata say of each layer of a state_dict; nothing where they say nothing."""
    document: dict[str, Any] = document_in(metadata) or {}
    entries: Any = document.get(STATE_DICT)
    made = document.get("format")
    if not isinstance(entries, list) or not isinstance(made, int) or made > FORMAT:
        return []
    return entries if all(isinstance(each, dict) for each in entries) else []


def as_kept(layers: Layers, entries: Sequence[Mapping[str, Any]]) -> list[Recurrent | Dense] | None:
    """Return the layers of a file as its metadata have them, in their order; None where these do not fit.

    Parameters
    ----------
    layers : sequence of Recurrent and Dense
        All of the file, as the tensors alone say, by the names that these have.
    entries : sequence of dict
        What `entries_of` found.
    """
    try:
        by_name = {layer.name: layer for layer in layers}
        names = [str(each["tensors"]) for each in entries]
        if len(names) != len(layers) or set(names) != set(by_name):
            return None
        made = [_layer(by_name[name], about) for name, about in zip(names, entries, strict=True)]
        Sequential(made)  # refuses what does not go together
    except _DAMAGE:
        return None
    return made


def _layer(layer: Recurrent | Dense, about: Mapping[str, Any]) -> Recurrent | Dense:
    """Return a layer with what is said of it.

    Raises
    ------
    Any of _DAMAGE
        If that is of another layer.
    """
    if isinstance(layer, Dense):
        _check(about["kind"] == "dense")
        form = about.get("form", "dense")
        return Dense(layer.W, layer.b, function=about["function"], name=about["name"], form=form)
    _check(about["kind"] == "recurrent" and about["directions"] == len(layer.cells))
    _check(about["reverse"] is layer.reverse)
    cell = layer.cell
    if about["cell"] != cell.name:
        kind, plus, rest = cell.name.partition("+")
        _check(kind == RNN.name and about["cell"] == f"{RNN_RELU.name}{plus}{rest}")
        cell = cell_named(about["cell"])
    cells, biases = [], []
    for params, two in zip(layer.cells, layer.biases, strict=True):
        arrays = dict(params.arrays)
        if two is not None and not about["two_biases"] and "c" not in arrays and not np.any(two[1]):
            arrays["b"], two = two[0], None
        cells.append(Params.of(arrays, cell))
        biases.append(two)
    return recurrent_told(about, cells, biases)


def _check(fits: bool) -> None:
    if not fits:
        raise ValueError
