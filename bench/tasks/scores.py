"""How good forecasts are: the same measures for every predictor, over the same series, steps and times."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tasks.series import KEY


def errors_of(truth: pd.DataFrame, said: pd.DataFrame, scales: dict[str, float]) -> dict[str, float]:
    """Compare forecasts with the truth.

    Parameters
    ----------
    truth, said : DataFrame
        The columns `series.KEY` and `value`. Every row of `truth` must be forecast.
    scales : dict
        What MASE divides the error of each series by.

    Returns
    -------
    dict
        mae and rmse over all rows, mase: the mean over the series.
    """
    both = truth.merge(said, on=KEY, how="left", suffixes=("", " said"), validate="one_to_one")
    unknown = both[both["value said"].isna()]
    if len(unknown):
        raise SystemExit(
            f"{len(unknown)} of {len(both)} rows have no forecast, as {unknown.iloc[0][KEY].to_dict()}"
        )
    error = both["value said"] - both["value"]
    by_series = error.abs().groupby(both["series"]).mean()
    return {
        "mae": float(error.abs().mean()),
        "rmse": float(np.sqrt((error**2).mean())),
        "mase": float(np.mean([by_series[name] / scales[name] for name in by_series.index])),
    }
