"""Time an epoch of training beside torch's usual loop: the same network, batches, optimizer, threads.

    python bench/training.py                           two threads, about a minute and a half
    python bench/training.py --threads 1 2             both
    python bench/training.py --markdown docs/benchmarks/training.md

The two libraries take turns, as in bench/lstm.py, which does the work; after one epoch from the same weights
all parameters must agree. torch: nn.LSTM, nn.Linear, nn.MSELoss, optim.Adam, packed sequences where lengths
differ, no DataLoader. gatewise: network.TrainingStep with losses.mse and adam.
"""

from __future__ import annotations

import sys

import lstm

WHAT = [
    "--tasks",
    "epoch",
    "epoch-uneven",
    "--sizes",
    "forecast",
    "online",
    "--dtypes",
    "float32",
    "--peers",
    "torch",
    "--threads",
    "2",
]
HOW = ["--rounds", "9", "--seconds", "0.5", "--case-seconds", "45", "--json", "build/bench-training.json"]


def main() -> None:
    lstm.main([*WHAT, *HOW, *sys.argv[1:]])


if __name__ == "__main__":
    main()
