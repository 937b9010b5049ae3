"""The layers by their equations in torch's operations, for a loss that depends on the gates themselves.

The engine's backward pass knows what reaches out and the last state; what reaches a gate directly is
torch's to differentiate. So this is the slow path, some ten times slower, and says what it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence


@dataclass(frozen=True)
class GateTensors:
    """One direction of one layer, every step, as tensors that a loss may depend on.

    Attributes
    ----------
    a, i, f, o, state, out : Tensor (T, N, H), with batch_first (N, T, H), unbatched (T, H)
        torch's g, i, f, o, c and h; out is (…, Q) where it is projected. 0 past a row's length.
    """

    a: Tensor
    i: Tensor
    f: Tensor
    o: Tensor
    state: Tensor
    out: Tensor


def forward_gates(
    lstm: nn.LSTM, given: Any, hx: Any = None, lengths: Tensor | None = None
) -> tuple[Any, tuple[Tensor, Tensor], list[GateTensors]]:
    """Work F1-F6 step by step; see `LSTM.forward_gates`."""
    packed = given if isinstance(given, PackedSequence) else None
    batched = packed is not None or given.dim() == 3
    if packed is not None:
        x, lengths = pad_packed_sequence(packed)  # rows in the caller's order, as hx has them
    else:
        x = given if batched else given.unsqueeze(1)
        x = x.transpose(0, 1) if lstm.batch_first and batched else x
    T, N = x.shape[:2]
    directions = 2 if lstm.bidirectional else 1
    H, Q = lstm.hidden_size, lstm.proj_size or lstm.hidden_size
    if hx is None:
        h0 = x.new_zeros(lstm.num_layers * directions, N, Q)
        c0 = x.new_zeros(lstm.num_layers * directions, N, H)
    else:
        h0, c0 = hx if batched else (hx[0].unsqueeze(1), hx[1].unsqueeze(1))
    goes_on = (
        None if lengths is None else torch.arange(T, device=x.device)[:, None] < lengths.to(x.device)[None]
    )
    weights = iter(lstm._flat_weights)
    gates, h_n, c_n = [], [], []
    for layer in range(lstm.num_layers):
        outs = []
        for direction in range(directions):
            k = layer * directions + direction
            own = [next(weights) for _ in range(2 + 2 * lstm.bias + (lstm.proj_size > 0))]
            found, h, c = _direction(lstm, own, x, h0[k], c0[k], goes_on, direction == 1)
            gates.append(found)
            outs.append(found.out)
            h_n.append(h)
            c_n.append(c)
        x = torch.cat(outs, -1)
        if layer + 1 < lstm.num_layers and lstm.dropout > 0 and lstm.training:
            x = torch.dropout(x, lstm.dropout, True)
    ends = torch.stack(h_n), torch.stack(c_n)

    def shown(array: Tensor) -> Tensor:
        if not batched:
            return array.squeeze(1)
        return array.transpose(0, 1) if lstm.batch_first else array

    every = [GateTensors(*map(shown, vars(one).values())) for one in gates]
    if packed is not None:
        assert lengths is not None
        order = packed.sorted_indices
        if order is not None:  # which may have broken ties otherwise than torch's sorting does
            x, lengths = x.index_select(1, order), lengths.index_select(0, order.cpu())
        again = pack_padded_sequence(x, lengths, enforce_sorted=True)
        return (
            PackedSequence(again.data, packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices),
            ends,
            every,
        )
    if not batched:
        return x.squeeze(1), (ends[0].squeeze(1), ends[1].squeeze(1)), every
    return shown(x), ends, every


def _direction(
    lstm: nn.LSTM,
    weights: list[Tensor],
    x: Tensor,
    h: Tensor,
    c: Tensor,
    goes_on: Tensor | None,
    reverse: bool,
) -> tuple[GateTensors, Tensor, Tensor]:
    """Work one direction, time-major; rows that have ended keep their out and state."""
    W, U = weights[:2]
    of_x = x @ W.T
    if lstm.bias:
        of_x = of_x + weights[2] + weights[3]
    R = weights[-1] if lstm.proj_size else None
    steps: list[tuple[Tensor, ...]] = []
    order = range(len(x) - 1, -1, -1) if reverse else range(len(x))
    for t in order:
        i, f, a, o = (of_x[t] + h @ U.T).chunk(4, -1)
        i, f, a, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(a), torch.sigmoid(o)  # F1-F4
        state = a * i + f * c  # F5
        out = torch.tanh(state) * o  # F6
        out = out if R is None else out @ R.T
        found = (a, i, f, o, state, out)
        if goes_on is not None:
            here = goes_on[t, :, None]
            found = tuple(torch.where(here, one, torch.zeros_like(one)) for one in found)
            state, out = torch.where(here, state, c), torch.where(here, out, h)
        steps.append(found)
        h, c = out, state
    series = [torch.stack(each[::-1] if reverse else each) for each in zip(*steps, strict=True)]
    return GateTensors(*series), h, c
