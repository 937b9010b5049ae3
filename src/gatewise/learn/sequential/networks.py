"""Between a `Sequential` and a `Network`, where either can say what the other does."""

from __future__ import annotations

import numpy as np

from gatewise.errors import ConvertError
from gatewise.learn.network import Architecture, Network
from gatewise.learn.sequential.layers import Dense, Recurrent
from gatewise.learn.sequential.sequential import Sequential
from gatewise.support.given import listed

# What a network may have that layers one after the other have not, and why.
_BEYOND = {
    "head_inputs": "its head reads numbers beside the layers' outs (what is known of the future)",
    "skip": "its head also reads the last rows of x (skip)",
    "embeddings": "it reads learned vectors (embeddings)",
}


def from_network(network: Network) -> Sequential:
    """Return a network as layers; dropout, which acts in training alone, is left out.

    Raises
    ------
    ConvertError
        If it has what layers one after the other have not.
    """
    architecture = network.architecture
    if beyond := [why for name, why in _BEYOND.items() if getattr(architecture, name)]:
        raise ConvertError(f"a network is more than its layers where {listed(beyond)}.")
    return Sequential(layers_of(network))


def layers_of(network: Network) -> list[Recurrent | Dense]:
    """Return the layers of a network and its head, which may read more than the last of them gives."""
    last = network.architecture.layers - 1
    layers: list[Recurrent | Dense] = [
        Recurrent(
            cells, name=f"layer{number}", returns=network.architecture.head if number == last else "steps"
        )
        for number, cells in enumerate(network.cells)
    ]
    layers.append(Dense(network.views["head.W"], network.views["head.b"], name="head"))
    return layers


def to_network(model: Sequential) -> Network:
    """Return layers as a network, which can be trained on; two biases become their sum.

    Raises
    ------
    ConvertError
        If a network cannot say what they do; the message says what stands against it.
    """
    *layers, head = model.layers
    if not isinstance(head, Dense) or head.function != "linear" or not layers:
        raise ConvertError("a network ends with a linear head, and this model does not.")
    recurrent = [layer for layer in layers if isinstance(layer, Recurrent)]
    if len(recurrent) < len(layers):
        raise ConvertError("a network has one dense layer, its head; this model has more.")
    kinds = {
        (layer.cell, layer.hidden_size, layer.cells[0].output_size, len(layer.cells)) for layer in recurrent
    }
    if len(kinds) > 1:
        raise ConvertError("a network's layers are of one cell, size and number of directions; these differ.")
    if any(layer.reverse for layer in recurrent):
        raise ConvertError("a network has no layer that goes backwards alone.")
    if recurrent[-1].returns == "row" and len(recurrent[-1].cells) == 2:
        raise ConvertError(
            "a network's head reads each direction's own last outs, and this one the last row."
        )
    first = recurrent[0]
    Q = first.cells[0].output_size
    architecture = Architecture(
        input_size=model.input_size, hidden_size=first.hidden_size, outputs=head.width, layers=len(recurrent),
        bidirectional=len(first.cells) == 2, head="steps" if model.by_step else "last", cell=first.cell,
        projection=Q if first.cell.size_of("out") == "Q" else 0,
    )  # fmt: skip
    b = np.zeros(head.width, head.dtype) if head.b is None else head.b
    parts = [params.flat() for layer in recurrent for params in layer.cells]
    return Network(architecture, np.concatenate([*parts, head.W.ravel(), b]))
