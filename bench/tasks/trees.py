"""Gradient boosting of scikit-learn (HistGradientBoosting) on lagged features: a model for each step ahead.

Features are the target's last rows, the rows one and two seasons before the one to forecast, the mean over
the last season, every other column's last row and its mean of the last day (in a regression the row itself
and those before), and the calendar. All series are learned by one model, each divided by its mean size.
The loss is the absolute error. The number of trees, and whether the value or its change from the last row or
from a season before is learned, is chosen on the validation rows.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor

from tasks.listed import Task
from tasks.series import Series, as_table, cutoffs, filled

LAGS = 24
MOST_TREES = 500
PARTS = ("train", "validation", "test")
LABEL = "label"
BASES = ("zero", "last", "season")  # what the label is counted from


def boosted(task: Task, series: list[Series]) -> pd.DataFrame:
    """Return the forecasts of the test."""
    sizes = [float(np.nanmean(np.abs(each.y[: each.validation]))) for each in series]
    rows = {part: [_rows(task, each, part) for each in series] for part in PARTS}
    said = [np.full((len(of), task.horizon), np.nan) for of in rows["test"]]
    for step in range(1, task.horizon + 1):
        tables = {
            part: pd.concat([_table(task, *each, step) for each in zip(series, of, sizes, strict=True)])
            for part, of in rows.items()
        }
        predicted, first = _best(tables, task), 0
        for values, size in zip(said, sizes, strict=True):
            values[:, step - 1] = predicted[first : first + len(values)] * size
            first += len(values)
    return pd.concat([as_table(*each) for each in zip(series, rows["test"], said, strict=True)])


def _rows(task: Task, series: Series, part: str) -> np.ndarray:
    """Return the rows after which forecasts of a part begin."""
    bounds = {"train": (LAGS, series.validation), "validation": (series.validation, series.test)}
    first, end = bounds.get(part, (series.test, len(series.y)))
    return np.arange(first, end) - 1 if task.task == "regress" else cutoffs(first, end)


def _table(task: Task, series: Series, rows: np.ndarray, size: float, step: int) -> pd.DataFrame:
    """Return features, the label (NaN past the end), and what it may be counted from."""
    table = _features(task, series, rows, size, step)
    y, period = filled(series.y) / size, task.periods[0]
    table[LABEL] = np.append(series.y / size, np.full(step, np.nan))[rows + step]
    table["zero"] = 0.0
    table["last"] = y[rows]
    table["season"] = y[np.maximum(rows + step - period * (1 + (step - 1) // period), 0)]
    return table


def _best(tables: dict[str, pd.DataFrame], task: Task) -> np.ndarray:
    """Return what is forecast for the test, counted from what does best on the validation."""
    known = {part: table[table[LABEL].notna()] for part, table in tables.items()}
    x = {part: table.drop(columns=[LABEL, *BASES]) for part, table in known.items()}
    test = tables["test"].drop(columns=[LABEL, *BASES])
    found = []
    for base in BASES[:1] if task.task == "regress" else BASES:
        y = {part: table[LABEL] - table[base] for part, table in known.items()}
        fitted = HistGradientBoostingRegressor(
            loss="absolute_error", learning_rate=0.05, max_iter=MOST_TREES, early_stopping=True,
            n_iter_no_change=20, categorical_features="from_dtype", random_state=0,
        ).fit(x["train"], y["train"], X_val=x["validation"], y_val=y["validation"])  # fmt: skip
        error = float(np.abs(fitted.predict(x["validation"]) - y["validation"]).mean())
        found.append((error, fitted.predict(test) + tables["test"][base].to_numpy()))
    return min(found, key=lambda each: each[0])[1]


def _features(task: Task, series: Series, rows: np.ndarray, size: float, step: int) -> pd.DataFrame:
    """Return what is known after the given rows of the row `step` ahead; in a regression of that row, too."""
    regress = task.task == "regress"
    found: dict[str, object] = {"size": np.full(len(rows), size)}  # tells the series apart
    if not regress:
        found |= _own_past(task, filled(series.y) / size, rows, step)
    at = rows + 1 if regress else rows
    for name, column in series.frame.items():
        if name == task.target:
            continue
        if not pd.api.types.is_numeric_dtype(column):
            found[str(name)] = pd.Categorical(column.astype("category").cat.codes.to_numpy()[at])
            continue
        values = column.ffill().bfill().to_numpy(float)
        found[str(name)] = values[at]
        if regress:
            found |= {f"{name} {lag} before": values[at - lag] for lag in (1, 2, 3, 6, 12, 24)}
        found[f"{name} mean"] = pd.Series(values).rolling(LAGS, min_periods=1).mean().to_numpy()[at]
    ahead = pd.date_range(series.times[0], periods=len(series.times) + step, freq=series.step)[rows + step]
    found |= {"hour": ahead.hour + ahead.minute / 60}
    found |= {"weekday": ahead.day_of_week, "day of year": ahead.day_of_year}
    return pd.DataFrame(found)


def _own_past(task: Task, y: np.ndarray, rows: np.ndarray, step: int) -> dict[str, np.ndarray]:
    found = {f"{lag} before": y[np.maximum(rows - lag, 0)] for lag in range(LAGS)}
    for period in task.periods:
        for seasons in (1, 2):
            back = step - period * (seasons + (step - 1) // period)
            found[f"{seasons} x {period} before"] = y[np.maximum(rows + back, 0)]
        found[f"mean of {period}"] = pd.Series(y).rolling(period, min_periods=1).mean().to_numpy()[rows]
    return found
