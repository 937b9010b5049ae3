"""A Keras LSTM's steps on the torch backend by the compiled engine, with masks as Keras has them."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from gatewise.cells.gate_orders import GATE_ORDERS
from gatewise.keras.function import planned, run
from gatewise.keras.weights import LIBRARY
from gatewise.torch import conditions
from gatewise.torch.arguments import ALL, DTYPES, MOST
from gatewise.torch.plan import RefusedError, Steps

_DTYPES = {"float32": torch.float32, "float64": torch.float64}
# The engine reads weights in torch's order, which is Keras' own; only the axes are exchanged.
assert GATE_ORDERS[LIBRARY].gates == GATE_ORDERS["torch"].gates


class LayerResult(NamedTuple):
    """What a layer gives.

    Attributes
    ----------
    last : Tensor (N, H)
        The last out.
    outs : Tensor (N, T, H), or None
        Of a layer with return_sequences.
    h, c : Tensor (N, H)
        The states after the last step.
    """

    last: Tensor
    outs: Tensor | None
    h: Tensor
    c: Tensor


class MaskedSteps(NamedTuple):
    """Which steps of each row there are.

    Attributes
    ----------
    steps : Tensor (N, T)
        For each place of a row without the masked steps, the step that stands there; those after its end too.
    lengths : Tensor (N,)
        How many steps each row has.
    held : Tensor (N, T)
        For each step, the place of the last step that was not masked; 0 before the first.
    shown : Tensor (N, T)
        Where out is not 0: from a row's first step on, or with zero_output_for_mask where nothing is masked.
    is_right_padded : bool
        Whether the masked steps stand at the ends alone.
    """

    steps: Tensor
    lengths: Tensor
    held: Tensor
    shown: Tensor
    is_right_padded: bool


def has_numbers(sequences: Any) -> bool:
    """Say whether it is a tensor with numbers: Keras asks for shapes with those of torch's meta device."""
    return isinstance(sequences, Tensor) and not sequences.is_meta


def run_whole(layer: Any, sequences: Tensor, mask: Any) -> LayerResult | None:
    """Return what a layer gives that begins at 0 and has no dropout; None where a cast or Keras is needed.

    What Keras does around `inner_loop` changes nothing then: states that are 0, and casts to the dtype that
    everything has.
    """
    if not has_numbers(sequences) or sequences.dtype is not _DTYPES.get(layer.compute_dtype):
        return None
    done = run_layer(layer, sequences, None, mask, training=False)
    return None if isinstance(done, str) or done.last.dtype is not sequences.dtype else done


def run_layer(
    layer: Any, sequences: Tensor, initial_state: Any, mask: Any, training: bool
) -> LayerResult | str:
    """Return what a layer gives, or why the engine cannot run it; initial_state is None for states of 0."""
    if torch.compiler.is_compiling() or conditions.compiler_listens():
        return "torch.compile"
    if reason := conditions.surroundings():
        return reason
    weights = _weights(layer.cell)
    if isinstance(weights, str):
        return weights
    dtype = weights[0].dtype
    x = sequences if sequences.dtype is dtype else sequences.to(dtype)
    given = [state if state.dtype is dtype else state.to(dtype) for state in initial_state or ()]
    if not all(conditions.plain(each, dtype) for each in (x, *given)) or x.dim() != 3:
        return "the input is no plain CPU tensor of three axes"
    N, T, D = x.shape
    H = layer.cell.units
    if N < 1 or T < 1 or weights[0].shape[0] != D or N * T * (D + H) > MOST:
        return "the input's sizes do not fit"
    if initial_state is not None and (len(given) != 2 or any(state.shape != (N, H) for state in given)):
        return "the states are not of (N, H)"
    masked = None
    if mask is not None:
        mask = mask[0] if isinstance(mask, list | tuple) else mask
        if not isinstance(mask, Tensor) or mask.shape != (N, T) or not mask.is_cpu:
            return "the mask is not of (N, T)"
        in_order = mask.bool().flip(1) if layer.go_backwards else mask.bool()
        masked = _masked(in_order, layer.zero_output_for_mask)
    if training and layer.cell.dropout:
        x = x * layer.cell.get_dropout_mask(sequences[:, 0, :]).unsqueeze(1)
    if layer.go_backwards:
        x = x.flip(1)
    if layer.stateful:  # Keras writes the next states into the same memory, which backward still reads
        given = [state.clone() for state in given]
    start = (given[0].contiguous(), given[1].contiguous()) if given else None
    try:
        return _run(layer, x, start, weights, masked)
    except RefusedError:
        return "the engine refused the sizes"


def _weights(cell: Any) -> tuple[Tensor, ...] | str:
    """Return kernel (D, 4H), recurrent_kernel (H, 4H) and the bias, where there is one."""
    found = (
        (cell.kernel, cell.recurrent_kernel, cell.bias)
        if cell.use_bias
        else (cell.kernel, cell.recurrent_kernel)
    )
    tensors = tuple([getattr(each, "value", each) for each in found])
    dtype = getattr(tensors[0], "dtype", None)
    if dtype not in DTYPES:
        return f"weights of {dtype}"
    if not all(conditions.plain(each, dtype) for each in tensors):
        return "a weight is no plain CPU tensor of its layer's dtype"
    H = cell.units
    shapes = ((tensors[0].shape[0], 4 * H), (H, 4 * H), (4 * H,))
    if any(each.shape != shape for each, shape in zip(tensors, shapes, strict=False)):
        return "a weight has another shape"
    return tensors


def _masked(mask: Tensor, zero: bool) -> MaskedSteps | None:
    """Return which steps there are, in the order of work; None where there are all."""
    if mask.all():
        return None
    lengths = mask.sum(1)
    before = mask.cumsum(1)
    held = (before - 1).clamp_min(0)
    is_right_padded = bool((mask == (torch.arange(mask.shape[1])[None] < lengths[:, None])).all())
    steps = held if is_right_padded else torch.argsort(~mask, dim=1, stable=True)
    return MaskedSteps(steps, lengths, held, mask if zero else before > 0, is_right_padded)


def _run(
    layer: Any,
    x: Tensor,
    start: tuple[Tensor, Tensor] | None,
    weights: tuple[Tensor, ...],
    masked: MaskedSteps | None,
) -> LayerResult:
    N, T, D = x.shape
    H = weights[1].shape[0]
    steps = ALL
    if masked is not None:
        if not masked.is_right_padded:
            x = x.gather(1, masked.steps[..., None].expand(N, T, D))
        steps = Steps(lengths=masked.lengths)
    if x.stride(-1) != 1 and D > 1:
        x = x.contiguous()
    plan = planned(x.dtype is torch.float64, N, T, D, H, len(weights) > 2)
    outs, h, c = run(plan, steps, torch.get_num_threads(), x, start, weights)
    if masked is None:
        return LayerResult(h, outs if layer.return_sequences else None, h, c)
    if not layer.return_sequences:  # the out that is held is h, but for a row that shows none
        shown = masked.shown[:, -1:]
        return LayerResult(h if shown.all() else torch.where(shown, h, torch.zeros_like(h)), None, h, c)
    outs = outs.gather(1, masked.held[..., None].expand(N, T, H))
    outs = torch.where(masked.shown[..., None], outs, torch.zeros_like(outs))
    return LayerResult(outs[:, -1], outs, h, c)
