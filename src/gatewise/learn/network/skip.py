"""The head's way past the layers: the last rows of x that it reads directly, and their gradient.

A linear autoregression beside the LSTM, as the highway of LSTNet (Lai, Chang, Yang and Liu 2018).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.support.arrays import FloatArray, IntArray


def last_rows(x: FloatArray, ends: IntArray | None, skip: int) -> FloatArray:
    """Return the last `skip` rows of each sequence of x (…, T, D), the oldest first: (…, skip·D).

    Rows before the first are 0.
    """
    steps, there = _places(x.shape, ends, skip)
    rows = np.where(there, np.take_along_axis(x, steps, axis=-2), 0)
    return rows.reshape(*x.shape[:-2], skip * x.shape[-1])


def add_to_rows(d_x: FloatArray, d_rows: FloatArray, ends: IntArray | None, skip: int) -> FloatArray:
    """Return δx with what reaches `last_rows` added to the rows that they are."""
    steps, there = _places(d_x.shape, ends, skip)
    d_rows = np.where(there, d_rows.reshape(*d_x.shape[:-2], skip, d_x.shape[-1]), 0)
    total, batch = d_x.copy(), np.indices(d_x.shape[:-2])[..., np.newaxis]
    np.add.at(total, (*batch, steps[..., 0]), d_rows)
    return total


def _places(shape: tuple[int, ...], ends: IntArray | None, skip: int) -> tuple[IntArray, NDArray[np.bool_]]:
    """Return the steps of the rows (…, skip, 1), 0 for those before the first; and whether they are there."""
    last: Any = np.full(shape[:-2], shape[-2]) if ends is None else ends
    steps = (last[..., np.newaxis] + np.arange(-skip, 0))[..., np.newaxis]
    return np.maximum(steps, 0), steps >= 0
