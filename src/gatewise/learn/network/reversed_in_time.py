"""Each sequence from its own end: what the reverse direction reads, and how it is put back."""

from __future__ import annotations

import numpy as np

from gatewise.support.arrays import FloatArray, IntArray


def turned(series: FloatArray, lengths: IntArray | None) -> FloatArray:
    """Return `series` (N, T, ·) or (T, ·) with the steps of each sequence in reverse, its own inverse.

    The steps past a sequence's length are left where they are. A view where there are no lengths.
    """
    if lengths is None:
        return series[..., ::-1, :]
    t = np.arange(series.shape[-2])
    ends = lengths[..., np.newaxis]
    step: IntArray = np.where(t < ends, ends - 1 - t, t)
    return np.take_along_axis(series, step[..., np.newaxis], axis=-2)
