"""The linear head, y = W·z + b for every row z, forward and backward.

With the compiled engine a row's bits depend neither on the rows beside it nor on the number of threads.
"""

from __future__ import annotations

import numpy as np

from gatewise.compiled import core as _core
from gatewise.engine.native import Native, most_threads
from gatewise.engine.passes import ENGINES, accepted
from gatewise.support.arrays import FloatArray


def forward(W: FloatArray, b: FloatArray, z: FloatArray, engine: str, threads: int | None) -> FloatArray:
    """Return y (…, P) of z (…, F)."""
    run = ENGINES[engine]
    if isinstance(run, Native):
        return accepted(
            _core.head_forward(W, b, np.ascontiguousarray(z), most_threads(threads), run.instruction_set)
        )
    with np.errstate(all="ignore"):  # NaN and infinity show in the result, not as warnings
        y: FloatArray = z @ W.T + b
    return y


def backward(
    W: FloatArray, z: FloatArray, d_y: FloatArray, engine: str, threads: int | None
) -> tuple[FloatArray, FloatArray]:
    """Return δz (…, F), and in one vector δW and δb, summed over all rows: z (…, F), d_y (…, P).

    δz = Wᵀ·δy, δW = Σ δy ⊗ z, δb = Σ δy.
    """
    run = ENGINES[engine]
    if isinstance(run, Native):
        z, d_y = np.ascontiguousarray(z), np.ascontiguousarray(d_y)
        d_z, d_parameters = accepted(
            _core.head_backward(W, z, d_y, most_threads(threads), run.instruction_set)
        )
        return d_z, d_parameters
    rows, d_rows = z.reshape(-1, W.shape[1]), d_y.reshape(-1, W.shape[0])
    with np.errstate(all="ignore"):
        return d_y @ W, np.concatenate([(d_rows.T @ rows).ravel(), d_rows.sum(axis=0)])
