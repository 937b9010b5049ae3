"""An ONNX model: layers read out of its graph, by `gatewise.onnx`."""

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


def _chosen(path: Path, model: Sequential, names: tuple[str, ...]) -> Sequential:
    by_name = {layer.name: layer for layer in model.layers}
    for name in names:
        if name not in by_name:
            raise ConvertError(
                f"{named(path)} has no layer {brief(name)}; it has {listed(map(brief, by_name))}."
            )
    return Sequential([by_name[name] for name in names], model.notes)
