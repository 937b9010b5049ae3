"""The LSTM's variants that the compiled engine runs, and random problems of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gatewise import Params, backward, forward
from gatewise.cells import Cell, lstm
from gatewise.engine.trace import State

# Each option alone and then together. The limits clip about a tenth of what they limit in `problem`.
OPTIONS: dict[str, dict[str, Any]] = {
    "peephole": {"peepholes": True},
    "coupled": {"coupled": True},
    "no-bias": {"bias": False},
    "projected": {"projected": True},
    "clip": {"clip": 1.5},
    "state-clip": {"state_clip": 0.6},
    "peephole-coupled": {"peepholes": True, "coupled": True},
    "onnx": {"peepholes": True, "coupled": True, "clip": 1.5, "bias": False},
    "tensorflow": {"peepholes": True, "state_clip": 0.6},
    "peephole-projected": {"peepholes": True, "projected": True, "clip": 1.25, "state_clip": 0.75},
    "coupled-projected": {"coupled": True, "projected": True, "bias": False, "state_clip": 0.5},
    "all": {
        "bias": False, "peepholes": True, "coupled": True, "projected": True, "clip": 1.0, "state_clip": 0.5,
    },
}  # fmt: skip
VARIANTS: dict[str, Cell] = {name: lstm(**options) for name, options in OPTIONS.items()}


class Problem(NamedTuple):
    """One random case: x (N, T, D), delta (N, T, Q), state and d_last of out and state, lengths (N,)."""

    params: Params
    x: np.ndarray
    delta: np.ndarray
    state: State
    lengths: np.ndarray
    d_last: State


def problem(cell, seed=0, N=3, T=5, D=2, H=4, Q=3, dtype="float64", scale=0.8):
    """Everything random and different, as random_problem does for the LSTM; Q counts for a projected cell alone."""
    rng = np.random.default_rng(seed)
    drawn = Params.init(D, H, cell=cell, output_size=Q if "R" in cell.parameters else None, dtype="float64")
    arrays = {name: scale * rng.standard_normal(array.shape) for name, array in drawn.arrays.items()}
    params = Params.of(arrays, cell).astype(dtype)
    Q = params.output_size

    def normal(*shape):
        return rng.standard_normal(shape).astype(dtype)

    lengths = rng.permutation(np.append(rng.integers(0, T + 1, N - 1), T))
    state, d_last = (State(normal(N, Q), 0.4 * normal(N, H)) for _ in range(2))
    return Problem(params, normal(N, T, D), normal(N, T, Q), state, lengths, d_last)


def everything(case, *, engine, threads=None):
    """All arrays that forward and backward return, by name; nothing left out."""
    trace = forward(case.params, case.x, case.state, case.lengths, engine=engine, threads=threads)
    grads = backward(case.params, trace, case.delta, d_last_state=case.d_last, threads=threads, keep=True)
    named = {name: trace[name] for name in trace} | {name: grads[name] for name in grads}
    return named | {"last out": trace.last.out, "last state": trace.last.state, "flat": grads.flat()}
