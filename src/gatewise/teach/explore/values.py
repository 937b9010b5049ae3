"""Numbers in a page: lists where they are few, base64 of float64 where they are many."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

FEW = 200  # numbers; more of them are shorter as base64 than as text


def packed(values: ArrayLike) -> Any:
    """Return numbers as JSON holds them: nested lists with None for NaN, or {"f64": base64, "shape": …}.

    The base64 is of little-endian float64, row by row.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.size > FEW:
        data = base64.b64encode(array.astype("<f8").tobytes()).decode("ascii")
        return {"f64": data, "shape": list(array.shape)}
    plain = array.astype(object)
    plain[np.isnan(array)] = None
    return plain.tolist()
