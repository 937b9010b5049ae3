"""Gate orders of the peers: rows there and back, as `gatewise.cells.gate_orders` has them."""

from __future__ import annotations

import numpy as np

from gatewise.cells.gate_orders import from_library, to_library
from peers import Array

ORDERS = ("torch", "keras", "onnx")


def to(order: str, rows: Array) -> Array:
    """Reorder (4H, ...) from this project's gate order to another's."""
    return np.ascontiguousarray(to_library(order, rows))


def back(order: str, rows: Array) -> Array:
    """Reorder (4H, ...) from another's gate order to this project's."""
    return np.ascontiguousarray(from_library(order, rows))
