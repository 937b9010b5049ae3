"""One layer of torch's, both directions, by the compiled engine on torch's own memory.

Nothing is copied on the way: the engine reads the weights in torch's order of gates and both biases,
addresses series by their strides, and writes what it returns where torch has it, time-major or packed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from gatewise.cells.gate_orders import GATE_ORDERS
from gatewise.compiled import core

# Which of torch's rows, counted in gates, are those of a, i, f and o.
PLACES = tuple(GATE_ORDERS["torch"].gates.index(gate) for gate in ("a", "i", "f", "o"))
SAVED = ("a", "i", "f", "o", "state")
LARGE = 1 << 18  # numbers from which new memory of the system's costs more than asking for recycled memory


class RefusedError(Exception):
    """The engine does not take what it was given: a forged PackedSequence, for one."""


class Steps(NamedTuple):
    """Which steps there are: all of them, each row's own number, or those of packed data.

    Attributes
    ----------
    batch_sizes : Tensor or None
        int64 (T,), of packed data.
    lengths : Tensor or None
        int64 (N,).
    rows : int
        How many rows packed data has, else 0.
    """

    batch_sizes: Tensor | None = None
    lengths: Tensor | None = None
    rows: int = 0

    def order(self, reverse: bool) -> tuple[bool, int, int, int]:
        """Return the order of steps as the engine takes it."""
        packed, lengths, rows = self
        return (
            reverse,
            0 if lengths is None else lengths.data_ptr(),
            0 if packed is None else packed.data_ptr(),
            rows,
        )


class LayerPlan:
    """The sizes and options of a layer's pass: all that it needs beside tensors and steps.

    Attributes
    ----------
    sizes : tuple of int
        As `core.forward_in_place` takes them: is_double, N, T, D, H, Q, and torch's order of gates.
    directions : int
        1 or 2.
    bias, projected : bool
    dtype : torch.dtype
    time_first : bool
        Whether x is (T, N, D), not (N, T, D). Packed, it is (rows, D), and this says nothing.
    each : int
        How many weights a direction has.
    width : int
        directions · Q.
    h_shape, c_shape : tuple of int
        Of h_n and c_n.
    of_out, of_h, of_c : int
        Bytes from a direction's part of out, h_n and c_n to the next one's.
    """

    def __init__(
        self, is_double: bool, N: int, T: int, D: int, H: int, Q: int,
        directions: int, bias: bool, projected: bool, time_first: bool,
    ) -> None:  # fmt: skip
        self.sizes = (is_double, N, T, D, H, Q, *PLACES)
        self.directions = directions
        self.bias = bias
        self.projected = projected
        self.time_first = time_first
        self.each = 2 + 2 * bias + projected
        self.width = directions * Q
        self.h_shape, self.c_shape = (directions, N, Q), (directions, N, H)
        self.dtype = torch.float64 if is_double else torch.float32
        element = 8 if is_double else 4
        self.is_small = N * T * self.width < LARGE
        self.of_out, self.of_h, self.of_c = Q * element, N * Q * element, N * H * element
        self.of_ends = (self.of_h, self.of_h, self.of_c, self.of_h, self.of_c)

    def series_shape(self, steps: Steps, width: int) -> tuple[int, ...]:
        """Return the shape of a series of this width: time-major, or packed."""
        return (self.sizes[2], self.sizes[1], width) if steps.batch_sizes is None else (steps.rows, width)

    def parameters(self, weights: tuple[Tensor, ...], direction: int) -> tuple[int, int, int, int, int]:
        """Return W, U, b, b2 and R of a direction as pointers."""
        first = direction * self.each
        W, U = weights[first].data_ptr(), weights[first + 1].data_ptr()
        b, b2 = (weights[first + 2].data_ptr(), weights[first + 3].data_ptr()) if self.bias else (0, 0)
        return W, U, b, b2, weights[first + self.each - 1].data_ptr() if self.projected else 0


def series(array: Tensor, steps: Steps, time_first: bool) -> tuple[int, int, int]:
    """Return where a series begins, and its strides from row to row and from step to step."""
    first, second, *_ = array.stride()
    if steps.batch_sizes is not None:
        return array.data_ptr(), first, first
    return (array.data_ptr(), second, first) if time_first else (array.data_ptr(), first, second)


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
        out (T, N, directions · Q) or packed, h_n, c_n, and what was saved for each direction.

    Raises
    ------
    RefusedError
        If batch_sizes or lengths do not fit.

    Notes
    -----
    Equations F1-F6.
    """
    dtype, width = x.dtype, layer.width
    shape = layer.series_shape(steps, width)
    out = x.new_empty(shape) if layer.is_small else empty(shape, dtype)
    row, step = (width, layer.sizes[1] * width) if steps.batch_sizes is None else (width, width)
    h_n, c_n = x.new_empty(layer.h_shape), x.new_empty(layer.c_shape)
    at, at_h, at_c = out.data_ptr(), h_n.data_ptr(), c_n.data_ptr()
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
    dtype = x.dtype
    if d_out is None:
        d_out = x.new_zeros(layer.width)
        at_delta, row, step = d_out.data_ptr(), 0, 0
    else:
        if d_out.stride(-1) != 1 or d_out.is_neg():
            d_out = d_out.resolve_neg().contiguous()
        at_delta, row, step = series(d_out, steps, True)
    d_h_n, d_c_n = _plain(d_h_n), _plain(d_c_n)
    d_h0, d_c0 = (x.new_empty(layer.h_shape), x.new_empty(layer.c_shape)) if start else (None, None)
    d_x = empty(tuple(x.shape), dtype) if inputs else None
    to_x = None if d_x is None else series(d_x, steps, layer.time_first)
    d_weights = [torch.empty_like(w) if w.numel() < LARGE else empty(w.shape, dtype) for w in weights]
    entry = series(x, steps, layer.time_first)
    at, out_row, out_step = series(out, steps, True)
    ends = [0 if one is None else one.data_ptr() for one in (h0, d_h_n, d_c_n, d_h0, d_c0)]
    for direction in range(layer.directions):
        memory, places = ({}, None) if kept is None else _kept(layer, steps, dtype)
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


def _kept(layer: LayerPlan, steps: Steps, dtype: torch.dtype) -> tuple[dict[str, Tensor], tuple[Any, ...]]:
    """Return memory for the gradients of every step, by name, and where it is as the engine takes it."""
    H, Q = layer.sizes[4:6]
    widths = {"delta_out": Q, "d_out": Q, "d_state": H, "d_gates": 4 * H}
    if layer.projected:
        widths["d_h"] = H
    memory = {name: empty(layer.series_shape(steps, width), dtype) for name, width in widths.items()}
    places = [series(array, steps, True) for array in memory.values()]
    return memory, tuple(places if layer.projected else [*places, None])


def unpacked(layer: LayerPlan, steps: Steps, saved: Tensor, reverse: bool, name: str) -> Tensor:
    """Return a, i, f, o or state (T, N, H), or packed (rows, H), of what a forward pass saved."""
    array = empty(layer.series_shape(steps, layer.sizes[4]), saved.dtype)
    done = core.unpack_in_place(
        layer.sizes,
        steps.order(reverse),
        layer.projected,
        (saved.data_ptr(), saved.numel()),
        SAVED.index(name),
        series(array, steps, True),
    )
    if not done:
        raise RefusedError
    return array
