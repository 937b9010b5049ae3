"""A small problem of any cell, with numbers that a person can work with: `gatewise work --cell gru`."""

from __future__ import annotations

import numpy as np

from gatewise.cells import Cell
from gatewise.engine.params import Params
from gatewise.engine.passes import backward, forward
from gatewise.engine.sizes import shapes_of
from gatewise.errors import GatewiseError
from gatewise.support.arrays import FloatArray
from gatewise.teach.problem.written import ProblemFileError

T, D = 2, 2
MOST_SEED = 2**63 - 1
MOST_DRAWN = 300  # problems looked at; the first with gradients that show is taken
SHOWS = 0.001  # a gradient of at least this has digits on a sheet of five decimals


def draw(cell: Cell, seed: int, steps: int = T, units: int = 1) -> tuple[Params, FloatArray, FloatArray]:
    """Draw parameters, x (steps, 2) and label (steps, units) for a cell; if it projects, two units to one.

    Numbers are drawn until every entry of every gradient shows on a sheet; if none of many do, those whose
    smallest is largest are taken, for some cells have gradients that are 0.

    Raises
    ------
    ProblemFileError
        If the cell's numbers are not finite, whatever is drawn.
    """
    projects = any("Q" in letters for letters in cell.parameters.values())
    sizes = (2, 1) if projects else (units, None)
    shapes = shapes_of(cell, D, *sizes)
    rng = np.random.default_rng(seed)
    best, found = -1.0, None
    for _ in range(MOST_DRAWN):
        params = Params.of({name: _numbers(rng, 0.1, 1.2, *shape) for name, shape in shapes.items()}, cell)
        x = _numbers(rng, 0.2, 2.0, steps, D, decimals=1)
        label = _numbers(rng, 0.1, 0.9, steps, params.output_size)
        if (least := _smallest_gradient(params, x, label)) > best:
            best, found = least, (params, x, label)
        if best >= SHOWS:
            break
    if found is None:
        raise ProblemFileError(
            f"none of {MOST_DRAWN} problems drawn for cell {cell.name} has finite numbers. Write a problem "
            "file with parameters and x at which it has."
        )
    return found


def _numbers(
    rng: np.random.Generator, least: float, most: float, *shape: int, decimals: int = 2
) -> FloatArray:
    """Draw decimals of either sign: whole steps of the last digit, so that they are exact."""
    steps = rng.integers(round(least * 10**decimals), round(most * 10**decimals), shape, endpoint=True)
    return np.asarray((rng.integers(0, 2, shape) * 2 - 1) * steps / 10**decimals, dtype=np.float64)


@np.errstate(all="ignore")
def _smallest_gradient(params: Params, x: FloatArray, label: FloatArray) -> float:
    """Return the smallest entry of all parameters' gradients, by its size; -1 if anything is not finite."""
    try:
        trace = forward(params, x, engine="reference")
        grads = backward(params, trace, trace.out - label)
    except GatewiseError:
        return -1.0
    arrays = [*(trace[name] for name in trace), *(grads[name] for name in grads)]
    if not all(np.isfinite(array).all() for array in arrays):
        return -1.0
    return min(float(np.abs(grads[f"d_{name}"]).min()) for name in params.cell.parameters)
