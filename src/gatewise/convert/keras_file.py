"""A whole Keras 3 model, .keras: a configuration and weights. Neither Keras nor TensorFlow is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gatewise.convert.formats import Choices
from gatewise.convert.keras.archive import packed, unpacked
from gatewise.convert.keras.config import Told, chain_of
from gatewise.convert.keras.hdf5 import read_store, written
from gatewise.convert.keras.left_out import notes_of_left_out
from gatewise.convert.keras.reading import layers_of
from gatewise.convert.keras.writing import KerasModel
from gatewise.convert.opened import Opened
from gatewise.learn.sequential import Sequential
from gatewise.support.arrays import FloatArray


def read(path: Path, choices: Choices) -> Opened:
    """Read a Sequential or Functional model that is a chain of layers."""
    return of_parts(path, *unpacked(path), choices)


def of_parts(path: Path, config: Mapping[str, Any], weights: bytes, choices: Choices) -> Opened:
    """Read what is in such a file; messages call it by its path."""
    told = chain_of(config, choices.layers)
    store = read_store(path, weights)
    # Keras 2.12 wrote the layers of a model below another name.
    old = store.group("layers") is None and store.group("_layer_checkpoint_dependencies") is not None

    def arrays(layer: Told, parts: Sequence[str]) -> list[list[FloatArray]]:
        place = layer.place
        if old:
            place = place.replace("layers/", "_layer_checkpoint_dependencies/")
        return [store.arrays(f"{place}/{part}/vars") for part in parts]

    model = layers_of(told, arrays, old=False)
    left_out = notes_of_left_out(config, choices.layers, choices.lengths)
    model = Sequential(model.layers, [*left_out, *model.notes])
    return Opened(path=path, format="keras", sequential=model)


def write(opened: Opened, choices: Choices) -> tuple[bytes, tuple[str, ...]]:
    """Return the bytes of a .keras file of a Sequential model, and notes."""
    model = KerasModel(opened.layers(), choices.dtype)
    return packed(model.config, written(model.groups, model.names)), model.notes
