"""What everything has to beat: the value a season ago; in a regression the mean of month and hour."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tasks.listed import Task
from tasks.series import Series, as_table, cutoffs, filled


def seasonal_naive(task: Task, series: list[Series]) -> pd.DataFrame:
    """Return the forecasts of the test, with the period that has the smaller error before it."""
    if task.task == "regress":
        return pd.concat([_mean_of_month_and_hour(each) for each in series])
    errors = {period: _error(task, series, period) for period in task.periods}
    period = min(errors, key=lambda each: errors[each])
    tables = []
    for each in series:
        rows = cutoffs(each.test, len(each.y))
        tables.append(as_table(each, rows, _a_season_ago(each.y, rows, period, task.horizon)))
    return pd.concat(tables)


def _a_season_ago(y: np.ndarray, rows: np.ndarray, period: int, horizon: int) -> np.ndarray:
    """Return (cutoffs, horizon) values whole periods before; of rows missing there, the last known one."""
    ahead = np.arange(1, horizon + 1)
    at = rows[:, np.newaxis] + ahead - period * np.ceil(ahead / period).astype(int)
    return filled(y)[np.maximum(at, 0)]


def _error(task: Task, series: list[Series], period: int) -> float:
    errors = []
    for each in series:
        rows = np.arange(period - 1, each.test - task.horizon)
        truth = each.y[rows[:, np.newaxis] + np.arange(1, task.horizon + 1)]
        errors.append(np.nanmean(np.abs(_a_season_ago(each.y, rows, period, task.horizon) - truth)))
    return float(np.mean(errors))


def _mean_of_month_and_hour(series: Series) -> pd.DataFrame:
    known = pd.Series(series.y[: series.test], pd.DatetimeIndex(series.times[: series.test])).dropna()
    rows = np.arange(series.test, len(series.y))
    times = pd.DatetimeIndex(series.times[rows])
    means = known.groupby([known.index.month, known.index.hour]).mean()
    said = means.reindex(list(zip(times.month, times.hour, strict=True))).fillna(known.mean())
    return as_table(series, rows - 1, said.to_numpy()[:, np.newaxis])


def scale_of(task: Task, series: Series) -> float:
    """Return what MASE divides by: the mean change over the first period, of the rows before the test.

    Hyndman and Koehler 2006.
    """
    known, period = series.y[: series.test], task.periods[0]
    return float(np.nanmean(np.abs(known[period:] - known[:-period])))
