"""What a network has to beat: the last value, the season, a ridge regression on the same window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.train.data.baselines.blas import one_thread
from gatewise.train.data.baselines.linear import PIECE, Linear, fit_logistic, fit_ridge, flat, softmax
from gatewise.train.data.baselines.seasonal import find_period, seasonal
from gatewise.train.data.windows.windows import Windows


class Baselines:
    """Fitted on the training windows, for any windows prepared in the same way.

    Of a forecast: "last value", "seasonal 24" (if the data show a period and reach back so far) and "ridge".
    Of task regress: "mean" and "ridge". Of classes: "most frequent" and "logistic", as probabilities.

    Attributes
    ----------
    linear : Linear
        Ridge, or logistic regression.
    period : int or None
        Rows of the season.
    shares : array (C,) or None
        How often each class is in the training windows.
    """

    def __init__(self, linear: Linear, period: int | None = None, shares: FloatArray | None = None) -> None:
        self.linear, self.period, self.shares = linear, period, shares

    @classmethod
    @one_thread
    def fit(cls, windows: Windows) -> Self:
        """Fit them on the training windows; the validation windows choose ridge's penalty."""
        if windows.classes is None:
            period = find_period(windows) if windows.preparation.task == "forecast" else None
            return cls(fit_ridge(windows), period)
        codes = windows.truth(windows.train)
        counts = np.bincount(codes[~np.isnan(codes)].astype(int), minlength=len(windows.classes))
        return cls(fit_logistic(windows, len(windows.classes)), shares=counts / counts.sum())

    @one_thread
    def predict(self, windows: Windows, numbers: IntArray) -> dict[str, FloatArray]:
        """Predict windows.

        Returns
        -------
        dict
            By name, (N, horizon, K) in the target's own units; of classes probabilities (N, C).
        """
        numbers = np.asarray(numbers, dtype=np.int64)
        starts = range(0, len(numbers), PIECE)
        window = windows.preparation.window
        answers = [
            self.linear(flat(windows.batch(numbers[start : start + PIECE]), window)) for start in starts
        ]
        answer = np.concatenate(answers).astype(np.float64)
        if self.shares is not None:
            return {"most frequent": np.tile(self.shares, (len(numbers), 1)), "logistic": softmax(answer)}
        ridge = windows.restore(answer.reshape(len(numbers), windows.horizon, windows.targets), numbers)
        if windows.preparation.task != "forecast":
            return {"mean": np.broadcast_to(windows.label_mean, ridge.shape).copy(), "ridge": ridge}
        last = np.repeat(windows.last_values(numbers)[:, np.newaxis], windows.horizon, axis=1)
        found = {"last value": last}
        if self.period is not None and (season := seasonal(windows, numbers, self.period)) is not None:
            found[f"seasonal {self.period}"] = season
        return {**found, "ridge": ridge}

    def arrays(self) -> dict[str, Any]:
        """Return what there is to keep, as arrays by name."""
        kept = {"weights": self.linear.weights.astype(np.float32), "offset": self.linear.offset}
        if self.period is not None:
            kept["period"] = np.array([self.period])
        return kept if self.shares is None else {**kept, "shares": self.shares}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Self:
        """Read what `arrays` gave."""
        period = int(arrays["period"][0]) if "period" in arrays else None
        return cls(Linear(arrays["weights"], arrays["offset"]), period, arrays.get("shares"))
