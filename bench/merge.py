"""One run out of several that measured parts of the plan: a machine cannot always be kept still for an hour.

Only runs of the same machine, build and versions go together, and a case may be in one of them only:
nothing is picked.
"""

from __future__ import annotations

from typing import Any

from cases import DTYPES, SIZES, TASKS

SAME = ("schema", "machine", "instruction_sets", "build", "numpy", "peak_how")


def merge(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the runs as one; raises ValueError if they do not belong together."""
    first = runs[0]
    workers: dict[tuple[str, int], dict[str, Any]] = {}
    cases: dict[tuple[str, str, str], dict[str, Any]] = {}
    memory: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for run in runs:
        for name in SAME:
            if run[name] != first[name]:
                raise ValueError(f"{name} differs between the runs: {first[name]} and {run[name]}")
        for worker in run["workers"]:
            known = workers.setdefault((worker["peer"], worker["threads"]), worker)
            if known.get("versions") != worker.get("versions"):
                raise ValueError(
                    f"{worker['peer']} differs: {known.get('versions')} and {worker.get('versions')}"
                )
        for case in run["cases"]:
            key = case["task"], case["dtype"], case["size"]
            if key in cases:
                raise ValueError(f"{' '.join(key)} is in more than one run")
            cases[key] = case
        for row in run["memory"]:
            memory[row["size"], row["task"], row["dtype"], row["peer"]] = row
    dates = sorted(run["date"] for run in runs)
    return {
        **first,
        "date": dates[0] if len(runs) == 1 else f"{dates[0]} to {dates[-1]}",
        "command": "`, `".join(run["command"] for run in runs),
        "workers": list(workers.values()),
        "cases": [cases[key] for key in sorted(cases, key=_place)],
        "memory": list(memory.values()),
    }


def _place(key: tuple[str, str, str]) -> tuple[int, int, int]:
    task, dtype, size = key
    return [*TASKS].index(task), DTYPES.index(dtype), [*SIZES].index(size)
