"""The adding problem: remember two marked numbers among T noisy ones, and return their sum at the end.

Hochreiter and Schmidhuber 1997, section 5.4, who trained without a forget gate, by SGD, one sequence at a
time. Here with the forget gate of Gers, Schmidhuber and Cummins 2000 and Adam, in batches. As there, the
sequences are of random length between T and T + T/10, two steps are marked, one is right if its error is
below 0.04, and training ends when the 2000 most recent ones were right.

    python examples/adding_problem.py            # T = 100 and T = 400
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from gatewise.learn import network as networks
from gatewise.learn.losses import mse
from gatewise.learn.optimizers import OPTIMIZERS, clip_by_norm

RIGHT = 0.04  # the paper's criterion, of targets between 0 and 1
TESTED = 2560  # sequences, as in the paper
RECENT = 2000  # sequences that have to be right before training ends, as in the paper
# The paper's results, table 7: T, sequences until success, wrong of 2560. Its longest lags are T/2 and more.
PAPER = {100: (74_000, 1), 500: (209_000, 0), 1000: (853_000, 1)}


def draw(rng: np.random.Generator, count: int, T: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw x (N, T·1.1, 2), lengths (N,) and labels (N, 1), as section 5.4 describes them.

    The first feature is uniform in [-1, 1]; the second is a marker: 1 at one of the first ten steps and at
    another of the first T/2, -1 at the last step and the first, else 0. A marked first step counts as 0.
    """
    lengths = rng.integers(T, T + T // 10 + 1, count)
    x = np.zeros((count, int(lengths.max()), 2), np.float32)
    x[..., 0] = rng.uniform(-1, 1, x.shape[:2])
    rows = np.arange(count)
    first = rng.integers(0, 10, count)
    second = rng.integers(0, T // 2 - 1, count)
    second += second >= first  # another one
    x[rows, 0, 1] = x[rows, lengths - 1, 1] = -1
    x[rows, first, 1] = x[rows, second, 1] = 1
    x[(first == 0) | (second == 0), 0, 0] = 0
    summed = x[rows, first, 0] + x[rows, second, 0]
    return x, lengths, (0.5 + summed[:, np.newaxis] / 4).astype(np.float32)


def untrained(hidden: int, seed: int) -> networks.Network:
    """Draw a network that keeps what it has and lets little in: b_f = 6, and b_i = -3 as in the paper."""
    architecture = networks.Architecture(input_size=2, hidden_size=hidden, outputs=1)
    network = networks.Network.init(architecture, seed=seed, forget_bias=6.0)
    network.cells[0][0].gate("i")[-1][:] = -3.0
    return network


def train(
    T: int, *, hidden: int = 16, batch: int = 20, rate: float = 0.01, most: int = 400_000, seed: int = 0
) -> dict[str, float]:
    """Train until the last 2000 sequences were all right, each seen once, or `most` have been seen."""
    rng = np.random.default_rng(seed)
    network = untrained(hidden, seed)
    adam = OPTIMIZERS["adam"]
    memory = adam.memory(network.vector.size, network.vector.dtype)
    started, seen, right_since = time.perf_counter(), 0, 0
    while seen < most and right_since < RECENT:
        x, lengths, label = draw(rng, batch, T)
        trace = networks.forward(network, x, lengths=lengths)
        _, d_y = mse(trace.y, label)
        gradient = networks.backward(network, trace, d_y).vector
        clip_by_norm(gradient, 0.1)
        seen += batch
        adam(network.vector, gradient, memory, rate, seen // batch)
        right_since = right_since + batch if (np.abs(trace.y - label) < RIGHT).all() else 0
    x, lengths, label = draw(np.random.default_rng(seed + 1), TESTED, T)
    error = networks.forward(network, x, lengths=lengths, trace=False).y - label
    return {
        "sequences": seen, "wrong": int((np.abs(error) >= RIGHT).sum()), "mse": float((error**2).mean()),
        "seconds": time.perf_counter() - started,
    }  # fmt: skip


def main() -> None:
    arguments = argparse.ArgumentParser(description="The adding problem of Hochreiter and Schmidhuber 1997.")
    arguments.add_argument("T", nargs="*", type=int, default=[100, 400], help="steps [100 400]")
    arguments.add_argument("--seed", type=int, default=0)
    given = arguments.parse_args()
    print("   T              sequences  wrong of 2560  mean squared error  seconds")
    for T in given.T:
        found = train(T, seed=given.seed)
        print(f"{T:4}  here       {found['sequences']:10,}  {found['wrong']:13}", end="")
        print(f"  {found['mse']:18.6f}  {found['seconds']:7.1f}", flush=True)
    for T, (sequences, wrong) in PAPER.items():
        print(f"{T:4}  the paper  {sequences:10,}  {wrong:13}")


if __name__ == "__main__":
    main()
