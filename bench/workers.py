"""The worker processes: start one for each library and number of threads, ask it, keep it still meanwhile."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from peers import PEERS

HERE = Path(__file__).parent
WAIT = 600.0  # seconds for an answer; after that the worker is ended and its row says so


def installed(peer: str) -> bool:
    """Whether all that a peer needs is installed."""
    try:
        for distribution in PEERS[peer].needs:
            metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True


def environment(peer: str, threads: int) -> dict[str, str]:
    """Return what a worker's environment has beside this process's own."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "GATEWISE_THREADS")
    return dict.fromkeys(names, str(threads)) | dict(PEERS[peer].environment)


class Worker:
    """A process that does one library's work. It is stopped (SIGSTOP) whenever it has nothing to answer.

    A library's own threads may spin for a while after the work is done. Stopped, they cannot take time from
    the library that is measured next.
    """

    def __init__(self, peer: str, threads: int, log: Path) -> None:
        self.peer, self.threads, self.log = peer, threads, log / f"{peer}-{threads}.log"
        self._begin()

    def _begin(self) -> None:
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(HERE / "worker.py"), self.peer, str(self.threads)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, **environment(self.peer, self.threads)},
            )
        self.started = self.ask("start")

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Send a request and return the answer; {"error": ...} if the process ends or does not answer."""
        process = self.process
        assert process.stdin is not None
        assert process.stdout is not None
        line = ""
        with contextlib.suppress(BrokenPipeError, ProcessLookupError):
            process.send_signal(signal.SIGCONT)
            print(json.dumps({"do": do, **arguments}), file=process.stdin, flush=True)
            if select.select([process.stdout], [], [], WAIT)[0]:
                line = process.stdout.readline()
        if line:
            process.send_signal(signal.SIGSTOP)
            answer: dict[str, Any] = json.loads(line)
            return answer
        return {"error": self._ended(do)}

    def _ended(self, do: str) -> str:
        """Say how the process ended, or end it, and begin anew."""
        code = self.process.poll()
        self.close()
        said = self.log.read_text(errors="replace").strip().splitlines()[-1:] or [""]
        if do != "start":
            self._begin()
        what = f"no answer to {do!r} in {WAIT:.0f} s" if code is None else f"ended with {code} in {do!r}"
        return f"{what}: {said[0][:200]}"

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()
