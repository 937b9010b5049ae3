"""Read a large CSV file and go through its windows, and say how much memory that took: run by test_data_larger.py.

    python read_much.py FILE SCRATCH MEMORY

MEMORY: bytes of data that gatewise keeps in memory. Prints facts as JSON; `peak` is the most memory of its own
(RssAnon: not that of mapped files, which the system takes back when it needs it) that the process had at once, beyond
what it had after its imports.
"""

import json
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.csv

from gatewise.train.data import Windows, read


def own_memory():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise OSError("/proc/self/status has no RssAnon")


class Watch(threading.Thread):
    """Looks every millisecond at how much memory there is."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self.ended = 0, threading.Event()

    def run(self):
        while not self.ended.wait(0.001):
            self.peak = max(self.peak, own_memory())


path, scratch, memory = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
pyarrow.set_cpu_count(2)  # it reads ahead a piece for each thread
pyarrow.csv.read_csv(pyarrow.BufferReader(b"y\n1\n"))  # its threads start
start, watch, begun = own_memory(), Watch(), time.perf_counter()
watch.start()
dataset = read(path, target="y", time="time", memory=memory, scratch=scratch)
windows = Windows.fit(dataset, window=24, horizon=6, stride=10, memory=memory, scratch=scratch)
reading, begun = time.perf_counter() - begun, time.perf_counter()
total, count = 0.0, 0
for first in range(0, len(windows.train), 256):
    batch = windows.batch(windows.train[first : first + 256])
    total += float(np.abs(batch.x[:, -1]).sum())
    count += len(batch.x)
watch.ended.set()
print(json.dumps({
    "bytes": path.stat().st_size, "rows": len(dataset), "windows": count, "sum": total,
    "mapped": isinstance(dataset.values, np.memmap), "peak": max(watch.peak, own_memory()) - start,
    "reading": round(reading, 2), "cutting": round(time.perf_counter() - begun, 2),
}))  # fmt: skip
