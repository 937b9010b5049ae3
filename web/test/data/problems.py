"""Drawn problems that the test data are made of."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from gatewise.engine import Params
from gatewise.engine.any_cell import state_of

RATE = 0.1


def drawn(cell: Any, D: int, H: int, T: int, seed: int) -> SimpleNamespace:
    """Draw a problem: some labels are missing, some steps have none, and it starts somewhere."""
    rng = np.random.default_rng(seed)
    size: dict[str, Any] = {"output_size": max(H - 1, 1)} if "projected" in cell.name else {}
    params = Params.init(D, H, cell=cell, seed=seed, **size)
    params = Params.of({n: a + rng.normal(0, 0.3, a.shape) for n, a in params.arrays.items()}, cell)
    label = rng.uniform(-1, 1, (T, params.output_size))
    label[rng.random(label.shape) < 0.2] = np.nan
    if T > 3:
        label[1] = np.nan
    label[-1, 0] = 0.25
    state = state_of(cell)(*(rng.normal(0, 0.5, params.length_of(name)) for name in cell.carried))
    return problem_of(params, rng.normal(0, 1, (T, D)), label, state)


def problem_of(params: Params, x: Any, label: Any, state: Any) -> SimpleNamespace:
    """Return what `program_of_problem` reads."""
    return SimpleNamespace(
        params=params, x=x, label=label, state=state, lengths=None, learning_rate=RATE, texts={}, seed=None,
        settings=None, title="drawn",
    )  # fmt: skip


def edited(problem: SimpleNamespace, seed: int) -> tuple[list[Any], SimpleNamespace]:
    """Return edits, (key, entry, value), and the problem after them."""
    rng = np.random.default_rng(seed)
    arrays = {name: array.copy() for name, array in problem.params.arrays.items()}
    x, label = problem.x.copy(), problem.label.copy()
    edits: list[Any] = []
    for name, array in arrays.items():
        place = tuple(int(rng.integers(size)) for size in array.shape)
        array[place] = rng.normal()
        edits.append([name, list(place), array[place]])
    t = int(rng.integers(len(x)))
    x[t, 0], label[t, 0] = 0.75, -0.5
    edits += [[f"x@{t}", [0], 0.75], [f"label@{t}", [0], -0.5]]
    return edits, problem_of(Params.of(arrays, problem.params.cell), x, label, problem.state)
