"""What documents say of a layer beside its numbers: files of layers, and the metadata of ONNX models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gatewise.cells.own.writing import name_or_table
from gatewise.engine.params import Params
from gatewise.learn.sequential.layers import Biases, Dense, Recurrent


def told(layer: Recurrent | Dense) -> dict[str, Any]:
    """Return what is said of a layer, for JSON.

    Raises
    ------
    CellError
        If its cell is one's own and cannot be written as equations.
    """
    if isinstance(layer, Dense):
        about = {"kind": "dense", "name": layer.name, "function": layer.function}
        return about if layer.form == "dense" else about | {"form": layer.form}
    return {
        "kind": "recurrent", "name": layer.name, "cell": name_or_table(layer.cell),
        "directions": len(layer.cells), "reverse": layer.reverse, "returns": layer.returns,
        "turned": layer.turned,
    }  # fmt: skip


def recurrent_told(
    about: Mapping[str, Any], cells: Sequence[Params], biases: Sequence[Biases | None] | None = None
) -> Recurrent:
    """Return a recurrent layer of what `told` said, and its parameters."""
    return Recurrent(
        cells, biases=biases, reverse=about["reverse"], returns=about["returns"], turned=about["turned"],
        name=about["name"],
    )  # fmt: skip
