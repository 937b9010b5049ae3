"""Limits of CPU time that a slow machine stretches: what is to be found is work that grows out of hand, not the machine."""

import time
from contextlib import contextmanager

LOOP = 200_000
SECONDS = 0.006  # of the loop below, where the limits were set


def _loop():
    start = time.process_time()
    total = 0
    for k in range(LOOP):
        total += k & 7
    return time.process_time() - start


def factor():
    """How many times slower than there plain Python is here and now; at least 1."""
    return max(1.0, min(_loop() for _ in range(3)) / SECONDS)


@contextmanager
def within(seconds):
    """Fail if the block takes more CPU time than this, stretched by `factor`."""
    start = time.process_time()
    yield
    spent, limit = time.process_time() - start, seconds * factor()
    assert spent < limit, f"{spent:.1f} s of CPU; {limit:.1f} s would be much here"
