"""What a graph of torch.compile holds in a layer's place: our operators, or torch's own layer.

All of this is read by the compiler, line by line. It cannot read what `conditions.py` and `arguments.py` ask
of a tensor's memory, and a graph's tensors have none that is unusual: types and sizes are asked here.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from gatewise.compiled import missing
from gatewise.torch.arguments import DTYPES, weight_shapes
from gatewise.torch.function import as_returned
from gatewise.torch.operators import saved_of_a_step

_functorch: Any = torch._C._functorch
# Newer than torch 2.4, whose compiler knows neither of the two questions that are asked below.
_IS_TOLD = hasattr(torch.compiler, "is_exporting")


def _is_plain(given: Any, dtype: torch.dtype | None = None) -> bool:
    return (
        type(given) in (Tensor, nn.Parameter)
        and given.device.type == "cpu"
        and given.layout is torch.strided
        and (dtype is None or given.dtype is dtype)
    )


def _is_torchs() -> bool:
    """Say whether a graph should hold torch's own layer: a program to export, what a transform works."""
    if missing is not None or torch.is_autocast_enabled("cpu"):
        return True
    return _IS_TOLD and (
        torch.compiler.is_exporting()
        or isinstance(_functorch.peek_interpreter_stack(), _functorch.CInterpreter)
    )


def _weights(lstm: nn.LSTM, dtype: torch.dtype) -> list[Any] | None:
    """Return a layer's weights, or None if they are unusual."""
    weights: list[Any] = [getattr(lstm, name, None) for name in lstm._flat_weights_names]
    Q, directions = lstm.proj_size or lstm.hidden_size, 2 if lstm.bidirectional else 1
    shapes = weight_shapes(
        lstm.input_size, lstm.hidden_size, Q, directions, lstm.bias, lstm.proj_size > 0, lstm.num_layers
    )
    fits = all(_is_plain(w, dtype) for w in weights) and [tuple(w.shape) for w in weights] == shapes
    return weights if fits else None


def _start(lstm: nn.LSTM, hx: Any, N: int, batched: bool, dtype: torch.dtype) -> list[Tensor] | None:
    """Return h_0 and c_0 with an axis of rows, nothing where there are none, or None if they are unusual."""
    if hx is None:
        return []
    if not isinstance(hx, (tuple, list)) or len(hx) != 2 or not all(_is_plain(one, dtype) for one in hx):
        return None
    count = lstm.num_layers * (2 if lstm.bidirectional else 1)
    for one, width in zip(hx, (lstm.proj_size or lstm.hidden_size, lstm.hidden_size), strict=True):
        if one.shape != ((count, N, width) if batched else (count, width)):
            return None
    return [one if batched else one.unsqueeze(1) for one in hx]


def run_compiled(lstm: nn.LSTM, given: Any, hx: Any) -> tuple[Any, tuple[Tensor, Tensor]] | None:
    """Run the layers within a graph that torch.compile makes, or return None where torch has to."""
    if _is_torchs() or not _is_plain(given) or given.dim() not in (2, 3) or given.dtype not in DTYPES:
        return None
    batched = given.dim() == 3
    x = given if batched else given.unsqueeze(1)
    time_first = not (lstm.batch_first and batched)
    T, N, D = x.shape if time_first else (x.shape[1], x.shape[0], x.shape[2])
    weights, start = _weights(lstm, given.dtype), _start(lstm, hx, N, batched, given.dtype)
    if weights is None or start is None or T < 1 or N < 1 or lstm.input_size != D:
        return None
    trace = torch.is_grad_enabled() and any(one.requires_grad for one in (x, *start, *weights))
    H, projected = lstm.hidden_size, lstm.proj_size > 0
    of_a_step = saved_of_a_step(given.dtype is torch.float64, H, projected) if trace else 0
    directions, each, ends = 2 if lstm.bidirectional else 1, len(weights) // lstm.num_layers, []
    for k in range(lstm.num_layers):
        here = [one[k * directions : (k + 1) * directions] for one in start]
        x, h_n, c_n, _, _ = torch.ops.gatewise.lstm_layer(
            x, here, weights[k * each : (k + 1) * each], directions == 2, lstm.bias, projected,
            k > 0 or time_first, of_a_step,
        )  # fmt: skip
        ends.append((h_n, c_n))
        if k < lstm.num_layers - 1 and lstm.dropout > 0 and lstm.training:
            x = torch.dropout(x, lstm.dropout, True)
    return as_returned(x, ends, batched, lstm.batch_first)
