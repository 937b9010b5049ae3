"""What a call of `LSTM` is given, read as the engine takes it; or why the engine cannot run it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from gatewise.torch import conditions
from gatewise.torch.plan import LayerPlan, Steps

DTYPES = (torch.float32, torch.float64)
ALL = Steps()
MOST = 1 << 40  # no size that memory holds


def _current_weights(lstm: nn.LSTM) -> list[Any]:
    """Return the weights as they are now, each read once: a parametrization works at each reading."""
    own = lstm._parameters
    try:
        return [own[name] for name in lstm._flat_weights_names]
    except KeyError:  # parametrized, or no parameter of this module any more
        lstm._update_flat_weights()
        return list(lstm._flat_weights)


class NativeCall(NamedTuple):
    """A call that the engine can run."""

    x: Tensor
    start: tuple[Tensor, Tensor] | None
    weights: list[Tensor]
    layers: tuple[LayerPlan, ...]
    steps: Steps
    packed: PackedSequence | None
    batched: bool


def read_call(lstm: nn.LSTM, given: Any, hx: Any, lengths: Tensor | None) -> NativeCall | str:
    """Return what the engine takes, or why it cannot."""
    kind = type(given)
    packed: PackedSequence | None = None
    if kind is PackedSequence:
        packed = given
        x, batch_sizes = given.data, given.batch_sizes.clone()  # backward reads them again
        if type(x) is not Tensor or x.dim() != 2:
            return "a PackedSequence's data is not of two axes"
        if not _is_index(batch_sizes):
            return "a PackedSequence's batch_sizes are not int64"
    elif kind is Tensor or kind is nn.Parameter:
        x, batch_sizes = given, None
    else:
        return f"the input is a {kind.__name__}"
    dtype = x.dtype
    if dtype not in DTYPES or not conditions.plain(x, dtype):
        return "the input is no plain CPU tensor of float32 or float64"
    shape = x.shape
    D, H, Q = lstm.input_size, lstm.hidden_size, lstm.proj_size or lstm.hidden_size
    batched, time_first, rows = True, True, 0
    if batch_sizes is not None:
        rows, width = shape
        T = len(batch_sizes)
        N = int(batch_sizes[0]) if T else 0
    elif len(shape) == 3:
        time_first = not lstm.batch_first
        T, N, width = shape
        if not time_first:
            T, N = N, T
    elif len(shape) == 2:
        T, width = shape
        N, batched = 1, False
        x = x.unsqueeze(1)
    else:
        return "the input is not of two or three axes"
    if width != D or N < 1 or T < 1:
        return "the input's sizes do not fit"
    if N * T * (D + H) > MOST:
        return "more than memory holds"
    directions = 2 if lstm.bidirectional else 1
    weights = _current_weights(lstm)
    layers, shapes = planned(
        dtype is torch.float64, N, T, D, H, Q,
        directions, lstm.bias, lstm.proj_size > 0, time_first, lstm.num_layers,
    )  # fmt: skip
    problem = conditions.weights(weights, shapes, dtype)
    if problem is not None:
        return problem
    start = None
    if hx is not None:
        count = lstm.num_layers * directions
        start = _start(hx, dtype, (count, N, Q), (count, N, H), batched, packed)
        if start is None:
            return "hx is not a pair of plain tensors of the right shapes"
    if x.stride(-1) != 1 and D > 1:
        x = x.contiguous()
    steps = ALL if batch_sizes is None and lengths is None else Steps(batch_sizes, lengths, rows)
    return NativeCall(x, start, weights, layers, steps, packed, batched)


@lru_cache(maxsize=1024)
def planned(
    is_double: bool, N: int, T: int, D: int, H: int, Q: int,
    directions: int, bias: bool, projected: bool, time_first: bool, count: int,
) -> tuple[tuple[LayerPlan, ...], tuple[torch.Size, ...]]:  # fmt: skip
    """Return the layers of a call and the shapes of all weights: kept, for small problems would feel it."""
    first = LayerPlan(is_double, N, T, D, H, Q, directions, bias, projected, time_first)
    above = LayerPlan(is_double, N, T, directions * Q, H, Q, directions, bias, projected, True)
    shapes = weight_shapes(D, H, Q, directions, bias, projected, count)
    return (first, *(above for _ in range(count - 1))), tuple(map(torch.Size, shapes))


def weight_shapes(
    D: int, H: int, Q: int, directions: int, bias: bool, projected: bool, count: int
) -> list[tuple[int, ...]]:
    """Return the shapes of all weights, in torch's order."""
    shapes: list[tuple[int, ...]] = []
    for layer in range(count):
        one: list[tuple[int, ...]] = [(4 * H, D if layer == 0 else directions * Q), (4 * H, Q)]
        if bias:
            one += [(4 * H,), (4 * H,)]
        if projected:
            one.append((Q, H))
        shapes += one * directions
    return shapes


def _is_index(tensor: Any) -> bool:
    return (
        type(tensor) is Tensor
        and tensor.dtype is torch.int64
        and tensor.is_cpu
        and tensor.dim() == 1
        and tensor.is_contiguous()
    )


def _start(
    hx: Any,
    dtype: torch.dtype,
    h_shape: tuple[int, ...],
    c_shape: tuple[int, ...],
    batched: bool,
    packed: PackedSequence | None,
) -> tuple[Tensor, Tensor] | None:
    """Return h_0 and c_0 as the engine takes them, in the order of packed rows; None if they are unusual."""
    if not isinstance(hx, (tuple, list)) or len(hx) != 2:
        return None
    h, c = hx
    if not (conditions.plain(h, dtype) and conditions.plain(c, dtype)):
        return None
    if not batched:
        if h.dim() != 2 or c.dim() != 2:
            return None
        h, c = h.unsqueeze(1), c.unsqueeze(1)
    if packed is not None and packed.sorted_indices is not None:
        if h.dim() != 3 or c.dim() != 3:
            return None
        h, c = h.index_select(1, packed.sorted_indices), c.index_select(1, packed.sorted_indices)
    if h.shape != h_shape or c.shape != c_shape:
        return None
    return h.contiguous(), c.contiguous()


def checked_lengths(lstm: nn.LSTM, given: Any, lengths: Any) -> Tensor:
    """Return lengths as an int64 tensor; refuse those that do not fit."""
    if isinstance(given, PackedSequence) or not isinstance(given, Tensor) or given.dim() != 3:
        what = "a PackedSequence" if isinstance(given, PackedSequence) else f"{_axes(given)}"
        raise ValueError(f"lengths go with a batched tensor of three axes; the input is {what}.")
    N, T = given.shape[:2] if lstm.batch_first else (given.shape[1], given.shape[0])
    if isinstance(lengths, Tensor) and (lengths.is_floating_point() or lengths.is_complex()):
        raise ValueError(f"lengths must be whole numbers; they are {lengths.dtype}.")
    found = torch.as_tensor(lengths)
    found = found.long() if found.numel() == 0 else found
    if found.dim() != 1 or len(found) != N:
        raise ValueError(f"lengths have the shape {tuple(found.shape)}; a batch of {N} needs ({N},).")
    if found.is_floating_point() or found.dtype is torch.bool:
        raise ValueError(f"lengths must be whole numbers; they are {found.dtype}.")
    found = found.detach().to("cpu", torch.int64, copy=True).contiguous()
    if N and (int(found.min()) < 0 or int(found.max()) > T):
        raise ValueError(
            f"lengths are from {int(found.min())} to {int(found.max())}; each must be from 0 to T = {T}."
        )
    return found


def _axes(given: Any) -> str:
    return f"of {given.dim()} axes" if isinstance(given, Tensor) else f"a {type(given).__name__}"
