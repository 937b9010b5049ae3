"""Dates that name a quarter, month or week: 2013 Q4, Dec 2013, 31-Dec-2013, December 31, 2013, 2013-W52."""

from __future__ import annotations

import re
from datetime import date

import numpy as np

_YEAR, _MONTH, _DAY = r"(?P<year>\d{4})", r"(?P<month>[A-Za-z]{3,9})\.?", r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_GAP = r"[\s,./-]*"
_FORMS = [
    re.compile(form)
    for form in (
        rf"{_YEAR}{_GAP}[Qq](?P<quarter>[1-4])",
        rf"[Qq](?P<quarter>[1-4]){_GAP}{_YEAR}",
        rf"{_YEAR}{_GAP}[Ww](?P<week>\d{{1,2}})",
        rf"{_YEAR}{_GAP}{_MONTH}{_GAP}{_DAY}",
        rf"{_DAY}{_GAP}{_MONTH}{_GAP}{_YEAR}",
        rf"{_MONTH}{_GAP}{_DAY}[\s,./-]+{_YEAR}",
        rf"{_YEAR}{_GAP}{_MONTH}",
        rf"{_MONTH}{_GAP}{_YEAR}",
        r"(?P<year>\d{4})M(?P<number>\d{1,2})",
    )
]


def day_of(text: str) -> np.datetime64 | None:
    """Return the first day of what a text names, or None if it names none."""
    text = " ".join(text.split())
    for form in _FORMS:
        found = form.fullmatch(text)
        if found and (day := _day(found.groupdict())) is not None:
            return day
    return None


def _day(parts: dict[str, str | None]) -> np.datetime64 | None:
    year = int(parts["year"] or 0)
    try:
        if quarter := parts.get("quarter"):
            return np.datetime64(f"{year:04}-{3 * int(quarter) - 2:02}-01")
        if week := parts.get("week"):
            return np.datetime64(date.fromisocalendar(year, int(week), 1))
        named = parts.get("number")
        number = int(named) if named else _month(parts.get("month") or "")
        day = int(parts.get("day") or 1)
        return np.datetime64(f"{year:04}-{number:02}-{day:02}") if number else None
    except ValueError:  # 31 Feb, week 54
        return None


MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip


def _month(name: str) -> int:
    """Return the number of a month by the first three letters or more of its English name; else 0."""
    found = [number for number, month in enumerate(MONTHS, 1) if month.startswith(name.lower())]
    return found[0] if len(name) >= 3 and found else 0
