"""The axis of time: below the first tick stands the day, month or year it is in, and where that changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from gatewise.support.extras import need
from gatewise.train.data.reading.steps import Times
from gatewise.train.report.drawing import whole_numbers

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MOST_TICKS = 7
ALONE = 2  # so many times have a tick each: dates chosen between them would tell nothing


def label_times(axes: Any, times: Times) -> None:
    """Write dates as dates, counted steps as whole numbers."""
    kind = np.asarray(times).dtype.kind
    if kind == "M":
        _label_dates(axes, np.unique(times))
    elif kind in "iu":
        whole_numbers(axes.xaxis)
        axes.ticklabel_format(axis="x", style="plain", useOffset=False)


def _label_dates(axes: Any, times: Times) -> None:
    """Put the ticks of an axis whose lines are drawn at whole years, months, days or hours."""
    dates = need("matplotlib.dates", "train", "the report")
    low, high = axes.get_xlim()
    ticks = dates.date2num(times)
    if len(times) > ALONE:
        locator = dates.AutoDateLocator(minticks=3, maxticks=MOST_TICKS)
        locator.set_axis(axes.xaxis)
        ticks = locator.tick_values(*dates.num2date([low, high]))
    ticks = [tick for tick in ticks if low <= tick <= high]  # a locator also gives some outside
    # Without the zone that matplotlib adds: the times are already what the clocks showed.
    axes.set_xticks(ticks, tick_texts([tick.replace(tzinfo=None) for tick in dates.num2date(ticks)]))
    axes.set_xlim(low, high)


def tick_texts(moments: Sequence[datetime]) -> list[str]:
    """Label ticks as finely as they need, and below the first, and wherever it changes, what they are within.

    2023, 2024 · Jan 2023, Jul · 23 May 2023, 30, 6 Jun · 18:00 31 May 2023, 00:00 1 Jun
    """
    fine = [_finest(moment) for moment in moments]
    unit = max(fine, default=0)
    texts = []
    for place, moment in enumerate(moments):
        before = moments[place - 1] if place else None
        upper, lower = _split(moment, unit, before)
        texts.append(f"{upper}\n{lower}" if lower else upper)
    return texts


def _finest(moment: datetime) -> int:
    """Return the last part of a time that counts: 0 year, 1 month, 2 day, 3 minute, 4 second, 5 less."""
    if moment.microsecond:
        return 5
    if moment.second:
        return 4
    if moment.hour or moment.minute:
        return 3
    return 2 if moment.day > 1 else int(moment.month > 1)


def _split(moment: datetime, unit: int, before: datetime | None) -> tuple[str, str]:
    """Return what stands at a tick, and below it what it is within where the tick before is in another."""
    year, month = str(moment.year), MONTHS[moment.month - 1]
    new_year = before is None or before.year != moment.year
    new_month = new_year or (before is not None and before.month != moment.month)
    if unit == 0:
        return year, ""
    if unit == 1:
        return month, year if new_year else ""
    if unit == 2:
        return str(moment.day), " ".join([month] * new_month + [year] * new_year)
    new_day = new_month or (before is not None and before.day != moment.day)
    clock = moment.strftime({3: "%H:%M", 4: "%H:%M:%S", 5: "%H:%M:%S.%f"}[unit])
    return clock, " ".join([f"{moment.day} {month}"] * new_day + [year] * new_year)
