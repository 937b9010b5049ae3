"""Small tables and runs for the tests of training."""

import sys

import numpy as np

from gatewise.train.run import checkpoint

ROWS = 260


def series(rows=ROWS, seed=0):
    """A noisy day, a feature that leads it, hourly."""
    rng = np.random.default_rng(seed)
    t = np.arange(rows)
    load = np.sin(2 * np.pi * t / 24) + 0.1 * rng.standard_normal(rows)
    time = np.datetime64("2024-01-01T00:00:00") + 3600 * t
    return {"time": time, "load": load.round(4), "warmth": (np.roll(load, -2) + t / 100).round(4)}


def write_csv(path, table):
    """Write columns as CSV."""
    names = list(table)
    lines = [",".join(names), *(",".join(map(str, row)) for row in zip(*table.values(), strict=True))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


SMALL = {
    "target": ["load"], "time": "time", "window": 12, "horizon": 3, "hidden": 4, "batch": 16, "epochs": 3,
    "tune": False, "report": False,
}  # fmt: skip
"""A run of a moment. The search for settings and the report, each longer than it, have tests of their own."""


def flags(keys):
    """The same keys as a command line has them."""
    words = []
    for name, value in keys.items():
        flag = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            words += [flag if value else f"--no{flag[1:]}"]
        else:
            words += [flag, ",".join(map(str, value)) if isinstance(value, list) else str(value)]
    return words


def command(table, path, resume=False, **more):
    start = [str(table), *flags({**SMALL, **more})] if not resume else ["--resume"]
    return [sys.executable, "-m", "gatewise", "fit", *start, "-o", str(path)]


def bits(run):
    """Everything of a finished run that must not depend on how it came about."""
    arrays, document = checkpoint.load(run.model)
    return {name: array.tobytes() for name, array in arrays.items()}, document["history"], document["results"]
