"""Passes that read the steps from each sequence's own last to its first, for the readable engine.

It goes through the steps in one order alone: it is given them in reverse, and what it found is put back into
the order of time. The compiled engine finds the steps by itself.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from gatewise.engine.grads import Grads
from gatewise.engine.trace import Trace
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
