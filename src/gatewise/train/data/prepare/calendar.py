"""Calendar features: how far a time is through its day, its week, its year, as sine and cosine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from gatewise.support.arrays import FloatArray
from gatewise.train.data.reading.steps import Times
from gatewise.train.data.reading.times import clock_time

CYCLES = {"hour": 1.0, "weekday": 7.0, "year": 365.0}
"""The cycles and their length in days: through the day, through the week, through the year."""


def fitting_cycles(step_days: float, covered_days: float) -> tuple[str, ...]:
    """Return the cycles that rows `step_days` apart can show and training rows over `covered_days` have seen.

    A network that has not seen a whole year cannot know what a place in the year means, and would be led
    astray by one it has not met.
    """
    return tuple(name for name, days in CYCLES.items() if step_days < days <= covered_days)


def calendar(
    times: Times, zone: str | None, cycles: Sequence[str], dtype: DTypeLike = np.float64
) -> FloatArray:
    """Return sine and cosine of each cycle by the clocks of `zone`: (rows, 2·cycles), from -1 to 1."""
    columns: FloatArray = np.empty((len(times), 2 * len(cycles)), dtype)
    if not cycles:
        return columns
    local = clock_time(np.asarray(times), zone)
    days = local.astype("datetime64[D]")
    of_day = (local - days) / np.timedelta64(1, "D")
    for place, cycle in enumerate(cycles):
        if cycle == "hour":
            phase = of_day
        elif cycle == "weekday":  # Monday is 0; 1970-01-01 was a Thursday
            phase = ((days.astype(np.int64) + 3) % 7 + of_day) / 7
        else:
            years = local.astype("datetime64[Y]")
            start = years.astype("datetime64[D]")
            phase = ((days - start).astype(np.int64) + of_day) / (
                (years + 1).astype("datetime64[D]") - start
            ).astype(np.int64)
        columns[:, 2 * place] = np.sin(2 * np.pi * phase)
        columns[:, 2 * place + 1] = np.cos(2 * np.pi * phase)
    return columns
