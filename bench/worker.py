"""One library in a process of its own: `python worker.py PEER THREADS`. Started and asked by workers.py.

A request is a line of JSON on standard input, its answer a line on standard output:

    {"do": "start"}                                 versions, seconds to import
    {"do": "truth", "case": [...], "file": "..."}   write the task's results for others to compare with
    {"do": "make", "case": [...], "file": "..."}    build the program, compare with the file, warm up
    {"do": "time", "seconds": s}                    samples, in seconds for one run of the task
    {"do": "memory", "case": [...]}                 bytes that a first run takes at its peak
    {"do": "drop"}                                  forget the program
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cases import Case, problem
from peers import PEERS, Program, Unsupported

SHORTEST_SAMPLE = 1e-3  # seconds: shorter runs are repeated, so that the clock's own time does not count
SAMPLES_AT_MOST = 12  # in one round
WARM = 0.5  # of a turn, before anything counts
TOLERANCE = {"float32": 2e-3, "float64": 1e-9}  # of an array's largest entry: sums over up to 93 000 steps


class Worker:
    def __init__(self, peer: str, threads: int) -> None:
        self.peer, self.threads = PEERS[peer], threads
        self.library: Any = None
        self.program: Program | None = None
        self.once = 0.0  # seconds of one run
        self.calls = 1  # in one sample

    def start(self) -> dict[str, Any]:
        begin = time.perf_counter()
        self.library = importlib.import_module(self.peer.module)
        versions = self.library.start(self.threads)
        return {"versions": versions, "import_seconds": time.perf_counter() - begin}

    def truth(self, case: list[str], file: str) -> dict[str, Any]:
        np.savez(file, **self._build(Case(*case)).results())
        return {}

    def make(self, case: list[str], file: str | None) -> dict[str, Any]:
        self.program = self._build(Case(*case))
        errors = compare(self.program.results(), file) if file else {}
        wrong = {name: error for name, error in errors.items() if not error <= TOLERANCE[case[2]]}
        self.once = timed(self.program.run, 1)
        if self.once < 0.1:  # the first may have been slow
            self.once = min(timed(self.program.run, 1) for _ in range(5))
        self.calls = max(1, round(SHORTEST_SAMPLE / max(self.once, 1e-7)))
        return {"errors": errors, "agrees": not wrong, "calls": self.calls}

    def time(self, seconds: float) -> dict[str, Any]:
        assert self.program is not None
        run, repeats = self.program.run, self.program.repeats
        gc.collect()
        gc.disable()
        samples: list[float] = []
        end = time.perf_counter() + seconds
        # The worker has just been woken: its caches are cold, its threads asleep, and for some tens of
        # milliseconds they may share one CPU.
        while self.once < seconds and time.perf_counter() < end - (1 - WARM) * seconds:
            run()
        while len(samples) < SAMPLES_AT_MOST and (time.perf_counter() < end or not samples):
            samples.append(timed(run, self.calls) / repeats)
        gc.enable()
        return {"samples": samples}

    def memory(self, case: list[str]) -> dict[str, Any]:
        # A small problem first: it loads what is loaded late and starts the threads.
        kept = [self._build(Case("small", *case[1:])).run()]
        program = self._build(Case(*case))
        gc.collect()
        before = resident()
        kept.append(program.run())
        return {"bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before}

    def drop(self) -> dict[str, Any]:
        self.program = None
        gc.collect()
        return {}

    def _build(self, case: Case) -> Program:
        if case.task not in self.library.PROGRAMS:
            raise Unsupported(f"no {case.task}")
        program: Program = self.library.PROGRAMS[case.task](problem(case))
        return program


def timed(run: Callable[[], object], calls: int) -> float:
    """Seconds of one run, of `calls` in a row."""
    begin = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - begin) / calls


def compare(results: dict[str, Any], file: str) -> dict[str, float]:
    """Return each array's largest difference from the file's, as a share of that array's largest entry."""
    with np.load(file) as truth:
        return {
            name: float(np.abs(results[name] - truth[name]).max() / max(np.abs(truth[name]).max(), 1e-30))
            for name in truth.files
        }


def resident() -> int:
    """Bytes of memory that the process holds now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def main() -> None:
    # Libraries write to standard output; answers go to a copy of it, and the rest to standard error.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    worker = Worker(sys.argv[1], int(sys.argv[2]))
    if hasattr(os, "sched_setaffinity"):  # as many CPUs as threads: JAX takes its number of threads from this
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: worker.threads])
    for line in sys.stdin:
        request = json.loads(line)
        do: Callable[..., dict[str, Any]] = getattr(worker, request.pop("do"))
        try:
            answer = do(**request)
        except Unsupported as refused:
            answer = {"unsupported": str(refused)}
        except Exception as error:  # noqa: BLE001 - whatever a library raises belongs into its row
            answer = {"error": f"{type(error).__name__}: {error}"[:500]}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
