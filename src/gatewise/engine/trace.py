"""What the forward pass returns: every gate and state of every step, by name. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from gatewise.errors import ArgumentError, ShapeError
from gatewise.support.arrays import FloatArray, IntArray, NamedArrays
from gatewise.support.given import brief, listed
from gatewise.support.options import named_in
from gatewise.support.reprs import short_repr


class State(NamedTuple):
    """What one step hands to the next: out and state, (N, H) each; (H,) for a single sequence."""

    out: FloatArray
    state: FloatArray

    def __repr__(self) -> str:
        return short_repr(self, **self._asdict())


class TraceStep(NamedTuple):
    """One time step: x (N, D), all else (N, H). A single sequence has no N axis."""

    x: FloatArray
    out_prev: FloatArray
    state_prev: FloatArray
    a: FloatArray
    i: FloatArray
    f: FloatArray
    o: FloatArray
    state: FloatArray
    out: FloatArray

    def __repr__(self) -> str:
        return short_repr(self, **self._asdict())


class Trace(NamedArrays):
    """The forward pass, readable at every step.

    x (N, T, D); a, i, f, o, state, out (N, T, H); out0 and state0, the initial ones, (N, H).
    The shapes follow x: for a single sequence (T, D), no array has the N axis. Past a sequence's own length
    every array reads 0. A run with `trace=False` keeps only out. Nothing can be written to the arrays: copy
    what you change.

    Attributes
    ----------
    engine : str
        The engine that ran; `backward` uses the same one. A copy keeps it. Pickles, deep copies and what
        `batched` and `unbatched` make hold plain arrays, of no engine's own layout: they are traces of the
        reference engine.
    reverse : bool
        Whether the steps were read from each sequence's last to its first. The arrays are in the order of
        time all the same.
    """

    x: FloatArray
    a: FloatArray
    i: FloatArray
    f: FloatArray
    o: FloatArray
    state: FloatArray
    out: FloatArray
    out0: FloatArray
    state0: FloatArray

    _why_missing = "forward ran with trace=False, which keeps only out and last"

    def __init__(
        self,
        arrays: Mapping[str, FloatArray],
        *,
        last: State,
        lengths: IntArray,
        engine: str,
        reverse: bool = False,
    ) -> None:
        super().__init__(arrays)
        for array in (*arrays.values(), *last):
            array.flags.writeable = False
        self._last = last
        self._lengths = lengths
        self.engine = engine
        self.reverse = reverse

    def __reduce__(self) -> tuple[Any, ...]:
        """Make copies and pickles anew, so that nothing can be written to them either."""
        return made_trace, (dict(self._arrays), self.last, self.lengths, self.engine, self.reverse)

    @property
    def last(self) -> State:
        """Each sequence's own last out and state, the initial ones where its length is 0."""
        return self._last

    @property
    def last_out(self) -> FloatArray:
        """Each sequence's own last out (N, H)."""
        return self.last.out

    @property
    def lengths(self) -> IntArray:
        """The number of steps of each sequence (N,)."""
        return self._lengths

    @property
    def is_batch(self) -> bool:
        """Whether x was (N, T, D), not a single sequence (T, D)."""
        return self.out.ndim == 3

    @property
    def steps(self) -> int:
        """T, the number of time steps."""
        return int(self.out.shape[-2])

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of every array."""
        return self.out.dtype

    def at(self, t: int) -> TraceStep:
        """Return step `t`, with the out and state it started from: those of t-1, or t+1 if read in reverse.

        Raises
        ------
        ArgumentError
            If `t` is not in 0..T-1. It does not count from the end: out_{-1} is the initial out.
        NotKeptError
            If the run kept no trace.
        """
        t = self.step_number(t)
        now = {name: self[name][..., t, :] for name in ("x", "a", "i", "f", "o", "state", "out")}
        return TraceStep(**now, out_prev=self._start("out", t), state_prev=self._start("state", t))

    def start_of(self, name: str, t: int) -> FloatArray:
        """Return what step `t` started from, (N, H) or (H,): `name` of the step read before, or initial."""
        carried = [known[:-1] for known in self.names() if known.endswith("0")]
        if not named_in(name, carried):
            raise ArgumentError(f"{brief(name)} is not carried from step to step; {listed(carried)} are.")
        return self._start(name, self.step_number(t))

    def _start(self, name: str, t: int) -> FloatArray:
        all_steps, initial = self[name], self[f"{name}0"]
        if not self.reverse:
            return all_steps[..., t - 1, :] if t else initial
        if t == self.steps - 1:
            return initial
        is_own_last = np.expand_dims(self.lengths == t + 1, -1)
        start: FloatArray = np.where(is_own_last, initial, all_steps[..., t + 1, :])
        start.flags.writeable = False
        return start

    def step_number(self, t: int) -> int:
        """Read `t`, a step of this trace."""
        if not isinstance(t, (int, np.integer)):
            raise ArgumentError(f"t={brief(t)}; it must be a whole number, a step of this trace.")
        t = int(t)
        if not 0 <= t < self.steps:
            raise ArgumentError(f"t={t} is not a step of this trace; it has steps 0 to {self.steps - 1}.")
        return t

    def batched(self) -> Trace:
        """Return the same trace with an N axis in front of every array: itself, or a batch of one."""
        return self if self.is_batch else self._reshaped(np.s_[np.newaxis])

    def unbatched(self) -> Trace:
        """Return the single sequence of a batch of one, without the N axis; a single sequence as it is.

        Raises
        ------
        ShapeError
            If it is a batch of several.
        """
        if not self.is_batch:
            return self
        if len(self.out) != 1:
            raise ShapeError(
                f"the trace has {len(self.out)} sequences; only a batch of one can be unbatched."
            )
        return self._reshaped(np.s_[0])

    def _reshaped(self, index: Any) -> Trace:
        arrays = {name: self[name][index] for name in self}
        last = State(self.last.out[index], self.last.state[index])
        return Trace(arrays, last=last, lengths=self.lengths[index], engine="reference", reverse=self.reverse)

    def __repr__(self) -> str:
        sizes = " x ".join(str(size) for size in self.out.shape)
        return f"Trace(out {sizes}, {self.dtype}, engine {self.engine}, kept: {', '.join(self)})"


def made_trace(
    arrays: Mapping[str, FloatArray], last: State, lengths: IntArray, engine: str, reverse: bool = False
) -> Trace:
    """Make a trace of plain arrays: what copies and pickles call."""
    return Trace(arrays, last=last, lengths=lengths, engine=engine, reverse=reverse)
