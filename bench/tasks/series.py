"""A task's CSV file as series of even steps, for the peers that know nothing of gatewise.

Forecasts are kept in long tables with the columns `KEY` and `value`: the series, the step ahead (from 1), the
time that is forecast. So the same things are compared, whoever forecasts.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tasks.listed import Task

KEY = ["series", "step", "time"]
ONLY = "all"  # the name of the series where there is one
VALIDATION = 0.15  # share of all rows, just before the test: as `gatewise fit` takes it
MONTHS = {"m4-monthly"}


@dataclass(frozen=True)
class Series:
    """One series.

    Attributes
    ----------
    times : datetime64 (rows,)
        Even steps, in UTC where the file says so.
    y : float array (rows,)
        The target, NaN where it is missing.
    frame : DataFrame
        All columns of numbers and text but time and series, a row for each time.
    validation, test : int
        The rows where the parts begin.
    step : str or Timedelta
        From a row to the next, as pandas takes it.
    """

    name: str
    times: np.ndarray
    y: np.ndarray
    frame: pd.DataFrame
    validation: int
    test: int
    step: Any


def read_series(task: Task, folder: Path) -> list[Series]:
    """Return the series of a task, in the order of the file."""
    table = pd.read_csv(folder / task.file, dtype={task.series: str} if task.series else None)
    # Dates may be written as whole numbers, 19580329.
    times = pd.to_datetime(table.pop(task.time).astype(str))
    times = times.dt.tz_localize(None) if times.dt.tz is not None else times
    ids = table.pop(task.series) if task.series else pd.Series(ONLY, index=table.index)
    test = np.datetime64(task.test)
    validation = _begin_of_validation(times.to_numpy(), test)
    return [
        _one(task, name, times[rows.index], rows, validation, test)
        for name, rows in table.groupby(ids, sort=False)
    ]


def _begin_of_validation(times: np.ndarray, test: np.datetime64) -> np.datetime64:
    """Return the time from which on as many rows lie before the test as validation has."""
    before = np.sort(times[times < test])
    return before[len(before) - round(VALIDATION * len(times))]


def _one(
    task: Task,
    name: str,
    times: pd.Series,
    rows: pd.DataFrame,
    validation: np.datetime64,
    test: np.datetime64,
) -> Series:
    rows = rows.set_index(pd.DatetimeIndex(times)).sort_index()
    step = "MS" if task.name in MONTHS else rows.index.to_series().diff().mode()[0]
    rows = rows.reindex(pd.date_range(rows.index[0], rows.index[-1], freq=step))
    even = rows.index.to_numpy()
    first, second = (int(np.searchsorted(even, each)) for each in (validation, test))
    return Series(str(name), even, rows[task.target].to_numpy(float), rows, first, second, step)


def filled(y: np.ndarray) -> np.ndarray:
    """Return y with the last known value where it is missing, the first known one before that."""
    return pd.Series(y).ffill().bfill().to_numpy()


def cutoffs(first: int, end: int) -> np.ndarray:
    """Return the rows after which a forecast of rows within first..end begins: the last rows known."""
    return np.arange(max(first - 1, 0), end - 1)


def as_table(series: Series, rows: np.ndarray, values: np.ndarray) -> pd.DataFrame:
    """Return forecasts (cutoffs, horizon) after the given rows as a long table, up to the end."""
    ahead = np.arange(1, values.shape[1] + 1)
    at = rows[:, np.newaxis] + ahead
    known = at < len(series.times)
    steps = np.broadcast_to(ahead, at.shape)
    return pd.DataFrame(
        {"series": series.name, "step": steps[known], "time": series.times[at[known]], "value": values[known]}
    )
