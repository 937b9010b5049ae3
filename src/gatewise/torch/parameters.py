"""The weights of a torch layer as `Params`, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from gatewise.cells.gate_orders import from_library, to_library
from gatewise.cells.known.table import CELLS
from gatewise.engine.params import Params
from gatewise.errors import ArgumentError


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
    """Return one direction of one layer as `Params`: a copy, gates in this project's order.

    Parameters
    ----------
    lstm : torch.nn.LSTM
    layer, direction : int
        From 0 on; direction 1 is the reverse one.

    Returns
    -------
    Params
        W (4H, D), U (4H, H), b (4H,), the sum of torch's two; of a layer with proj_size the cell "projected",
        with R (Q, H) and U (4H, Q).

    Raises
    ------
    ArgumentError
        If there is no such layer, or it is no torch.nn.LSTM.
    """
    names = _names(lstm, layer, direction)
    found = {what: getattr(lstm, name).detach().cpu().numpy() for what, name in names.items()}
    W, U = (from_library("torch", found[what]) for what in ("W", "U"))
    b = found["b"] + found["b2"] if lstm.bias else np.zeros(len(W), W.dtype)
    arrays = {"W": W, "U": U, "b": from_library("torch", b)}
    if "R" in found:
        arrays["R"] = found["R"].copy()
    return Params.of(arrays, CELLS["projected" if lstm.proj_size else "lstm"])


def for_a_sheet(lstm: nn.LSTM) -> tuple[Params, Any]:
    """Return what a worksheet takes of a layer: `Params` with b = bias_ih, in float64, and bias_hh beside.

    Raises
    ------
    ArgumentError
        If it has several layers or directions.
    """
    if lstm.num_layers > 1 or lstm.bidirectional:
        raise ArgumentError(
            f"a worksheet is of one layer and direction; this LSTM has num_layers={lstm.num_layers}, "
            f"bidirectional={lstm.bidirectional}. Take one: Params.from_torch(lstm, layer, direction)."
        )
    params = from_torch(lstm).astype("float64")
    if not lstm.bias or lstm.proj_size:
        return params, None
    first, second = (
        from_library("torch", getattr(lstm, name).detach().cpu().double().numpy())
        for name in ("bias_ih_l0", "bias_hh_l0")
    )
    return params.replace(b=first), second


def as_arrays(given: Any) -> Any:
    """Return tensors as NumPy arrays, in tuples too; anything else as it is."""
    if isinstance(given, torch.Tensor):
        return given.detach().cpu().numpy()
    return tuple(map(as_arrays, given)) if isinstance(given, tuple) else given


def to_torch(params: Params, lstm: nn.LSTM, layer: int = 0, direction: int = 0) -> None:
    """Write `params` into one direction of one layer, in place: b into bias_ih, 0 into bias_hh.

    Raises
    ------
    ArgumentError
        If there is no such layer, or the shapes differ; nothing is written then.
    """
    names = _names(lstm, layer, direction)
    arrays: dict[str, Any] = {what: to_library("torch", params.arrays[what]) for what in ("W", "U", "b")}
    if "R" in params.arrays:
        arrays["R"] = params.arrays["R"]
    if not lstm.bias and np.any(arrays.pop("b")):
        raise ArgumentError("params have a bias, this LSTM was made with bias=False.")
    if lstm.bias:
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
