"""What is timed: sizes, tasks, and the numbers each case runs on. The same numbers in every worker.

A case is a size, a task and a dtype. How a task is done by one library: peers/.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

SIZES = {  # name: N, T, D, H
    "seed": (1, 2, 2, 1),
    "tiny": (1, 32, 4, 16),
    "small": (32, 50, 8, 32),
    "nowcast": (256, 365, 8, 64),
    "medium": (64, 100, 64, 128),
    "large": (64, 100, 256, 512),
    "xl": (128, 64, 1024, 1024),
    "long": (1, 10000, 8, 32),
} | {f"stream-{d}-{h}": (1, 1, d, h) for d in (4, 64, 256) for h in (16, 128, 256)}

TASKS = {
    "train": "forward keeping the trace, then backward with δx, δW, δU, δb",
    "forward": "forward, nothing kept but the outputs",
    "stream": "one step of one sequence, the state carried from call to call",
    "uneven": "train, with lengths drawn uniformly from 1..T",
    "learn": "a whole training step: forward, L2, backward without δx, SGD; here by gatewise.train_steps",
}
DTYPES = ("float32", "float64")
CHECKED_STEPS = 5  # of a stream
LEARNING_RATE = 1e-4  # of learn: small, so that timing it for long changes no size
LEARNED_STEPS = 3  # updates after which the weights of learn are compared


@dataclass(frozen=True)
class Case:
    """One size, task and dtype."""

    size: str
    task: str
    dtype: str

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """N, T, D, H."""
        return SIZES[self.size]

    def lengths(self) -> Array | None:
        """Each sequence's own number of steps, if the task has them."""
        N, T, _, _ = self.shape
        return np.random.default_rng(7).integers(1, T + 1, N) if self.task == "uneven" else None

    def steps(self) -> int:
        """Time steps worked, over all sequences."""
        N, T, _, _ = self.shape
        lengths = self.lengths()
        return N * T if lengths is None else int(lengths.sum())

    def flops(self) -> int:
        """Operations of the matrix products alone, 2 for each multiply-add; backward has twice forward's."""
        _, _, D, H = self.shape
        forward = 2 * self.steps() * 4 * H * (D + H)
        without_d_x = 3 * forward - 2 * self.steps() * 4 * H * D
        return {"train": 3 * forward, "uneven": 3 * forward, "learn": without_d_x}.get(self.task, forward)


@dataclass(frozen=True)
class Problem:
    """The numbers of a case, in this project's layout: batch first, gate rows in the order a, i, f, o."""

    W: Array  # (4H, D)
    U: Array  # (4H, H)
    b: Array  # (4H,)
    x: Array  # (N, T, D)
    delta: Array  # (N, T, H)
    lengths: Array | None  # (N,)


def problem(case: Case) -> Problem:
    """Draw the numbers of a case: weights uniform in ±1/√H, x and Δ normal."""
    N, T, D, H = case.shape
    if case.task == "stream":  # several steps, to compare; timing repeats the first
        T = CHECKED_STEPS
    rng = np.random.default_rng([N, T, D, H])
    dtype: Any = np.dtype(case.dtype).type
    limit = 1 / np.sqrt(H)
    W, U, b = (
        rng.uniform(-limit, limit, shape).astype(dtype) for shape in ((4 * H, D), (4 * H, H), (4 * H,))
    )
    x = rng.standard_normal((N, T, D), dtype)
    delta = rng.standard_normal((N, T, H), dtype)
    return Problem(W, U, b, x, delta, case.lengths())
