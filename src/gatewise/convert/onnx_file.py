"""An ONNX model: layers read out of its graph; layers or a whole run written as one. By `gatewise.onnx`."""

from __future__ import annotations

from pathlib import Path

from gatewise.convert.formats import Choices
from gatewise.convert.opened import Opened
from gatewise.errors import ConvertError
from gatewise.learn.sequential import Sequential
from gatewise.support.extras import need
from gatewise.support.files import named
from gatewise.support.given import brief, listed


def read(path: Path, choices: Choices) -> Opened:
    """Read the layers of a graph; `choices.layers` names some of them by their nodes."""
    need("onnx", "onnx", "an ONNX model")
    from gatewise.onnx import read as read_layers

    model = read_layers(path)
    if choices.layers:
        model = _chosen(path, model, choices.layers)
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


def _chosen(path: Path, model: Sequential, names: tuple[str, ...]) -> Sequential:
    by_name = {layer.name: layer for layer in model.layers}
    for name in names:
        if name not in by_name:
            raise ConvertError(
                f"{named(path)} has no layer {brief(name)}; it has {listed(map(brief, by_name))}."
            )
    return Sequential([by_name[name] for name in names], model.notes)
