"""LSTMForecaster: the next values of a series from the last ones, several steps at once."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.utils.validation import check_array, check_is_fitted

from gatewise.sklearn.estimators import LSTMRegressor
from gatewise.support.arrays import FloatArray
from gatewise.support.given import brief, has_method


class LSTMForecaster(RegressorMixin, BaseEstimator):
    """Forecast `horizon` steps of a series from the `window` steps before them, all at once.

    Parameters
    ----------
    window, horizon : int
        Steps that are read, and steps that are forecast.
    regressor : LSTMRegressor, optional
        What learns it, with any settings. By default an LSTMRegressor with loss="mae" and early stopping.
    hidden_size, cell, layers, dropout, recurrent_dropout, loss, optimizer, learning_rate, batch_size, \
epochs, early_stopping, patience, threads, random_state, verbose : optional
        Settings of the regressor, put over those it has; None leaves one as it is. See LSTMRegressor.
    change : bool
        Whether the change since the last value is learned, which a series that drifts needs.
    stride : int
        Steps between the starts of training windows.

    Attributes
    ----------
    regressor_ : LSTMRegressor
        As fitted.

    Notes
    -----
    A series is (time,) or (time, variables); a list of several such arrays gives windows of each. All
    variables are forecast. Timestamps, covariates, several series in a table and a report: `gatewise.fit`.
    """

    def __init__(
        self,
        window: int = 48,
        horizon: int = 12,
        *,
        regressor: LSTMRegressor | None = None,
        change: bool = True,
        stride: int = 1,
        hidden_size: int | None = None,
        cell: Any = None,
        layers: int | None = None,
        dropout: float | None = None,
        recurrent_dropout: float | None = None,
        loss: str | None = None,
        optimizer: str | None = None,
        learning_rate: float | None = None,
        batch_size: int | None = None,
        epochs: int | None = None,
        early_stopping: bool | None = None,
        patience: int | None = None,
        threads: int | None = None,
        random_state: Any = None,
        verbose: bool | None = None,
    ) -> None:
        self.window = window
        self.horizon = horizon
        self.regressor = regressor
        self.change = change
        self.stride = stride
        self.hidden_size = hidden_size
        self.cell = cell
        self.layers = layers
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.loss = loss
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.epochs = epochs
        self.early_stopping = early_stopping
        self.patience = patience
        self.threads = threads
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, series: Any, y: Any = None) -> Self:
        """Train on every window of the series; `y` is not used.

        Raises
        ------
        ValueError
            If no series has `window` + `horizon` steps.
        """
        for name in ("window", "horizon", "stride"):
            if not isinstance(getattr(self, name), (int, np.integer)) or getattr(self, name) < 1:
                raise ValueError(
                    f"{name}={brief(getattr(self, name))}; it must be a whole number of at least 1."
                )
        if not isinstance(self.change, (bool, np.bool_)):
            raise ValueError(f"change={brief(self.change)}; it must be True or False.")  # noqa: TRY004  # as others
        listed = [*series] if isinstance(series, list) else None
        if listed == []:
            raise ValueError("series is an empty list; give one series, or a list of some.")
        several = listed is not None and np.ndim(listed[0]) > 0
        given = [self._read(one) for one in (listed if listed and several else [series])]
        needed = self.window + self.horizon
        usable = [one for one in given if len(one) >= needed]
        if not usable:
            raise ValueError(
                f"the longest series has {max(map(len, given))} steps; a window of {self.window} and a "
                f"horizon of {self.horizon} need {needed}."
            )
        cut = np.concatenate([sliding_window_view(one, needed, axis=0)[:: self.stride] for one in usable])
        cut = np.moveaxis(cut, -1, 1)  # (windows, window + horizon, variables)
        x, future = cut[:, : self.window], cut[:, self.window :]
        self._variables = x.shape[2]
        self._flat = np.ndim(series[0] if several else series) == 1
        self._last = given[-1][-self.window :]
        target = future - x[:, -1:] if self.change else future
        default = LSTMRegressor(loss="mae", early_stopping=True)
        if self.regressor is not None and not has_method(self.regressor, "set_params"):
            raise ValueError(f"regressor={brief(self.regressor)}; it must be an estimator, or None.")
        self.regressor_ = clone(self.regressor if self.regressor is not None else default)
        self.regressor_.set_params(**self._settings())
        self.regressor_.fit(np.ascontiguousarray(x), target.reshape(len(target), -1))
        return self

    def predict(self, series: Any = None) -> FloatArray:
        """Forecast the `horizon` steps after `series` (or that of `fit`): (horizon[, variables])."""
        check_is_fitted(self, "regressor_")
        given: FloatArray = self._last if series is None else self._read(series)
        if len(given) < self.window or given.shape[1] != self._variables:
            raise ValueError(
                f"series is read as {len(given)} steps of {given.shape[1]} variables; at least "
                f"{self.window} steps of {self._variables} are needed, of one series."
            )
        recent = given[-self.window :]
        change = self.regressor_.predict(recent[np.newaxis]).reshape(self.horizon, self._variables)
        forecast: FloatArray = change + recent[-1] if self.change else change
        return forecast[:, 0] if self._flat else forecast

    def score(self, series: Any, y: Any = None) -> float:
        """Return R² of the forecasts of every window of `series`."""
        check_is_fitted(self, "regressor_")
        one: FloatArray = self._read(series)
        needed = self.window + self.horizon
        if len(one) < needed:
            raise ValueError(f"series has {len(one)} steps; to score a forecast {needed} are needed.")
        cut = np.moveaxis(sliding_window_view(one, needed, axis=0), -1, 1)
        x, future = np.ascontiguousarray(cut[:, : self.window]), cut[:, self.window :]
        predicted = self.regressor_.predict(x).reshape(future.shape) + (x[:, -1:] if self.change else 0)
        wrong, spread = (
            float((part**2).sum()) for part in (future - predicted, future - future.mean(axis=(0, 1)))
        )
        if not spread:  # of a series that does not change, as scikit-learn's r2_score
            return float(not wrong)
        return 1 - wrong / spread

    def _settings(self) -> dict[str, Any]:
        """Return the settings of the regressor that were given here."""
        own = {"window", "horizon", "regressor", "change", "stride"}
        given = self.get_params(deep=False)
        return {name: value for name, value in given.items() if name not in own and value is not None}

    def _read(self, series: Any) -> FloatArray:
        """Read (time,) or (time, variables) as (time, variables)."""
        values = check_array(
            series, dtype=[np.float64, np.float32], ensure_2d=False, input_name="series", estimator=self
        )
        result: FloatArray = values[:, np.newaxis] if values.ndim == 1 else values
        return result
