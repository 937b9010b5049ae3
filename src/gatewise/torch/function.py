"""A layer as torch's autograd sees it: one node, whose backward pass is the explicit equations'."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from gatewise.torch import passes
from gatewise.torch.conditions import gradient, surroundings
from gatewise.torch.plan import LayerPlan, Steps

_OF_NO_TENSOR = (None,) * 4  # gradients of layer, steps, threads and record


def run(
    layer: LayerPlan,
    steps: Steps,
    threads: int,
    x: Tensor,
    start: tuple[Tensor, Tensor] | None,
    weights: tuple[Tensor, ...],
    record: Any,
) -> tuple[Tensor, Tensor, Tensor]:
    """Work a layer, and leave what a backward pass needs if one may follow.

    `record`, where gates are to be shown, takes what was saved (`LayerRecord`).
    """
    h0, c0 = (None, None) if start is None else start
    if torch.is_grad_enabled() and (
        weights[0].requires_grad
        or x.requires_grad
        or (h0 is not None and h0.requires_grad)
        or (c0 is not None and c0.requires_grad)
        or any(w.requires_grad for w in weights)
    ):
        result: tuple[Tensor, Tensor, Tensor] = _apply(layer, steps, threads, record, x, h0, c0, *weights)
        return result
    out, h_n, c_n, saved = passes.forward(layer, steps, threads, x, h0, c0, weights, record is not None)
    if record is not None:
        record.saved = saved
    return out, h_n, c_n


class LayerPass(torch.autograd.Function):
    """Both directions of a layer: out, h_n and c_n of x, h0, c0 and the weights."""

    @staticmethod
    def forward(
        ctx: Any,
        layer: LayerPlan,
        steps: Steps,
        threads: int,
        record: Any,
        x: Tensor,
        h0: Tensor | None,
        c0: Tensor | None,
        *weights: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Work F1-F6, and save the trace."""
        out, h_n, c_n, saved = passes.forward(layer, steps, threads, x, h0, c0, weights, True)
        ctx.layer, ctx.steps, ctx.threads = layer, steps, threads
        ctx.record = record
        ctx.has_start = h0 is not None
        ctx.shapes = [one.shape for one in (x, *weights, out, *saved)]
        ctx.set_materialize_grads(False)
        start = () if h0 is None else (h0, c0)
        ctx.save_for_backward(x, *start, *weights, out, *saved)
        if record is not None:
            record.saved = saved
        return out, h_n, c_n

    @staticmethod
    def backward(ctx: Any, *given: Tensor | None) -> tuple[Any, ...]:
        """Work B1-B8 and G1-G3; where a gradient of the gradient may be wanted, by torch's operations."""
        layer: LayerPlan = ctx.layer
        x, *others = ctx.saved_tensors
        h0, c0 = (others.pop(0), others.pop(0)) if ctx.has_start else (None, None)
        count = layer.directions * layer.each
        weights, (out, *saved) = tuple(others[:count]), others[count:]
        if all(d is None for d in given):
            return (None,) * (7 + count)
        wanted = ctx.needs_input_grad[4:]
        if torch.is_grad_enabled() or surroundings() or not are_gradients(given, layer.dtype):
            found = gradients_by_torch(layer, ctx.steps, [x, h0, c0, *weights], wanted, given)
            return (*_OF_NO_TENSOR, *found)
        x, h0, weights, out, saved = as_saved(ctx, x, h0, weights, out, saved)
        kept: list[dict[str, Tensor]] | None = None if ctx.record is None else []
        grads = passes.backward(
            layer,
            ctx.steps,
            ctx.threads,
            x,
            h0,
            weights,
            out,
            tuple(saved),
            *given,
            inputs=wanted[0],
            start=wanted[1] or wanted[2] or kept is not None,
            kept=kept,
        )
        if kept is not None:
            ctx.record.kept = kept
        d_weights: list[Tensor | None] = [
            d if is_wanted else None for d, is_wanted in zip(grads.d_weights, wanted[3:], strict=True)
        ]
        if layer.projected and layer.sizes[2] == 1 and given[0] is None and given[1] is None:
            drop_projections(d_weights, layer.directions)
        return (
            *_OF_NO_TENSOR,
            grads.d_x,
            grads.d_h0 if wanted[1] else None,
            grads.d_c0 if wanted[2] else None,
            *d_weights,
        )


def drop_projections(d_weights: list[Tensor | None], directions: int) -> None:
    """Put None in place of each R's gradient, as torch where only c_1 is used, of which R is no part."""
    each = len(d_weights) // directions
    d_weights[each - 1 :: each] = [None] * directions


# Not Function.apply, which first looks for torch.func's wrappers: conditions.py has seen that there are none.
_apply = super(torch.autograd.Function, LayerPass).apply


def are_gradients(given: tuple[Tensor | None, ...], dtype: torch.dtype) -> bool:
    """Say whether all that reaches a backward pass has its numbers in memory."""
    return all(d is None or gradient(d, dtype) for d in given)


def as_saved(
    ctx: Any, x: Tensor, h0: Tensor | None, weights: tuple[Tensor, ...], out: Tensor, saved: list[Tensor]
) -> tuple[Tensor, Tensor | None, tuple[Tensor, ...], Tensor, list[Tensor]]:
    """Return what was saved as the engine reads it: hooks may have put other tensors in its place.

    Raises
    ------
    RuntimeError
        If one of them came back with another shape or dtype, or on another device.
    """
    dtype = ctx.layer.dtype
    for one, shape in zip((x, *weights, out, *saved), ctx.shapes, strict=True):
        if one.dtype is not dtype or one.shape != shape or not one.is_cpu:
            raise RuntimeError(
                f"a saved tensor came back from a hook as {tuple(one.shape)}, {one.dtype}, {one.device}; "
                f"{tuple(shape)}, {dtype}, cpu was saved"
            )
    if h0 is not None:
        if h0.dtype is not dtype or h0.shape != ctx.layer.h_shape or not h0.is_cpu:
            raise RuntimeError("the saved h_0 came back from a hook with another shape, dtype or device")
        h0 = h0.contiguous()
    return (
        x if x.stride(-1) == 1 else x.contiguous(),
        h0,
        tuple(w.contiguous() for w in weights),
        out if out.stride(-1) == 1 else out.contiguous(),
        [one.contiguous() for one in saved],
    )


def gradients_by_torch(
    layer: LayerPlan,
    steps: Steps,
    inputs: list[Tensor | None],
    wanted: Sequence[bool],
    given: tuple[Tensor | None, ...],
    work: Callable[..., tuple[Tensor, Tensor, Tensor]] | None = None,
) -> list[Tensor | None]:
    """Return the gradients by torch's own operations, which can be differentiated again.

    `work` takes what `of_torch` takes, and stands in its place.
    """
    create_graph = torch.is_grad_enabled()
    with torch.enable_grad(), torch.autocast("cpu", enabled=False):
        # Not the tensors themselves: what flows back through them is this node's to say.
        copies = [None if one is None else one.view_as(one) if one.requires_grad else one for one in inputs]
        results = (work or of_torch)(layer, steps, copies[0], copies[1], copies[2], copies[3:])
        pairs = [(r, d) for r, d in zip(results, given, strict=True) if d is not None and r.requires_grad]
        sought = [one for one, is_wanted in zip(copies, wanted, strict=True) if is_wanted]
        found = torch.autograd.grad(
            [r for r, _ in pairs],
            sought,
            [d for _, d in pairs],
            create_graph=create_graph,
            allow_unused=True,
            materialize_grads=True,  # zeros, as backward() gives of what depends on nothing
        )
    each = iter(found)
    return [next(each) if is_wanted else None for is_wanted in wanted]


def of_torch(
    layer: LayerPlan, steps: Steps, x: Tensor, h0: Tensor | None, c0: Tensor | None, weights: list[Tensor]
) -> tuple[Tensor, Tensor, Tensor]:
    """Work a layer by torch's own LSTM, out time-major."""
    _, N, _, _, H, Q = layer.sizes[:6]
    if h0 is None or c0 is None:
        h0 = x.new_zeros((layer.directions, N, Q))
        c0 = x.new_zeros((layer.directions, N, H))
    options = (layer.bias, 1, 0.0, False, layer.directions == 2)
    lstm: Any = torch._VF.lstm
    if steps.batch_sizes is not None:
        result: tuple[Tensor, Tensor, Tensor] = lstm(x, steps.batch_sizes, (h0, c0), weights, *options)
        return result
    if steps.lengths is not None:
        return _with_lengths(layer, steps.lengths, x, h0, c0, weights, options)
    out, h_n, c_n = lstm(x, (h0, c0), weights, *options, not layer.time_first)
    return out if layer.time_first else out.transpose(0, 1), h_n, c_n


def _with_lengths(
    layer: LayerPlan,
    lengths: Tensor,
    x: Tensor,
    h0: Tensor,
    c0: Tensor,
    weights: list[Tensor],
    options: tuple[Any, ...],
) -> tuple[Tensor, Tensor, Tensor]:
    def on_packed(packed: PackedSequence, start: Any) -> Any:
        order, back = packed.sorted_indices, packed.unsorted_indices
        first = tuple(part.index_select(1, order) for part in start)
        data, h, c = torch._VF.lstm(packed.data, packed.batch_sizes, first, weights, *options)
        ends = (h.index_select(1, back), c.index_select(1, back))
        return PackedSequence(data, packed.batch_sizes, order, back), ends

    if not lengths.any():  # no step meets the weights, whose gradients are 0
        out = x.new_zeros((layer.sizes[2], len(lengths), layer.width))
        return out + 0 * sum(w.sum() for w in weights), h0 + 0, c0 + 0
    rows = x.transpose(0, 1) if layer.time_first else x
    out, (h_n, c_n) = with_lengths(on_packed, rows, lengths, (h0, c0), layer.width)
    return out.transpose(0, 1), h_n, c_n


def as_returned(
    x: Tensor, ends: list[tuple[Tensor, Tensor]], batched: bool, batch_first: bool
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Return the last layer's out and all layers' last states in torch's shapes."""
    h_n, c_n = joined(ends)
    if not batched:
        return x.squeeze(1), (h_n.squeeze(1), c_n.squeeze(1))
    return x.transpose(0, 1) if batch_first else x, (h_n, c_n)


def joined(ends: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """Lay the last states of all layers one after the other."""
    if len(ends) == 1:
        return ends[0]
    h_n, c_n = zip(*ends, strict=True)
    return torch.cat(h_n), torch.cat(c_n)


def with_lengths(
    on_packed: Callable[[PackedSequence, Any], Any], x: Tensor, lengths: Tensor, start: Any, width: int
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Run what takes packed sequences on those of at least one step: x and out (N, T, ·), start (·, N, ·)."""
    there = (lengths > 0).nonzero().squeeze(1)
    out = x.new_zeros(*x.shape[:2], width)
    if not len(there):
        return out, start
    here = there.to(x.device)
    packed = pack_padded_sequence(
        x.index_select(0, here), lengths.index_select(0, there), batch_first=True, enforce_sorted=False
    )
    found, ends = on_packed(packed, tuple(part.index_select(1, here) for part in start))
    padded, _ = pad_packed_sequence(found, batch_first=True, total_length=x.shape[1])
    h_n, c_n = (old.to(new.dtype).index_copy(1, here, new) for old, new in zip(start, ends, strict=True))
    return out.to(padded.dtype).index_copy(0, here, padded), (h_n, c_n)
