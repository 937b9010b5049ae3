"""Weights of Keras: .weights.h5 of Keras 3, and .h5, weights alone or whole models of an older format."""

from __future__ import annotations

from pathlib import Path

from gatewise.convert.formats import Choices
from gatewise.convert.keras.hdf5 import read_store, written
from gatewise.convert.keras.inferred import read_inferred
from gatewise.convert.keras.legacy import read_whole
from gatewise.convert.keras.writing import KerasModel
from gatewise.convert.opened import Opened
from gatewise.convert.tensors import read_weights
from gatewise.errors import ConvertError
from gatewise.support.options import spelled


def read(path: Path, choices: Choices) -> Opened:
    """Read weights, and a configuration where there is one."""
    data = read_weights(path)
    store = read_store(path, data)
    config = store.attribute(store.root, "model_config")
    if isinstance(config, str):
        for name in ("returns", "functions"):
            if value := getattr(choices, name):
                raise ConvertError(
                    f"{spelled(name, value)} is of no use for a whole model, which says it itself. Leave "
                    "it out."
                )
        model = read_whole(store, config, choices.layers, choices.lengths)
        title = "a whole Keras model, in HDF5 as Keras 2 saved it"
    else:
        model = read_inferred(store, choices)
        old = store.attribute(store.root, "layer_names") is not None
        title = "weights of a Keras 2 model" if old else ""
    return Opened(path=path, format="keras-weights", sequential=model, title=title)


def write(opened: Opened, choices: Choices) -> tuple[bytes, tuple[str, ...]]:
    """Return the bytes of a file that `model.load_weights` takes, and what its model must be."""
    layers = opened.layers()
    model = KerasModel(layers, choices.dtype)
    kinds = ", ".join(each["class_name"] for each in model.config["config"]["layers"][1:])
    note = f"a file of weights is for a model of the same layers in the same order: {kinds}"
    return written(model.groups, model.names), (*model.notes, note)
