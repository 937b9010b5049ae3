"""Write the table of results: the medians of the seeds, task by task, and who is better.

PYTHONPATH=bench python -m tasks.summary build/tasks > build/tasks.md
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from typing import Any

from tasks.listed import TASKS, Task

OURS, NAIVE, TORCH = "gatewise", "seasonal naive", "torch LSTM"
ORDER = (OURS, TORCH, NAIVE, "ridge", "AutoETS", "HistGradientBoosting")
UNITS = {"mae": "MAE", "mase": "MASE"}


def main(folder: str) -> None:
    results = {task: read_results(task, Path(folder)) for task in TASKS}
    results = {task: found for task, found in results.items() if found}
    for metric in ("decides", "mase"):
        print("\n".join(table(results, metric)), "\n")
    print("\n".join(verdicts(results)), "\n")
    print("\n".join(chosen(results)))


def read_results(task: Task, folder: Path) -> list[dict[str, Any]]:
    """Return what the runs of a task wrote, by seed."""
    return [json.loads(path.read_text()) for path in sorted((folder / "results").glob(f"{task.name}-*.json"))]


def medians(found: list[dict[str, Any]], metric: str) -> dict[str, tuple[float, float, float]]:
    """Return the median, smallest and largest error of each predictor over the seeds that have it."""
    values = {who: [run["errors"][who][metric] for run in found if who in run["errors"]] for who in ORDER}
    return {who: (statistics.median(of), min(of), max(of)) for who, of in values.items() if of}


def table(results: dict[Task, list[dict[str, Any]]], metric: str) -> list[str]:
    """Return the lines of a table; the metric that decides, or the same one for all tasks."""
    title = "error" if metric == "decides" else UNITS[metric]
    lines = [f"| task | {title} | {' | '.join(ORDER)} |", "|---|---|" + "---|" * len(ORDER)]
    for task, found in results.items():
        by = task.metric if metric == "decides" else metric
        errors = medians(found, by)
        best = min(rounded(errors[who][0]) for who in errors)
        cells = []
        for who in ORDER:
            if who not in errors:
                cells.append("")
                continue
            middle, least, most = errors[who]
            text = f"**{middle:.3g}**" if rounded(middle) == best else f"{middle:.3g}"
            cells.append(text + (f" ({least:.3g} to {most:.3g})" if least != most else ""))
        lines.append(f"| {task.name} | {UNITS[by]} | {' | '.join(cells)} |")
    return lines


def verdicts(results: dict[Task, list[dict[str, Any]]]) -> list[str]:
    """Return for the two rules how many tasks keep them, and which do not."""
    lines = []
    for other, said in ((NAIVE, "not worse than the seasonal naive"), (TORCH, "at least as good as torch")):
        kept = {}
        for task, found in results.items():
            errors = medians(found, task.metric)
            if other in errors:
                kept[task.name] = rounded(errors[OURS][0]) <= rounded(errors[other][0])
        lost = [name for name, keeps in kept.items() if not keeps]
        lines.append(
            f"- {said}: {len(kept) - len(lost)} of {len(kept)}" + (f"; not {', '.join(lost)}" if lost else "")
        )
    seeds = {task.name: len(found) for task, found in results.items()}
    lines.append("- seeds: " + ", ".join(f"{name} {count}" for name, count in seeds.items()))
    return lines


def chosen(results: dict[Task, list[dict[str, Any]]]) -> list[str]:
    """Return what the runs chose and how long they took."""
    lines = [
        "| task | window, horizon | seconds | epochs | torch: rates, seconds at each |",
        "|---|---|---|---|---|",
    ]
    for task, found in results.items():
        config = found[0]["config"]
        seconds = statistics.median(run["seconds"] for run in found)
        epochs = "/".join(str(len(run["history"])) for run in found)
        loops = [run["torch"] for run in found if run["torch"]]
        rates = "/".join(loop["best"] for loop in loops)
        spent = [about["seconds"] for loop in loops for about in loop["rates"].values()]
        torch = f"{rates}; {statistics.median(spent):.0f}" if loops else ""
        lengths = f"{config['window']}, {config.get('horizon') or 1}"
        lines.append(f"| {task.name} | {lengths} | {seconds:.0f} | {epochs} | {torch} |")
    return lines


def rounded(value: float) -> float:
    """Return a number with three significant digits."""
    return float(f"{value:.3g}")


if __name__ == "__main__":
    main(*sys.argv[1:])
