"""Sequences with their steps in reverse, as the second direction of a bidirectional layer reads them."""

from __future__ import annotations

import numpy as np

from gatewise.support.arrays import FloatArray, IntArray


def reverse_in_time(series: FloatArray, lengths: IntArray | None) -> FloatArray:
    """Reverse the steps of each sequence in `series`, (N, T, ·) or (T, ·); a second time undoes it.

    The steps past a sequence's length stay where they are. A view where there are no lengths.
    """
    if lengths is None:
        return series[..., ::-1, :]
    t = np.arange(series.shape[-2])
    ends = lengths[..., np.newaxis]
    step: IntArray = np.where(t < ends, ends - 1 - t, t)
    return np.take_along_axis(series, step[..., np.newaxis], axis=-2)
