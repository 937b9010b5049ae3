"""What a run's samples come to: times with their spread, ratios between libraries, shares of the peak.

Read by report.py, which makes tables of them, and by plot.py, which draws them. A time is the median of all
samples, ± half the distance between the quartiles.
"""

from __future__ import annotations

import statistics
from typing import Any, NamedTuple

from peers import OURS, is_ours

UNITS = (("s", 1.0, 1.0), ("ms", 1e3, 1e-3), ("µs", 1e6, 0.0))
FEWEST = 3  # samples that have a spread


class Time(NamedTuple):
    """Seconds of one run: the middle and the quartiles of so many samples."""

    median: float
    low: float
    high: float
    samples: int

    def __str__(self) -> str:
        unit, scale = next((u, s) for u, s, least in UNITS if self.median >= least)
        spread = f" ±{50 * (self.high - self.low) / self.median:.0f}%" if self.samples >= FEWEST else ""
        return f"{self.median * scale:.3g} {unit}{spread}"


def time_of(row: dict[str, Any]) -> Time | None:
    """Median and quartiles of a row, None if it was not timed or its numbers are wrong."""
    samples = sorted(sample for one in row["rounds"] for sample in one)
    if not samples or not row.get("agrees"):
        return None
    if len(samples) == 1:
        return Time(*samples * 3, 1)
    low, _, high = statistics.quantiles(samples, n=4, method="inclusive")
    return Time(statistics.median(samples), low, high, len(samples))


def times(case: dict[str, Any], threads: int | None) -> dict[str, Time]:
    """Each peer's time with a number of threads; with None, the best of all."""
    found: dict[str, Time] = {}
    for row in case["rows"]:
        time = time_of(row)
        if time and threads in (None, row["threads"]):
            found[row["peer"]] = min(time, found.get(row["peer"], time))
    return found


def ratios(found: dict[str, Time]) -> dict[str, float]:
    """How many times as long as this engine each peer takes."""
    others = {peer: time for peer, time in found.items() if not is_ours(peer)}
    return {peer: time.median / found[OURS].median for peer, time in others.items()} if OURS in found else {}


def peaks(result: dict[str, Any]) -> dict[tuple[str, int], float]:
    """GFLOP/s of the multiply-add loop by dtype and threads: the most that was seen in the whole run."""
    most: dict[tuple[str, int], float] = {}
    for case in result["cases"]:
        for threads, rates in case["peak_gflops"].items():
            key = (case["dtype"], int(threads))
            most[key] = max(most.get(key, 0.0), *rates)
    return most


def share_of_peak(case: dict[str, Any], threads: int, most: dict[tuple[str, int], float]) -> float | None:
    """This engine's rate over the peak's."""
    ours = times(case, threads).get(OURS)
    return case["flops"] / ours.median * 1e-9 / most[case["dtype"], threads] if ours else None


def thread_counts(case: dict[str, Any]) -> list[int | None]:
    """1, 2 and, where there are several, None for the best of them."""
    counts: list[int | None] = [*sorted({row["threads"] for row in case["rows"]})]
    return counts if len(counts) == 1 else [*counts, None]
