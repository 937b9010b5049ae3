"""An ONNX model: layers read out of its graph; layers or a whole run written as one. By `gatewise.onnx`."""

from __future__ import annotations

from pathlib import Path

from gatewise.convert.formats import Choices
from gatewise.convert.opened import Opened
from gatewise.learn.sequential import Sequential, taken
from gatewise.support.extras import need


def read(path: Path, choices: Choices) -> Opened:
    """Read the layers of a graph; `choices.layers` names some of them by their nodes."""
    need("onnx", "onnx", "an ONNX model")
    from gatewise.onnx import read as read_layers

    model = read_layers(path)
    if choices.layers:
        model = Sequential(taken(model.layers, choices.layers), model.notes)
    return Opened(path=path, format="onnx", sequential=model)


def write(opened: Opened, choices: Choices) -> tuple[bytes, tuple[str, ...]]:
    """Return the bytes of an ONNX model that onnx has checked, and what its user should know.

    Raises
    ------
    ConvertError
        If ONNX cannot express something; the message names the layer and says why.
    """
    need("onnx", "onnx", "an ONNX model")
    from gatewise.onnx.writing import model_of, notes_of

    source = opened.run if opened.run is not None else opened.layers()
    made = model_of(source, lengths=choices.lengths, dtype=choices.dtype, scan=choices.scan)
    return made.SerializeToString(), notes_of(made)
