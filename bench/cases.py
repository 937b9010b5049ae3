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
    "forecast": (512, 168, 8, 64),
    "online": (200, 168, 8, 16),
} | {f"stream-{d}-{h}": (1, 1, d, h) for d in (4, 64, 256) for h in (16, 128, 256)}

TASKS = {
    "train": "forward keeping the trace, then backward with δx, δW, δU, δb",
    "forward": "forward, nothing kept but the outputs",
    "stream": "one step of one sequence, the state carried from call to call",
    "uneven": "train, with lengths drawn uniformly from 1..T",
    "epoch": "an epoch of training a network of one layer and a linear head: MSE, Adam, shuffled batches",
    "epoch-uneven": "the same, with lengths drawn uniformly from 1..T",
    "learn": "a whole training step: forward, L2, backward without δx, SGD; here by gatewise.train_steps",
}
DTYPES = ("float32", "float64")
EPOCHS = {"forecast": 64, "online": 1}  # batch size
CHECKED_STEPS = 5  # of a stream
LEARNING_RATE = 1e-4  # of learn and epoch: small, so that timing it for long changes no size
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
        return np.random.default_rng(7).integers(1, T + 1, N) if self.task.endswith("uneven") else None

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
        whole = dict.fromkeys(("train", "uneven"), 3 * forward)
        return (whole | dict.fromkeys(("learn", "epoch", "epoch-uneven"), without_d_x)).get(
            self.task, forward
        )


@dataclass(frozen=True)
class Problem:
    """The numbers of a case, in this project's layout: batch first, gate rows in the order a, i, f, o."""

    W: Array  # (4H, D)
    U: Array  # (4H, H)
    b: Array  # (4H,)
    x: Array  # (N, T, D)
    delta: Array  # (N, T, H)
    lengths: Array | None  # (N,)
    batch: int  # sequences in a training step

    def batches(self) -> list[Array]:
        """Return the sequences of each step of an epoch, shuffled."""
        order = np.random.default_rng(11).permutation(len(self.x))
        return np.split(order, range(self.batch, len(order), self.batch))

    def head(self) -> tuple[Array, Array]:
        """Draw a linear head's W (1, H) and b (1,)."""
        H = self.U.shape[1]
        W, b = (np.random.default_rng(12).uniform(-1, 1, shape) / np.sqrt(H) for shape in ((1, H), (1,)))
        return W.astype(self.W.dtype), b.astype(self.W.dtype)

    def label(self) -> Array:
        """Return what an epoch learns: one number for each sequence, (N, 1)."""
        return self.delta[:, 0, :1]


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
    return Problem(W, U, b, x, delta, case.lengths(), EPOCHS.get(case.size, N))
