"""Layers in safetensors, by gatewise's names, with the gate order in the metadata.

Tensors: layer0.W (4H, D), layer0.U (4H, H), layer0.b (4H,) and what else the cell has, layer0.reverse.W and
so on of a second direction, layer0.b_ih and layer0.b_hh of a library's two bias vectors, dense2.W (P, F),
dense2.b (P,). The number is the layer's place. Metadata: one JSON document under "gatewise".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gatewise.cells.gate_orders import from_library, to_library
from gatewise.cells.own.cell_file import cell_kept
from gatewise.convert.formats import Choices
from gatewise.convert.opened import Opened
from gatewise.convert.tensors import document_in, one_dtype, read_tensors, written
from gatewise.engine.params import Params
from gatewise.errors import ConvertError, GatewiseError
from gatewise.learn.sequential import Dense, Recurrent, Sequential, recurrent_told, taken, told
from gatewise.support.arrays import FloatArray
from gatewise.support.files import named
from gatewise.support.given import one_line

FORMAT = 1
BIASES = ("b_ih", "b_hh")
_DAMAGE = (KeyError, TypeError, ValueError, AttributeError, IndexError)


def read(path: Path, choices: Choices) -> Opened:
    """Read layers that `write` wrote."""
    tensors, metadata = read_tensors(path)
    document: Any = document_in(metadata)
    if document is None or "layers" not in document:
        raise ConvertError(
            f"{named(path)} holds no layers that gatewise wrote; its metadata do not name them."
        )
    made: Any = document.get("format")
    if not isinstance(made, int) or made > FORMAT:
        raise ConvertError(
            f"{named(path)} is of format {made}; this gatewise reads up to {FORMAT}. Use the version that "
            "wrote it."
        )
    tensors = one_dtype(tensors)
    try:
        layers = [
            _layer(number, about, tensors, str(document["gate_order"]))
            for number, about in enumerate(document["layers"])
        ]
        if choices.layers:
            layers = taken(layers, choices.layers)
        model = Sequential(layers, tuple(map(str, document.get("notes", ()))))
    except GatewiseError:
        raise
    except _DAMAGE as error:
        raise ConvertError(f"{named(path)} is damaged: {type(error).__name__}, {one_line(error)}.") from None
    if tensors:
        raise ConvertError(
            f"{named(path)} has {', '.join(list(tensors)[:3])}, which its metadata do not name."
        )
    return Opened(path=path, format="safetensors", sequential=model)


def _layer(
    number: int, about: Mapping[str, Any], tensors: dict[str, FloatArray], order: str
) -> Recurrent | Dense:
    """Return one layer, and take its tensors away."""
    if about["kind"] == "dense":
        start = f"dense{number}."
        return Dense(
            tensors.pop(start + "W"),
            tensors.pop(start + "b", None),
            function=about["function"],
            name=about["name"],
            form=about.get("form", "dense"),
        )
    cell = cell_kept(about["cell"])
    cells, biases = [], []
    for direction in ("", "reverse.")[: about["directions"]]:
        start = f"layer{number}.{direction}"

        def ours(part: str, like: str, start: str = start) -> FloatArray:
            return np.ascontiguousarray(
                from_library(order, tensors.pop(start + part), gates=cell.parts_of(like))
            )

        cells.append(Params.of({part: ours(part, part) for part in cell.parameters}, cell))
        two = all(start + part in tensors for part in BIASES)
        biases.append((ours("b_ih", "b"), ours("b_hh", "b")) if two else None)
    return recurrent_told(about, cells, biases)


def write(opened: Opened, choices: Choices) -> tuple[bytes, tuple[str, ...]]:
    """Return the bytes of a safetensors file, and no notes."""
    model = opened.layers()
    order = choices.gate_order or "gatewise"
    tensors: dict[str, FloatArray] = {}
    about: list[dict[str, Any]] = []
    for number, layer in enumerate(model.layers):
        about.append(told(layer))
        if isinstance(layer, Dense):
            tensors |= {f"dense{number}.W": layer.W} | (
                {} if layer.b is None else {f"dense{number}.b": layer.b}
            )
            continue
        cell = layer.cell
        about[-1]["gates"] = _order_of(order, cell.gates)
        for direction, params in enumerate(layer.cells):
            start = f"layer{number}.{'reverse.' if direction else ''}"
            parts = {part: (array, part) for part, array in params.arrays.items()}
            if (two := layer.biases[direction]) is not None:
                parts |= {name: (array, "b") for name, array in zip(BIASES, two, strict=True)}
            tensors |= {
                start + part: to_library(order, array, gates=cell.parts_of(like))
                for part, (array, like) in parts.items()
            }
    document = {"format": FORMAT, "gate_order": order, "layers": about, "notes": list(model.notes)}
    return written(tensors, {"gatewise": json.dumps(document, ensure_ascii=False)}, choices.dtype), ()


def _order_of(order: str, gates: tuple[str, ...]) -> list[str]:
    """Return the gates in the order in which they are written, for who reads the file without gatewise."""
    return [str(gate) for gate in to_library(order, np.array(gates), gates=gates)] if gates else []
