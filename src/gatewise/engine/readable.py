"""The readable engine behind the same two functions: single sequences and reverse passes made plain ones.

It goes through the steps in one order alone: of a pass in reverse it is given them turned round, and what it
found is put back into the order of time. The compiled engine finds the steps by itself.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from gatewise.cells.known.table import LSTM
from gatewise.engine import any_cell, reference
from gatewise.engine.grads import Grads
from gatewise.engine.params import Params
from gatewise.engine.trace import State, Trace
from gatewise.support.arrays import FloatArray, IntArray


def reverse_in_time(series: FloatArray, lengths: IntArray) -> FloatArray:
    """Reverse the steps of each sequence in `series`, (N, T, ·) or (T, ·); a second time undoes it.

    The steps past a sequence's length stay where they are.
    """
    t = np.arange(series.shape[-2])
    ends = lengths[..., np.newaxis]
    step: IntArray = np.where(t < ends, ends - 1 - t, t)
    return np.take_along_axis(series, step[..., np.newaxis], axis=-2)


def reversed_trace(trace: Trace) -> Trace:
    """Return a trace of plain arrays with its steps in the other order."""
    arrays = {
        name: reverse_in_time(trace[name], trace.lengths)
        if trace[name].ndim == trace.out.ndim
        else trace[name]
        for name in trace
    }
    return type(trace)(
        arrays, last=trace.last, lengths=trace.lengths, engine=trace.engine, reverse=not trace.reverse
    )


def reversed_grads(grads: Grads, parameters: Collection[str], trace: Trace) -> Grads:
    """Return gradients of plain arrays with their steps in the other order, of `trace`'s lengths."""
    whole = {f"d_{name}" for name in parameters}
    arrays = {
        name: reverse_in_time(grads[name], trace.lengths)
        if name not in whole and grads[name].ndim == trace.out.ndim
        else grads[name]
        for name in grads
    }
    return type(grads)(arrays)


class Readable:
    """The readable engine, which sees batches only, and steps in one order."""

    def forward(
        self,
        params: Params,
        x: FloatArray,
        state: Any,
        lengths: IntArray,
        threads: int | None,
        trace: bool,
        reverse: bool,
    ) -> Trace:
        """Run as `gatewise.forward`; threads are NumPy's own."""
        given = reverse_in_time(x, lengths) if reverse else x
        made = self._forward(params, given, state, lengths, trace)
        return reversed_trace(made) if reverse else made

    def _forward(self, params: Params, x: FloatArray, state: Any, lengths: IntArray, trace: bool) -> Trace:
        if params.cell is not LSTM:
            return any_cell.forward(params, x, state, lengths, trace=trace)
        if x.ndim == 3:
            return reference.forward(params, x, state, lengths, trace)
        one = State(state.out[np.newaxis], state.state[np.newaxis])
        return reference.forward(params, x[np.newaxis], one, lengths[np.newaxis], trace).unbatched()

    def backward(
        self,
        params: Params,
        trace: Trace,
        delta: FloatArray,
        d_last: Any,
        threads: int | None,
        inputs: bool,
        keep: bool,
    ) -> Grads:
        """Run as `gatewise.backward`; threads are NumPy's own."""
        if not trace.reverse:
            return self._backward(params, trace, delta, d_last, inputs, keep)
        delta = reverse_in_time(delta, trace.lengths)
        made = self._backward(params, reversed_trace(trace), delta, d_last, inputs, keep)
        return reversed_grads(made, params.arrays, trace)

    def _backward(
        self, params: Params, trace: Trace, delta: FloatArray, d_last: Any, inputs: bool, keep: bool
    ) -> Grads:
        if params.cell is not LSTM:
            return any_cell.backward(params, trace, delta, d_last, inputs=inputs, keep=keep)
        if trace.is_batch:
            return reference.backward(params, trace, delta, d_last, keep, inputs)
        one = State(d_last.out[np.newaxis], d_last.state[np.newaxis])
        grads = reference.backward(params, trace.batched(), delta[np.newaxis], one, keep, inputs)
        return grads.unbatched()
