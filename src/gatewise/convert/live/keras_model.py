"""A model or a recurrent layer of Keras: saved as a .keras file, and read as that is."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from gatewise.convert.formats import Choices
from gatewise.convert.keras.archive import unpacked
from gatewise.convert.keras_file import of_parts
from gatewise.convert.opened import Opened
from gatewise.errors import ConvertError
from gatewise.support.extras import need
from gatewise.support.given import one_line

FORMAT = "keras"


def read(model: Any, choices: Choices) -> Opened:
    """Read a model as it stands, or a layer as a model of it alone; neither is changed."""
    keras = need("keras", "keras", "a Keras model")
    path = Path(str(model.name).replace("/", "_") or "model")
    if not model.built:
        raise ConvertError(f"{path} has no weights yet; call it, or build it, before.")
    whole = model if isinstance(model, keras.Model) else _alone(keras, model)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.keras"
        try:
            whole.save(file)
        except Exception as error:  # noqa: BLE001  # Keras raises many kinds for what it cannot save
            raise ConvertError(f"{path} cannot be saved by Keras: {one_line(error)}") from None
        config, weights = unpacked(file)
    opened = of_parts(path, config, weights, choices)
    return Opened(path=path, format=FORMAT, sequential=opened.sequential, title="a live Keras model")


def batch_first(model: Any, given: Any) -> Any:  # noqa: ARG001  # as torch_module has it
    """Return what was given: Keras has the batch first."""
    return given


def _alone(keras: Any, layer: Any) -> Any:
    """Return a model of a copy of one layer."""
    shape = (layer.get_build_config() or {}).get("input_shape")
    if not shape or len(shape) != 3:
        raise ConvertError(
            f"{layer.name} is a {type(layer).__name__} that reads {shape}; a recurrent layer reads "
            "(N, T, D). Give the model."
        )
    copy = type(layer).from_config(layer.get_config())
    model = keras.Sequential([keras.Input((None, shape[-1]), dtype=layer.dtype), copy])
    copy.set_weights(layer.get_weights())
    return model
