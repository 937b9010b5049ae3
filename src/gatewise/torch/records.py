"""What an LSTM did while it was traced: its gates, and their gradients after the backward pass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from gatewise.cells.known.lstm import GATES
from gatewise.errors import ArgumentError, NotKeptError
from gatewise.torch import passes
from gatewise.torch.plan import PLACES, SAVED, LayerPlan, Steps


class LayerRecord:
    """What a layer saved for its directions, and what its backward pass found."""

    def __init__(
        self, layer: LayerPlan, steps: Steps, packed: PackedSequence | None, batch_first: bool, batched: bool
    ) -> None:
        self.layer = layer
        self.steps = steps
        self.packed = packed
        self.batch_first = batch_first
        self.batched = batched
        self.saved: tuple[Tensor, ...] = ()
        self.kept: list[dict[str, Tensor]] | None = None
        self.out: Tensor  # set when the call has ended
        self.version: int | None = None

    def shown(self, array: Tensor) -> Tensor:
        """Return a series as the model's own output lies: batch first or not, padded where it was packed."""
        if self.packed is not None:
            batch_sizes, order, back = (
                self.packed.batch_sizes,
                self.packed.sorted_indices,
                self.packed.unsorted_indices,
            )
            padded, _ = pad_packed_sequence(
                PackedSequence(array, batch_sizes, order, back), batch_first=self.batch_first
            )
            return padded
        if not self.batched:
            return array.squeeze(1)
        return array.transpose(0, 1) if self.batch_first else array


class LayerGates:
    """One direction of one layer in one call: its gates and states, and after backward their gradients.

    Attributes
    ----------
    a, i, f, o, state, out : Tensor (T, N, H), with batch_first (N, T, H), unbatched (T, H)
        As the cell's own letters name them: torch calls a "g" and state "c". Of packed sequences they are
        padded with 0. out is (…, Q) where it is projected.
    d_a, d_i, d_f, d_o : Tensor, likewise
        The loss's gradients by the gates before their activations, equations B3-B6; of several backward
        passes the last one's.
    d_state, d_out, delta_out : Tensor, likewise
        Equations B2, B1 and B8; delta_out is what reaches out from the step after.
    layer : int
        From 0 on.
    direction : int
        0 forward, 1 in reverse.

    Raises
    ------
    NotKeptError
        From a gradient that is read before the model's backward pass.
    """

    def __init__(self, record: LayerRecord, layer: int, direction: int) -> None:
        self._record = record
        self.layer = layer
        self.direction = direction

    def __getattr__(self, name: str) -> Tensor:
        """Return a gate, a state or a gradient: unpacked when it is first read."""
        record: LayerRecord | None = self.__dict__.get("_record")
        if record is None:  # a copy that is half made
            raise AttributeError(name)
        if name in SAVED:
            found = passes.unpacked(
                record.layer, record.steps, record.saved[self.direction], self.direction == 1, name
            )
        elif name == "out":
            if record.version is not None and record.out._version != record.version:
                raise NotKeptError(
                    "The layer's output was changed in place since; its out is no longer there."
                )
            Q = record.layer.sizes[5]
            found = record.out[..., self.direction * Q : (self.direction + 1) * Q]
        elif name.startswith("d_") and name[2:] in GATES:
            H = record.layer.sizes[4]
            first = PLACES[GATES.index(name[2:])] * H
            found = self._gradient("d_gates")[..., first : first + H]
        elif name in ("d_state", "d_out", "delta_out"):
            found = self._gradient(name)
        else:
            raise AttributeError(f"{name!r}: a direction has {', '.join(self.__dir__())}")
        shown = record.shown(found)
        if name in SAVED:  # not gradients, which another backward pass replaces
            self.__dict__[name] = shown
        return shown

    def _gradient(self, name: str) -> Tensor:
        kept = self._record.kept
        if kept is None:
            raise NotKeptError(
                "There are no gradients of the gates yet: call backward() on a loss of the model's output "
                "while trace() is active or after it."
            )
        return kept[self.direction][name]

    def __dir__(self) -> list[str]:
        """Return what can be read."""
        gradients = [*(f"d_{gate}" for gate in GATES), "d_state", "d_out", "delta_out"]
        return [*SAVED, "out", *gradients, "layer", "direction"]

    def __reduce__(self) -> Any:
        """Refuse: what stands behind it belongs to a running model."""
        raise TypeError(
            "LayerGates are of a running model; copy the tensors that are wanted, gates.f.clone()."
        )

    def __repr__(self) -> str:
        _, N, T, _, H, _ = self._record.layer.sizes[:6]
        way = ("forward", "reverse")[self.direction]
        after = "with gradients" if self._record.kept is not None else "without gradients yet"
        return f"LayerGates(layer={self.layer}, {way}, N={N}, T={T}, H={H}, {after})"


class Recording:
    """What the LSTMs of a model did, a list of calls for each by its name in the model.

    `recording[name]` is the last call's list of `LayerGates`: layer by layer, the forward direction before
    the reverse. `recording.calls[name]` has all calls. Iterating gives names and last calls.
    """

    def __init__(self, names: dict[int, str]) -> None:
        self._names = names
        self.calls: dict[str, list[list[LayerGates]]] = {name: [] for name in names.values()}

    def begin(
        self,
        lstm: nn.LSTM,
        layers: tuple[LayerPlan, ...],
        steps: Steps,
        packed: PackedSequence | None,
        batched: bool,
    ) -> list[LayerRecord]:
        """Return a record for each layer of a call that begins."""
        return [LayerRecord(layer, steps, packed, lstm.batch_first, batched) for layer in layers]

    def finish(self, lstm: nn.LSTM, records: list[LayerRecord]) -> None:
        """Take the records of a call that ended: not one that was refused, or that a checkpoint cut short."""
        gates = [
            LayerGates(record, k, direction)
            for k, record in enumerate(records)
            for direction in range(record.layer.directions)
        ]
        self.calls[self._names[id(lstm)]].append(gates)

    def __getitem__(self, name: str) -> list[LayerGates]:
        if name not in self.calls:
            raise ArgumentError(
                f"The model has no LSTM {name!r}; it has: {', '.join(map(repr, self.calls))}."
            )
        if not self.calls[name]:
            raise NotKeptError(f"The LSTM {name!r} was not called natively while trace() was active.")
        return self.calls[name][-1]

    def __iter__(self) -> Iterator[tuple[str, list[LayerGates]]]:
        return ((name, gates[-1]) for name, gates in self.calls.items() if gates)

    def __len__(self) -> int:
        return sum(1 for gates in self.calls.values() if gates)

    def __repr__(self) -> str:
        parts = (f"{name!r}: {len(gates)}" for name, gates in self.calls.items())
        return f"Recording(calls: {', '.join(parts)})"


ACTIVE: WeakKeyDictionary[nn.Module, Recording] = WeakKeyDictionary()


def recording_of(lstm: nn.LSTM) -> Recording | None:
    """Return the recording that this layer is part of just now."""
    return ACTIVE.get(lstm) if ACTIVE else None
