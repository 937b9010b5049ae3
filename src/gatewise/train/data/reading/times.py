"""Times of a table: ISO 8601 and a few other writings, Arrow timestamps, plain numbers. One zone in a column.

Times with an offset or a zone are kept in UTC, others as they stand. They are exact to the microsecond.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.support.extras import need
from gatewise.train.data.data_error import DataError
from gatewise.train.data.reading import worded_times as worded
from gatewise.train.data.reading.cells import first_null, kind_of, to_numbers

Times = NDArray[Any]  # datetime64[us]; or int64 or float64 where steps are numbered

_OFFSET = re.compile(r"(?<=\d)(Z|[+-]\d{2}:?\d{2}|[+-]\d{2})$")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}(:\d{2}(:\d{2}(\.\d+)?)?)?)?")
# Other writings: how the date looks, and how it is read. a/b/yyyy is read where the rows tell month from day.
_DATES = {
    r"\d{1,2}\.\d{1,2}\.\d{4}": "%d.%m.%Y",
    r"\d{4}/\d{1,2}/\d{1,2}": "%Y/%m/%d",
    r"\d{4}-\d{1,2}-\d{1,2}": "%Y-%m-%d",
    r"\d{4}-\d{2}": "%Y-%m",
    r"(19|20)\d{6}": "%Y%m%d",
}
_CLOCKS = {
    "": "", r"[T ]\d{1,2}:\d{2}": " %H:%M", r"[T ]\d{1,2}:\d{2}:\d{2}": " %H:%M:%S",
    r"[T ]\d{1,2}:\d{2} ?[AaPp]\.?[Mm]\.?": " %I:%M %p",
    r"[T ]\d{1,2}:\d{2}:\d{2} ?[AaPp]\.?[Mm]\.?": " %I:%M:%S %p",
}  # fmt: skip


class TimeReader:
    """Reads the time column piece by piece; the first piece decides how times are written.

    Attributes
    ----------
    zone : str or None
        "UTC", an offset such as "+01:00", a zone's name; None for times without one and for numbers.
    """

    def __init__(self, source: str, name: str, decimal: str) -> None:
        self._where, self._source, self._name = f"{source}, column {name}", source, name
        self._decimal = decimal
        self._format: str | None = None
        self.zone: str | None = None

    def read(self, column: Any, first: int) -> Times:
        """Return a piece of the column; `first` rows come before it.

        Raises
        ------
        DataError
            If a row has no time, one written otherwise than the first, or one without a zone among others.
        """
        row = first_null(column)
        if row is not None:
            raise DataError(
                f"{self._where}, row {first + row + 1}: the time is missing; every row needs one."
            )
        kind = kind_of(column)
        if kind == "time":
            return self._stamps(column)
        if kind == "text":
            return self._texts(column, first)
        return to_numbers(self._source, self._name, column, first, self._decimal)

    def _stamps(self, column: Any) -> Times:
        arrow = need("pyarrow", "train", "reading times")
        self.zone = getattr(column.type, "tz", None)
        plain = column.cast(
            arrow.timestamp("us", self.zone) if self.zone else arrow.timestamp("us"), safe=False
        )
        return _moments(plain, "us")

    # Written times ------------------------------------------------------------------------------------------

    def _texts(self, column: Any, first: int) -> Times:
        arrow = need("pyarrow", "train", "reading times")
        compute = need("pyarrow.compute", "train", "reading times")
        texts = compute.utf8_trim_whitespace(
            column.dictionary_decode() if arrow.types.is_dictionary(column.type) else column
        )
        if self._format is None:
            self._format = self._found(texts)
            text = texts[0].as_py()  # the end of 2020-01-01 looks like an offset, and is none
            if self._format == "iso" and not _ISO.fullmatch(text) and (match := _OFFSET.search(text)):
                self.zone = _zone(match[0])
        if self._format == "number":
            return to_numbers(self._source, self._name, column, first, self._decimal)
        if self._format == "iso":
            return self._iso(texts, first)
        if self._format == "worded":
            return self._worded(texts, first)
        return self._other(texts, first)

    def _found(self, texts: Any) -> str:
        """Say how the times of the first piece are written."""
        sample = [texts[row].as_py() for row in range(min(len(texts), 2000))]
        if _ISO.fullmatch(sample[0]) or _ISO.fullmatch(_OFFSET.sub("", sample[0])):
            return "iso"
        for date, date_format in _DATES.items():
            for clock, clock_format in _CLOCKS.items():
                if re.fullmatch(date + clock, sample[0]):
                    return date_format + clock_format
        if re.match(r"\d{1,2}/\d{1,2}/\d{4}", sample[0]):
            return self._slashed(sample)
        if re.fullmatch(r"[+-]?\d*([.,]\d+)?", sample[0]):
            return "number"
        if worded.day_of(sample[0]) is not None:
            return "worded"
        raise DataError(
            f'{self._where}, row 1: "{sample[0][:40]}" is no time that can be read. Write 2013-12-31 '
            "05:00 (ISO 8601), 12/31/2013 5:00 PM, 31 Dec 2013, Dec 2013, 2013 Q4, or whole numbers "
            "that count the steps."
        )

    def _slashed(self, sample: list[str]) -> str:
        """Tell 31/12/2013 from 12/31/2013."""
        firsts = [int(text.split("/")[0]) for text in sample]
        seconds = [int(text.split("/")[1]) for text in sample]
        if (max(firsts) > 12) == (max(seconds) > 12):
            raise DataError(
                f'{self._where}: in "{sample[0]}" day and month cannot be told apart. Write '
                f"{sample[0].split('/')[2][:4]}-MM-DD (ISO 8601)."
            )
        date = "%d/%m/%Y" if max(firsts) > 12 else "%m/%d/%Y"
        clock = re.sub(r"^\d{1,2}/\d{1,2}/\d{4}", "", sample[0])
        return date + next((form for look, form in _CLOCKS.items() if re.fullmatch(look, clock)), "")

    def _iso(self, texts: Any, first: int) -> Times:
        arrow = need("pyarrow", "train", "reading times")
        compute = need("pyarrow.compute", "train", "reading times")
        if self.zone is not None and not self._same_zone(texts, first):
            self.zone = "UTC"  # offsets that differ, as across a clock change, say which moment each is
        kind = arrow.timestamp("us") if self.zone is None else arrow.timestamp("us", "UTC")
        try:
            stamps = compute.cast(texts, kind)
        except arrow.ArrowInvalid:
            raise self._refused(texts, first, kind) from None
        return _moments(stamps, "us")

    def _same_zone(self, texts: Any, first: int) -> bool:
        """Return whether all times have the offset of the first; one without any is refused."""
        compute = need("pyarrow.compute", "train", "reading times")
        ends = compute.utf8_slice_codeunits(texts, -6, 1 << 30)
        same = True
        for end in compute.unique(ends).to_pylist():
            match = _OFFSET.search("0" + end) if end[0] in "+-" else _OFFSET.search(end)
            if match is None:
                row = ends.to_pylist().index(end)
                raise self._mixed(texts[row].as_py(), first + row + 1)
            same &= _zone(match[0]) == self.zone
        return same

    def _mixed(self, text: str, row: int) -> DataError:
        first = "no offset from UTC" if self.zone is None else f"the offset {self.zone}"
        return DataError(
            f'{self._where}, row {row}: "{text}" mixes time zones; the first row has {first}. '
            "Write all times in UTC, or all with their offset."
        )

    def _refused(self, texts: Any, first: int, kind: Any) -> DataError:
        """Name the first row that cannot be read."""
        arrow = need("pyarrow", "train", "reading times")
        compute = need("pyarrow.compute", "train", "reading times")
        for row in range(len(texts)):
            text = texts[row].as_py()
            try:
                compute.cast(texts.slice(row, 1), kind)
            except arrow.ArrowInvalid:
                if self.zone is None and _OFFSET.search(text) and _ISO.fullmatch(_OFFSET.sub("", text)):
                    return self._mixed(text, first + row + 1)
                where = f"{self._where}, row {first + row + 1}"
                return DataError(f'{where}: "{text[:40]}" is no time such as 2013-12-31 05:00.')
        return DataError(f"{self._where} has a time that cannot be read.")

    def _worded(self, texts: Any, first: int) -> Times:
        """Read quarters and months by their names, each different writing once."""
        encoded = texts.dictionary_encode()
        days = []
        for text in encoded.dictionary.to_pylist():
            day = worded.day_of(text)
            if day is None:
                row = first + texts.to_pylist().index(text) + 1
                raise DataError(
                    f'{self._where}, row {row}: "{text[:40]}" is no time such as 31 Dec 2013 or 2013 Q4.'
                )
            days.append(day)
        places = encoded.indices.to_numpy(zero_copy_only=False)
        return np.asarray(np.array(days, "datetime64[us]")[places])

    def _other(self, texts: Any, first: int) -> Times:
        compute = need("pyarrow.compute", "train", "reading times")
        assert self._format is not None
        plain = compute.replace_substring(texts, "T", " ")
        if self._format.endswith("%p"):  # 1:05PM and 1:05 p.m. are 1:05 PM
            plain = compute.utf8_upper(plain)
            plain = compute.replace_substring_regex(plain, r"\s*([AP])\.?M\.?$", r" \1M")
        stamps = compute.strptime(plain, self._format, "s", error_is_null=True)
        row = first_null(stamps)
        if row is not None:
            raise DataError(
                f'{self._where}, row {first + row + 1}: "{texts[row].as_py()[:40]}" is not written like '
                f"the first row, {self._format}."
            )
        return _moments(stamps, "s")


def _moments(stamps: Any, unit: str) -> Times:
    """Return timestamps of Arrow in a unit as NumPy's, to the microsecond and in memory of their own."""
    arrow = need("pyarrow", "train", "reading times")
    whole = np.asarray(stamps.cast(arrow.int64()).to_numpy(zero_copy_only=False))
    return whole.view(f"datetime64[{unit}]").astype("datetime64[us]")


def _zone(offset: str) -> str:
    """Return an offset in one writing: UTC, or +01:00."""
    digits = offset.replace(":", "").ljust(5, "0")
    return "UTC" if offset == "Z" or digits[1:] == "0000" else f"{digits[:3]}:{digits[3:]}"


def clock_time(times: Times, zone: str | None) -> Times:
    """Return UTC times as the clocks of a zone show them."""
    if zone in (None, "UTC") or times.dtype.kind != "M":
        return times
    arrow = need("pyarrow", "train", "times with a zone")
    compute = need("pyarrow.compute", "train", "times with a zone")
    stamps = arrow.array(times.ravel().view(np.int64)).cast(arrow.timestamp("us", zone))
    return _moments(compute.local_timestamp(stamps), "us").reshape(times.shape)
