"""A state_dict of torch: recurrent layers by the names of their tensors, Linear layers beside them.

A state_dict says what the weights are, not what is done between them: what it leaves open is taken as most
models have it and said in the notes. torch itself is needed for .pt files alone, which it reads with
weights_only=True, so that nothing is unpickled but tensors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from gatewise.cells.cell import Cell
from gatewise.cells.gate_orders import from_library
from gatewise.cells.known.family import lstm as lstm_cell
from gatewise.cells.known.names import cell_named
from gatewise.cells.known.table import GRU_RESET_AFTER, RNN
from gatewise.convert.formats import Choices
from gatewise.convert.opened import Opened
from gatewise.convert.tensors import one_dtype, read_tensors
from gatewise.convert.torch.metadata import as_kept, entries_of
from gatewise.convert.torch.names import PART, PARTS, layers_in, of_layer
from gatewise.convert.torch.pickled import unpickled
from gatewise.convert.torch.writing import write as write
from gatewise.engine.params import Params
from gatewise.errors import ConvertError
from gatewise.learn.sequential import (
    Dense,
    LayerNote,
    Recurrent,
    Sequential,
    as_said,
    fit_together,
    joined,
    orders_that_fit,
    taken,
)
from gatewise.support.arrays import FloatArray
from gatewise.support.files import kind_of, named
from gatewise.support.options import spelled


class _Block(NamedTuple):
    """Layers that stand together: those of one torch.nn.LSTM, or one Linear."""

    name: str
    layers: list[Recurrent | Dense]

    @property
    def input_size(self) -> int:
        """What its first layer reads."""
        return self.layers[0].input_size

    @property
    def width(self) -> int:
        """What its last layer gives."""
        return self.layers[-1].width


def read(path: Path, choices: Choices) -> Opened:
    """Read a state_dict: safetensors, or what torch saved."""
    metadata: Mapping[str, str] = {}
    kind = kind_of(path)
    if kind == "safetensors" or (kind != "torch" and path.name.lower().endswith(".safetensors")):
        tensors, metadata = read_tensors(path)
        as_built = False  # safetensors sorts the names
    else:
        tensors, as_built = unpickled(path), True
    return of_tensors(path, tensors, choices, metadata, as_built)


def of_tensors(
    path: Path, tensors: Mapping[str, FloatArray], choices: Choices,
    metadata: Mapping[str, str] = MappingProxyType({}), as_built: bool = True,
) -> Opened:  # fmt: skip
    """Read the tensors of a state_dict; `as_built` says whether they stand in the order of the layers."""
    order, tensors = metadata.get("gate_order", "torch"), one_dtype(tensors)
    notes: list[str] = []
    if entries := entries_of(metadata):
        if (made := _as_its_metadata_say(path, tensors, order, entries)) is not None:
            return _chosen(path, made, entries, choices)
        notes.append("what its metadata say of layers is of other tensors, and is left aside")
    blocks = _blocks(path, tensors, order, choices.layers)
    if not choices.layers and len(blocks) > 1 and not (as_built and fit_together(blocks)):
        blocks, how = _in_order(path, blocks)
        names = ", ".join(layer.name for block in blocks for layer in block.layers)
        notes.append(f"the layers stand in the order {names}, {how}")
    layers = [layer for block in blocks for layer in block.layers]
    layers, left_open = _as_most(layers, choices)
    return Opened(path=path, format="torch", sequential=Sequential(layers, [*notes, *left_open]))


def _as_its_metadata_say(
    path: Path, tensors: Mapping[str, FloatArray], order: str, entries: Sequence[Mapping[str, Any]]
) -> list[Recurrent | Dense] | None:
    """Return all layers of a file that gatewise wrote; None if its tensors are others now."""
    try:
        blocks = _blocks(path, tensors, order, ())
    except ConvertError:
        return None
    return as_kept([layer for block in blocks for layer in block.layers], entries)


def _chosen(
    path: Path, made: list[Recurrent | Dense], entries: Sequence[Mapping[str, Any]], choices: Choices
) -> Opened:
    """Return the layers that are called for, by their names or by those of their tensors."""
    own = {str(each["tensors"]): layer.name for each, layer in zip(entries, made, strict=True)}
    there = [layer.name for layer in made]

    def name_of(given: str) -> str:
        return given if given in there else own.get(given, given)

    layers = taken(made, [name_of(name) for name in choices.layers]) if choices.layers else made
    functions = {name_of(name): function for name, function in choices.functions.items()}
    if not any(isinstance(layer, Recurrent) for layer in layers):
        raise ConvertError(f"{named(path)}: of the layers {', '.join(choices.layers)} none is recurrent.")
    model = Sequential(as_said(layers, choices.returns, functions))
    return Opened(path=path, format="torch", sequential=model, renamed=list(own) != there)


def _blocks(path: Path, tensors: Mapping[str, FloatArray], order: str, chosen: Sequence[str]) -> list[_Block]:
    """Return the blocks of a file: those chosen, else all in its order; refuse what is of no known layer."""
    parts: dict[str, dict[str, dict[str, FloatArray]]] = {}
    others: dict[str, dict[str, FloatArray]] = {}
    places: list[str] = []
    for name, array in tensors.items():
        if found := PART.fullmatch(name):
            block = found["of"].rstrip(".")
            parts.setdefault(block, {}).setdefault(found["end"], {})[PARTS[found["what"]]] = array
        else:
            block, _, last = name.rpartition(".")
            others.setdefault(block, {})[last] = array
        if block not in places:
            places.append(block)
    # What is called for: a whole block, by the name before its tensors, or one layer of it.
    wanted = {name: (name, "") for name in places}
    for block in places:
        for name in layers_in(block, parts.get(block, ())):
            wanted.setdefault(name, (block, name))
    if absent := [name for name in chosen if name not in wanted]:
        there = ", ".join(name for block in places for name in layers_in(block, parts.get(block, ())))
        raise ConvertError(f"{named(path)} has no layer {absent[0]}; it has {there}.")
    made = []
    for block, layer in (wanted[name] for name in chosen or places):
        if block in parts:
            whole = _recurrent(path, block, parts[block], order)
            made.append(_Block(block, [each for each in whole if layer in ("", each.name)]))
        else:
            made.append(_Block(block, [_linear(path, block, others[block])]))
    if not any(isinstance(layer, Recurrent) for block in made for layer in block.layers):
        if chosen:
            raise ConvertError(f"{named(path)}: of the layers {', '.join(chosen)} none is recurrent.")
        there = ", ".join(list(tensors)[:5]) or "nothing"
        raise ConvertError(
            f"{named(path)} has no recurrent layer: no tensor is called weight_ih_l0. It has {there}."
        )
    return made


def _recurrent(
    path: Path, name: str, ends: Mapping[str, Mapping[str, FloatArray]], order: str
) -> list[Recurrent | Dense]:
    """Return the layers of one torch.nn.LSTM, GRU or RNN, or of a cell without a number."""
    numbers = sorted({int(match[0]) if (match := re.findall(r"\d+", end)) else 0 for end in ends})
    made: list[Recurrent | Dense] = []
    for number in numbers:
        start = f"_l{number}" if f"_l{number}" in ends else ""
        whole = [ends[end] for end in (start, f"{start}_reverse") if end in ends]
        if start not in ends or numbers != list(range(len(numbers))):
            raise ConvertError(f"{named(path)}: of {name or 'the layer'} some layers are missing.")
        read = [_direction(path, f"{name}{start}", each, order) for each in whole]
        made.append(
            Recurrent(
                [params for params, _ in read],
                biases=[two for _, two in read],
                name=of_layer(name, start),
            )
        )
    return made


def _direction(
    path: Path, name: str, parts: Mapping[str, FloatArray], order: str
) -> tuple[Params, tuple[FloatArray, FloatArray] | None]:
    if absent := [tensor for tensor, part in PARTS.items() if part in ("W", "U") and part not in parts]:
        raise ConvertError(f"{named(path)}: {name} has no {absent[0]}.")
    rows, columns = parts["U"].shape if parts["U"].ndim == 2 else (0, 1)
    H = parts["R"].shape[-1] if "R" in parts else columns
    cell = _cell(rows / max(H, 1), "b_ih" in parts, "R" in parts)
    if cell is None:
        raise ConvertError(
            f"{named(path)}: {name} has a weight_hh of {parts['U'].shape}: it is of no LSTM (4H, H), "
            "GRU (3H, H) or RNN (H, H)."
        )
    for part, wanted in (("W", 2), ("b_ih", 1), ("b_hh", 1)):
        if part in parts and (parts[part].ndim != wanted or len(parts[part]) != rows):
            tensor = next(tensor for tensor, each in PARTS.items() if each == part)
            raise ConvertError(
                f"{named(path)}: {name} has a {tensor} of {parts[part].shape} beside a weight_hh of "
                f"{parts['U'].shape}; their first sizes must be equal."
            )
    arrays = {
        part: np.ascontiguousarray(from_library(order, parts[part], gates=cell.parts_of(part)))
        for part in ("W", "U")
    }
    two = None
    if ("b_ih" in parts) != ("b_hh" in parts):
        has, lacks = ("bias_ih", "bias_hh") if "b_ih" in parts else ("bias_hh", "bias_ih")
        raise ConvertError(f"{named(path)}: {name} has {has} and no {lacks}; torch has both or neither.")
    if "b_ih" in parts:
        gates = cell.parts_of("b")
        of_input, of_recurrent = (from_library(order, parts[each], gates=gates) for each in ("b_ih", "b_hh"))
        two = (of_input, of_recurrent)
        arrays |= joined(cell, two)
    if "R" in parts:
        arrays["R"] = parts["R"]
    return Params.of(arrays, cell), two


def _cell(blocks: float, bias: bool, projected: bool) -> Cell | None:
    if blocks == 4:
        return lstm_cell(bias=bias, projected=projected)
    found = {3: GRU_RESET_AFTER, 1: RNN}.get(blocks)  # type: ignore[call-overload]
    if projected or found is None:
        return None
    return found if bias else cell_named(f"{found.name}+no-bias")


def _linear(path: Path, name: str, parts: Mapping[str, FloatArray]) -> Dense:
    if not set(parts) <= {"weight", "bias"} or parts.get("weight", np.zeros(0)).ndim != 2:
        first = next(iter(parts))
        raise ConvertError(
            f"{named(path)}: {name + '.' if name else ''}{first} {parts[first].shape} is of no LSTM, GRU, "
            f"RNN or Linear. Say which layers to take, in order: {spelled('layers', ('A', 'B'))}."
        )
    return Dense(parts["weight"], parts.get("bias"), name=name)


def _in_order(path: Path, blocks: Sequence[_Block]) -> tuple[list[_Block], str]:
    """Return the order in which the blocks read what others give, and how it was told.

    Where several fit, it is the only one in which a recurrent layer comes first: an LSTM that forecasts its
    own inputs gives as many numbers as it reads.
    """
    found, how = orders_that_fit(blocks), "by their sizes"
    if len(found) > 1:
        found = [order for order in found if isinstance(order[0].layers[0], Recurrent)]
        how = f"a recurrent one first: others fit as well, and {spelled('layers', ('A', 'B'))} says one"
    if len(found) != 1:
        names = [layer.name for block in blocks for layer in block.layers]
        raise ConvertError(
            f"{named(path)}: in which order its layers stand cannot be told by their sizes: "
            f"{', '.join(names)}. Say it, from the first to the last: {spelled('layers', tuple(names[:2]))}…"
        )
    return found[0], how


def _as_most(layers: list[Recurrent | Dense], choices: Choices) -> tuple[list[Recurrent | Dense], list[str]]:
    """Return the layers as the user says, else as most models have them, and notes of the latter."""
    notes: list[str] = []
    returns = choices.returns
    if returns is None and isinstance(layers[-1], Dense):
        returns = "last"
        last = next(layer for layer in reversed(layers) if isinstance(layer, Recurrent))
        notes.append(
            f"the layer after {last.name} reads each direction's last outs: a state_dict does not say"
        )
    said = as_said(layers, returns, choices.functions)
    silent = [layer for layer in said if layer.name not in choices.functions]
    if linear := [layer.name for layer in silent if isinstance(layer, Dense)]:
        notes.append(f"no function stands after {', '.join(linear)}: a state_dict does not say")
    if rnns := [layer.name for layer in silent if isinstance(layer, Recurrent) and _is_rnn(layer)]:
        notes.append(LayerNote("the nonlinearity of an nn.RNN is tanh: a state_dict does not say", rnns))
    return said, notes


def _is_rnn(layer: Recurrent) -> bool:
    return layer.cell.name.partition("+")[0] == RNN.name
