"""Gate orders of other libraries: here the four gates' rows are a, i, f, o."""

from __future__ import annotations

import numpy as np

from peers import Array

OURS = "aifo"
ORDERS = {"torch": "ifao", "keras": "ifao", "onnx": "iofa"}  # the a of this project is their g or c


def to(order: str, rows: Array) -> Array:
    """Reorder (4H, ...) from this project's gate order to another's."""
    return _reorder(rows, OURS, ORDERS[order])


def back(order: str, rows: Array) -> Array:
    """Reorder (4H, ...) from another's gate order to this project's."""
    return _reorder(rows, ORDERS[order], OURS)


def _reorder(rows: Array, have: str, want: str) -> Array:
    parts = dict(zip(have, np.split(np.asarray(rows), 4), strict=True))
    return np.ascontiguousarray(np.concatenate([parts[gate] for gate in want]))
