"""A layer of Keras' as torch's autograd sees it: one node, from Keras' own weights to their gradients.

What Keras has otherwise than torch is here: kernel (D, 4H) and recurrent_kernel (H, 4H) with the gates in
columns, one bias, out batch first, states (N, H). `gatewise.torch.passes` does the work.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from gatewise.torch import passes
from gatewise.torch.conditions import surroundings
from gatewise.torch.function import are_gradients, as_saved, gradients_by_torch, of_torch
from gatewise.torch.plan import LayerPlan, Steps

_OF_NO_TENSOR = (None,) * 3  # gradients of layer, steps and threads


class KerasPlan(LayerPlan):
    """The sizes and options of a Keras layer's pass; its rows are those of torch, with one bias or none."""

    def __init__(self, is_double: bool, N: int, T: int, D: int, H: int, bias: bool) -> None:
        super().__init__(is_double, N, T, D, H, H, 1, bias, False, False)
        self.out_time_first = False
        self.each = 2 + bias
        self.h_shape = self.c_shape = (N, H)

    def parameters(self, weights: tuple[Tensor, ...], direction: int) -> tuple[int, int, int, int, int]:
        """Return W, U and b as pointers; there is no second bias and no R."""
        W, U, *b = (each.data_ptr() for each in weights[direction * self.each :][: self.each])
        return W, U, b[0] if b else 0, 0, 0


@lru_cache(maxsize=1024)
def planned(is_double: bool, N: int, T: int, D: int, H: int, bias: bool) -> KerasPlan:
    """Return the plan of a call: kept, for small problems would feel it."""
    return KerasPlan(is_double, N, T, D, H, bias)


def run(
    layer: KerasPlan,
    steps: Steps,
    threads: int,
    x: Tensor,
    start: tuple[Tensor, Tensor] | None,
    weights: tuple[Tensor, ...],
) -> tuple[Tensor, Tensor, Tensor]:
    """Work a layer, and leave what a backward pass needs if one may follow.

    Parameters
    ----------
    layer : KerasPlan
    steps : Steps
    threads : int
    x : Tensor (N, T, D)
        Contiguous in D.
    start : tuple of two tensors (N, H), contiguous, or None for zero
        h and c.
    weights : tuple of Tensor
        kernel (D, 4H), recurrent_kernel (H, 4H) and, of a layer with a bias, bias (4H,).

    Returns
    -------
    tuple
        out (N, T, H), and h and c (N, H) after the last step.

    Raises
    ------
    RefusedError
        If lengths do not fit.
    """
    h0, c0 = (None, None) if start is None else start
    if torch.is_grad_enabled() and any(
        one is not None and one.requires_grad for one in (*weights, x, h0, c0)
    ):
        result: tuple[Tensor, Tensor, Tensor] = _apply(layer, steps, threads, x, h0, c0, *weights)
        return result
    return passes.forward(layer, steps, threads, x, h0, c0, _rows(weights), False)[:3]


class KerasPass(torch.autograd.Function):
    """A layer: out, h and c of x, h0, c0 and the weights."""

    @staticmethod
    def forward(
        ctx: Any,
        layer: KerasPlan,
        steps: Steps,
        threads: int,
        x: Tensor,
        h0: Tensor | None,
        c0: Tensor | None,
        *weights: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Work F1-F6, and save the trace."""
        rows = _rows(weights)
        out, h, c, saved = passes.forward(layer, steps, threads, x, h0, c0, rows, True)
        ctx.layer, ctx.steps, ctx.threads = layer, steps, threads
        ctx.weights, ctx.rows = weights, rows
        ctx.has_start = h0 is not None
        ctx.shapes = [one.shape for one in (x, *weights, out, *saved)]
        ctx.set_materialize_grads(False)
        start = () if h0 is None else (h0, c0)
        ctx.save_for_backward(x, *start, *weights, out, *saved)
        return out, h, c

    @staticmethod
    def backward(ctx: Any, *given: Tensor | None) -> tuple[Any, ...]:
        """Work B1-B8 and G1-G3; where a gradient of the gradient may be wanted, by torch's operations."""
        layer: KerasPlan = ctx.layer
        x, *others = ctx.saved_tensors
        h0, c0 = (others.pop(0), others.pop(0)) if ctx.has_start else (None, None)
        weights, (out, *saved) = tuple(others[: layer.each]), others[layer.each :]
        if all(d is None for d in given):
            return (None,) * (6 + layer.each)
        wanted = ctx.needs_input_grad[3:]
        if torch.is_grad_enabled() or surroundings() or not are_gradients(given, layer.dtype):
            inputs = [x, h0, c0, *weights]
            return (*_OF_NO_TENSOR, *gradients_by_torch(layer, ctx.steps, inputs, wanted, given, _by_torch))
        x, h0, weights, out, saved = as_saved(ctx, x, h0, weights, out, saved)
        # Hooks of saved tensors may have put others in the place of the weights.
        is_same = all(one is other for one, other in zip(weights, ctx.weights, strict=True))
        grads = passes.backward(
            layer,
            ctx.steps,
            ctx.threads,
            x,
            h0,
            ctx.rows if is_same else _rows(weights),
            out,
            tuple(saved),
            *given,
            inputs=wanted[0],
            start=wanted[1] or wanted[2],
        )
        found = (d.t() for d in grads.d_weights)  # back to columns; of a bias, itself
        return (
            *_OF_NO_TENSOR,
            grads.d_x,
            grads.d_h0 if wanted[1] else None,
            grads.d_c0 if wanted[2] else None,
            *(d if is_wanted else None for d, is_wanted in zip(found, wanted[3:], strict=True)),
        )


# Not Function.apply, which first looks for torch.func's wrappers: conditions.py has seen that there are none.
_apply = super(torch.autograd.Function, KerasPass).apply


def _rows(weights: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Return W (4H, D), U (4H, H) and b, with the gates in rows as the engine reads them."""
    return (weights[0].t().contiguous(), weights[1].t().contiguous(), *weights[2:])


def _by_torch(
    layer: KerasPlan, steps: Steps, x: Tensor, h0: Tensor | None, c0: Tensor | None, weights: list[Tensor]
) -> tuple[Tensor, Tensor, Tensor]:
    """Work a layer by torch's own LSTM."""
    kernel, recurrent, *bias = weights
    rows = [kernel.t(), recurrent.t(), *bias, *(torch.zeros_like(each) for each in bias)]
    start = [None if each is None else each.unsqueeze(0) for each in (h0, c0)]
    if h0 is None or c0 is None:
        start = [x.new_zeros((1, *layer.h_shape)), x.new_zeros((1, *layer.c_shape))]
    out, h, c = of_torch(layer, steps, x, start[0], start[1], rows)
    return out.transpose(0, 1), h.squeeze(0), c.squeeze(0)
