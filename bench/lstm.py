"""Time this engine beside torch, JAX, TensorFlow and ONNX Runtime, those that are installed.

    python bench/lstm.py                                   about three minutes: float32, the sizes up to large
    python bench/lstm.py --full                            everything, about an hour and a half
    python bench/lstm.py --sizes nowcast --tasks train     a part of it
    python bench/report.py build/bench.json                the tables of an earlier run

Each library runs in a process of its own (worker.py) for each number of threads, on as many CPUs as threads.
The processes take turns, A B C A B C ..., so that whatever else the machine does meets them all alike; those
whose turn it is not are stopped. Before a program is timed, its outputs and gradients are compared with this
engine's on the same weights. The result is one JSON file with every sample; report.py makes tables of it and
plot.py a picture.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import shlex
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from rich.console import Console

import gatewise
import plot
import report
from cases import DTYPES, EPOCHS, SIZES, TASKS, Case
from machine.others import Others
from machine.peak import Peak
from peers import OURS, PEERS, is_ours
from workers import Worker, environment, installed

SCHEMA = 1
STREAMS = tuple(name for name in SIZES if name.startswith("stream"))
SERIES = tuple(name for name in SIZES if name not in STREAMS and name not in EPOCHS)
LEARNED = ("seed", "tiny", "small")  # where the steps between the passes count
REMEMBERED = ("torch", OURS)  # whose memory is measured: both have a trace of their own
JSON = Path("build/bench.json")


@dataclass(frozen=True)
class Plan:
    """How long to measure, and what if nothing is chosen."""

    rounds: int
    seconds: float  # of one turn
    case_seconds: float  # after which a case gets no further round ...
    least_rounds: int  # ... once it has so many
    tasks: tuple[str, ...]
    sizes: tuple[str, ...]
    dtypes: tuple[str, ...]


QUICK = Plan(
    rounds=3,
    seconds=0.15,
    case_seconds=4,
    least_rounds=1,
    tasks=("train", "forward", "stream", "learn"),  # torch takes many seconds for one packed training step
    sizes=(*SERIES[: SERIES.index("large") + 1], "stream-64-128"),
    dtypes=("float32",),
)
FULL = Plan(
    rounds=9,
    seconds=0.3,
    case_seconds=120,
    least_rounds=3,
    tasks=tuple(TASKS),
    sizes=tuple(SIZES),
    dtypes=DTYPES,
)


def cases(sizes: Iterable[str], tasks: Iterable[str], dtypes: Iterable[str]) -> list[Case]:
    """All sensible combinations."""
    where = {
        "train": SERIES,
        "forward": SERIES,
        "stream": STREAMS,
        "uneven": ("nowcast",),
        "learn": LEARNED,
        "epoch": tuple(EPOCHS),
        "epoch-uneven": ("forecast",),
    }
    return [
        Case(size, task, dtype)
        for dtype in dtypes
        for task in tasks
        for size in sizes
        if size in where[task]
    ]  # fmt: skip


def measure(case: Case, workers: list[Worker], peak: Peak, plan: Plan, folder: Path) -> dict[str, Any]:
    """Make every worker's program, let them take turns, and return the case with its rows."""
    truth = str(folder / "truth.npz")
    key = [case.size, case.task, case.dtype]
    ours = next(worker for worker in workers if worker.peer == OURS)
    compared = ours.ask("truth", case=key, file=truth) == {}
    rows = []
    for worker in workers:
        made = worker.ask("make", case=key, file=truth if compared else None)
        rows.append({"peer": worker.peer, "threads": worker.threads, **made, "rounds": []})
    running = [(worker, row) for worker, row in zip(workers, rows, strict=True) if "calls" in row]
    peaks: dict[str, list[float]] = {str(worker.threads): [] for worker in workers}
    others = Others(worker.process.pid for worker in workers)
    end = time.monotonic() + plan.case_seconds
    for number in range(plan.rounds):
        if number >= plan.least_rounds and time.monotonic() > end:
            break
        for threads, rates in peaks.items():
            rates.append(peak.measure(case.dtype, int(threads)))
        for worker, row in running:
            if "error" not in row:
                answer = worker.ask("time", seconds=plan.seconds)
                row["rounds"].append(answer.get("samples", []))
                row.update({key: answer[key] for key in answer if key == "error"})
    others_cpu = others.share()
    for worker in workers:
        worker.ask("drop")
    N, T, D, H = case.shape
    about = {"N": N, "T": T, "D": D, "H": H, "flops": case.flops(), "share": case.steps() / (N * T)}
    return {**asdict(case), **about, "others_cpu": others_cpu, "peak_gflops": peaks, "rows": rows}


def memory(peers: list[str], sizes: Iterable[str], folder: Path) -> list[dict[str, Any]]:
    """What a first training and a first forward without trace take at their peak, in fresh processes."""
    found = []
    for size in sizes:
        for task in ("train", "forward"):
            for peer in peers:
                worker = Worker(peer, 1, folder)
                answer = worker.ask("memory", case=[size, task, "float32"])
                worker.close()
                found.append({"size": size, "task": task, "dtype": "float32", "peer": peer, **answer})
    return found


def describe(workers: list[Worker], peak: Peak, plan: Plan) -> dict[str, Any]:
    """What a reader needs to repeat the run."""
    facts = gatewise.info()
    return {
        "schema": SCHEMA,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": shlex.join(["python", *sys.argv]),
        "plan": asdict(plan),
        "machine": {**facts["cpu"], "platform": facts["platform"], "python": facts["python"]},
        "instruction_sets": facts["instruction_sets"],
        "build": facts["build"],
        "numpy": metadata.version("numpy"),
        "peak_how": peak.how,
        "workers": [
            {"peer": w.peer, "threads": w.threads, "environment": environment(w.peer, w.threads), **w.started}
            for w in workers
        ],
        "cases": [],
        "memory": [],
    }


def run(arguments: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Measure all that was asked for; the file is written after every case, so that nothing is lost."""
    plan = FULL if arguments.full else QUICK
    plan = Plan(
        **asdict(plan) | {k: v for k in ("rounds", "seconds", "case_seconds") if (v := getattr(arguments, k))}
    )
    asked = cases(
        arguments.sizes or plan.sizes, arguments.tasks or plan.tasks, arguments.dtypes or plan.dtypes
    )
    if not asked:
        raise SystemExit("these sizes, tasks and dtypes have no case in common")
    with tempfile.TemporaryDirectory() as name:
        folder, workers = Path(name), list[Worker]()
        peak = Peak(folder)
        try:
            for peer in chosen_peers(arguments.peers, console):
                for threads in arguments.threads or sorted({1, min(2, os.cpu_count() or 1)}):
                    workers.append(Worker(peer, threads, folder))
            result = describe(workers, peak, plan)
            workers = [worker for worker in workers if "error" not in worker.started]
            for case in asked:
                result["cases"].append(measure(case, workers, peak, plan, folder))
                write(arguments.json, result)
                console.print(report.line(result["cases"][-1]), highlight=False, soft_wrap=True)
            if arguments.full or arguments.memory:
                present = [peer for peer in REMEMBERED if peer in {worker.peer for worker in workers}]
                result["memory"] = memory(present, ("nowcast", "medium"), folder)
                write(arguments.json, result)
        finally:
            for worker in workers:
                worker.close()
    return result


def chosen_peers(wanted: list[str] | None, console: Console) -> list[str]:
    """Those that are asked for and installed; AVX2 only where it is not what runs anyway."""
    found = []
    for peer in PEERS:
        if is_ours(peer) and peer != OURS:
            isa = dict(PEERS[peer].environment)["GATEWISE_ISA"]
            fits = isa in gatewise.info()["instruction_sets"][1:]
        else:
            fits = installed(peer)
        if peer != OURS and wanted is not None and peer not in wanted:
            continue
        if fits:
            found.append(peer)
        else:
            console.print(f"{PEERS[peer].label}: not here, left out")
    return found


def write(path: Path, result: dict[str, Any]) -> None:
    """Write the result whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".part")
    fresh.write_text(json.dumps(result, default=str), encoding="utf-8")
    fresh.replace(path)


def parse(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--full", action="store_true", help="all sizes, both dtypes, more rounds")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, metavar="SIZE", help=", ".join(SIZES))
    parser.add_argument("--tasks", nargs="+", choices=TASKS, metavar="TASK", help=", ".join(TASKS))
    parser.add_argument("--dtypes", nargs="+", choices=DTYPES)
    parser.add_argument("--peers", nargs="+", choices=PEERS, help="beside gatewise; all installed by default")
    parser.add_argument("--threads", nargs="+", type=int, help="numbers of threads; 1 and 2 by default")
    parser.add_argument("--rounds", type=int, help="turns of each worker")
    parser.add_argument("--seconds", type=float, help="length of a turn")
    parser.add_argument("--case-seconds", type=float, help="after which a case gets no further round")
    parser.add_argument("--memory", action="store_true", help="measure memory too (part of --full)")
    parser.add_argument("--json", type=Path, default=JSON, help=f"where every sample goes; {JSON}")
    report.add_outputs(parser)
    return parser.parse_args(given)


def main(given: list[str] | None = None) -> None:
    arguments = parse(given)
    console = report.console()
    result = run(arguments, console)
    report.show(result, console)
    report.write(result, arguments.markdown)
    plot.write(result, arguments.plot)
    console.print(f"every sample: {arguments.json}")


if __name__ == "__main__":
    main()
