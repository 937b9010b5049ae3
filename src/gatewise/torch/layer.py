"""`LSTM`: torch.nn.LSTM by the compiled engine, and torch's own where that cannot run."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn.utils.rnn import PackedSequence

from gatewise.compiled import missing
from gatewise.torch import conditions
from gatewise.torch.arguments import NativeCall, checked_lengths, read_call
from gatewise.torch.compiling import run_compiled
from gatewise.torch.equations import GateTensors, forward_gates
from gatewise.torch.function import as_returned, joined, run, with_lengths
from gatewise.torch.plan import RefusedError
from gatewise.torch.records import Recording, recording_of


class LSTM(nn.LSTM):
    """torch.nn.LSTM, run by gatewise on the CPU.

    Options, parameters, state_dict, results and errors are those of torch.nn.LSTM, of which it is a subclass
    without state of its own. What the engine cannot run (another device or dtype, autocast, export,
    scripting, torch.func, tensor subclasses) torch runs; `gatewise.torch.calls()` counts both.
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
            if lengths is not None:
                return by_torch(self, input, hx, checked_lengths(self, input, lengths))
            whole = run_compiled(self, input, hx)
            return by_torch(self, input, hx, None) if whole is None else whole
        # Where the compiler has broken its graph, it would compile what is called next.
        if conditions.compiler_listens():
            result: tuple[Any, tuple[Tensor, Tensor]] = _unheard()(self, input, hx, lengths)
            return result
        return self._eagerly(input, hx, lengths)

    def _eagerly(self, input: Any, hx: Any, lengths: Any) -> tuple[Any, tuple[Tensor, Tensor]]:
        if lengths is not None:
            lengths = checked_lengths(self, input, lengths)
        reason = conditions.surroundings() or missing
        if reason is None:
            call = read_call(self, input, hx, lengths)
            if isinstance(call, str):
                reason = call
            else:
                try:
                    result = _run(self, call)
                except RefusedError:
                    reason = "the engine refused the sizes"
                else:
                    conditions.count(None)
                    return result
        conditions.count(reason)
        if isinstance(input, fx.Proxy):  # torch.fx keeps layers of torch.nn whole
            path = input.tracer.path_of_module(self)
            kept: tuple[Any, Any] = input.tracer.create_proxy("call_module", path, (input, hx), {})
            return kept
        return by_torch(self, input, hx, lengths)

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
            lengths = checked_lengths(self, input, lengths)
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


@cache
def _unheard() -> Any:
    """Return what runs a layer with torch.compile looking away: made late, for the compiler loads slowly."""
    return torch.compiler.disable(LSTM._eagerly)


def _run(lstm: nn.LSTM, call: NativeCall) -> tuple[Any, tuple[Tensor, Tensor]]:
    """Run the layers one after the other, with torch's dropout between them."""
    x, start, weights, layers, steps, packed, batched = call
    recording: Recording | None = recording_of(lstm)
    records = None if recording is None else recording.begin(lstm, layers, steps, packed, batched)
    ends: list[tuple[Tensor, Tensor]] = []
    threads = torch.get_num_threads()
    last = len(layers) - 1
    for k, layer in enumerate(layers):
        each = layer.directions * layer.each
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
            tuple(weights[k * each : (k + 1) * each]),
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
    if packed is None:
        return as_returned(x, ends, batched, lstm.batch_first)
    h_n, c_n = joined(ends)
    back = packed.unsorted_indices
    if back is not None:
        h_n, c_n = h_n.index_select(1, back), c_n.index_select(1, back)
    return PackedSequence(x, packed.batch_sizes, packed.sorted_indices, back), (h_n, c_n)


def by_torch(lstm: nn.LSTM, given: Any, hx: Any, lengths: Tensor | None) -> tuple[Any, tuple[Tensor, Tensor]]:
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
    directions = 2 if lstm.bidirectional else 1
    Q = lstm.proj_size or lstm.hidden_size
    if hx is None:
        first = lstm.num_layers * directions
        hx = (x.new_zeros(first, len(x), Q), x.new_zeros(first, len(x), lstm.hidden_size))
    out, ends = with_lengths(
        lambda packed, start: nn.LSTM.forward(lstm, packed, start), x, lengths, hx, Q * directions
    )
    return (out if lstm.batch_first else out.transpose(0, 1)), ends
