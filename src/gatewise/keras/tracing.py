"""`trace`: the gates of every LSTM of a trained Keras model, on any backend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatewise.engine import passes
from gatewise.engine.trace import Trace
from gatewise.errors import ArgumentError
from gatewise.keras.parameters import from_keras
from gatewise.support.extras import need
from gatewise.support.given import brief, listed


class SeenCall(NamedTuple):
    """What an LSTM was called with."""

    layer: Any
    x: NDArray[Any]
    state: tuple[NDArray[Any], ...]
    mask: NDArray[Any] | None


class LayerTraces(dict[str, Trace]):
    """Traces by the names of layers; a name that is not there is refused with those that are."""

    def __missing__(self, name: object) -> Trace:
        raise KeyError(
            f"there is no layer {brief(name)}; there are {listed([brief(each) for each in self])}."
        )


def trace(model: Any, x: Any) -> LayerTraces:
    """Run a model on x, and return the gates of its LSTM layers at every step.

    The model runs once by Keras, which shows what reaches each LSTM; its gates are then worked out from its
    weights, by the equations. It is run as for predicting: dropout does not act.

    Parameters
    ----------
    model : keras.Model, or a keras.layers.LSTM
        One that is built, of any backend. LSTMs inside Bidirectional and in models within it are found too.
    x : array or list of arrays
        What the model takes.

    Returns
    -------
    LayerTraces
        A dict of Trace by the names of the layers; of a layer that is called several times each later call as
        "name, call 2". Steps stand in the order of x, of go_backwards layers too. Of a row with masked steps
        the trace has the others alone, one after the other, and `lengths` says how many.

    Raises
    ------
    ArgumentError
        If there is no LSTM, or none was called eagerly.
    ConvertError
        If an LSTM has activations that no cell of equations has.
    """
    keras = need("keras", "keras", "gatewise.keras.trace")
    layers = [model, *getattr(model, "_flatten_layers", lambda **_: [])(include_self=False)]
    found: list[Any] = []
    for layer in layers:
        if isinstance(layer, keras.layers.LSTM) and not any(layer is other for other in found):
            found.append(layer)
    if not found:
        raise ArgumentError(f"there is no keras.layers.LSTM in this {type(model).__name__}.")
    seen: list[SeenCall] = []
    with _watched(found, seen, keras):
        model(x, training=False)
    if not seen:
        raise ArgumentError(
            "no LSTM of the model was called with numbers: x must be arrays, and the model run eagerly."
        )
    traces = LayerTraces()
    taken: dict[int, str] = {}
    counted: dict[str, int] = {}
    for call in seen:
        name = taken.setdefault(id(call.layer), _name(call.layer, taken))
        number = counted[name] = counted.get(name, 0) + 1
        traces[name if number == 1 else f"{name}, call {number}"] = _trace(call)
    return traces


def _name(layer: Any, taken: dict[int, str]) -> str:
    """Return a layer's name; its path where another layer has the same."""
    name = str(layer.name)
    return str(getattr(layer, "path", name)) if name in taken.values() else name


@contextmanager
def _watched(layers: list[Any], seen: list[SeenCall], keras: Any) -> Iterator[None]:
    """Note what these layers are called with."""
    for layer in layers:
        layer.__dict__["inner_loop"] = _noting(layer, seen, keras)
    try:
        yield
    finally:
        for layer in layers:
            layer.__dict__.pop("inner_loop", None)


def _noting(layer: Any, seen: list[SeenCall], keras: Any) -> Any:
    theirs = layer.inner_loop

    def inner_loop(sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        array = keras.ops.convert_to_numpy
        try:
            state = tuple(array(each) for each in initial_state)
            first = mask[0] if isinstance(mask, list | tuple) else mask
            noted = SeenCall(layer, array(sequences), state, None if first is None else array(first))
        except (TypeError, ValueError, RuntimeError, NotImplementedError, AttributeError):
            pass  # shapes alone: a symbolic tensor has no numbers
        else:
            seen.append(noted)
        return theirs(sequences, initial_state, mask=mask, training=training)

    return inner_loop


def _trace(call: SeenCall) -> Trace:
    """Work the gates of one call."""
    params = from_keras(call.layer)
    x = np.asarray(call.x, params.dtype)
    out, state = (np.asarray(each, params.dtype) for each in call.state)
    lengths = None
    if call.mask is not None and not np.all(call.mask):
        mask = np.asarray(call.mask, bool)
        order = np.argsort(~mask, axis=1, kind="stable")
        x, lengths = np.take_along_axis(x, order[..., np.newaxis], axis=1), mask.sum(axis=1)
    return passes.forward(params, x, (out, state), lengths, reverse=bool(call.layer.go_backwards))
