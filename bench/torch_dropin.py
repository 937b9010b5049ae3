"""Times gatewise.torch.LSTM beside torch.nn.LSTM, in one process, in turns.

python bench/torch_dropin.py                  # the sizes of docs/benchmarks/torch.md, some ten minutes
python bench/torch_dropin.py --sizes tiny     # those whose name contains "tiny"
python bench/torch_dropin.py --grid           # 80 configurations drawn once, and where ours is slowest
python bench/torch_dropin.py --scripts        # five trainings as people write them, with one import changed

Train is forward, backward from a given gradient of out, and the gradients set to None; inference is forward
without gradients. Each side takes the better of one and of two threads; a figure is the median of rounds in
which both are timed in turns. "lost" is how much longer the layer takes than gatewise.forward and backward on
arrays.
"""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence

import gatewise
from gatewise.torch import LSTM, calls


@dataclass
class Size:
    """One row of the table."""

    name: str
    N: int
    T: int
    D: int
    H: int
    options: dict[str, Any] = field(default_factory=dict)
    dtype: torch.dtype = torch.float32
    packed: bool = False
    trains: bool = True


SIZES = [
    Size("seed", 1, 2, 2, 1),
    Size("tiny", 1, 32, 4, 16),
    Size("small", 32, 50, 8, 32),
    Size("nowcast", 256, 365, 8, 64),
    Size("medium", 64, 100, 64, 128),
    Size("large", 64, 100, 256, 512),
    Size("small, packed", 32, 50, 8, 32, packed=True),
    Size("nowcast, packed", 256, 365, 8, 64, packed=True),
    Size("medium, packed", 64, 100, 64, 128, packed=True),
    Size("one step of 8", 8, 1, 24, 64),
    Size("one step", 1, 1, 64, 128),
    Size("one step, wide", 1, 1, 256, 512),
    Size("nowcast, float64", 256, 365, 8, 64, dtype=torch.float64),
]

SCRIPTS = ("classifier", "characters", "policy", "hydrology", "deepar")


def grid() -> list[Size]:
    """80 configurations, the same each time."""
    rng = np.random.default_rng(2026)
    shapes = [
        (1, 1, 16, 32),
        (4, 1, 64, 128),
        (1, 40, 8, 32),
        (8, 30, 16, 48),
        (32, 50, 32, 64),
        (16, 100, 64, 128),
    ]
    sizes = [
        Size("1×1×1024×1024", 1, 1, 1024, 1024),
        Size("64×100, 2 layers, both directions, projected", 64, 100, 64, 128,
             {"num_layers": 2, "bidirectional": True, "proj_size": 64}),
    ]  # fmt: skip
    while len(sizes) < 80:
        N, T, D, H = shapes[int(rng.integers(len(shapes)))]
        options = {
            "num_layers": int(rng.integers(1, 3)),
            "bidirectional": bool(rng.integers(2)),
            "proj_size": int(rng.integers(2)) * H // 2,
        }
        dtype = (torch.float32, torch.float64)[int(rng.integers(2))]
        packed = bool(rng.integers(2)) and N > 1
        name = f"{N}×{T}×{D}×{H} {options} {dtype} {'packed' if packed else ''}"
        sizes.append(Size(name, N, T, D, H, options, dtype, packed))
    return sizes


def once(size: Size, kind: type[torch.nn.LSTM], train: bool) -> Callable[[], None]:
    """One pass of a layer of this kind."""
    torch.manual_seed(0)
    lstm = kind(size.D, size.H, batch_first=True, dtype=size.dtype, **size.options)
    x: Any = torch.randn(size.N, size.T, size.D, dtype=size.dtype)
    if size.packed:
        lengths = np.random.default_rng(0).integers(1, size.T + 1, size.N)
        x = pack_padded_sequence(x, torch.from_numpy(lengths), batch_first=True, enforce_sorted=False)

    def forward_only() -> None:
        with torch.no_grad():
            lstm(x)

    with torch.no_grad():
        out, _ = lstm(x)
    delta = torch.randn_like(out.data if size.packed else out)

    def both() -> None:
        out, _ = lstm(x)
        (out.data if size.packed else out).backward(delta)
        for p in lstm.parameters():
            p.grad = None

    return both if train else forward_only


def directly(size: Size, train: bool) -> Callable[[], None]:
    """Return the same pass of the engine on arrays: one layer and direction, padded."""
    params = gatewise.Params.init(size.D, size.H, seed=0, dtype=str(size.dtype).removeprefix("torch."))
    rng = np.random.default_rng(0)
    x = rng.standard_normal((size.N, size.T, size.D)).astype(params.dtype)
    delta = rng.standard_normal((size.N, size.T, size.H)).astype(params.dtype)

    def both() -> None:
        threads = torch.get_num_threads()
        trace = gatewise.forward(params, x, threads=threads)
        gatewise.backward(params, trace, delta, threads=threads, inputs=False)

    def forward_only() -> None:
        gatewise.forward(params, x, threads=torch.get_num_threads(), trace=False)

    return both if train else forward_only


def seconds(call: Callable[[], None], count: int) -> float:
    """Seconds for each of `count` calls."""
    start = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - start) / count


def measured(size: Size, train: bool, rounds: int, budget: float) -> tuple[float, float, float | None]:
    """Seconds of torch, of the layer and of the engine on arrays, each with the better number of threads."""
    times: dict[tuple[int, int], list[float]] = {}
    for threads in (1, 2):
        torch.set_num_threads(threads)
        pair = [once(size, kind, train) for kind in (torch.nn.LSTM, LSTM)]
        if not size.packed and not size.options:
            pair.append(directly(size, train))
        counts = []
        for call in pair:
            call()
            counts.append(max(1, min(500, int(budget / rounds / 4 / max(seconds(call, 1), 1e-6)))))
        for _ in range(rounds):
            for k, call in enumerate(pair):
                times.setdefault((k, threads), []).append(seconds(call, counts[k]))
    best = [min(median(times[k, threads]) for threads in (1, 2)) for k in range(len(pair))]
    return best[0], best[1], best[2] if len(best) > 2 else None


def scripts(rounds: int) -> None:
    """Print a table of the trainings of torch_scripts: whole runs in turns, and how far losses are apart."""
    print("| training | torch / gatewise, 1 thread | 2 threads | largest relative difference of a loss |")
    print("|---|---|---|---|")
    for name in SCRIPTS:
        train = importlib.import_module(f"torch_scripts.{name}").train
        cells, apart = [], 0.0
        for threads in (1, 2):
            torch.set_num_threads(threads)
            times: dict[type, list[float]] = {torch.nn.LSTM: [], LSTM: []}
            for _ in range(rounds):
                losses = []
                for kind, taken in times.items():
                    start = time.perf_counter()
                    losses.append(np.array(train(kind)))
                    taken.append(time.perf_counter() - start)
                apart = max(apart, float(np.max(np.abs(losses[1] / losses[0] - 1))))
            cells.append(f"{median(times[torch.nn.LSTM]) / median(times[LSTM]):.2f}")
        print(f"| {name} | {' | '.join(cells)} | {apart:.0e} |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="", help="only those whose name contains this")
    parser.add_argument("--grid", action="store_true", help="80 configurations instead of the table's")
    parser.add_argument("--scripts", action="store_true", help="whole trainings instead")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=6.0, help="for each figure, about")
    given = parser.parse_args()
    before = calls()
    print(f"torch {torch.__version__}; ratios are torch / gatewise; milliseconds of gatewise")
    if given.scripts:
        scripts(given.rounds)
        return
    print("| size | N×T×D×H | train | ms | lost | inference | ms | lost |\n|---|---|---|---|---|---|---|---|")
    slowest = []
    for size in grid() if given.grid else SIZES:
        if given.sizes not in size.name:
            continue
        cells = []
        for train in (True, False):
            theirs, ours, direct = measured(size, train, given.rounds, given.seconds)
            lost = "" if direct is None else f"{100 * (ours / direct - 1):.0f} %"
            cells += [f"{theirs / ours:.2f}", f"{1000 * ours:.3f}", lost]
            slowest.append((theirs / ours, size.name, "train" if train else "inference"))
        print(f"| {size.name} | {size.N}×{size.T}×{size.D}×{size.H} | {' | '.join(cells)} |", flush=True)
    print("slowest:", *(f"{ratio:.2f} {name}, {what};" for ratio, name, what in sorted(slowest)[:5]))
    print("fallbacks:", calls().fallback - before.fallback)


if __name__ == "__main__":
    main()
