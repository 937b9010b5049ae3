"""Forecast the tests with the peers that need no gatewise: seasonal naive, AutoETS, HistGradientBoosting.

    python -m venv build/statistics
    build/statistics/bin/pip install statsforecast==2.1.1 scikit-learn==1.9.1 pandas pyarrow
    PYTHONPATH=bench build/statistics/bin/python -m tasks.peers build/tasks

For each task and peer a table of forecasts is written beside the CSV files, and its errors at every cutoff
whose whole horizon is in the test.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from tasks.listed import TASKS, Task
from tasks.naive import scale_of, seasonal_naive
from tasks.scores import errors_of
from tasks.series import Series, as_table, cutoffs, read_series
from tasks.smoothing import auto_ets
from tasks.trees import boosted

PEERS: dict[str, Callable[[Task, list[Series]], pd.DataFrame | None]] = {
    "seasonal naive": seasonal_naive,
    "AutoETS": auto_ets,
    "HistGradientBoosting": boosted,
}
PACKAGES = ("statsforecast", "scikit-learn", "numpy", "pandas")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the CSV files are")
    parser.add_argument("--tasks", nargs="+", choices=[task.name for task in TASKS])
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), default=list(PEERS))
    arguments = parser.parse_args()
    for task in TASKS:
        if arguments.tasks is None or task.name in arguments.tasks:
            forecast(task, arguments.folder, arguments.peers)


def forecast(task: Task, folder: Path, peers: list[str]) -> None:
    """Write the forecasts of a task and its errors."""
    series = read_series(task, folder)
    scales = {each.name: scale_of(task, each) for each in series}
    truth = truth_of(task, series)
    for peer in peers:
        began = time.perf_counter()
        said = PEERS[peer](task, series)
        if said is None:
            continue
        found = errors_of(truth, said, scales) | {"seconds": round(time.perf_counter() - began, 1)}
        said.to_parquet(folder / f"{task.name}.{peer}.parquet", index=False)
        document = found | {"versions": {name: version(name) for name in PACKAGES}}
        (folder / f"{task.name}.{peer}.json").write_text(json.dumps(document, indent=2) + "\n")
        listed = "  ".join(f"{name} {value:.4g}" for name, value in found.items())
        print(f"{task.name:16} {peer:22} {listed}", flush=True)


def truth_of(task: Task, series: list[Series]) -> pd.DataFrame:
    """Return what came, at every cutoff whose whole horizon is in the test."""
    tables = []
    for each in series:
        rows = cutoffs(each.test, len(each.y) - task.horizon + 1)
        at = rows[:, None] + range(1, task.horizon + 1)
        tables.append(as_table(each, rows, each.y[at]))
    return pd.concat(tables).dropna()


if __name__ == "__main__":
    main()
