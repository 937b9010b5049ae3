"""What a layer's pass needs beside tensors: sizes, options, which steps there are, where series stand."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from gatewise.cells.gate_orders import GATE_ORDERS
from gatewise.cells.known.lstm import GATES

# Which of torch's rows, counted in gates, are those of a, i, f and o.
PLACES = tuple(GATE_ORDERS["torch"].gates.index(gate) for gate in GATES)
SAVED = (*GATES, "state")
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
    out_time_first : bool
        The same of out: always so in torch.
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
        self.out_time_first = True
        self.each = 2 + 2 * bias + projected
        self.width = directions * Q
        self.h_shape: tuple[int, ...] = (directions, N, Q)
        self.c_shape: tuple[int, ...] = (directions, N, H)
        self.dtype = torch.float64 if is_double else torch.float32
        element = 8 if is_double else 4
        self.is_small = N * T * self.width < LARGE
        self.of_out, self.of_h, self.of_c = Q * element, N * Q * element, N * H * element
        self.of_ends = (self.of_h, self.of_h, self.of_c, self.of_h, self.of_c)

    def series_shape(self, steps: Steps, width: int) -> tuple[int, ...]:
        """Return the shape of a series of this width: packed, or in the order of out's axes."""
        if steps.batch_sizes is not None:
            return steps.rows, width
        N, T = self.sizes[1:3]
        return (T, N, width) if self.out_time_first else (N, T, width)

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
