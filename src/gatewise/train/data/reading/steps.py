"""`Step`: how far one row is from the next in time, found from the times themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from gatewise.support.arrays import IntArray

Times = NDArray[Any]  # datetime64[us]; or int64 or float64 where steps are numbered

MOST_STEPS = 10_000  # different distances between rows; with more, times are taken as uneven
CHUNK = 1 << 20
ROUNDING = 1e-3  # of a step: how far fractions may lie beside whole steps
DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True)
class TimeStep:
    """The distance of two rows.

    Attributes
    ----------
    kind : str
        "fixed": `size` microseconds, or units of a time that is a number. "month": `size` calendar months.
        "weekday": Monday to Friday. "uneven": rows keep no step; `size` is the median.
    size : int or float
        How large it is.
    end : bool
        Of months: every time is the last day of its month.
    dated : bool
        Whether times are dates; else they are numbers.
    """

    kind: str
    size: float
    end: bool = False
    dated: bool = True

    def positions(self, times: Times) -> IntArray:
        """Return how many steps each time is after the first."""
        if self.kind == "weekday":
            days = times.astype("datetime64[D]")
            return np.busday_count(days[0], days).astype(np.int64)
        unit = times.astype("datetime64[M]") if self.kind == "month" else times
        if unit.dtype.kind == "f":
            return np.asarray(np.rint((unit - unit[0]) / self.size).astype(np.int64))
        distance: IntArray = (unit - unit[0]).astype(np.int64)
        return distance // int(self.size)

    def after(self, times: Times, count: IntArray) -> Times:
        """Return the times `count` steps after `times`; both are broadcast against one another."""
        if self.kind == "month":
            return self._months_after(times, count)
        if self.kind == "weekday":
            days = times.astype("datetime64[D]")
            moved = np.busday_offset(days, count, roll="backward").astype("datetime64[us]")
            return np.asarray(moved + (times - days))
        if times.dtype.kind == "f":
            return np.asarray(times + count * self.size)
        distance = count * int(self.size)
        return np.asarray(
            times + (distance.astype("timedelta64[us]") if times.dtype.kind == "M" else distance)
        )

    def _months_after(self, times: Times, count: IntArray) -> Times:
        first = times.astype("datetime64[M]")
        months = first + (count * int(self.size)).astype("timedelta64[M]")
        if self.end:
            last_day = (months + 1).astype("datetime64[D]") - 1
            return np.asarray(last_day.astype("datetime64[us]") + (times - times.astype("datetime64[D]")))
        return np.asarray(months.astype("datetime64[us]") + (times - first.astype("datetime64[us]")))

    @property
    def day(self) -> float | None:
        """How much of a day a step is; None where that does not say anything."""
        if not self.dated or self.kind == "uneven":
            return None
        return {"weekday": 1.0, "month": 30.4 * self.size}.get(self.kind, self.size / DAY)

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> Self:
        """Read what `to_dict` wrote."""
        return cls(**document)

    def __str__(self) -> str:
        if self.kind == "month":
            return "a month" if self.size == 1 else f"{self.size:g} months"
        if self.kind == "weekday":
            return "a weekday"
        if not self.dated:
            return f"{self.size:g}"
        for unit, size in (("days", DAY), ("hours", DAY / 24), ("minutes", DAY / 1440), ("seconds", 1e6)):
            if self.size % size == 0:
                return f"{self.size / size:g} {unit if self.size != size else unit[:-1]}"
        return f"{self.size / 1e6:g} seconds"


ROWS = TimeStep("fixed", 1, dated=False)
"""The step where there is no time: rows are numbered."""


def find_step(times: Times, bounds: Sequence[tuple[int, int]]) -> TimeStep:
    """Find the step of rising times; bounds are the first row and the row past the last of each series."""
    counts, dated = _distances(times, bounds), times.dtype.kind == "M"
    if not counts:
        return TimeStep("fixed", DAY) if dated else ROWS
    size = max(counts, key=lambda distance: (counts[distance], -distance))
    if times.dtype.kind == "f":
        return _of_fractions(counts)
    if dated:  # three Januaries may all be 365 days apart, and are years all the same
        special = _months(times, counts) or _weekdays(times, size)
        if special:
            return special
    if len(counts) <= MOST_STEPS and all(distance % size == 0 for distance in counts):
        return TimeStep("fixed", int(size), dated=dated)
    middle = sorted(counts)[len(counts) // 2]
    return TimeStep("uneven", int(middle), dated=dated)


def _of_fractions(counts: Counter[Any]) -> TimeStep:
    """Find the step of times that are fractions, within their rounding."""
    size = float(np.median(list(counts.elements())))
    steps = np.array(list(counts)) / size
    even = np.abs(steps - np.rint(steps)).max() < ROUNDING and np.rint(steps).min() >= 1
    return TimeStep("fixed" if even else "uneven", size, dated=False)


def _distances(times: Times, bounds: Sequence[tuple[int, int]]) -> Counter[Any]:
    counts: Counter[Any] = Counter()
    for first, end in bounds:
        for start in range(first, end - 1, CHUNK):
            distance = np.diff(times[start : min(start + CHUNK + 1, end)])
            values, number = np.unique(
                distance.astype(np.int64) if distance.dtype.kind == "m" else distance, return_counts=True
            )
            counts.update(dict(zip(values.tolist(), number.tolist(), strict=True)))
            if len(counts) > MOST_STEPS:
                return counts
    return counts


def _months(times: Times, counts: Counter[Any]) -> TimeStep | None:
    """Return the step if every time has its month's same day, or its last one, and the same hour."""
    if min(counts) < 28 * DAY or len(times) > CHUNK:
        return None
    months = times.astype("datetime64[M]")
    since = times - months.astype("datetime64[us]")
    ends = (months + 1).astype("datetime64[us]") - times
    at_end = bool((ends == ends[0]).all() and ends[0] <= np.timedelta64(DAY, "us"))
    if not at_end and not (since == since[0]).all():
        return None
    distances = np.diff(months).astype(np.int64)
    values, number = np.unique(distances[distances > 0], return_counts=True)
    size = int(values[number.argmax()])
    return TimeStep("month", size, at_end) if all(value % size == 0 for value in values.tolist()) else None


def _weekdays(times: Times, size: int) -> TimeStep | None:
    if size != DAY or len(times) > CHUNK or len(times) < 6:
        return None
    days = times.astype("datetime64[D]")
    same_hour = ((times - days) == (times[0] - days[0])).all()
    return TimeStep("weekday", 1) if same_hour and np.is_busday(days).all() else None
