"""Losses: each takes out and label and returns the loss and Δ, its gradient with respect to each out_t.

A loss is one function and one row of `LOSSES`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gatewise.arrays import FloatArray, as_array, own_dtype


def l2(out: ArrayLike, label: ArrayLike) -> tuple[Any, FloatArray]:
    """Compute half the squared error, summed over units, steps and batch.

    Parameters
    ----------
    out : array, any shape, usually (N, T, H)
    label : array of the same shape
        NaN where there is no label: nothing is added to the loss there, and Δ is 0.

    Returns
    -------
    loss : scalar of out's dtype
    delta : array like out

    Raises
    ------
    ShapeError, DtypeError
        If label has another shape or precision than out.

    Notes
    -----
    Equations L1, ½ Σ (out - label)², and B0, Δ = out - label. For complex out the square is out², not |out|²,
    so that the loss stays analytic.
    """
    out = as_array("out", out, own_dtype("out", out) or np.float64)
    label = as_array("label", label, out.dtype, out.shape)
    delta = np.where(np.isnan(label), 0, out - label)  # B0
    loss = (delta**2).sum() / 2  # L1
    return loss, delta


LOSSES = {"l2": l2}
