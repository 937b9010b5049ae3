"""A page's data made small: many numbers as base64, and what stands in it several times written once.

The mistakes of an equation are formulas that differ in a term, and the sentences about them recur; written
out, they are more than half of the data. web/src/core/unpack.ts is the way back on the page, `unpacked` that
in Python.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

FEW = 200  # numbers; more of them are shorter as base64 than as text
WORTH = 9  # characters: what is shorter is written again, for a reference to it is as long
REFERENCE = "$"


def packed_numbers(values: ArrayLike) -> Any:
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


def packed(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return {"data": ..., "repeated": [...]}: in both, {"$": k} stands for the k-th of what is repeated."""
    counts = _counted(data, Counter())
    places: dict[str, int] = {}
    repeated: list[Any] = []

    def short(value: Any) -> Any:
        written = _written(value) if isinstance(value, (list, tuple, dict, str)) else ""
        if len(written) <= WORTH or counts[written] < 2:
            return inside(value)
        if written not in places:
            made = inside(value)  # before its own place is taken, so that what it refers to stands before it
            places[written] = len(repeated)
            repeated.append(made)
        return {REFERENCE: places[written]}

    def inside(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [short(each) for each in value]
        if isinstance(value, dict):
            return {key: short(each) for key, each in value.items()}
        return value

    return {"data": inside(dict(data)), "repeated": repeated}


def unpacked(page: Mapping[str, Any]) -> Any:
    """Return the data that `packed` was given."""
    known: list[Any] = []

    def whole(value: Any) -> Any:
        if isinstance(value, list):
            return [whole(each) for each in value]
        if isinstance(value, dict):
            if list(value) == [REFERENCE]:
                return known[value[REFERENCE]]
            return {key: whole(each) for key, each in value.items()}
        return value

    for each in page["repeated"]:
        known.append(whole(each))  # noqa: PERF401  # each may refer to those before it
    return whole(page["data"])


def _counted(value: Any, counts: Counter[str]) -> Counter[str]:
    """Count the lists, tables and texts inside of data; what is inside of a repeated one counts once."""
    inner = value.values() if isinstance(value, Mapping) else value
    for each in inner:
        if isinstance(each, (list, tuple, dict, str)):
            counts[written := _written(each)] += 1
            if counts[written] == 1 and not isinstance(each, str):
                _counted(each, counts)
    return counts


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
