"""Layers as Keras 3 writes them: the configuration of a Sequential model, and the groups of its weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from gatewise.errors import ConvertError
from gatewise.keras.cells import CellOptions, options_of
from gatewise.keras.weights import arrays_of
from gatewise.learn.sequential import Dense, Recurrent, Sequential, apart
from gatewise.support.arrays import FloatArray

Groups = dict[str, dict[str, FloatArray]]
_NAME = re.compile(r"[A-Za-z0-9_][\w.\-]*")
_KINDS = {"LSTM": "lstm", "GRU": "gru", "SimpleRNN": "simple_rnn"}


class KerasModel:
    """A Sequential model of Keras 3.

    Attributes
    ----------
    config : dict
        Of the model, as in config.json.
    groups : dict
        The arrays of each group of the weights.
    names : dict
        The names of layers by group.
    notes : tuple of str

    Raises
    ------
    ConvertError
        If Keras has no layer that does what one of these does; the message names it, and says why.
    """

    def __init__(self, model: Sequential, dtype: str | None) -> None:
        self.dtype = dtype or str(model.dtype)
        self.groups: Groups = {}
        self.names: dict[str, str] = {}
        self._notes: list[str] = []
        self._counted: dict[str, int] = {}
        shape = [None, None, model.input_size]
        layers: list[dict[str, Any]] = [
            {
                "module": "keras.layers", "class_name": "InputLayer", "registered_name": None,
                "config": {"batch_shape": shape, "dtype": self.dtype, "name": "input_layer"},
            }
        ]  # fmt: skip
        for name, layer in zip(_names(model), model.layers, strict=True):
            if isinstance(layer, Dense):
                made = self._dense(name, layer, by_step=len(shape) == 3)
            else:
                made = self._recurrent(name, layer)
            layers.append({**made, "build_config": {"input_shape": shape}})
            once = isinstance(layer, Recurrent) and layer.returns != "steps"
            shape = [None, layer.width] if once or len(shape) == 2 else [None, None, layer.width]
        whole = {"name": "sequential", "trainable": True, "dtype": self.dtype, "layers": layers}
        self.config = _of_class("Sequential", whole, "keras") | {
            "build_config": {"input_shape": [None, None, model.input_size]}
        }
        self.notes = tuple(self._notes)

    def _group(self, kind: str, name: str) -> str:
        """Return the group of a layer, by its class and how many there were of it before."""
        number = self._counted[kind] = self._counted.get(kind, -1) + 1
        place = f"layers/{kind}{f'_{number}' if number else ''}"
        self._put(place, [], name)
        return place

    def _put(self, place: str, arrays: list[FloatArray], name: str) -> None:
        self.groups[f"{place}/vars"] = {
            str(number): np.ascontiguousarray(array, self.dtype) for number, array in enumerate(arrays)
        }
        self.names[f"{place}/vars"] = name

    def _dense(self, name: str, layer: Dense, by_step: bool) -> dict[str, Any]:
        common = {"trainable": True, "dtype": self.dtype}
        if layer.form == "activation":
            return _of_class("Activation", {"name": name, **common, "activation": layer.function})
        arrays = [layer.W.T] if layer.b is None else [layer.W.T, layer.b]
        config = {
            **common, "units": layer.width, "activation": layer.function, "use_bias": layer.b is not None,
        }  # fmt: skip
        if layer.form == "dense" or not by_step:
            self._put(self._group("dense", name), arrays, name)
            return _of_class("Dense", {"name": name, **config})
        self._put(f"{self._group('time_distributed', name)}/layer", arrays, "dense")
        return _of_class(
            "TimeDistributed",
            {"name": name, **common, "layer": _of_class("Dense", {"name": "dense", **config})},
        )

    def _recurrent(self, name: str, layer: Recurrent) -> dict[str, Any]:
        options = options_of(layer.cell)
        if options is None:
            raise ConvertError(
                f"layer {name}: Keras has no cell {layer.cell.name}. It has the LSTM without projection, "
                "peepholes, coupled "
                "gates and clipping, the GRU and the SimpleRNN, with activations that it knows."
            )
        steps, both = layer.returns == "steps", len(layer.cells) == 2
        if layer.returns == "row" and (both or layer.reverse):
            raise ConvertError(
                f"layer {name} gives the outs at the last step, where its reverse direction has only begun; "
                "Keras' layers "
                "give each direction's own last outs."
            )
        if layer.reverse and steps and not layer.turned:
            raise ConvertError(
                f"layer {name} goes backwards and gives its outs in the order of x; Keras' go_backwards "
                "gives them turned "
                "round."
            )
        if options.kind == "LSTM" and any(two is not None for two in layer.biases):
            self._notes.append(f"the two bias vectors of layer {name} are added: Keras has one")
        config = {
            "trainable": True, "dtype": self.dtype, "return_sequences": steps, "return_state": False,
            "stateful": False, "unroll": False, "units": layer.hidden_size, "activation": options.activation,
            "use_bias": options.bias,
        }  # fmt: skip
        config |= (
            {} if options.kind == "SimpleRNN" else {"recurrent_activation": options.recurrent_activation}
        )
        config |= {"reset_after": options.reset_after} if options.kind == "GRU" else {}
        if not both:
            self._cell(self._group(_KINDS[options.kind], name), layer, 0, options)
            return _of_class(options.kind, {"name": name, "go_backwards": layer.reverse, **config})
        place = self._group("bidirectional", name)
        inner = {}
        for direction, way in enumerate(("forward", "backward")):
            self._put(f"{place}/{way}_layer", [], f"{way}_{name}")
            self._cell(f"{place}/{way}_layer", layer, direction, options)
            inner[way] = _of_class(
                options.kind, {"name": f"{way}_{name}", "go_backwards": direction == 1, **config}
            )
        return _of_class(
            "Bidirectional",
            {
                "name": name, "trainable": True, "dtype": self.dtype, "merge_mode": "concat",
                "layer": inner["forward"], "backward_layer": inner["backward"],
            },
        )  # fmt: skip

    def _cell(self, place: str, layer: Recurrent, direction: int, options: CellOptions) -> None:
        arrays = arrays_of(layer.cells[direction], options, apart(layer, direction))
        self._put(f"{place}/cell", arrays, f"{_KINDS[options.kind]}_cell")


def _of_class(kind: str, config: Mapping[str, Any], module: str = "keras.layers") -> dict[str, Any]:
    return {"module": module, "class_name": kind, "config": dict(config), "registered_name": None}


def _names(model: Sequential) -> list[str]:
    """Return the names of layers: as the source had them where they are names for Keras, else by kind."""
    given = [layer.name for layer in model.layers]
    if all(map(_NAME.fullmatch, given)) and len(set(given)) == len(given) and "input_layer" not in given:
        return given
    found: list[str] = []
    counted: dict[str, int] = {}
    for layer in model.layers:
        if isinstance(layer, Dense):
            kind = layer.form
        else:
            options = options_of(layer.cell)
            kind = "bidirectional" if len(layer.cells) == 2 else _KINDS[options.kind] if options else "layer"
        number = counted[kind] = counted.get(kind, -1) + 1
        found.append(f"{kind}_{number}" if number else kind)
    return found
