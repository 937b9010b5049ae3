"""How well the defaults learn the weather that comes with gatewise, beside the baselines: several seeds.

    .venv/bin/python bench/weather.py             # five seeds against the baselines; the same bits twice
    .venv/bin/python bench/weather.py --choose    # what the defaults were chosen by: validation alone

The test is looked at by the first command only. Each line is one run of `gatewise.fit`.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from typing import Any

import gatewise
from gatewise.training.measuring import OURS

GOALS = {"last value": 0.30, "ridge": 0.02}
"""By how much the error is to be smaller, as a share of theirs."""

TRIED: dict[str, tuple[Any, ...]] = {
    "calendar": (None, ["hour", "year"]),
    "learning_rate": (0.001, 0.002),
    "recurrent_dropout": (0.0, 0.2, 0.4),
}


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--choose", action="store_true", help="try settings, by validation")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    if arguments.choose:
        choose(arguments.seeds, arguments.threads)
    else:
        compare(arguments.seeds, arguments.threads)


def compare(seeds: int, threads: int) -> None:
    """Train with each seed, and print the test errors beside the baselines."""
    errors: dict[str, list[float]] = {}
    for seed in range(seeds):
        began = time.perf_counter()
        model = gatewise.fit(seed=seed, threads=threads)
        spent = time.perf_counter() - began
        target = model.preparation.targets[0]
        found = {name: values["mae"] for name, values in model.results["targets"][target].items()}
        for name, error in found.items():
            errors.setdefault(name, []).append(error)
        listed = "  ".join(f"{name} {error:.3f}" for name, error in found.items())
        print(f"seed {seed}: {listed}  ({len(model.history)} epochs, {spent:.1f} s)", flush=True)
    again = gatewise.fit(seed=seeds - 1, threads=1)
    print(
        "the last one again, on one thread: the same bits:",
        bytes(again.network.vector) == bytes(model.network.vector),
    )
    ours = statistics.median(errors[OURS])
    for name, goal in GOALS.items():
        theirs = statistics.median(errors[name])
        print(f"median {ours:.3f}, {1 - ours / theirs:.1%} below {name} {theirs:.3f} (goal {goal:.0%})")


def choose(seeds: int, threads: int) -> None:
    """Train with each combination of settings, and print the median of the best validation losses."""
    for values in itertools.product(*TRIED.values()):
        keys = dict(zip(TRIED, values, strict=True))
        best = [
            min(row["validation_loss"] for row in gatewise.fit(seed=seed, threads=threads, **keys).history)
            for seed in range(seeds)
        ]
        print(f"{statistics.median(best):.4f}  {keys}", flush=True)


if __name__ == "__main__":
    main()
