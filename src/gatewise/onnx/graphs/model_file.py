"""An ONNX file as a model: bounded, parsed by the package onnx, nothing followed or run."""

from __future__ import annotations

from pathlib import Path

from onnx import ModelProto

from gatewise.errors import ConvertError
from gatewise.onnx.graphs.graph import NodeGraph, graph_of
from gatewise.support.files import Limit, named, read_input
from gatewise.support.given import one_line

LIMIT = Limit(1 << 31, "no ONNX file can have more; its weights then lie in a file of external data")


def read_model(path: Path) -> ModelProto:
    """Return what a file holds, as the package onnx parses it.

    Raises
    ------
    ConvertError
        If it cannot be read, or is no ONNX model; the message says where and why.
    """
    try:
        data = read_input(path, LIMIT)
    except OSError as error:
        raise ConvertError(f"{named(path)} cannot be read: {error.strerror or error}.") from None
    model = ModelProto()
    try:
        model.ParseFromString(data)
    except Exception as error:  # noqa: BLE001  # protobuf's errors are those of whichever implementation is there
        raise ConvertError(
            f"{named(path)} is no ONNX model, or cut short: {one_line(error)[:200]}."
        ) from None
    if not model.HasField("graph"):
        raise ConvertError(f"{named(path)} is no ONNX model: it has no graph.")
    return model


def read_graph(path: Path) -> NodeGraph:
    """Return the graph of a file, with its external data.

    Raises
    ------
    ConvertError
        If it cannot be read, or is no graph; the message says where and why.
    """
    model = read_model(path)
    try:
        return graph_of(model, path.parent)
    except ConvertError as error:
        raise ConvertError(f"{named(path)}: {error}") from None
