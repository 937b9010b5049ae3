"""Time the LSTM's variants beside the plain LSTM, in one process and in turns.

    python bench/cells/variants.py                                   nowcast and medium, float32, one thread
    python bench/cells/variants.py --cells peephole --dtypes float64          a part of it

Each cell has the same x, weights as a new network has them, and the same H; a projected one gives out half as
many. In each round every cell is timed once, in another order each time; the ratio to the plain cell is the
median of the rounds' own ratios, so that what else the machine does meets all alike.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from gatewise import Params, backward, forward, train_steps
from gatewise.cells import cell_named

SIZES = {"nowcast": (256, 365, 8, 64), "medium": (64, 100, 64, 128)}  # N, T, D, H: as in bench/cases.py
DTYPES = ("float32", "float64")
PLAIN = "lstm"
CELLS = (
    "peephole", "coupled", "lstm+no-bias", "projected", "lstm+clip=3", "lstm+state-clip=3",
    "peephole+coupled+no-bias+clip=3",
)  # fmt: skip
SLICE = 0.02  # seconds: shorter calls are repeated, so that the clock does not count


def programs(cell: str, size: str, dtype: str, threads: int) -> dict[str, Callable[[], Any]]:
    """What is timed: forward without a trace, backward alone, and a training step with its update."""
    N, T, D, H = SIZES[size]
    projected = "R" in cell_named(cell).parameters
    params = Params.init(D, H, cell=cell, output_size=H // 2 if projected else None, dtype=dtype)
    rng = np.random.default_rng([N, T, D, H])
    kind: Any = np.dtype(dtype).type
    x, delta = rng.standard_normal((N, T, D), kind), rng.standard_normal((N, T, params.output_size), kind)
    trace = forward(params, x, threads=threads, engine="native")
    return {
        "forward": lambda: forward(params, x, threads=threads, engine="native", trace=False),
        "backward": lambda: backward(params, trace, delta, threads=threads),
        "learn": lambda: train_steps(
            params, x, delta, steps=1, learning_rate=1e-4, threads=threads, engine="native"
        ),
    }


def seconds(program: Callable[[], Any], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        program()
    return (time.perf_counter() - start) / times


def compare(made: dict[str, Callable[[], Any]], rounds: int) -> dict[str, tuple[float, float]]:
    """Milliseconds at best, and the ratio to the plain cell, of each."""
    times = {cell: max(1, int(SLICE / seconds(program, 2))) for cell, program in made.items()}
    found: dict[str, list[float]] = {cell: [] for cell in made}
    for number in range(rounds):
        for cell in random.Random(number).sample(list(made), len(made)):
            found[cell].append(seconds(made[cell], times[cell]))
    plain = found[PLAIN]
    return {
        cell: (1e3 * min(one), statistics.median(a / b for a, b in zip(one, plain, strict=True)))
        for cell, one in found.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cells", nargs="+", default=CELLS, help=", ".join(CELLS))
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=tuple(SIZES))
    parser.add_argument("--dtypes", nargs="+", choices=DTYPES, default=("float32",))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    for size in given.sizes:
        for dtype in given.dtypes:
            made = {cell: programs(cell, size, dtype, given.threads) for cell in (PLAIN, *given.cells)}
            for task in ("forward", "backward", "learn"):
                table = compare({cell: each[task] for cell, each in made.items()}, given.rounds)
                for cell, (best, ratio) in table.items():
                    print(f"{size:10} {dtype:8} {task:9} {cell:28} {best:9.3f} ms  {ratio:6.3f}", flush=True)


if __name__ == "__main__":
    main()
