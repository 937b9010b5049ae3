"""What a file holds, in a few lines: its format, a line for each layer, and how many numbers they have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gatewise.convert.formats import FORMATS
from gatewise.convert.opened import Opened
from gatewise.learn.network import Network
from gatewise.learn.sequential import Dense, Recurrent, layers_of, names_of
from gatewise.support.files import named

if TYPE_CHECKING:
    from gatewise.train.data import Preparation

_GIVES = {"steps": "every step", "last": "the last outs", "row": "the last row"}
_HEAD = ("layer", "what", "reads", "units", "gives", "of")


def listing(opened: Opened) -> str:
    """Return the layers of a model as a table, with what it is, its size and its dtype.

    Parameters
    ----------
    opened : Opened

    Returns
    -------
    str
        Lines; what the file did not say is in `opened.notes`.
    """
    rows, more = _of_network(opened.run.network) if opened.run is not None else _of_layers(opened)
    lines = [f"{named(opened.path)}: {opened.title or FORMATS[opened.format].title}"]
    if opened.run is not None:
        lines += ["", *_of_table(opened.run.preparation)]
    lines += ["", *_laid([_HEAD, *rows]), "", more]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _of_table(own: Preparation) -> list[str]:
    """Return what a run reads and gives: the columns of its table, each by its part, in order."""
    window = f"windows of {own.window} rows" if own.window else "whole series"
    ahead = f", {own.horizon} rows ahead" if own.task == "forecast" else ""
    parts = {
        f"{own.task} of (label)": ", ".join(own.targets) + ahead,
        "reads": f"{window}; a row is {own.step}",
        "columns, in order": ", ".join(own.inputs),
        "categories": ", ".join(name for name, _ in own.categories),
        "known ahead": ", ".join(own.future),
        "fixed for a series": ", ".join(own.static),
        "from the time": ", ".join(own.calendar),
        "classes": ", ".join(map(str, own.classes or ())),
        "numbers of layer0, in order": ", ".join(own.columns),
    }
    kept = [(what, text) for what, text in parts.items() if text]
    return [_shown(line) for line in _laid(kept)]


def _of_layers(opened: Opened) -> tuple[list[Sequence[str]], str]:
    model = opened.layers()
    rows = _rows(model.layers)
    size = sum(_size(layer) for layer in model.layers)
    return rows, f"{size:,} numbers of {model.dtype}"


def _of_network(network: Network) -> tuple[list[Sequence[str]], str]:
    architecture = network.architecture
    rows = _rows(layers_of(network))
    beside = [f"learned vectors of {name} ({n}, {size})" for name, n, size in architecture.embeddings]
    beside += [f"{architecture.head_inputs} numbers known ahead"] if architecture.head_inputs else []
    beside += [f"the last {architecture.skip} rows of x"] if architecture.skip else []
    more = f"{network.size:,} numbers of {network.vector.dtype}"
    return rows, more + (f"; beside the layers: {', '.join(beside)}" if beside else "")


def _rows(layers: Sequence[Recurrent | Dense]) -> list[Sequence[str]]:
    return [_row(_shown(name), layer) for name, layer in zip(names_of(layers), layers, strict=True)]


def _row(name: str, layer: Recurrent | Dense) -> Sequence[str]:
    if isinstance(layer, Dense):
        what = "dense" if layer.function == "linear" else f"dense, {layer.function}"
        biases = "W" if layer.b is None else "W, b"
        return (name, what, str(layer.input_size), "", str(layer.width), biases)
    return (
        name,
        ", ".join([layer.cell.name, *_ways(layer)]),
        str(layer.input_size), str(layer.hidden_size), f"{layer.width}, {_GIVES[layer.returns]}",
        ", ".join(layer.cells[0].arrays) + " (two biases)" * (layer.biases[0] is not None),
    )  # fmt: skip


def _ways(layer: Recurrent) -> Iterator[str]:
    if len(layer.cells) == 2:
        yield "both directions"
    elif layer.reverse:
        yield "backwards, turned round" if layer.turned else "backwards"


def _size(layer: Recurrent | Dense) -> int:
    if isinstance(layer, Dense):
        return layer.W.size + (0 if layer.b is None else layer.b.size)
    return sum(params.size for params in layer.cells)


def _laid(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _shown(name: str) -> str:
    """Return what a layer is called, on one line whatever a file calls it."""
    return "".join(sign if sign.isprintable() else "�" for sign in name)
