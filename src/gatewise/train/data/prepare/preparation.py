"""`Preparation`: all that leads from rows of a table to x and from y back, found on the training rows alone.

It is small and goes to JSON, so that a model carries it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.support.reprs import short_repr
from gatewise.train.data.data_error import DataError
from gatewise.train.data.prepare.calendar import calendar
from gatewise.train.data.prepare.columns import SeriesScale, filled_from_before, in_logs, ones
from gatewise.train.data.prepare.moment import moment
from gatewise.train.data.prepare.one_row import read_row
from gatewise.train.data.prepare.stored import check_together, keys_of
from gatewise.train.data.reading.steps import Times, TimeStep

VERSION = 1
Categories = tuple[tuple[str, tuple[str, ...]], ...]
_LATER: dict[str, Any] = {
    "categories": (), "embedded": (), "log": False, "non_negative": False, "season": 0, "past": "values",
    "series_scales": (),
}  # fmt: skip
"""What 0.2 did not know, as it is where nobody asks for it; it is then not written."""


@dataclass(frozen=True)
class Preparation:
    """How data are prepared.

    Attributes
    ----------
    task : str
        "forecast": the target's next `horizon` values, from its own past and the features. "regress",
        "classify": the target, or its class, at the last row of the window, from the features.
    window, horizon : int
        Rows looked back over (0: the whole series) and predicted; the horizon is 1 but for forecasts.
    change : bool
        Labels are changes from the last value known.
    targets, features, future, static : tuple of str
        The columns by role.
    mean, scale : tuple of float
        Of each column of `inputs`: x = (value - mean) / scale.
    label_mean, label_scale : tuple of float
        Of each target, for labels. With `change`, the mean stands in where no last value is known.
    calendar : tuple of str
        The cycles of the calendar that are features.
    marks : tuple of tuple of int
        Each is a feature that is 1 where one of these columns of `inputs` was missing and filled.
    missing : str
        "fill", "drop" or "error".
    classes : tuple or None
        The classes, in the order of their codes.
    na : tuple of float or str
        What stands for a missing value in a table.
    day_first : bool or None
        In dates such as 1/2/2013, whether the day came first in training; None where nothing was written so.
    skip_rows : int
        Rows of a CSV file that are left out after the header.
    categories : tuple of (str, tuple of str)
        Each column of categories, with those that the training rows have, in order. In x each category is a
        column, after all others, of 1 where a row has it; where a row has none of them, all are 0.
    embedded : tuple of str
        Which of those columns, static ones of many categories, are not in x: the network learns a vector for
        each category, and a batch has the codes.
    log : bool
        Whether log(1 + y) of each target y is learned, and read where it is an input. mean, scale, label_mean
        and label_scale are those of the logarithms then.
    non_negative : bool
        Whether a prediction below 0 is 0.
    season : int
        With `change`, labels are changes from the value so many rows before, or twice as many and so on
        where that is not known yet; 0: from the last value.
    past : str
        How the network reads the target's own past: "values", or "changes" from the season before, without a
        season from the row before, in units of the label's scale; 0 where either value is not known.
    series_scales : tuple of SeriesScale
        With scaling by series, those of each series in training; empty where the table is scaled as one.
    """

    task: str
    window: int
    horizon: int
    change: bool
    missing: str
    targets: tuple[str, ...]
    features: tuple[str, ...]
    future: tuple[str, ...]
    static: tuple[str, ...]
    time_name: str | None
    series_name: str | None
    step: TimeStep
    zone: str | None
    calendar: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    label_mean: tuple[float, ...]
    label_scale: tuple[float, ...]
    marks: tuple[tuple[int, ...], ...]
    classes: tuple[Any, ...] | None = None
    dtype: str = "float32"
    na: tuple[float | str, ...] = ()
    skip_rows: int = 0
    day_first: bool | None = None
    categories: Categories = ()
    embedded: tuple[str, ...] = ()
    log: bool = False
    non_negative: bool = False
    season: int = 0
    past: str = "values"
    series_scales: tuple[SeriesScale, ...] = ()

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns of a table whose numbers x is made of, in order."""
        past, others = self.targets if self.task == "forecast" else (), dict(self.categories)
        columns = (*past, *self.features, *self.future, *self.static)
        return tuple(name for name in columns if name not in others) if others else columns

    @property
    def own_past(self) -> int:
        """How many of the inputs are targets, the first ones."""
        return len(self.targets) if self.task == "forecast" else 0

    @property
    def one_hot(self) -> Categories:
        """The columns of categories that are in x, a column of 0 and 1 for each category."""
        return tuple(each for each in self.categories if each[0] not in self.embedded)

    @property
    def embeddings(self) -> tuple[tuple[str, int], ...]:
        """The columns of categories of which the network learns vectors, and how many."""
        return tuple((name, len(dict(self.categories)[name])) for name in self.embedded)

    @property
    def columns(self) -> tuple[str, ...]:
        """The D columns of x."""
        cycles = [f"{cycle} {wave}" for cycle in self.calendar for wave in ("sin", "cos")]
        marks = ["missing " + ", ".join(self.inputs[place] for place in mark) for mark in self.marks]
        ones = [f"{name}={text}" for name, texts in self.one_hot for text in texts]
        return (*self.inputs, *cycles, *marks, *ones)

    @property
    def input_size(self) -> int:
        """How many columns x has, D."""
        ones = sum(len(texts) for _, texts in self.one_hot)
        return len(self.inputs) + 2 * len(self.calendar) + len(self.marks) + ones

    @property
    def future_places(self) -> list[int]:
        """The columns of x that are known ahead, in the order in which the head reads them."""
        places = [self.inputs.index(name) for name in self.future if name in self.inputs]
        first = self.input_size - sum(len(texts) for _, texts in self.one_hot)
        for name, texts in self.one_hot:
            places += range(first, first + len(texts)) if name in self.future else ()
            first += len(texts)
        return places

    @property
    def extra(self) -> tuple[str, ...]:
        """The E numbers known ahead that join the head: calendar one step on, future columns of each step."""
        if self.task != "forecast":
            return ()
        cycles = [f"{cycle} {wave} (+1)" for cycle in self.calendar for wave in ("sin", "cos")]
        columns = self.columns if self.future else ()
        ahead = [columns[place] for place in self.future_places]
        return (*cycles, *(f"{name} (+{k})" for k in range(1, self.horizon + 1) for name in ahead))

    @property
    def lag(self) -> int:
        """Over how many rows the network reads changes of the target's past; 0 where it reads values."""
        return 0 if self.past == "values" else self.season or 1

    @property
    def reading(self) -> dict[str, Any]:
        """What `read` is told to read other data in the same way."""
        return {
            "target": list(self.targets), "features": list(self.features), "future": list(self.future),
            "static": list(self.static), "time": self.time_name, "series": self.series_name,
            "optional_target": self.task != "forecast", "na": list(self.na),
            "skip_rows": self.skip_rows, "day_first": self.day_first,
            "categories": [name for name, _ in self.categories],
        }  # fmt: skip

    def as_learned(self, y: FloatArray) -> FloatArray:
        """Return targets as they are learned: their logarithms, log(1 + y), where that was asked for."""
        return np.log1p(y) if self.log else y

    def as_given(self, y: FloatArray) -> FloatArray:
        """Return what was learned, or is predicted, in the targets' own units; none below 0 if so asked."""
        with np.errstate(over="ignore"):  # what is beyond the precision is infinite
            y = np.expm1(y) if self.log else y
        return np.maximum(y, 0) if self.non_negative else y

    def rows(
        self, values: FloatArray, times: Times | None, last: FloatArray, places: IntArray | None = None,
        of: SeriesScale | None = None, before: FloatArray | None = None,
    ) -> FloatArray:  # fmt: skip
        """Turn consecutive rows of a table into rows of x.

        Parameters
        ----------
        values : array (rows, len(inputs))
            NaN where missing.
        times : array (rows,), optional
            Their times, in UTC where there is a zone; needed for a calendar.
        last : array (len(inputs),)
            The last known value of each column before these rows, NaN if none is; brought up to date.
        places : int array (rows, len(one_hot)), optional
            Which of its categories each row has, -1 for none of them; needed where there are such columns.
        of : SeriesScale, optional
            The scaling of the series that they are of, where each has its own.
        before : array (lag, targets), optional
            Where changes are read: the targets of the rows before, as learned, NaN where missing; brought up
            to date. Without it none is known.

        Returns
        -------
        array (rows, D)
            Scaled; a missing value is the last known one, and the training mean where none is known.
        """
        gone = np.isnan(values)
        filled = filled_from_before(values, gone, last)
        last[:] = filled[-1]
        x = np.empty((len(values), self.input_size), self.dtype)
        count = len(self.inputs)
        mean, scale = (self.mean, self.scale) if of is None else (of.mean, of.scale)
        with np.errstate(over="ignore"):  # what is beyond the precision is infinite
            scaled = (in_logs(filled, self.own_past if self.log else 0) - mean) / scale
            if self.lag:
                scaled[:, : len(self.targets)] = self._changes(values, of, before)
            scaled[np.isnan(scaled)] = 0
            x[:, :count] = scaled
        if self.calendar:
            assert times is not None
            x[:, count : count + 2 * len(self.calendar)] = calendar(times, self.zone, self.calendar)
        for place, mark in enumerate(self.marks, start=count + 2 * len(self.calendar)):
            x[:, place] = gone[:, list(mark)].any(axis=1)
        if self.one_hot:
            assert places is not None
            counts = [len(texts) for _, texts in self.one_hot]
            x[:, -sum(counts) :] = ones(places, counts, self.dtype)
        return x

    def _changes(self, values: FloatArray, of: SeriesScale | None, before: FloatArray | None) -> FloatArray:
        """Return the changes of the targets over `lag` rows (rows, targets), scaled as labels are."""
        known = self.as_learned(values[:, : len(self.targets)])
        if before is None:
            before = np.full((self.lag, len(self.targets)), np.nan)
        joined = np.concatenate([before, known])
        before[:] = joined[len(known) :]
        scale = np.asarray((self if of is None else of).label_scale)
        changes: FloatArray = (known - joined[: len(known)]) / scale
        return changes

    def row(
        self, values: Any, time: Any = None, last: FloatArray | None = None, of: SeriesScale | None = None,
        before: FloatArray | None = None,
    ) -> FloatArray:  # fmt: skip
        """Turn one row of a table into x_t (D,), for a stream.

        Parameters
        ----------
        values : dict or array
            The columns of `inputs` and of `categories` by name, or in that order; NaN or None where missing.
        time : datetime, str or datetime64, optional
            Its time, with an offset or zone if those of the training had one; a datetime64 is then in UTC.
            It is read where the calendar is among the features.
        last : array (len(inputs),), optional
            Last known values, NaN at first; kept by the caller from row to row, so that gaps are filled.
        of : SeriesScale, optional
            The scaling of its series, where each has its own.
        before : array (lag, targets), optional
            As for `rows`, kept by the caller from row to row.
        """
        row, places = self.read_row(values)
        last = np.full(len(row), np.nan) if last is None else last
        return self.x_of(row, places, time, last, of, before)

    def read_row(self, values: Any) -> tuple[FloatArray, IntArray]:
        """Read one row of a table: its numbers, and the places of its categories; see one_row.py."""
        return read_row(values, self.inputs, self.categories, self.na)

    def x_of(
        self, row: FloatArray, places: IntArray, time: Any, last: FloatArray, of: SeriesScale | None = None,
        before: FloatArray | None = None,
    ) -> FloatArray:  # fmt: skip
        """Turn what `read_row` read into x_t (D,); the others are as for `row`."""
        if self.calendar and time is None:
            raise DataError(f"the row has no time; the {', '.join(self.calendar)} of it are features.")
        if self.log and (row[: self.own_past] < 0).any():
            place = int((row[: self.own_past] < 0).argmax())
            raise DataError(
                f"column {self.inputs[place]} of the row is {row[place]:g}; the model learned log(1 + y), "
                "and takes none below 0."
            )
        times = moment(time, self.zone) if self.calendar else None
        told = [name not in self.embedded for name, _ in self.categories]
        x: FloatArray = self.rows(row[np.newaxis], times, last, places[np.newaxis, told], of, before)[0]
        return x

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        written = asdict(self).items()
        return {
            "version": VERSION,
            **{name: value for name, value in written if name not in _LATER or value != _LATER[name]},
        }

    @property
    def later(self) -> bool:
        """Whether something is asked for that 0.1 did not know."""
        return any(getattr(self, name) != value for name, value in _LATER.items())

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote.

        Raises
        ------
        DataError
            If it is of another version, not complete, or damaged.
        """
        keys = keys_of(cls, document, VERSION, {"na": (), "skip_rows": 0, "day_first": None, **_LATER})
        frozen = {name: _frozen(value) for name, value in keys.items()}
        frozen["series_scales"] = tuple(SeriesScale(*each) for each in frozen["series_scales"])
        made = cls(**{**frozen, "step": TimeStep.from_dict(keys["step"])})
        check_together(made)
        return made

    def __repr__(self) -> str:
        sizes = {"window": self.window, "horizon": self.horizon}
        return short_repr(self, self.task, **sizes, targets=self.targets, features=self.features)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(each) for each in value) if isinstance(value, (list, tuple)) else value
