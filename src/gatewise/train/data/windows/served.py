"""What a model that is served elsewhere is given of each window: numbers as the table has them, not scaled.

`served_inputs` says which arrays there are; `raw_inputs` cuts them out of a dataset. An exported graph reads
exactly these, so that a server needs nothing of gatewise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.support.options import spelled
from gatewise.train.data.data_error import DataError
from gatewise.train.data.prepare.calendar import calendar
from gatewise.train.data.prepare.categories import row_places, series_places
from gatewise.train.data.prepare.columns import SeriesScale, by_name, filled_from_before
from gatewise.train.data.prepare.preparation import Preparation
from gatewise.train.data.reading.dataset import Dataset
from gatewise.train.data.windows.origins import Places
from gatewise.train.data.windows.windows import Windows

MOST_BYTES = 1 << 33  # of all arrays together
_CYCLES = (
    "by the clocks of the data's time zone, sine and cosine of 2π times how far the time is through its day "
    "(hour), its week from Monday on (weekday), its year (year)"
)


class ServedInput(NamedTuple):
    """One array that is given of each window.

    Attributes
    ----------
    dtype : str
    shape : tuple
        N windows, T rows of each, other axes as numbers.
    columns : tuple of str
        What stands along the last axis, in order; empty where there is one number for a window.
    about : str
    """

    dtype: str
    shape: tuple[int | str, ...]
    columns: tuple[str, ...]
    about: str


def served_inputs(preparation: Preparation) -> dict[str, ServedInput]:
    """Return the arrays that are given of each window, by name."""
    own = preparation
    T: int | str = own.window or "T"
    found: dict[str, ServedInput] = {}

    def add(name: str, dtype: str, middle: Sequence[int | str], columns: Sequence[str], about: str) -> None:
        if columns:
            found[name] = ServedInput(dtype, ("N", *middle, len(columns)), tuple(columns), about)

    add(
        "x", "float64", [T], own.inputs,
        "Rows of the table, the oldest first, in its own units; NaN where a value is missing, anything past "
        "a window's own length.",
    )  # fmt: skip
    cycles = [f"{cycle} {wave}" for cycle in own.calendar for wave in ("sin", "cos")]
    add("calendar", own.dtype, [T], cycles, f"Of the time of each row: {_CYCLES}.")
    add(
        "categories", "int64", [T], [name for name, _ in own.one_hot],
        "The place of each row's category among those that training has seen, from 0; -1 is none of them.",
    )  # fmt: skip
    found["lengths"] = ServedInput(
        "int32", ("N",), (), "How many rows each window has; fewer than all stand at the beginning of x."
    )
    if own.missing == "fill":
        add(
            "known_before", "float64", [], own.inputs,
            "The last value of each column that is known from the rows before the window, NaN if none is.",
        )  # fmt: skip
    if own.lag:
        add(
            "targets_before", "float64", [own.lag], own.targets,
            "The targets in the rows just before the window, NaN where missing.",
        )  # fmt: skip
    if own.task == "forecast":
        add("calendar_next", own.dtype, [], cycles, "As calendar, of the row after the window.")
        add(
            "ahead", "float64", [own.horizon], [name for name in own.future if name in own.inputs],
            "What is known ahead, of each row after the window; NaN where missing.",
        )  # fmt: skip
        add(
            "ahead_categories", "int64", [own.horizon],
            [name for name, _ in own.one_hot if name in own.future],
            "The categories known ahead, of each row after the window, as in categories.",
        )  # fmt: skip
    add(
        "codes", "int64", [], own.embedded,
        "The place of each window's category among those that training has seen; -1 is none of them.",
    )  # fmt: skip
    if own.series_scales:
        found["series"] = ServedInput(
            "int64", ("N",), (), "Which series of the training a window is of; -1 is another one."
        )
        add(
            "own_scaling",
            "float64",
            [],
            scaling_columns(own),
            "How a series that is -1 is scaled; else unread.",
        )
    return found


def scaling_columns(preparation: Preparation) -> tuple[str, ...]:
    """Return what is told of the scaling of a series, in order; see `scaling_row`."""
    parts = [(kind, preparation.inputs) for kind in ("mean", "scale")]
    if preparation.classes is None:
        parts += [(kind, preparation.targets) for kind in ("label mean", "label scale")]
    return tuple(f"{kind} of {name}" for kind, names in parts for name in names)


def scaling_row(preparation: Preparation, scale: SeriesScale) -> list[float]:
    """Return the numbers of a series' scaling, in the order of `scaling_columns`."""
    labels = () if preparation.classes is not None else (*scale.label_mean, *scale.label_scale)
    return [*scale.mean, *scale.scale, *labels]


def raw_inputs(windows: Windows, numbers: IntArray) -> dict[str, NDArray[Any]]:
    """Cut the arrays of `served_inputs` out of the data, in the order of the windows' numbers.

    Raises
    ------
    DataError
        If they are too large together.
    """
    numbers = windows.checked(numbers, whole=True)
    return _Cut(windows, numbers).arrays()


class _Cut:
    """Some windows of a dataset, and where their rows stand."""

    def __init__(self, windows: Windows, numbers: IntArray) -> None:
        self.windows, self.numbers = windows, numbers
        self.dataset: Dataset = windows.dataset
        self.preparation = windows.preparation
        places = Places(self.dataset.stretches, self.preparation)
        self.stretch = places.stretch_of(numbers)
        self.firsts, self.starts = places.firsts[self.stretch], places.starts(numbers)
        self.lengths = numbers + 1 - self.starts
        T = self.preparation.window or int(self.lengths.max(initial=0))
        self.rows = self.starts[:, np.newaxis] + np.arange(T)
        self.past_end = self.rows > numbers[:, np.newaxis]
        self.rows = np.minimum(self.rows, numbers[:, np.newaxis])
        self.ahead = numbers[:, np.newaxis] + np.arange(1, self.preparation.horizon + 1)

    def arrays(self) -> dict[str, NDArray[Any]]:
        wanted = served_inputs(self.preparation)
        sizes = {"N": len(self.numbers), "T": self.rows.shape[1]}
        count = sum(
            int(np.prod([sizes.get(str(axis), axis) for axis in each.shape], dtype=float))
            * np.dtype(each.dtype).itemsize
            for each in wanted.values()
        )
        if count > MOST_BYTES:
            raise DataError(
                f"the inputs of {len(self.numbers):,} windows are {count:,} bytes, more than "
                f"{MOST_BYTES:,}. Take fewer windows: {spelled('every', 24)}, or a start and an end."
            )
        return {name: getattr(self, f"_{name}")().astype(each.dtype) for name, each in wanted.items()}

    def _x(self) -> FloatArray:
        return np.asarray(self._without_past_end(self._values(self.rows, self.preparation.inputs), 0))

    def _lengths(self) -> IntArray:
        return np.asarray(self.lengths)

    def _calendar(self) -> FloatArray:
        assert self.dataset.time is not None
        found = self._cycles(self.dataset.time[self.rows.ravel()])
        return np.asarray(self._without_past_end(found.reshape(*self.rows.shape, -1), 0))

    def _calendar_next(self) -> FloatArray:
        assert self.dataset.time is not None
        return self._cycles(
            self.preparation.step.after(self.dataset.time[self.numbers], np.ones(1, np.int64))
        )

    def _cycles(self, times: Any) -> FloatArray:
        own = self.preparation
        return calendar(times, own.zone, own.calendar, np.dtype(own.dtype))

    def _categories(self) -> IntArray:
        return np.asarray(self._without_past_end(self._places(self.rows), -1))

    def _ahead(self) -> FloatArray:
        own = self.preparation
        return self._values(self.ahead, [name for name in own.future if name in own.inputs])

    def _ahead_categories(self) -> IntArray:
        own = self.preparation
        columns = [place for place, (name, _) in enumerate(own.one_hot) if name in own.future]
        return self._places(self.ahead)[..., columns]

    def _codes(self) -> IntArray:
        found = series_places(self.dataset, self.preparation)
        assert found is not None
        return np.asarray(found[self.stretch])

    def _known_before(self) -> FloatArray:
        found = np.full((len(self.numbers), len(self.preparation.inputs)), np.nan)
        columns = self.dataset.columns(self.preparation.inputs)
        for stretch in np.unique(self.stretch):
            here = (self.stretch == stretch) & (self.starts > self.firsts)
            if not here.any():
                continue
            first = int(self.firsts[here][0])
            values = np.asarray(self.dataset.values[first : int(self.starts[here].max())])[:, columns]
            nothing = np.full(len(columns), np.nan)
            filled = filled_from_before(values, np.isnan(values), nothing)
            found[here] = filled[self.starts[here] - 1 - first]
        return found

    def _targets_before(self) -> FloatArray:
        rows = self.starts[:, np.newaxis] + np.arange(-self.preparation.lag, 0)
        values = self._values(np.maximum(rows, 0), self.preparation.targets)
        values[rows < self.firsts[:, np.newaxis]] = np.nan
        return values

    def _series(self) -> IntArray:
        place_of = by_name({each.series: n for n, each in enumerate(self.preparation.series_scales)})
        places = [place_of(name) for name in self.dataset.ids]
        found = [places[each.series] for each in self.dataset.stretches]
        return np.array([-1 if place is None else place for place in found], np.int64)[self.stretch]

    def _own_scaling(self) -> FloatArray:
        rows = [scaling_row(self.preparation, each) for each in self.windows.scales]
        return np.array(rows, np.float64)[self.stretch]

    def _values(self, rows: IntArray, names: Sequence[str]) -> FloatArray:
        columns = self.dataset.columns(names)
        return np.asarray(self.dataset.values[rows.ravel()])[:, columns].reshape(*rows.shape, len(columns))

    def _places(self, rows: IntArray) -> IntArray:
        if not rows.size:
            return np.empty((*rows.shape, len(self.preparation.one_hot)), np.int64)
        first, end = int(rows.min()), int(rows.max()) + 1
        return np.asarray(row_places(self.dataset, self.preparation, (first, end))[rows - first])

    def _without_past_end(self, values: Any, instead: float) -> Any:
        values[self.past_end] = instead
        return values
