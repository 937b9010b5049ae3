"""Run the obvious command on each task with five seeds, and beside it the LSTM in torch; keep the errors.

    PYTHONPATH=bench python -m tasks.run build/tasks
    PYTHONPATH=bench python -m tasks.run build/tasks --tasks co2 --seeds 0 --peers none

The CSV files are those of `tasks.prepare`, the forecasts of the statistical peers those of `tasks.peers`.
Each run is written to FOLDER/results/TASK-SEED.json; one that is there is not run again (`--again`). A run
takes exactly what the list names: everything else is gatewise's to choose. All predictors are measured on the
windows of the run's test, whose truth must be the file's.
"""

from __future__ import annotations

import argparse
import json
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import gatewise
from gatewise.train.fit_run import make_windows
from gatewise.train.model.forecasts import restored
from tasks.listed import TASKS, Task
from tasks.naive import scale_of
from tasks.scores import errors_of
from tasks.series import KEY, ONLY, Series, read_series

OURS, TORCH = "gatewise", "torch LSTM"
PACKAGES = ("gatewise", "torch", "numpy", "pandas")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the CSV files are")
    parser.add_argument("--tasks", nargs="+", choices=[task.name for task in TASKS])
    parser.add_argument("--seeds", nargs="+", type=int, default=list(range(5)))
    parser.add_argument("--peers", choices=("torch", "none"), default="torch")
    parser.add_argument("--threads", type=int, default=1, help="no bit depends on it")
    parser.add_argument(
        "--keys", type=json.loads, default={}, help="more keys of fit, as JSON: no obvious command"
    )
    parser.add_argument("--again", action="store_true", help="also what has been run")
    arguments = parser.parse_args()
    for seed in arguments.seeds:
        for task in TASKS:
            if arguments.tasks is not None and task.name not in arguments.tasks:
                continue
            target = arguments.folder / "results" / f"{task.name}-{seed}.json"
            if target.exists() and not arguments.again:
                continue
            found = run(
                task, arguments.folder, seed, arguments.threads, arguments.keys, arguments.peers == "torch"
            )
            target.parent.mkdir(exist_ok=True)
            target.write_text(json.dumps(found, indent=1, default=str) + "\n")
            listed = "  ".join(f"{who} {values[task.metric]:.4g}" for who, values in found["errors"].items())
            print(f"{task.name} {task.metric}, seed {seed}: {listed}  ({found['seconds']} s)", flush=True)


def run(
    task: Task, folder: Path, seed: int, threads: int, keys: dict[str, Any], with_torch: bool = True
) -> dict[str, Any]:
    """Return the errors of every predictor on the test of one run, and how it was made."""
    began = time.perf_counter()
    model = gatewise.fit(folder / task.file, seed=seed, threads=threads, **task.options, **keys)
    seconds = round(time.perf_counter() - began, 1)
    _, windows = make_windows(model.config)
    if windows.preparation.to_dict() != model.preparation.to_dict():
        raise SystemExit(
            f"{task.name}: the windows made of the run's configuration are not those of the run."
        )
    said = {OURS: _point(model, model.forecast(windows, windows.test))}
    said |= {
        who: values[:, :, 0]
        for who, values in model.baselines.predict(windows, windows.test).items()
        if who == "ridge"
    }
    about: dict[str, Any] = {}
    if with_torch:
        from tasks.torch_loop import fit_best

        y, about = fit_best(model, windows, seed, threads)
        said[TORCH] = _point(model, restored(y, model.loss, model.loss_options, windows, windows.test))
    series = read_series(task, folder)
    scales = {each.name: scale_of(task, each) for each in series}
    truth = long_table(task, windows, windows.truth(windows.test)[:, :, 0]).dropna()
    _check_truth(truth, series)
    tables = {who: long_table(task, windows, values) for who, values in said.items()}
    tables |= {
        path.name.split(".")[1]: pd.read_parquet(path)
        for path in sorted(folder.glob(f"{task.name}.*.parquet"))
    }
    return {
        "task": task.name,
        "seed": seed,
        "command": task.command,
        "more keys": keys,
        "errors": {who: errors_of(truth, table, scales) for who, table in tables.items()},
        "seconds": seconds,
        "windows": {part: len(getattr(windows, part)) for part in ("train", "validation", "test")},
        "torch": about,
        "config": model.config.to_dict(),
        "history": model.history,
        "notes": model.notes,
        "versions": {name: version(name) for name in PACKAGES if name != "torch" or with_torch},
    }


def _point(model: Any, said: np.ndarray) -> np.ndarray:
    """Return one number for each step ahead (N, horizon) of what a network says."""
    return model.loss.best(said, **model.loss_options)[:, :, 0]


def long_table(task: Task, windows: Any, values: np.ndarray) -> pd.DataFrame:
    """Return values (N, horizon) of the test's windows as a long table."""
    ids, times = windows.where(windows.test)
    horizon = values.shape[1]
    names = [str(name) if task.series else ONLY for name in ids]
    return pd.DataFrame(
        {
            "series": np.repeat(np.array(names, object), horizon),
            "step": np.tile(np.arange(1, horizon + 1), len(values)),
            "time": np.asarray(times, "datetime64[ns]").ravel(),
            "value": values.ravel().astype(float),
        }
    )


def _check_truth(truth: pd.DataFrame, series: list[Series]) -> None:
    """Stop unless the truth of the windows is what the file says."""
    known = pd.concat(
        [pd.DataFrame({"series": each.name, "time": each.times, "file": each.y}) for each in series]
    )
    both = truth.merge(known, on=["series", "time"], how="left")
    if not np.allclose(both["value"], both["file"]):
        wrong = both[~np.isclose(both["value"], both["file"])].iloc[0]
        raise SystemExit(
            f"the truth of a window is not the file's: {wrong[[*KEY, 'value', 'file']].to_dict()}"
        )


if __name__ == "__main__":
    main()
