"""Times of a table: written ones (written_times.py), Arrow timestamps, plain numbers.

Times with an offset or a zone are kept in UTC, others as they stand. They are exact to the microsecond.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from gatewise.support.extras import need
from gatewise.train.data.data_error import DataError
from gatewise.train.data.reading.cells import first_null, kind_of, to_numbers
from gatewise.train.data.reading.day_order import likelier, told_apart
from gatewise.train.data.reading.steps import Times
from gatewise.train.data.reading.written_times import (
    ALL,
    NUMBERS,
    TWO_DIGITS,
    ZONE_NAME,
    Writing,
    plain_spaces,
    zone_of,
)

_OFFSET = re.compile(r"(?<=\d)(Z|[+-](0\d|1[0-5])(:?[0-5]\d)?)$")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}(:\d{2}(:\d{2}(\.\d+)?)?)?)?")
_NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?")
ADVICE = (
    "Write 2013-12-31 05:00 (ISO 8601), 12/31/2013 5:00 PM, 31 Dec 2013, Dec 2013, 2013 Q4, or whole numbers "
    "that count the steps."
)


class TimeReader:
    """Reads the time column piece by piece; the first piece decides how times are written.

    Parameters
    ----------
    day_first : bool, optional
        In dates such as 1/2/2013, whether the day comes first; told by the rows if None.
    column : callable, optional
        Goes through the pieces of the whole column, where the first one does not tell.

    Attributes
    ----------
    zone : str or None
        "UTC", an offset such as "+01:00", a zone's name; None for times without one and for numbers.
    """

    def __init__(
        self, source: str, name: str, decimal: str, day_first: bool | None = None,
        column: Callable[[], Iterable[Any]] | None = None,
    ) -> None:  # fmt: skip
        self._where, self._source, self._name = f"{source}, column {name}", source, name
        self._decimal, self._day_first, self._column = decimal, day_first, column
        self._form: Writing | str | None = None  # or "number"
        self._example = ""
        self._zoned = False
        self._offsets: set[str] = set()
        self.zone: str | None = None

    @property
    def day_first(self) -> bool | None:
        """Whether the day comes first in dates such as 1/2/2013; None where nothing is written so."""
        return self._form.day_first if isinstance(self._form, Writing) else None

    @property
    def notes(self) -> list[str]:
        """What was done, for the user."""
        if len(self._offsets) < 2:
            return []
        offsets = sorted(self._offsets)
        return [
            f"the times in column {self._name} have {len(offsets)} offsets from UTC "
            f"({', '.join(offsets[:3])}); they are kept in UTC, and so is the calendar"
        ]

    def read(self, column: Any, first: int) -> Times:
        """Return a piece of the column; `first` rows come before it.

        Raises
        ------
        DataError
            If a row has no time, one written otherwise than the first, or only some have an offset from UTC.
        """
        compute = need("pyarrow.compute", "train", "reading times")
        row = first_null(column)
        if row is not None:
            raise self._missing(first + row + 1)
        kind = kind_of(column)
        if kind == "time":
            return self._stamps(column)
        if kind == "text":
            return self._texts(column, first)
        if kind.startswith(("duration", "time32", "time64")):
            what = "durations" if kind.startswith("duration") else "times of a day without the day"
            raise DataError(
                f"{self._where} holds {what}; make them times, or numbers of a unit such as hours."
            )
        if self._form is None:
            self._form = self._of_numbers(column)
        if isinstance(self._form, Writing):
            return self._written(compute.cast(column, "string"), first)
        return to_numbers(self._source, self._name, column, first, self._decimal)

    def _missing(self, row: int) -> DataError:
        return DataError(f"{self._where}, row {row}: the time is missing; every row needs one.")

    def _of_numbers(self, column: Any) -> Writing | str:
        """Tell whole numbers that are dates, 20131231, from those that count steps."""
        arrow = need("pyarrow", "train", "reading times")
        compute = need("pyarrow.compute", "train", "reading times")
        if arrow.types.is_integer(column.type):
            texts = compute.cast(column, "string")
            for writing in (each for each in ALL if each.date in NUMBERS):
                if writing.matches(texts[0].as_py()) and writing.read(texts).good.all():
                    self._example = texts[0].as_py()
                    return writing
        return "number"

    def _stamps(self, column: Any) -> Times:
        arrow = need("pyarrow", "train", "reading times")
        column = column.dictionary_decode() if arrow.types.is_dictionary(column.type) else column
        self.zone = getattr(column.type, "tz", None)
        plain = column.cast(
            arrow.timestamp("us", self.zone) if self.zone else arrow.timestamp("us"), safe=False
        )
        return _moments(plain)

    # Written times ------------------------------------------------------------------------------------------

    def _texts(self, column: Any, first: int) -> Times:
        compute = need("pyarrow.compute", "train", "reading times")
        texts = plain_spaces(column)
        blank = compute.index(texts, "").as_py()
        if blank >= 0:
            raise self._missing(first + blank + 1)
        if self._form is None:
            self._example = texts[0].as_py()
            self._form = self._found(texts)
        if not isinstance(self._form, Writing):
            return to_numbers(self._source, self._name, column, first, self._decimal)
        fast = self._iso(texts) if self._form.date == "iso" else None
        return self._written(texts, first) if fast is None else fast

    def _found(self, texts: Any) -> Writing | str:
        """Say how the times of the first piece are written."""
        text = self._example
        for writing in ALL:
            if writing.matches(text):
                one = writing.read(texts.slice(0, 1))
                self._zoned = bool(one.zoned[0])
                if writing.date == "a/b/year":
                    return self._slashed(writing, texts)
                if one.good[0] and (writing.date not in NUMBERS or writing.read(texts).good.all()):
                    return writing
        if _NUMBER.fullmatch(text):
            return "number"
        where = f'{self._where}, row 1: "{text[:40]}"'
        if TWO_DIGITS.fullmatch(text):
            raise DataError(f"{where} has a year of two digits, which does not say the century; write four.")
        if (named := ZONE_NAME.fullmatch(text)) and any(
            each.matches(text[: named.start(1)].strip()) for each in ALL
        ):
            raise DataError(
                f"{where} names the time zone {named[1]}; write the offset from UTC instead, as in "
                "2013-12-31 05:00+01:00, or all times in UTC."
            )
        raise DataError(f"{where} is no time that can be read. {ADVICE}")

    def _slashed(self, writing: Writing, texts: Any) -> Writing:
        """Tell 31/12/2013 from 12/31/2013."""
        if self._day_first is not None:
            return replace(writing, day_first=self._day_first)
        told = told_apart(writing, [texts] if self._column is None else self._column())
        if told is not None:
            return told
        if likelier(writing, texts).read(texts).good.all():
            raise DataError(
                f'{self._where}: in "{self._example}" day and month cannot be told apart by any row. Say '
                "--day-first if it is day/month/year, --no-day-first if month/day/year (day_first=True, "
                f"False), or write {re.findall(r'[0-9]{4}', self._example)[0]}-MM-DD (ISO 8601)."
            )
        return likelier(writing, texts)  # the row that is no date is named where it is read

    def _iso(self, texts: Any) -> Times | None:
        """Read plain ISO 8601, which is fast; None if it is not plain throughout."""
        arrow = need("pyarrow", "train", "reading times")
        compute = need("pyarrow.compute", "train", "reading times")
        offsets: set[str] = set()
        if self._zoned:
            ends = compute.utf8_slice_codeunits(texts, -6, 1 << 30)
            for end in compute.unique(ends).to_pylist():
                match = _OFFSET.search("0" + end) if end[0] in "+-" else _OFFSET.search(end)
                if match is None:
                    return None
                offsets.add(zone_of(match[0]))
        try:
            kind = arrow.timestamp("us", "UTC") if self._zoned else arrow.timestamp("us")
            stamps = compute.cast(texts, kind)
        except arrow.ArrowInvalid:
            return None
        self._take_offsets(offsets)
        return _moments(stamps)

    def _take_offsets(self, offsets: set[str]) -> None:
        self._offsets |= offsets
        if self._offsets:
            self.zone = next(iter(self._offsets)) if len(self._offsets) == 1 else "UTC"

    def _written(self, texts: Any, first: int) -> Times:
        assert isinstance(self._form, Writing)
        read = self._form.read(texts)
        wrong = ~read.good | (read.zoned != self._zoned)
        if wrong.any():
            row = int(wrong.argmax())
            raise self._refused(texts[row].as_py(), first + row + 1, bool(read.good[row]))
        self._take_offsets(read.offsets)
        return read.times

    def _refused(self, text: str, row: int, good: bool) -> DataError:
        """Say what is wrong with a row."""
        assert isinstance(self._form, Writing)
        where = f'{self._where}, row {row}: "{text[:40]}"'
        if good:
            has = f"the offset {self._example_zone()}" if self._zoned else "no offset from UTC"
            return DataError(
                f"{where} mixes time zones; the first row has {has}. Write all times in UTC, or all with "
                "their offset."
            )
        if self._form.matches(text):
            order = {None: "", True: " The day is read first.", False: " The month is read first."}
            return DataError(
                f"{where} is no time: there is no such day, or no such hour.{order[self.day_first]}"
            )
        return DataError(
            f"{where} is no time such as {'2013-12-31 05:00' if self._form.date == 'iso' else 'the first'}"
            + ("." if self._form.date == "iso" else f', "{self._example[:40]}".')
        )

    def _example_zone(self) -> str:
        arrow = need("pyarrow", "train", "reading times")
        assert isinstance(self._form, Writing)
        return next(iter(self._form.read(arrow.array([self._example])).offsets))


def _moments(stamps: Any) -> Times:
    """Return timestamps of Arrow in microseconds as NumPy's, in memory of their own."""
    arrow = need("pyarrow", "train", "reading times")
    whole = np.asarray(stamps.cast(arrow.int64()).to_numpy(zero_copy_only=False))
    return whole.view("datetime64[us]").copy()


def time_text(value: np.generic, zone: str | None = None) -> str:
    """Write a time by the clocks of a zone, or the number that stands for one, as short as it can be."""
    if isinstance(value, np.datetime64):
        text = str(clock_time(np.array([value], "datetime64[us]"), zone)[0].astype("datetime64[s]"))
        return text.replace("T", " ").removesuffix(":00").removesuffix(" 00:00")
    return str(value) if isinstance(value, np.integer) else f"{value:.10g}"


def clock_time(times: Times, zone: str | None) -> Times:
    """Return UTC times as the clocks of a zone show them."""
    if zone in (None, "UTC") or times.dtype.kind != "M":
        return times
    arrow = need("pyarrow", "train", "times with a zone")
    compute = need("pyarrow.compute", "train", "times with a zone")
    stamps = arrow.array(times.ravel().view(np.int64)).cast(arrow.timestamp("us", zone))
    return _moments(compute.local_timestamp(stamps)).reshape(times.shape)
