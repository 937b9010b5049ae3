"""A layer as operators of torch, which torch.compile keeps whole: `gatewise::lstm_layer` and its backward.

For compiled graphs alone. They hold no Python: what `function.py` decides at each call is an argument here,
and what it keeps beside tensors is made again. The sizes of all results follow from the arguments', so packed
sequences and lengths, whose traces are as long as their numbers say, stay torch's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from gatewise.compiled import core, missing
from gatewise.torch import passes
from gatewise.torch.arguments import ALL, DTYPES, planned
from gatewise.torch.function import drop_projections, gradients_by_torch
from gatewise.torch.plan import SAVED, LayerPlan

OPTIONS = "bool bidirectional, bool bias, bool projected, bool time_first"
# By whether numbers are float64; plain numbers, which torch.compile reads as constants.
_LANES = {double: 1 if missing else core.lanes(double) for double in (False, True)}


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
    if min(H, Q) < 1 or (H != Q and not projected):
        raise ValueError(f"lstm_layer: weights are of {H} units and {Q} outputs.")
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


def saved_of_a_step(is_double: bool, H: int, projected: bool) -> int:
    """Return how many numbers a step of one row saves on this machine: what a pass adds is its last state."""
    lanes = _LANES[is_double]
    return -(-H // lanes) * lanes * len(SAVED) + (H if projected else 0)


@torch.library.custom_op(
    "gatewise::lstm_layer",
    mutates_args=(),
    device_types="cpu",
    schema=f"(Tensor x, Tensor[] start, Tensor[] weights, {OPTIONS}, int of_a_step)"
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
    of_a_step: int,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Work a layer: out (T, N, directions · Q), h_n, c_n, and what each direction saved, empty without.

    `start` holds h_0 and c_0, or nothing for zero; `of_a_step` is `saved_of_a_step`, 0 without a trace: a
    graph that another machine made has another.

    Notes
    -----
    Equations F1-F6.
    """
    layer = _plan(x, start, weights, (bidirectional, bias, projected, time_first))
    own = saved_of_a_step(x.dtype is torch.float64, layer.sizes[4], projected)
    if of_a_step not in (0, own):
        raise ValueError(
            f"lstm_layer: the graph was made for traces of {of_a_step} numbers a step; with the vectors of "
            f"this machine they are {own}. Compile the model here."
        )
    h0, c0 = _whole(start) if start else (None, None)
    threads = torch.get_num_threads()
    out, h_n, c_n, saved = passes.forward(
        layer, ALL, threads, _inner(x), h0, c0, _whole(weights), of_a_step > 0
    )
    nothing = [x.new_empty(0) for _ in range(2 - len(saved))]
    return out, h_n, c_n, *saved, *nothing


@lstm_layer.register_fake
def _(*given: Any) -> tuple[Tensor, ...]:
    """Return tensors of the right shapes and no numbers."""
    x, _start, weights, bidirectional, _bias, _projected, time_first, of_a_step = given
    T, N = (x.shape[0], x.shape[1]) if time_first else (x.shape[1], x.shape[0])
    H, Q, directions = weights[0].shape[0] // 4, weights[1].shape[1], 1 + int(bidirectional)
    count = N * T * of_a_step + N * H if of_a_step else 0
    return (
        x.new_empty((T, N, directions * Q)),
        x.new_empty((directions, N, Q)),
        x.new_empty((directions, N, H)),
        x.new_empty(count),
        x.new_empty(count if bidirectional else 0),
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
    _, N, T, _, H, *_ = layer.sizes
    count = (N * T * saved_of_a_step(x.dtype is torch.float64, H, projected) + N * H,)
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
    x, start, weights, *options, of_a_step = inputs
    out, _, _, saved, saved_reverse = output
    ctx.set_materialize_grads(False)
    ctx.options, ctx.trace = options, of_a_step > 0
    ctx.starts, ctx.count = len(start), len(weights)
    ctx.save_for_backward(x, *start, *weights, out, saved, saved_reverse)


def _backward(ctx: Any, d_out: Any, d_h_n: Any, d_c_n: Any, *_: Any) -> tuple[Any, ...]:
    """Return the gradients of `lstm_layer`'s arguments."""
    nothing = (None,) * 5  # gradients of the flags
    if d_out is None and d_h_n is None and d_c_n is None:
        return (None, [None] * ctx.starts, [None] * ctx.count, *nothing)
    if not ctx.trace:
        raise RuntimeError("lstm_layer: there is no trace to go back through; of_a_step was 0.")
    x, *others = ctx.saved_tensors
    start, others = others[: ctx.starts], others[ctx.starts :]
    weights, ends = others[: ctx.count], others[ctx.count :]
    inputs, start_wanted = ctx.needs_input_grad[0], any(ctx.needs_input_grad[1])
    if torch.is_grad_enabled():  # these gradients may be differentiated again
        layer = _plan(x, start, weights, ctx.options)
        wanted = [inputs, *(ctx.needs_input_grad[1] or (False, False)), *ctx.needs_input_grad[2]]
        d_x, *others = gradients_by_torch(
            layer, ALL, [x, *(start or (None, None)), *weights], wanted, (d_out, d_h_n, d_c_n)
        )
        return (d_x, others[: ctx.starts], others[2:], *nothing)
    d_x, d_h0, d_c0, *d_weights = torch.ops.gatewise.lstm_layer_backward(
        x, start, weights, *ends, d_out, d_h_n, d_c_n, *ctx.options, inputs, start_wanted
    )
    d_start = [d_h0, d_c0] if start_wanted else [None] * ctx.starts
    bidirectional, _, projected, time_first = ctx.options
    if projected and x.shape[0 if time_first else 1] == 1 and d_out is None and d_h_n is None:
        drop_projections(d_weights, 1 + bidirectional)
    return (d_x if inputs else None, d_start, d_weights, *nothing)


lstm_layer.register_autograd(_backward, setup_context=_keep)
