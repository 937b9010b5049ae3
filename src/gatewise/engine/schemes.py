"""How parameters are drawn, by the names that `Params.init` has for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from gatewise.cells.cell import Cell
from gatewise.support.arrays import FloatArray

Shapes = Mapping[str, tuple[int, ...]]


def _uniform(rng: np.random.Generator, _cell: Cell, shapes: Shapes, H: int) -> dict[str, FloatArray]:
    """Draw each entry uniform in ±1/√H."""
    limit = 1 / np.sqrt(H)
    return {name: rng.uniform(-limit, limit, shape) for name, shape in shapes.items()}


def _glorot(rng: np.random.Generator, cell: Cell, shapes: Shapes, _H: int) -> dict[str, FloatArray]:
    """Draw what meets x uniform in ±√(6/(D+H)), what meets out orthogonal by gate; vectors are zero."""
    drawn: dict[str, FloatArray] = {}
    for name, shape in shapes.items():
        letters = cell.parameters[name]
        gates = max(len(cell.parts_of(name)), 1)
        if len(shape) == 1:
            drawn[name] = np.zeros(shape)
        elif letters[0].endswith("H") and letters[1] in ("H", "Q"):
            drawn[name] = np.concatenate(
                [_orthogonal(rng, shape[0] // gates, shape[1]) for _ in range(gates)]
            )
        else:
            limit = np.sqrt(6 / (shape[1] + shape[0] // gates))
            drawn[name] = rng.uniform(-limit, limit, shape)
    return drawn


def _orthogonal(rng: np.random.Generator, rows: int, columns: int) -> FloatArray:
    """Draw an orthogonal matrix, uniformly distributed thanks to the signs (Mezzadri 2007).

    With fewer rows than columns, or the other way round, the shorter ones are orthonormal.
    """
    if rows < columns:
        return _orthogonal(rng, columns, rows).T
    q, r = np.linalg.qr(rng.standard_normal((rows, columns)))
    return q * np.sign(np.diag(r))


Scheme = Callable[[np.random.Generator, Cell, Shapes, int], dict[str, FloatArray]]
SCHEMES: dict[str, Scheme] = {"uniform": _uniform, "glorot": _glorot}
