"""`Preparation`: all that leads from rows of a table to x and from y back, found on the training rows alone.

It is small and goes to JSON, so that a model carries it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import numpy as np

from gatewise.support.arrays import FloatArray
from gatewise.support.given import brief
from gatewise.support.reprs import short_repr
from gatewise.train.data.data_error import DataError
from gatewise.train.data.prepare.calendar import calendar
from gatewise.train.data.prepare.moment import moment
from gatewise.train.data.prepare.series_scale import SeriesScale
from gatewise.train.data.prepare.stored import check_kinds, check_together
from gatewise.train.data.reading.cells import LARGEST
from gatewise.train.data.reading.sentinels import Sentinels
from gatewise.train.data.reading.steps import Times, TimeStep

VERSION = 1
_SINCE_0_2: dict[str, Any] = {"season": 0, "past": "values", "series_scales": ()}
"""Fields that 0.2 did not know, written only where they say something else."""


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
    season: int = 0
    past: str = "values"
    series_scales: tuple[SeriesScale, ...] = ()

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns of a table that x is made of, in order."""
        past = self.targets if self.task == "forecast" else ()
        return (*past, *self.features, *self.future, *self.static)

    @property
    def columns(self) -> tuple[str, ...]:
        """The D columns of x."""
        cycles = [f"{cycle} {wave}" for cycle in self.calendar for wave in ("sin", "cos")]
        marks = ["missing " + ", ".join(self.inputs[place] for place in mark) for mark in self.marks]
        return (*self.inputs, *cycles, *marks)

    @property
    def input_size(self) -> int:
        """How many columns x has, D."""
        return len(self.inputs) + 2 * len(self.calendar) + len(self.marks)

    @property
    def extra(self) -> tuple[str, ...]:
        """The E numbers known ahead that join the head: calendar one step on, future columns of each step."""
        if self.task != "forecast":
            return ()
        cycles = [f"{cycle} {wave} (+1)" for cycle in self.calendar for wave in ("sin", "cos")]
        return (*cycles, *(f"{name} (+{k})" for k in range(1, self.horizon + 1) for name in self.future))

    @property
    def is_new(self) -> bool:
        """Whether gatewise 0.2 would prepare data in another way, and so must refuse it."""
        return any(getattr(self, name) != value for name, value in _SINCE_0_2.items())

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
        }  # fmt: skip

    def rows(
        self, values: FloatArray, times: Times | None, last: FloatArray, of: SeriesScale | None = None,
        before: FloatArray | None = None,
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
        of : SeriesScale, optional
            The scaling of the series that they are of, where each has its own.
        before : array (lag, targets), optional
            Where changes are read: the targets of the rows before, NaN where missing; brought up to date.
            Without it none is known.

        Returns
        -------
        array (rows, D)
            Scaled; a missing value is the last known one, and the training mean where none is known.
        """
        gone = np.isnan(values)
        filled = _fill(values, gone, last)
        last[:] = filled[-1]
        x = np.empty((len(values), self.input_size), self.dtype)
        count = len(self.inputs)
        mean, scale = (self.mean, self.scale) if of is None else (of.mean, of.scale)
        with np.errstate(over="ignore"):  # what is beyond the precision is infinite
            scaled = (filled - mean) / scale
            if self.lag:
                scaled[:, : len(self.targets)] = self._changes(values, of, before)
            scaled[np.isnan(scaled)] = 0
            x[:, :count] = scaled
        if self.calendar:
            assert times is not None
            x[:, count : count + 2 * len(self.calendar)] = calendar(times, self.zone, self.calendar)
        for place, mark in enumerate(self.marks, start=count + 2 * len(self.calendar)):
            x[:, place] = gone[:, list(mark)].any(axis=1)
        return x

    def _changes(self, values: FloatArray, of: SeriesScale | None, before: FloatArray | None) -> FloatArray:
        """Return the changes of the targets over `lag` rows (rows, targets), scaled as labels are."""
        known = values[:, : len(self.targets)]
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
            The columns of `inputs` by name, or in that order; NaN or None where missing.
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
        row = self.values_of(values)
        if self.calendar and time is None:
            raise DataError(f"the row has no time; the {', '.join(self.calendar)} of it are features.")
        last = np.full(len(row), np.nan) if last is None else last
        times = moment(time, self.zone) if self.calendar else None
        x: FloatArray = self.rows(row[np.newaxis], times, last, of, before)[0]
        return x

    def values_of(self, values: Any) -> FloatArray:
        """Read one row of a table, a dict or an array, as the numbers of `inputs`; NaN where missing."""
        if isinstance(values, Mapping):
            gone = [name for name in self.inputs if name not in values]
            if gone:
                raise DataError(
                    f"the row has no {gone[0]}; it needs {', '.join(self.inputs)} (None where missing)."
                )
            values = [values[name] for name in self.inputs]
        if isinstance(values, str) or not isinstance(values, Iterable):
            raise DataError(
                f"the row is {brief(values)}; it must have the values of {', '.join(self.inputs)}."
            )
        try:
            values = list(values)
        except Exception:  # noqa: BLE001  # an object's own methods may raise anything
            raise DataError(f"the row is {brief(values)}; it must be a dict, or an array.") from None
        row = np.array([_number(name, value) for name, value in zip(self.inputs, values, strict=False)])
        if len(values) != len(self.inputs):
            raise DataError(
                f"the row has {len(values)} values; it needs {len(self.inputs)}: {', '.join(self.inputs)}."
            )
        return Sentinels(self.na).without_numbers(row)

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        document = {"version": VERSION, **asdict(self)}
        return {name: value for name, value in document.items() if _SINCE_0_2.get(name, ...) != value}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote.

        Raises
        ------
        DataError
            If it is of another version, not complete, or damaged.
        """
        if not isinstance(document, Mapping):
            raise DataError(f"the preparation is {brief(document)}, and no document.")
        version = document.get("version")
        if version != VERSION:
            raise DataError(
                f"the preparation is of version {brief(version)}; this gatewise reads version {VERSION}."
            )
        document = {"na": (), "skip_rows": 0, "day_first": None, **_SINCE_0_2, **document}  # new since 0.1
        names = {each.name for each in fields(cls)}
        gone = sorted(names - set(document))
        if gone:
            raise DataError(f"the preparation is not complete: {', '.join(gone)} is missing.")
        keys = {name: document[name] for name in names}
        check_kinds(cls, keys)
        frozen = {name: _frozen(value) for name, value in keys.items()}
        frozen["series_scales"] = tuple(SeriesScale(*each) for each in frozen["series_scales"])
        made = cls(**{**frozen, "step": TimeStep.from_dict(document["step"])})
        check_together(made)
        return made

    def __repr__(self) -> str:
        sizes = {"window": self.window, "horizon": self.horizon}
        return short_repr(self, self.task, **sizes, targets=self.targets, features=self.features)


def _number(name: str, value: Any) -> float:
    try:
        number = np.nan if value is None or value is np.ma.masked else float(value)
    except Exception:  # noqa: BLE001  # an object's own method may raise anything
        raise DataError(
            f"column {name} of the row is {brief(value)}; it must be a number, or None."
        ) from None
    if abs(number) > LARGEST:
        raise DataError(
            f"column {name} of the row is {brief(value)}, infinite or too large (above {LARGEST:g})."
        )
    return number


def _fill(values: FloatArray, gone: Any, last: FloatArray) -> FloatArray:
    """Return values with each gap as the value before it."""
    if not gone.any():
        return values
    row = np.where(gone, -1, np.arange(len(values))[:, np.newaxis])
    row = np.maximum.accumulate(row, axis=0)
    filled = np.take_along_axis(values, np.maximum(row, 0), axis=0)
    return np.where(row < 0, last, filled)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(each) for each in value) if isinstance(value, (list, tuple)) else value
