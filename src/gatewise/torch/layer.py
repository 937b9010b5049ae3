"""`LSTM`: torch.nn.LSTM by the compiled engine, and torch's own where that cannot run."""

from __future__ import annotations

import copy
from collections import Counter
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple

import torch
from torch import Tensor, fx, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from gatewise.compiled import missing
from gatewise.torch import conditions
from gatewise.torch.equations import GateTensors, forward_gates
from gatewise.torch.function import run
from gatewise.torch.passes import LayerPlan, RefusedError, Steps
from gatewise.torch.records import Recording, recording_of

DTYPES = (torch.float32, torch.float64)
ALL = Steps()
MOST = 1 << 40  # no size that memory holds


class Calls(NamedTuple):
    """How many calls of `LSTM` the engine ran since the process began, and how many torch did.

    Attributes
    ----------
    native, fallback : int
    reasons : dict
        Why torch ran, and how often.
    """

    native: int
    fallback: int
    reasons: dict[str, int]


_native = 0
_reasons: Counter[str] = Counter()
_lock = Lock()


def calls() -> Calls:
    """Return how many calls ran natively, and how many fell back to torch, with the reasons."""
    with _lock:
        return Calls(_native, sum(_reasons.values()), dict(_reasons))


def _count(reason: str | None) -> None:
    global _native
    with _lock:
        if reason is None:
            _native += 1
        else:
            _reasons[reason] += 1


class LSTM(nn.LSTM):
    """torch.nn.LSTM, run by gatewise on the CPU.

    Options, parameters, state_dict, results and errors are those of torch.nn.LSTM, of which it is a subclass
    without state of its own. What the engine cannot run (another device or dtype, autocast, torch.compile,
    export, scripting, torch.func, tensor subclasses) torch runs; `gatewise.torch.calls()` counts both.
    Threads are torch's: `torch.set_num_threads`. Bits do not depend on them.

    Notes
    -----
    Equations F1-F6, B1-B8 and G1-G3, with torch's order of gates and both of its biases (torch documentation,
    torch.nn.LSTM). A gradient of a gradient is worked by torch's operations.
    """

    def forward(
        self,
        input: Tensor | PackedSequence,
        hx: tuple[Tensor, Tensor] | None = None,
        lengths: Tensor | None = None,
    ) -> tuple[Any, tuple[Tensor, Tensor]]:
        """Run the layers.

        Parameters
        ----------
        input : Tensor (T, N, D), with batch_first (N, T, D), unbatched (T, D), or PackedSequence
        hx : tuple of two tensors, optional
            h_0 (num_layers · directions, N, Q) and c_0 (num_layers · directions, N, H); zero by default.
        lengths : Tensor (N,) of int64, optional
            Beside a batched tensor, each sequence's own number of steps, 0 to T: past it out is 0, h_n and
            c_n are those of its last step, and the reverse direction begins there.

        Returns
        -------
        tuple
            output, (h_n, c_n), as torch.nn.LSTM returns them.

        Raises
        ------
        ValueError, RuntimeError, TypeError
            As torch.nn.LSTM, and a ValueError if lengths do not fit.
        """
        if torch.compiler.is_compiling():  # first of all, for the compiler reads this too
            return _by_torch(self, input, hx, lengths)
        if lengths is not None:
            lengths = _checked_lengths(self, input, lengths)
        reason = conditions.surroundings() or missing
        if reason is None:
            call = _call(self, input, hx, lengths)
            if isinstance(call, str):
                reason = call
            else:
                try:
                    result = _run(self, *call)
                except RefusedError:
                    reason = "the engine refused the sizes"
                else:
                    _count(None)
                    return result
        _count(reason)
        if isinstance(input, fx.Proxy):  # torch.fx keeps layers of torch.nn whole
            path = input.tracer.path_of_module(self)
            kept: tuple[Any, Any] = input.tracer.create_proxy("call_module", path, (input, hx), {})
            return kept
        return _by_torch(self, input, hx, lengths)

    def forward_gates(
        self,
        input: Tensor | PackedSequence,
        hx: tuple[Tensor, Tensor] | None = None,
        lengths: Tensor | None = None,
    ) -> tuple[Any, tuple[Tensor, Tensor], list[GateTensors]]:
        """Run the layers so that a loss may depend on the gates: a penalty on open forget gates, for one.

        By torch's operations, step by step, and so without the engine's speed. To look at gates alone,
        `gatewise.torch.trace` costs far less. Dropout draws other masks of packed sequences than `forward`.

        Parameters
        ----------
        input, hx, lengths
            As in `forward`.

        Returns
        -------
        tuple
            output and (h_n, c_n) as `forward` gives them, and a `GateTensors` for each layer and direction.

        Raises
        ------
        ValueError, RuntimeError
            As `forward`.

        Notes
        -----
        Equations F1-F6.
        """
        if lengths is not None:
            lengths = _checked_lengths(self, input, lengths)
        self._update_flat_weights()
        if isinstance(input, PackedSequence):
            self.check_input(input.data, input.batch_sizes)
            if hx is not None:
                self.check_forward_args(input.data, hx, input.batch_sizes)
        elif input.dim() not in (2, 3):
            raise ValueError(f"LSTM: Expected input to be 2D or 3D, got {input.dim()}D instead")
        else:
            batched = input.dim() == 3
            x = input if batched else input.unsqueeze(0 if self.batch_first else 1)
            self.check_input(x, None)
            if x.shape[1 if self.batch_first else 0] == 0:
                raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
            if hx is not None:
                start = hx if batched else (hx[0].unsqueeze(1), hx[1].unsqueeze(1))
                self.check_forward_args(x, start, None)
        return forward_gates(self, input, hx, lengths)

    def __prepare_scriptable__(self) -> nn.LSTM:
        """Give torch.jit.script the layer that it knows."""
        other = copy.copy(self)
        other.__class__ = nn.LSTM
        return other


def _current_weights(lstm: nn.LSTM) -> list[Any]:
    """Return the weights as they are now, each read once: a parametrization works at each reading."""
    own = lstm._parameters
    try:
        return [own[name] for name in lstm._flat_weights_names]
    except KeyError:  # parametrized, or no parameter of this module any more
        lstm._update_flat_weights()
        return list(lstm._flat_weights)


class _Call(NamedTuple):
    """A call that the engine can run."""

    x: Tensor
    start: tuple[Tensor, Tensor] | None
    weights: list[Tensor]
    layers: tuple[LayerPlan, ...]
    steps: Steps
    packed: PackedSequence | None
    batched: bool


def _call(lstm: nn.LSTM, given: Any, hx: Any, lengths: Tensor | None) -> _Call | str:
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
    layers, shapes = _plan(
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
    return _Call(x, start, weights, layers, steps, packed, batched)


@lru_cache(maxsize=1024)
def _plan(
    is_double: bool, N: int, T: int, D: int, H: int, Q: int,
    directions: int, bias: bool, projected: bool, time_first: bool, count: int,
) -> tuple[tuple[LayerPlan, ...], tuple[torch.Size, ...]]:  # fmt: skip
    """Return the layers of a call and the shapes of all weights: kept, for small problems would feel it."""
    first = LayerPlan(is_double, N, T, D, H, Q, directions, bias, projected, time_first)
    above = LayerPlan(is_double, N, T, directions * Q, H, Q, directions, bias, projected, True)
    shapes: list[tuple[int, ...]] = []
    for layer in range(count):
        one: list[tuple[int, ...]] = [(4 * H, D if layer == 0 else directions * Q), (4 * H, Q)]
        if bias:
            one += [(4 * H,), (4 * H,)]
        if projected:
            one.append((Q, H))
        shapes += one * directions
    return (first, *(above for _ in range(count - 1))), tuple(map(torch.Size, shapes))


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


def _run(
    lstm: nn.LSTM,
    x: Tensor,
    start: tuple[Tensor, Tensor] | None,
    weights: list[Tensor],
    layers: tuple[LayerPlan, ...],
    steps: Steps,
    packed: PackedSequence | None,
    batched: bool,
) -> tuple[Any, tuple[Tensor, Tensor]]:
    """Run the layers one after the other, with torch's dropout between them."""
    recording: Recording | None = recording_of(lstm)
    records = None if recording is None else recording.begin(lstm, layers, steps, packed, batched)
    ends: list[tuple[Tensor, Tensor]] = []
    threads = torch.get_num_threads()
    last = len(layers) - 1
    for k, layer in enumerate(layers):
        count = layer.directions * layer.each
        here = start
        if start is not None and last > 0:
            first = k * layer.directions
            here = (
                start[0].narrow(0, first, layer.directions),
                start[1].narrow(0, first, layer.directions),
            )
        x, h_n, c_n = run(
            layer,
            steps,
            threads,
            x,
            here,
            tuple(weights[k * count : (k + 1) * count]),
            None if records is None else records[k],
        )
        if records is not None:
            records[k].out = x.detach()
            records[k].version = None if x.is_inference() else x._version
        ends.append((h_n, c_n))
        if k < last and lstm.dropout > 0 and lstm.training:
            x = torch.dropout(x, lstm.dropout, True)
    if recording is not None and records is not None:
        recording.finish(lstm, records)
    h_n, c_n = ends[0] if last == 0 else (torch.cat(parts) for parts in zip(*ends, strict=True))
    if packed is not None:
        back = packed.unsorted_indices
        if back is not None:
            h_n, c_n = h_n.index_select(1, back), c_n.index_select(1, back)
        return PackedSequence(x, packed.batch_sizes, packed.sorted_indices, back), (h_n, c_n)
    if not batched:
        return x.squeeze(1), (h_n.squeeze(1), c_n.squeeze(1))
    return x.transpose(0, 1) if lstm.batch_first else x, (h_n, c_n)


def _checked_lengths(lstm: nn.LSTM, given: Any, lengths: Any) -> Tensor:
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


def _by_torch(
    lstm: nn.LSTM, given: Any, hx: Any, lengths: Tensor | None
) -> tuple[Any, tuple[Tensor, Tensor]]:
    """Run torch's own forward; with lengths, on the packed sequences of at least one step."""
    if lengths is None:
        if isinstance(given, PackedSequence) and isinstance(hx, tuple) and len(hx) == 2:
            # torch 2.13 looks at the sizes of hx beside a batch alone, and then reads past its end.
            lstm.check_forward_args(given.data, hx, given.batch_sizes)
        result: tuple[Any, tuple[Tensor, Tensor]] = nn.LSTM.forward(lstm, given, hx)
        return result
    lstm.check_input(given, None)
    if hx is not None:
        lstm.check_forward_args(given, hx, None)
    x = given if lstm.batch_first else given.transpose(0, 1)
    there = (lengths > 0).nonzero().squeeze(1).to(x.device)
    count = lstm.num_layers * (2 if lstm.bidirectional else 1)
    Q = lstm.proj_size or lstm.hidden_size
    if hx is None:
        hx = (x.new_zeros(count, len(x), Q), x.new_zeros(count, len(x), lstm.hidden_size))
    out = x.new_zeros(len(x), x.shape[1], Q * (2 if lstm.bidirectional else 1))
    h_n, c_n = hx
    if len(there):
        packed = pack_padded_sequence(
            x.index_select(0, there),
            lengths.index_select(0, there.cpu()),
            batch_first=True,
            enforce_sorted=False,
        )
        start = tuple(part.index_select(1, there) for part in hx)
        found, (h, c) = nn.LSTM.forward(lstm, packed, start)
        padded, _ = pad_packed_sequence(found, batch_first=True, total_length=x.shape[1])
        out = out.to(padded.dtype).index_copy(0, there, padded)
        h_n, c_n = h_n.to(h.dtype).index_copy(1, there, h), c_n.to(c.dtype).index_copy(1, there, c)
    return (out if lstm.batch_first else out.transpose(0, 1)), (h_n, c_n)
