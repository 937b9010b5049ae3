"""From when to when training, validation and test go: as times, as numbers that stand for times, as rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gatewise.support.arrays import IntArray
from gatewise.train.data import Windows
from gatewise.train.data.reading.times import clock_time

ROWS = "row of the series"


def parts(windows: Windows, of: str = "test") -> dict[str, dict[str, Any]]:
    """Return of each part that has windows what it predicts, from the first of all series to the last.

    Parameters
    ----------
    of : str
        What `windows.test` is called: of new data it holds all that were given.

    Returns
    -------
    dict
        Of each part `windows`, `from`, `to`, and `zone` where times have one. Times are text, as the clocks
        of the zone show them; numbers stay numbers; without times there are rows of the series, from 0.
    """
    named = {"training": windows.train, "validation": windows.validation}
    named["test" if len(windows.train) else of] = windows.test
    return {name: _span(windows, numbers) for name, numbers in named.items() if len(numbers)}


def _span(windows: Windows, numbers: IntArray) -> dict[str, Any]:
    """Say what some windows predict."""
    times = windows.where(_ends(windows, numbers))[1]
    first, last = times.min(), times.max()
    found: dict[str, Any] = {"windows": len(numbers)}
    if times.dtype.kind == "M":
        zone = windows.preparation.zone
        found |= {"from": time_text(first, zone), "to": time_text(last, zone)}
        return found | ({"zone": zone} if zone else {})
    if windows.dataset.time is None:
        found["by"] = ROWS
    return found | {"from": first.item(), "to": last.item()}


def _ends(windows: Windows, numbers: IntArray) -> IntArray:
    """Return the first and the last window of each stretch: between them, time only rises."""
    changes = np.flatnonzero(np.diff(windows.stretch_of(numbers))) + 1
    ends: IntArray = np.concatenate([numbers[:1], numbers[changes - 1], numbers[changes], numbers[-1:]])
    return ends


def span_text(part: Mapping[str, Any]) -> str:
    """Write one part's span: 2023-05-08 01:00 to 2023-05-31 21:00 UTC, or rows 850 to 999."""
    first, last = part["from"], part["to"]
    if part.get("by") == ROWS:
        return f"rows {first:,} to {last:,}"
    first, last = (each if isinstance(each, str) else _plain(each) for each in (first, last))
    return between(first, last, part.get("zone"))


def between(first: str, last: str, zone: str | None) -> str:
    """Write from when to when: the hour of both or of neither, and their zone if they have one."""
    if (" " in first) != (" " in last):
        first, last = (each if " " in each else f"{each} 00:00" for each in (first, last))
    return f"{first} to {last}{f' {zone}' if zone else ''}"


def time_text(value: np.generic, zone: str | None) -> str:
    """Write a time, or the number that stands for one, as short as it can be."""
    if isinstance(value, np.datetime64):
        text = str(clock_time(np.array([value], "datetime64[us]"), zone)[0].astype("datetime64[s]"))
        return text.replace("T", " ").removesuffix(":00").removesuffix(" 00:00")
    return _plain(value)


def _plain(value: Any) -> str:
    return str(int(value)) if isinstance(value, (int, np.integer)) else f"{value:.10g}"
