"""The weights of a Keras layer as `Params`, and back, on any backend."""

from __future__ import annotations

from typing import Any

import numpy as np

from gatewise.engine.params import Params
from gatewise.errors import ArgumentError, ConvertError
from gatewise.keras.cells import RECURRENT, CellOptions, cell_of, options_of
from gatewise.keras.weights import arrays_of, params_of
from gatewise.learn.sequential import Recurrent, apart
from gatewise.support.extras import need


def layer_options(layer: Any) -> CellOptions:
    """Return which cell a recurrent layer of Keras is of.

    Raises
    ------
    ArgumentError
        If it is none of LSTM, GRU and SimpleRNN.
    """
    keras = need("keras", "keras", "gatewise.keras")
    kind = next((name for name in RECURRENT if isinstance(layer, getattr(keras.layers, name))), None)
    if kind is None:
        raise ArgumentError(
            f"a keras.layers.LSTM, GRU or SimpleRNN is needed; this is a {type(layer).__name__}."
        )
    functions = [
        keras.activations.serialize(getattr(layer, name))
        for name in ("activation", "recurrent_activation")
        if hasattr(layer, name)
    ]
    if other := [each for each in functions if not isinstance(each, str)]:
        raise ConvertError(f"layer {layer.name}: activation {other[0]!r:.80} is none of Keras' own.")
    recurrent = functions[1] if len(functions) > 1 else "sigmoid"
    return CellOptions(kind, functions[0], recurrent, layer.use_bias, getattr(layer, "reset_after", True))


def from_keras(layer: Any) -> Params:
    """Return the parameters of a recurrent layer of Keras.

    Parameters
    ----------
    layer : keras.layers.LSTM, GRU or SimpleRNN
        One that is built. Of a Bidirectional take its forward_layer or backward_layer.

    Returns
    -------
    Params
        float64 stays float64, every other dtype is float32.

    Raises
    ------
    ArgumentError
        If it is another layer, or not built.
    ConvertError
        If no cell of equations has its activations.
    """
    options = layer_options(layer)
    if not layer.built:
        raise ArgumentError(f"layer {layer.name} has no weights yet; call it, or build it, before.")
    arrays = [np.asarray(each) for each in layer.cell.get_weights()]
    dtype = np.float64 if arrays[0].dtype == np.float64 else np.float32
    count = 3 if options.bias else 2
    return params_of(options, [each.astype(dtype) for each in arrays[:count]])[0]


def to_keras(params: Params, layer: Any) -> None:
    """Write parameters into a recurrent layer of Keras.

    Parameters
    ----------
    params : Params
        Of the cell that the layer is of.
    layer : keras.layers.LSTM, GRU or SimpleRNN
        One that is built.

    Raises
    ------
    ArgumentError
        If the layer is of another cell or of other sizes, or not built.
    ConvertError
        If no cell of equations has its activations.
    """
    options = layer_options(layer)
    if not layer.built:
        raise ArgumentError(f"layer {layer.name} has no weights yet; call it, or build it, before.")
    own = options_of(params.cell)
    if own is None or cell_of(own) != cell_of(options):
        raise ArgumentError(
            f"params are of cell {params.cell.name}; layer {layer.name} is of {cell_of(options).name}."
        )
    arrays = arrays_of(params, options, apart(Recurrent([params]), 0))
    has = layer.cell.get_weights()
    shapes = [tuple(each.shape) for each in has[: len(arrays)]]
    if [each.shape for each in arrays] != shapes:
        raise ArgumentError(
            f"layer {layer.name} has weights of {shapes}; params give {[each.shape for each in arrays]}."
        )
    layer.cell.set_weights([*arrays, *has[len(arrays) :]])
