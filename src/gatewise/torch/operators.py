"""A layer as operators of torch, which torch.compile keeps whole: `gatewise::lstm_layer` and its backward.

For compiled graphs alone. They hold no Python: what `function.py` decides at each call is an argument here,
and what it keeps beside tensors is made again. The sizes of all results follow from the arguments', so packed
sequences and lengths, whose traces are as long as their numbers say, stay torch's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from gatewise.compiled import core, missing
from gatewise.torch import passes
from gatewise.torch.arguments import ALL, DTYPES, planned, weight_shapes
from gatewise.torch.plan import LayerPlan

_functorch: Any = torch._C._functorch
# Newer than torch 2.4, whose compiler knows neither of the two questions that are asked below.
_IS_TOLD = hasattr(torch.compiler, "is_exporting")
OPTIONS = "bool bidirectional, bool bias, bool projected, bool time_first"


def _plan(
    x: Tensor,
    start: list[Tensor],
    weights: list[Tensor],
    options: tuple[bool, bool, bool, bool],
) -> LayerPlan:
    """Return what a layer's pass needs beside tensors, from the tensors' sizes; refuse those that do not fit.

    A graph's are right, but anybody may call an operator of torch.
    """
    bidirectional, bias, projected, time_first = options
    fits = x.dim() == 3 and x.numel() > 0 and len(weights) >= 2 and weights[0].dim() == weights[1].dim() == 2
    if not fits or x.dtype not in DTYPES:
        raise ValueError(f"lstm_layer: x is {tuple(x.shape)}, {x.dtype}, beside {len(weights)} weights.")
    T, N, D = x.shape if time_first else (x.shape[1], x.shape[0], x.shape[2])
    H, Q, directions = weights[0].shape[0] // 4, weights[1].shape[1], 1 + bidirectional
    (layer,), shapes = planned(
        x.dtype is torch.float64, N, T, D, H, Q, directions, bias, projected, time_first, 1
    )
    _check("weights", weights, shapes, x.dtype)
    if start:
        _check("start", start, (layer.h_shape, layer.c_shape), x.dtype)
    return layer


def _check(
    what: str, given: Sequence[Tensor | None], shapes: Sequence[tuple[int, ...]], dtype: torch.dtype
) -> None:
    """Refuse tensors of other shapes, dtypes or devices; None fits."""
    found = [None if one is None else (tuple(one.shape), one.dtype, one.device.type) for one in given]
    needed = [(tuple(shape), dtype, "cpu") for shape in shapes]
    if len(found) != len(needed) or any(
        one not in (None, other) for one, other in zip(found, needed, strict=True)
    ):
        raise ValueError(f"lstm_layer: {what} are {found}; they must be {needed}.")


def _inner(given: Tensor) -> Tensor:
    """Return a series as the engine reads it: its numbers in memory, the last axis contiguous."""
    plain = given.resolve_neg()
    return plain if plain.stride(-1) == 1 else plain.contiguous()


def _whole(given: list[Tensor]) -> tuple[Tensor, ...]:
    return tuple(one.resolve_neg().contiguous() for one in given)


def _of_a_step(x: Tensor, weights: list[Tensor], projected: bool) -> int:
    """Return how many numbers a step of one row saves."""
    H = int(weights[0].shape[0]) // 4
    return core.saved_of_a_step(x.dtype is torch.float64, H) + int(projected) * H


@torch.library.custom_op(
    "gatewise::lstm_layer",
    mutates_args=(),
    device_types="cpu",
    schema=f"(Tensor x, Tensor[] start, Tensor[] weights, {OPTIONS}, bool trace)"
    " -> (Tensor, Tensor, Tensor, Tensor, Tensor)",
)
def lstm_layer(
    x: Tensor,
    start: list[Tensor],
    weights: list[Tensor],
    bidirectional: bool,
    bias: bool,
    projected: bool,
    time_first: bool,
    trace: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Work a layer: out (T, N, directions · Q), h_n, c_n, and what each direction saved, empty without trace.

    `start` holds h_0 and c_0, or nothing for zero.

    Notes
    -----
    Equations F1-F6.
    """
    layer = _plan(x, start, weights, (bidirectional, bias, projected, time_first))
    h0, c0 = _whole(start) if start else (None, None)
    threads = torch.get_num_threads()
    out, h_n, c_n, saved = passes.forward(layer, ALL, threads, _inner(x), h0, c0, _whole(weights), trace)
    nothing = [x.new_empty(0) for _ in range(2 - len(saved))]
    return out, h_n, c_n, *saved, *nothing


@lstm_layer.register_fake
def _(*given: Any) -> tuple[Tensor, ...]:
    """Return tensors of the right shapes and no numbers."""
    x, _start, weights, bidirectional, _bias, projected, time_first, trace = given
    T, N = (x.shape[0], x.shape[1]) if time_first else (x.shape[1], x.shape[0])
    H, Q, directions = weights[0].shape[0] // 4, weights[1].shape[1], 1 + int(bidirectional)
    count = N * T * _of_a_step(x, weights, projected) + N * H
    return (
        x.new_empty((T, N, directions * Q)),
        x.new_empty((directions, N, Q)),
        x.new_empty((directions, N, H)),
        x.new_empty(count if trace else 0),
        x.new_empty(count if trace and bidirectional else 0),
    )


@torch.library.custom_op(
    "gatewise::lstm_layer_backward",
    mutates_args=(),
    device_types="cpu",
    schema="(Tensor x, Tensor[] start, Tensor[] weights, Tensor out, Tensor saved, Tensor saved_reverse,"
    f" Tensor? d_out, Tensor? d_h_n, Tensor? d_c_n, {OPTIONS}, bool inputs, bool start_wanted) -> Tensor[]",
)
def lstm_layer_backward(
    x: Tensor,
    start: list[Tensor],
    weights: list[Tensor],
    out: Tensor,
    saved: Tensor,
    saved_reverse: Tensor,
    d_out: Tensor | None,
    d_h_n: Tensor | None,
    d_c_n: Tensor | None,
    bidirectional: bool,
    bias: bool,
    projected: bool,
    time_first: bool,
    inputs: bool,
    start_wanted: bool,
) -> list[Tensor]:
    """Backpropagate through a layer: δx, δh_0, δc_0, each empty where it is not wanted, and the weights'.

    Notes
    -----
    Equations B1-B8 and G1-G3.
    """
    layer = _plan(x, start, weights, (bidirectional, bias, projected, time_first))
    shape = layer.series_shape(ALL, layer.width)
    _check(
        "outs and gradients",
        [out, d_out, d_h_n, d_c_n],
        [shape, shape, layer.h_shape, layer.c_shape],
        x.dtype,
    )
    count = (math.prod(x.shape[:2]) * _of_a_step(x, weights, projected) + math.prod(layer.c_shape[1:]),)
    _check("traces", [saved, saved_reverse], [count, count if bidirectional else (0,)], x.dtype)
    found = passes.backward(
        layer,
        ALL,
        torch.get_num_threads(),
        _inner(x),
        _whole(start)[0] if start else None,
        _whole(weights),
        _inner(out),
        _whole([saved, saved_reverse])[: layer.directions],
        d_out,
        d_h_n,
        d_c_n,
        inputs=inputs,
        start=start_wanted,
    )
    beside = (x.new_empty(0) if one is None else one for one in (found.d_x, found.d_h0, found.d_c0))
    return [*beside, *found.d_weights]


@lstm_layer_backward.register_fake
def _(*given: Any) -> list[Tensor]:
    """Return tensors of the right shapes and no numbers."""
    x, _start, weights, *_, bidirectional, _bias, _projected, time_first, inputs, start_wanted = given
    N = x.shape[1] if time_first else x.shape[0]
    H, Q, directions = weights[0].shape[0] // 4, weights[1].shape[1], 1 + int(bidirectional)
    return [
        x.new_empty(x.shape if inputs else 0),
        x.new_empty((directions, N, Q) if start_wanted else 0),
        x.new_empty((directions, N, H) if start_wanted else 0),
        *(w.new_empty(w.shape) for w in weights),
    ]


def _keep(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    """Save what a backward pass reads."""
    x, start, weights, *options, trace = inputs
    out, _, _, saved, saved_reverse = output
    ctx.set_materialize_grads(False)
    ctx.options, ctx.trace = options, trace
    ctx.starts, ctx.count = len(start), len(weights)
    ctx.save_for_backward(x, *start, *weights, out, saved, saved_reverse)


def _backward(ctx: Any, d_out: Any, d_h_n: Any, d_c_n: Any, *_: Any) -> tuple[Any, ...]:
    """Return the gradients of `lstm_layer`'s arguments."""
    nothing = (None,) * 5  # gradients of the flags
    if not ctx.trace or (d_out is None and d_h_n is None and d_c_n is None):
        return (None, [None] * ctx.starts, [None] * ctx.count, *nothing)
    x, *others = ctx.saved_tensors
    start, others = others[: ctx.starts], others[ctx.starts :]
    weights, ends = others[: ctx.count], others[ctx.count :]
    inputs, start_wanted = ctx.needs_input_grad[0], any(ctx.needs_input_grad[1])
    d_x, d_h0, d_c0, *d_weights = torch.ops.gatewise.lstm_layer_backward(
        x, start, weights, *ends, d_out, d_h_n, d_c_n, *ctx.options, inputs, start_wanted
    )
    d_start = [d_h0, d_c0] if start_wanted else [None] * ctx.starts
    return (d_x if inputs else None, d_start, d_weights, *nothing)


lstm_layer.register_autograd(_backward, setup_context=_keep)


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
    directions, each, ends = 2 if lstm.bidirectional else 1, len(weights) // lstm.num_layers, []
    for k in range(lstm.num_layers):
        here = [one[k * directions : (k + 1) * directions] for one in start]
        x, h_n, c_n, _, _ = torch.ops.gatewise.lstm_layer(
            x, here, weights[k * each : (k + 1) * each], directions == 2, lstm.bias, lstm.proj_size > 0,
            k > 0 or time_first, trace,
        )  # fmt: skip
        ends.append((h_n, c_n))
        if k < lstm.num_layers - 1 and lstm.dropout > 0 and lstm.training:
            x = torch.dropout(x, lstm.dropout, True)
    h_n, c_n = ends[0] if len(ends) == 1 else tuple(torch.cat(parts) for parts in zip(*ends, strict=True))
    if not batched:
        return x.squeeze(1), (h_n.squeeze(1), c_n.squeeze(1))
    return x.transpose(0, 1) if lstm.batch_first else x, (h_n, c_n)
