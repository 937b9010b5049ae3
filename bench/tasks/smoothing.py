"""AutoETS of statsforecast, for each series by itself: fitted before the test, carried forward through it.

Exponential smoothing has no season longer than 24 rows, and one at most; where a task has others, MSTL takes
them out and AutoETS forecasts the rest. At each cutoff the model found before the test is carried through all
rows up to there (where seasons are taken out, the last `RECENT` of them); no parameter comes from the test.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from statsforecast.models import MSTL, AutoETS

from tasks.listed import Task
from tasks.series import Series, as_table, cutoffs, filled

LONGEST = 24  # of ETS
RECENT = 12  # of the longest period; more for shorter ones


def auto_ets(task: Task, series: list[Series]) -> pd.DataFrame | None:
    """Return the forecasts of the test; None for a regression."""
    if task.task == "regress":
        return None
    return pd.concat([_of_one(task, each) for each in series])


def _of_one(task: Task, series: Series) -> pd.DataFrame:
    model, recent = _model(task)
    y = filled(series.y)
    model.fit(y[: series.test])
    rows = cutoffs(series.test, len(y))
    said = [model.forward(y=y[max(row + 1 - recent, 0) : row + 1], h=task.horizon)["mean"] for row in rows]
    return as_table(series, rows, np.array(said))


def _model(task: Task) -> tuple[Any, int]:
    """Return the model, and how many rows it looks back over."""
    if max(task.periods) <= LONGEST:
        return AutoETS(season_length=task.periods[0]), 10**9
    model = MSTL(season_length=list(task.periods), trend_forecaster=AutoETS(model="ZZN"))
    return model, max(RECENT * max(task.periods), 2000)
