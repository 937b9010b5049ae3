"""The linear head, y = W·z + b for every row z, forward and backward.

A row's bits depend neither on the rows beside it nor on the number of threads.
"""

from __future__ import annotations

from typing import NamedTuple

from gatewise.arrays import FloatArray


class HeadGrads(NamedTuple):
    """d_z like z, d_W (P, F), d_b (P,)."""

    d_z: FloatArray
    d_W: FloatArray
    d_b: FloatArray


def forward(W: FloatArray, b: FloatArray, z: FloatArray, engine: str, threads: int | None) -> FloatArray:
    """Return y (…, P) of z (…, F)."""
    y: FloatArray = z @ W.T + b
    return y


def backward(W: FloatArray, z: FloatArray, d_y: FloatArray, engine: str, threads: int | None) -> HeadGrads:
    """Return δz = Wᵀ·δy, δW = Σ δy ⊗ z and δb = Σ δy, summed over all rows, from d_y (…, P)."""
    rows, d_rows = z.reshape(-1, W.shape[1]), d_y.reshape(-1, W.shape[0])
    return HeadGrads(d_y @ W, d_rows.T @ rows, d_rows.sum(axis=0))
