"""How much of the machine other processes took meanwhile (Linux): numbers of a busy machine prove little.

Libraries whose threads wait for each other by spinning suffer most: torch's OpenMP, on two threads beside
other busy processes, took a hundred times as long as alone.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


class Others:
    """Starts to count when made."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._pids = list(pids)
        self._begin = self._now()

    def share(self) -> float | None:
        """Share of all CPU time since then that was neither idle nor ours; None where it cannot be known."""
        now = self._now()
        if now is None or self._begin is None:
            return None
        wall, busy, own = (after - before for after, before in zip(now, self._begin, strict=True))
        return max(0.0, (busy - own) / (wall * (os.cpu_count() or 1)))

    def _now(self) -> tuple[float, float, float] | None:
        """Seconds: by the clock, of work of the whole machine, of work of ours."""
        try:
            fields = [int(text) for text in Path("/proc/stat").read_text().split(maxsplit=9)[1:9]]
        except (OSError, ValueError):
            return None
        user, nice, system, _idle, _waiting, irq, soft, stolen = fields
        mine = os.times()
        own = sum(mine[:4]) + sum(_seconds(pid) for pid in self._pids)
        return time.monotonic(), (user + nice + system + irq + soft + stolen) / TICK, own


def _seconds(pid: int) -> float:
    """CPU seconds of a process; 0 if it has ended, for then they are among those of our children."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICK
