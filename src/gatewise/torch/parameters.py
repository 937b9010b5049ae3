"""The weights of a torch layer as `Params`, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from gatewise.cells.cell import Cell
from gatewise.cells.gate_orders import from_library, to_library
from gatewise.cells.known.family import lstm as lstm_cell
from gatewise.cells.known.table import LSTM
from gatewise.engine.params import Params
from gatewise.errors import ArgumentError
from gatewise.support.foreign import is_plain, torch_to_numpy, why_no_numbers_in
from gatewise.support.given import described


def _names(lstm: Any, layer: int, direction: int) -> dict[str, str]:
    """Return the names of a direction's weights by what they are."""
    if not isinstance(lstm, nn.LSTM):
        raise ArgumentError(f"A torch.nn.LSTM is needed; this is a {type(lstm).__name__}.")
    directions = 2 if lstm.bidirectional else 1
    for what, given, count in (("layer", layer, lstm.num_layers), ("direction", direction, directions)):
        if type(given) is not int or not 0 <= given < count:
            raise ArgumentError(f"{what}={given!r}; this LSTM has {count}, counted from 0.")
    end = f"_l{layer}{'_reverse' if direction else ''}"
    names = {"W": f"weight_ih{end}", "U": f"weight_hh{end}"}
    if lstm.bias:
        names |= {"b": f"bias_ih{end}", "b2": f"bias_hh{end}"}
    if lstm.proj_size:
        names["R"] = f"weight_hr{end}"
    return names


def from_torch(lstm: nn.LSTM, layer: int = 0, direction: int = 0) -> Params:
    """Return one direction of one layer: what `Params.from_torch` says, where users find it.

    float64 stays float64, every other dtype is float32.
    """
    names = _names(lstm, layer, direction)
    found = {what: _array(getattr(lstm, name)) for what, name in names.items()}
    arrays = {what: from_library("torch", found[what]) for what in ("W", "U")}
    if lstm.bias:
        arrays["b"] = from_library("torch", found["b"] + found["b2"])
    if lstm.proj_size:
        arrays["R"] = found["R"].copy()
    return Params.of(arrays, _cell(lstm))


def _cell(lstm: Any) -> Cell:
    """Return the cell that a torch layer is of."""
    return lstm_cell(bias=lstm.bias, projected=lstm.proj_size > 0)


def _array(tensor: Any) -> NDArray[Any]:
    """Return a weight as an array: float64 as it is, every other dtype as float32.

    Raises
    ------
    ArgumentError
        If it has no numbers, or is no dense tensor.
    """
    if not is_plain(tensor):
        why = why_no_numbers_in(tensor) or f"give {torch_to_numpy('it', tensor)}."
        raise ArgumentError(f"a weight is {described(tensor)}: {why}")
    plain = tensor.detach().cpu().resolve_neg()
    return (plain if plain.dtype is torch.float64 else plain.float()).numpy()  # type: ignore[no-any-return]


def for_a_sheet(lstm: nn.LSTM, x: Any, label: Any, state: Any) -> tuple[Params, Any, Any, Any, Any]:
    """Return what a worksheet takes: params with b = bias_ih, bias_hh, x, labels and state, batch-first.

    Raises
    ------
    ArgumentError
        If the layer has several layers or directions.
    """
    if lstm.num_layers > 1 or lstm.bidirectional:
        raise ArgumentError(
            f"a worksheet is of one layer and direction; this LSTM has num_layers={lstm.num_layers}, "
            f"bidirectional={lstm.bidirectional}. Take one: Params.from_torch(lstm, layer, direction)."
        )
    params, second = from_torch(lstm).astype("float64"), None
    if params.cell is LSTM:
        first, second = (
            from_library("torch", _array(getattr(lstm, name)).astype("float64"))
            for name in ("bias_ih_l0", "bias_hh_l0")
        )
        params = params.replace(b=first)
    return params, second, _series(lstm, x), _series(lstm, label), _state(state)


def _series(lstm: nn.LSTM, given: Any) -> Any:
    """Return a tensor batch-first, as an array; anything else as it is."""
    if not isinstance(given, torch.Tensor) or not is_plain(given) or given.is_complex():
        return given  # what cannot be read is refused where arrays are
    return _array(given.transpose(0, 1) if given.dim() == 3 and not lstm.batch_first else given)


def _state(given: Any) -> Any:
    """Return (h_0, c_0) of torch's shapes, (1, N, H) or (1, H), without the axis of layers."""
    if isinstance(given, tuple) and all(isinstance(each, torch.Tensor) and is_plain(each) for each in given):
        return tuple(_array(part).squeeze(0) if part.dim() > 1 else _array(part) for part in given)
    return given


def to_torch(params: Params, lstm: nn.LSTM, layer: int = 0, direction: int = 0) -> None:
    """Write `params` into one direction of one layer: what `Params.to_torch` says."""
    names = _names(lstm, layer, direction)
    if params.cell != _cell(lstm) and params.cell != LSTM:
        raise ArgumentError(f"params are of cell {params.cell.name}; this LSTM is {_cell(lstm).name}.")
    if any(name not in lstm._parameters for name in names.values()):
        raise ArgumentError("this LSTM's weights are parametrized: what is written there would not be kept.")
    matrices = [what for what in ("W", "U", "b") if what in params.arrays]
    arrays: dict[str, Any] = {what: to_library("torch", params.arrays[what]) for what in matrices}
    if "R" in params.arrays:
        arrays["R"] = params.arrays["R"]
    if not lstm.bias and np.any(arrays.pop("b", 0)):
        raise ArgumentError("params have a bias, this LSTM was made with bias=False.")
    if lstm.bias and "b" in arrays:
        arrays["b2"] = np.zeros_like(arrays["b"])
    if set(arrays) != set(names):
        raise ArgumentError(f"params have {', '.join(arrays)}; this LSTM needs {', '.join(names)}.")
    for what, name in names.items():
        shape = tuple(getattr(lstm, name).shape)
        if arrays[what].shape != shape:
            raise ArgumentError(f"{name} is of shape {shape}; params give {arrays[what].shape}.")
    with torch.no_grad():
        for what, name in names.items():
            getattr(lstm, name).copy_(torch.from_numpy(np.ascontiguousarray(arrays[what])))
