"""Whether the day or the month comes first in dates such as 1/2/2013, told by the whole column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from gatewise.train.data.reading.steps import find_step
from gatewise.train.data.reading.written_times import ReadTimes, Writing, plain_spaces


def told_apart(writing: Writing, pieces: Iterable[Any]) -> Writing | None:
    """Return the writing with the order in which the column makes sense; None if both do, or neither.

    Asked in turn, until one order says yes and the other no: is every row a date, does no row come before
    the one above, do the rows of the first piece follow one another in even steps?
    """
    able = [_Able(replace(writing, day_first=True)), _Able(replace(writing, day_first=False))]
    for piece in pieces:
        texts = plain_spaces(piece)
        for each in able:
            each.add(texts)
        if able[0].dates != able[1].dates:
            break
    for says in (_Able.is_dates, _Able.does_rise, _Able.keeps_step):
        answers = [says(each) for each in able]
        if answers[0] != answers[1]:
            return able[answers.index(True)].writing
    return None


def likelier(writing: Writing, texts: Any) -> Writing:
    """Return the order in which more rows are dates, so that the row that is none can be named."""
    both = [replace(writing, day_first=day_first) for day_first in (True, False)]
    good = [int(each.read(texts).good.sum()) for each in both]
    return both[int(good[1] > good[0])]


class _Able:
    """What a column is like, read in one of the two orders."""

    def __init__(self, writing: Writing) -> None:
        self.writing = writing
        self.dates = self.rises = True
        self.first: ReadTimes | None = None
        self.last = np.empty(0, "datetime64[us]")

    def add(self, texts: Any) -> None:
        """Take the next piece of the column."""
        read = self.writing.read(texts)
        self.first = read if self.first is None else self.first
        times = np.concatenate([self.last, read.times])
        self.dates &= bool(read.good.all())
        self.rises &= self.dates and bool((times[1:] >= times[:-1]).all())
        self.last = times[-1:]

    def is_dates(self) -> bool:
        """Say whether every row is a date."""
        return self.dates

    def does_rise(self) -> bool:
        """Say whether every row is a date, and none comes before the one above."""
        return self.rises

    def keeps_step(self) -> bool:
        """Say whether rising times follow one another without a gap, as of a table of months."""
        if not self.rises or self.first is None or len(self.first.times) < 3:
            return False
        times = np.unique(self.first.times)  # series side by side have each time several times
        step = find_step(times, [(0, len(times))])
        return step.kind != "uneven" and bool((np.diff(step.positions(times)) == 1).all())
