"""How people write times: each writing is a pattern of a date, with or without clock and offset from UTC.

A whole piece of a column is read at once: its parts by one regular expression, the times from the parts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.support.arrays import IntArray
from gatewise.support.extras import need

_NAMES = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
          "november", "december")  # fmt: skip
MONTHS = {name[:size]: number for number, name in enumerate(_NAMES, 1) for size in (3, len(name))} | {
    "sept": 9
}
"""The number of a month by its name, whole or its first three letters."""

_Y, _D, _MONTH = (
    r"(?P<year>\d{4})",
    r"(?P<day>\d{1,2})",
    rf"(?P<name>{'|'.join(sorted(MONTHS, key=len, reverse=True))})\.?",
)
_TH = r"(?:st|nd|rd|th)?"
DATES = {
    "iso": rf"{_Y}[-/.](?P<month>\d{{1,2}})[-/.]{_D}",
    "day.month.year": rf"{_D}\. ?(?P<month>\d{{1,2}})\. ?{_Y}",
    "a/b/year": rf"(?P<a>\d{{1,2}})[/-](?P<b>\d{{1,2}})[/-]{_Y}",
    "yyyymmdd": r"(?P<year>(?:19|20)\d{2})(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])",
    "yyyymm": r"(?P<year>(?:19|20)\d{2})(?P<month>0[1-9]|1[0-2])",
    "month.year": r"(?P<month>0[1-9]|1[0-2])\.(?P<year>(?:19|20)\d{2})",
    "year name day": rf"{_Y}[ /-]?{_MONTH}[ /-]{_D}",
    "year name": rf"{_Y}[ /-]?{_MONTH}",
    "day name year": rf"{_D}{_TH}[. /-]{{0,2}}{_MONTH}[ ,/-]{{0,2}}{_Y}",
    "name day year": rf"{_MONTH} ?{_D}{_TH},? {_Y}",
    "name year": rf"{_MONTH}[ ,/-]{{0,2}}{_Y}",
    "year quarter": rf"{_Y}[ :/.-]?Q(?P<quarter>[1-4])",
    "quarter year": rf"Q(?P<quarter>[1-4])[ :/.-]?{_Y}",
    "year week": rf"{_Y}[ -]?W(?P<week>\d{{1,2}})(?:-?(?P<weekday>[1-7]))?",
    "week year": rf"W(?P<week>\d{{1,2}})[ /-]{_Y}",
    "year-month": rf"{_Y}[-/](?P<month>\d{{2}})",
    "year M month": rf"{_Y}[ -]?M(?P<month>\d{{1,2}})",
    "month/year": rf"(?P<month>\d{{1,2}})[/-]{_Y}",
    "day of the year": rf"{_Y}-(?P<of_year>\d{{3}})",
}
"""The writings of a date by name, in the order in which they are tried."""
NUMBERS = ("yyyymmdd", "yyyymm", "month.year")
"""Those that are numbers as well: dates only if every row is one."""

_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? )?"
_SECONDS = r"(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?"
_ZONE = r" ?(?P<zone>Z|UTC|GMT|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?)?"
_CLOCK = (
    rf"(?:(?:T|,? ) ?(?P<hour>\d{{1,2}})(?::?(?P<minute>\d{{2}})(?::?{_SECONDS})?)?"
    rf"(?: ?(?P<half>[ap])\.?m\.?|)(?: ?Uhr| ?h)?{_ZONE})?"
)
_TIGHT_CLOCK = r"(?:(?P<hour>\d{2})(?P<minute>\d{2})?(?P<second>\d{2})?)"  # as in 2013123105
_SPACES = r"[\s\x{00a0}\x{2009}\x{202f}]+"
TWO_DIGITS = re.compile(r"(?i)\d{1,2}[./ -](\d{1,2}|[a-z]{3,9})[./ -]\d{2}\b(?!\d).*|[a-z]{3,9}[./ '-]+\d{2}")
"""What a date with a year of two digits looks like."""
ZONE_NAME = re.compile(r".*\d(?: ?[AaPp]\.?[Mm]\.?)? ?([A-Z]{2,5}|[A-Z][a-z]+/[A-Z]\w+)")
"""A time that ends with the name of a zone."""


@dataclass(frozen=True)
class ReadTimes:
    """A piece of a column, read.

    Attributes
    ----------
    times : array (rows,)
        datetime64[us]; in UTC where a row has an offset.
    good : array (rows,)
        Whether a row could be read.
    zoned : array (rows,)
        Whether it has an offset from UTC.
    offsets : set of str
        The offsets as they are written.
    """

    times: NDArray[Any]
    good: NDArray[np.bool_]
    zoned: NDArray[np.bool_]
    offsets: set[str]


@dataclass(frozen=True)
class Writing:
    """One way to write times.

    Attributes
    ----------
    date : str
        A key of `DATES`.
    tight : bool
        Whether the clock's digits follow the date's at once.
    day_first : bool or None
        In a/b/year, whether a is the day.
    """

    date: str
    tight: bool = False
    day_first: bool | None = None

    @cached_property
    def pattern(self) -> str:
        """The regular expression of the whole."""
        return f"(?i)^{_WEEKDAY}{DATES[self.date]}{_TIGHT_CLOCK if self.tight else _CLOCK}$"

    @cached_property
    def groups(self) -> set[str]:
        """The parts that it has."""
        return set(re.findall(r"\(\?P<(\w+)>", self.pattern))

    def matches(self, text: str) -> bool:
        """Say whether a text looks like it."""
        return re.match(self.pattern, text) is not None

    def read(self, texts: Any) -> ReadTimes:
        """Read a piece of a column of texts, all at once."""
        compute = need("pyarrow.compute", "train", "reading times")
        found = compute.extract_regex(texts, self.pattern)
        good = np.array(found.is_valid().to_numpy(zero_copy_only=False))
        parts = {name: compute.fill_null(compute.struct_field(found, name), "") for name in self.groups}
        days, right = self._days(parts)
        clock, in_range = self._clock(parts)
        offset, zoned, offsets = _offsets(parts.get("zone"), len(texts))
        times = days.astype("datetime64[us]") + (clock - offset).astype("timedelta64[us]")
        return ReadTimes(times, good & right & in_range, zoned, offsets)

    def _days(self, parts: dict[str, Any]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Return the day of each row, and whether there is such a day."""
        year = _whole(parts["year"], "1970")
        start = (year - 1970).astype("datetime64[Y]")
        if "week" in parts:
            week, weekday = _whole(parts["week"], "1"), _whole(parts.get("weekday"), "1", len(year))
            fourth = start.astype("datetime64[D]") + 3  # 4 January is always in week 1
            monday = fourth - (fourth.astype(np.int64) + 3) % 7 + 7 * (week - 1)
            return monday + (weekday - 1), (week > 0) & ((monday + 3).astype("datetime64[Y]") == start)
        if "of_year" in parts:
            days = start.astype("datetime64[D]") + (_whole(parts["of_year"], "1") - 1)
            return days, days.astype("datetime64[Y]") == start
        if "a" in parts:
            a, b = _whole(parts["a"], "1"), _whole(parts["b"], "1")
            day, month = (a, b) if self.day_first else (b, a)
        else:
            day, month = _whole(parts.get("day"), "1", len(year)), _months(parts, len(year))
        months = start.astype("datetime64[M]") + (month - 1)
        days = months.astype("datetime64[D]") + (day - 1)
        return days, (month >= 1) & (month <= 12) & (days.astype("datetime64[M]") == months)

    def _clock(self, parts: dict[str, Any]) -> tuple[IntArray, NDArray[np.bool_]]:
        """Return the microseconds since midnight, and whether a clock can show that, up to 24:00."""
        compute = need("pyarrow.compute", "train", "reading times")
        if "hour" not in parts:
            return np.zeros(1, np.int64), np.ones(1, np.bool_)
        hour, minute, second = (_whole(parts[name], "0") for name in ("hour", "minute", "second"))
        right = (hour <= 24) & (minute < 60) & (second < 60)
        fraction = np.zeros(1, np.int64)
        if "half" in parts:
            half = np.asarray(compute.utf8_lower(parts["half"]).to_numpy(zero_copy_only=False), "U1")
            twelve = half != ""
            right &= ~twelve | ((hour >= 1) & (hour <= 12))
            hour = np.where(twelve, hour % 12 + 12 * (half == "p"), hour)
            digits = compute.utf8_slice_codeunits(compute.utf8_rpad(parts["fraction"], 6, "0"), 0, 6)
            fraction = _whole(digits, "0")
            if self.date != "iso":  # elsewhere a lone number may be a day or a year
                alone = np.asarray(compute.equal(parts["minute"], "")) & ~twelve
                right &= ~(alone & ~np.asarray(compute.equal(parts["hour"], "")))
        clock = ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction
        return clock, right & (clock <= 86_400_000_000)


ALL = (*(Writing(date) for date in DATES), Writing("yyyymmdd", tight=True))
"""Every writing, in the order in which they are tried."""


def plain_spaces(texts: Any) -> Any:
    """Return texts without spaces at the ends, and with plain single ones within."""
    arrow = need("pyarrow", "train", "reading times")
    texts = texts.dictionary_decode() if arrow.types.is_dictionary(texts.type) else texts
    compute = need("pyarrow.compute", "train", "reading times")
    return compute.utf8_trim_whitespace(compute.replace_substring_regex(texts, _SPACES, " "))


def zone_of(offset: str) -> str:
    """Return an offset in one writing: UTC, or +01:00."""
    digits = offset.replace(":", "").ljust(5, "0")
    return "UTC" if offset[0] not in "+-" or digits[1:] == "0000" else f"{digits[:3]}:{digits[3:]}"


def _whole(texts: Any, absent: str, rows: int = 0) -> IntArray:
    """Return whole numbers; `absent` where there is none."""
    if texts is None:
        return np.full(rows, int(absent), np.int64)
    compute = need("pyarrow.compute", "train", "reading times")
    filled = compute.if_else(compute.equal(texts, ""), absent, texts)
    return np.asarray(compute.cast(filled, "int64").to_numpy(zero_copy_only=False), np.int64)


def _months(parts: dict[str, Any], rows: int) -> IntArray:
    if "quarter" in parts:
        return 3 * _whole(parts["quarter"], "1") - 2
    if "name" not in parts:
        return _whole(parts.get("month"), "1", rows)
    encoded = parts["name"].dictionary_encode()
    numbers = np.array([MONTHS.get(name.lower(), 0) for name in encoded.dictionary.to_pylist()], np.int64)
    return np.asarray(numbers[encoded.indices.to_numpy(zero_copy_only=False)])


def _offsets(zone: Any, rows: int) -> tuple[IntArray, NDArray[np.bool_], set[str]]:
    """Return the offset of each row in microseconds, whether it has one, and all that occur."""
    if zone is None:
        return np.zeros(rows, np.int64), np.zeros(rows, np.bool_), set()
    encoded = zone.dictionary_encode()
    texts = [zone_of(text.upper()) if text else "" for text in encoded.dictionary.to_pylist()]
    minutes = [
        0 if text in ("", "UTC") else int(f"{text[0]}1") * (60 * int(text[1:3]) + int(text[4:]))
        for text in texts
    ]
    at = encoded.indices.to_numpy(zero_copy_only=False)
    offset = np.array(minutes, np.int64)[at] * 60_000_000
    return offset, np.array([text != "" for text in texts])[at], {text for text in texts if text}
