"""One layer of torch's, both directions, by the compiled engine on torch's own memory.

Nothing is copied on the way: the engine reads the weights in torch's order of gates and both biases,
addresses series by their strides, and writes what it returns where torch has it, time-major or packed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gatewise.compiled import core
from gatewise.torch.plan import LARGE, SAVED, LayerPlan, RefusedError, Steps, series


def empty(shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    """Return new memory, not cleared: recycled where it is large."""
    if math.prod(shape) < LARGE:
        return torch.empty(shape, dtype=dtype, device="cpu")
    # No view of it: whoever gets it may change it in place.
    return torch.from_numpy(core.recycled(dtype is torch.float64, shape))


def forward(
    layer: LayerPlan,
    steps: Steps,
    threads: int,
    x: Tensor,
    h0: Tensor | None,
    c0: Tensor | None,
    weights: tuple[Tensor, ...],
    trace: bool,
) -> tuple[Tensor, Tensor, Tensor, tuple[Tensor, ...]]:
    """Work a layer.

    Parameters
    ----------
    layer : LayerPlan
    steps : Steps
    threads : int
    x : Tensor (T, N, D), (N, T, D) or packed (rows, D)
        Contiguous in D.
    h0, c0 : Tensor (directions, N, Q) and (directions, N, H), contiguous, or None for zero
    weights : tuple of Tensor
        Each direction's, in torch's order.
    trace : bool
        Whether a backward pass will follow.

    Returns
    -------
    tuple
        out (T, N, directions · Q), or packed, or batch first where the plan says so, h_n, c_n, and what was
        saved for each direction.

    Raises
    ------
    RefusedError
        If batch_sizes or lengths do not fit.

    Notes
    -----
    Equations F1-F6.
    """
    dtype, width = layer.dtype, layer.width
    shape = layer.series_shape(steps, width)
    out = x.new_empty(shape) if layer.is_small else empty(shape, dtype)
    at, row, step = series(out, steps, layer.out_time_first)
    h_n, c_n = x.new_empty(layer.h_shape), x.new_empty(layer.c_shape)
    at_h, at_c = h_n.data_ptr(), c_n.data_ptr()
    from_h, from_c = (0, 0) if h0 is None or c0 is None else (h0.data_ptr(), c0.data_ptr())
    entry = series(x, steps, layer.time_first)
    saved = []
    for direction in range(layer.directions):
        done = core.forward_in_place(
            layer.sizes,
            steps.order(direction == 1),
            layer.parameters(weights, direction),
            entry,
            (at, row, step),
            (from_h, from_c, at_h, at_c),
            trace,
            threads,
        )
        if done is None:
            raise RefusedError
        if trace:
            saved.append(torch.from_numpy(done))
        at += layer.of_out
        at_h += layer.of_h
        at_c += layer.of_c
        if from_h:
            from_h += layer.of_h
            from_c += layer.of_c
    return out, h_n, c_n, tuple(saved)


@dataclass(slots=True)
class LayerGradients:
    """What a backward pass of a layer gives: None for what was not wanted."""

    d_x: Tensor | None
    d_h0: Tensor | None
    d_c0: Tensor | None
    d_weights: list[Tensor]


def backward(
    layer: LayerPlan,
    steps: Steps,
    threads: int,
    x: Tensor,
    h0: Tensor | None,
    weights: tuple[Tensor, ...],
    out: Tensor,
    saved: tuple[Tensor, ...],
    d_out: Tensor | None,
    d_h_n: Tensor | None,
    d_c_n: Tensor | None,
    *,
    inputs: bool,
    start: bool,
    kept: list[dict[str, Tensor]] | None = None,
) -> LayerGradients:
    """Backpropagate through a layer: its arguments and results, and the gradients that reach the latter.

    `inputs` says whether δx is wanted, `start` whether those of h0 and c0 are; `kept` takes the gradients of
    each direction's gates.

    Notes
    -----
    Equations B1-B8 and G1-G3.
    """
    dtype = layer.dtype
    if d_out is None:
        d_out = x.new_zeros(layer.width)
        at_delta, row, step = d_out.data_ptr(), 0, 0
    else:
        if d_out.stride(-1) != 1 or d_out.is_neg():
            d_out = d_out.resolve_neg().contiguous()
        at_delta, row, step = series(d_out, steps, layer.out_time_first)
    d_h_n, d_c_n = _plain(d_h_n), _plain(d_c_n)
    d_h0, d_c0 = (x.new_empty(layer.h_shape), x.new_empty(layer.c_shape)) if start else (None, None)
    d_x = empty(tuple(x.shape), dtype) if inputs else None
    to_x = None if d_x is None else series(d_x, steps, layer.time_first)
    d_weights = [torch.empty_like(w) if w.numel() < LARGE else empty(w.shape, dtype) for w in weights]
    entry = series(x, steps, layer.time_first)
    at, out_row, out_step = series(out, steps, layer.out_time_first)
    ends = [0 if one is None else one.data_ptr() for one in (h0, d_h_n, d_c_n, d_h0, d_c0)]
    for direction in range(layer.directions):
        memory, places = ({}, None) if kept is None else _kept(layer, steps)
        done = core.backward_in_place(
            layer.sizes,
            steps.order(direction == 1),
            layer.parameters(weights, direction),
            entry,
            (at, out_row, out_step),
            (saved[direction].data_ptr(), saved[direction].numel()),
            (ends[0], ends[1], ends[2], ends[3], ends[4]),
            (at_delta, row, step),
            to_x,
            direction == 1,
            layer.parameters(tuple(d_weights), direction),
            places,
            threads,
        )
        if not done:
            raise RefusedError
        if kept is not None:
            kept.append(memory)
        at += layer.of_out
        at_delta += layer.of_out
        ends = [end and end + bytes for end, bytes in zip(ends, layer.of_ends, strict=True)]
    return LayerGradients(d_x, d_h0, d_c0, d_weights)


def _plain(given: Tensor | None) -> Tensor | None:
    """Return what reaches the last out or state as it lies in memory."""
    return given if given is None else given.resolve_neg().contiguous()


def _kept(layer: LayerPlan, steps: Steps) -> tuple[dict[str, Tensor], tuple[Any, ...]]:
    """Return memory for the gradients of every step, by name, and where it is as the engine takes it."""
    H, Q = layer.sizes[4:6]
    widths = {"delta_out": Q, "d_out": Q, "d_state": H, "d_gates": 4 * H}
    if layer.projected:
        widths["d_h"] = H
    memory = {name: empty(layer.series_shape(steps, width), layer.dtype) for name, width in widths.items()}
    places = [series(array, steps, layer.out_time_first) for array in memory.values()]
    return memory, tuple(places if layer.projected else [*places, None])


def unpacked(layer: LayerPlan, steps: Steps, saved: Tensor, reverse: bool, name: str) -> Tensor:
    """Return a, i, f, o or state (T, N, H), or packed (rows, H), of what a forward pass saved."""
    array = empty(layer.series_shape(steps, layer.sizes[4]), layer.dtype)
    done = core.unpack_in_place(
        layer.sizes,
        steps.order(reverse),
        layer.projected,
        (saved.data_ptr(), saved.numel()),
        SAVED.index(name),
        series(array, steps, layer.out_time_first),
    )
    if not done:
        raise RefusedError
    return array
