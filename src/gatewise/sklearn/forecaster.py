"""LSTMForecaster: the next values of a series from the last ones, several steps at once."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_array, check_is_fitted

from gatewise.sklearn.flat_options import changed_options_of, options_of, regressor_given
from gatewise.sklearn.options import LSTMOptions, check_count, check_flag
from gatewise.sklearn.regressor import LSTMRegressor
from gatewise.support.arrays import FloatArray


class LSTMForecaster(RegressorMixin, LSTMOptions):
    """Forecast `horizon` steps of a series from the `window` steps before them, all at once.

    Parameters
    ----------
    window, horizon : int
        Steps that are read, and steps that are forecast.
    regressor : LSTMRegressor, optional
        Deprecated: write its options here. It is what learns; options given here that are not as by default
        are put over its own.
    change : bool
        Whether the change since the last value is learned, which a series that drifts needs.
    stride : int
        Steps between the starts of training windows.
    hidden_size : int
        H, the units of a layer, and of each direction.
    layers, bidirectional
        Layers stacked; whether each reads the sequence in both directions.
    dropout, input_dropout, recurrent_dropout, output_dropout : float
        Shares of the units that are set to zero in training: between layers, of the inputs, of the out_{t-1}
        that a layer reads, of the outs that the head reads; the same ones at every step.
    forget_bias : float, "auto" or None
        The b_f to start from. "auto": 1 where the cell has a forget gate that keeps the state.
    cell : str or Cell
        The cell of the layers, one of `gatewise.cells.CELLS` or one of your own. Others than the LSTM run on
        the reference engine where the compiled one does not have them, many times slower, with a warning.
    projection : int, optional
        Q, the outs of a layer, of a cell that projects them; None takes half of the units.
    optimizer : str
        One of `gatewise.optimizers.OPTIMIZERS`.
    learning_rate, schedule, schedule_options
        λ, and how it goes on over the steps of `fit`: one of `gatewise.schedules.SCHEDULES`, with a dict of
        its options; "one_cycle" rises to λ and falls, "cosine" falls.
    batch_size, epochs : int
        Windows in a step; times through all of them, at most.
    clip_norm : float
        A gradient longer than this is shortened to it; 0 for no limit.
    early_stopping, validation_fraction, patience
        Whether to hold back that share of the windows, stop when the loss on them has not fallen for
        `patience` epochs, and keep the best weights; "auto" does where there are at least 1000 windows.
    warm_start : bool
        Whether `fit` goes on from the weights and the scaling of the last `fit`. Epochs, schedule and
        curves begin anew, and so does the optimizer's memory (`partial_fit` keeps it). Variables, horizon,
        `change` and the network must be the same.
    scale : bool
        Whether features and targets are brought to mean 0 and standard deviation 1, as measured in `fit`.
    dtype : "float32" or "float64", optional
        None takes that of the series; float32 is about twice as fast.
    threads : int, optional
        At most so many. The result does not depend on it.
    random_state : int, RandomState or None
        What weights, batches and dropout are drawn from.
    verbose : bool
        Whether to print the loss of each epoch.
    loss : "mse", "mae", "huber", "pinball" or "gaussian"
        gaussian predicts mean and spread, ``predict(return_std=True)``; pinball quantiles,
        ``predict_quantiles()``.
    loss_options : dict, optional
        Such as {"quantiles": (0.1, 0.5, 0.9)} for pinball or {"delta": 1.0} for huber.

    Attributes
    ----------
    regressor_ : LSTMRegressor
        As fitted: its `network_`, `loss_curve_`, `validation_curve_`, `n_iter_`.

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
        hidden_size: int = 32,
        loss: str = "mae",
        loss_options: dict[str, Any] | None = None,
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        input_dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        output_dropout: float = 0.0,
        forget_bias: float | str | None = "auto",
        cell: Any = "lstm",
        projection: int | None = None,
        optimizer: str = "adam",
        learning_rate: float = 0.01,
        schedule: str = "cosine",
        schedule_options: dict[str, Any] | None = None,
        batch_size: int = 64,
        epochs: int = 30,
        clip_norm: float = 1.0,
        early_stopping: bool | str = True,
        validation_fraction: float = 0.1,
        patience: int = 10,
        warm_start: bool = False,
        scale: bool = True,
        dtype: str | None = None,
        threads: int | None = None,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        super().__init__(
            hidden_size, layers=layers, bidirectional=bidirectional, dropout=dropout,
            input_dropout=input_dropout, recurrent_dropout=recurrent_dropout, output_dropout=output_dropout,
            forget_bias=forget_bias, cell=cell, projection=projection, optimizer=optimizer,
            learning_rate=learning_rate, schedule=schedule, schedule_options=schedule_options,
            batch_size=batch_size, epochs=epochs, clip_norm=clip_norm, early_stopping=early_stopping,
            validation_fraction=validation_fraction, patience=patience, warm_start=warm_start, scale=scale,
            dtype=dtype, threads=threads, random_state=random_state, verbose=verbose,
        )  # fmt: skip
        self.window = window
        self.horizon = horizon
        self.regressor = regressor
        self.change = change
        self.stride = stride
        self.loss = loss
        self.loss_options = loss_options

    def fit(self, series: Any, y: Any = None) -> Self:
        """Train on every window of the series; `y` is not used.

        Raises
        ------
        ValueError
            If no series has `window` + `horizon` steps.
        """
        self._check_parameters()
        for name in ("window", "horizon", "stride"):
            check_count(name, getattr(self, name))
        check_flag("change", self.change)
        listed = [*series] if isinstance(series, list) else None
        if listed == []:
            raise ValueError("series is an empty list; give one series, or a list of some.")
        several = listed is not None and np.ndim(listed[0]) > 0
        given = [self._read(one) for one in (listed if listed and several else [series])]
        for n, one in enumerate(given):
            if one.shape[1] != given[0].shape[1]:
                raise ValueError(
                    f"series[{n}] is read as {one.shape[1]} variables and series[0] as {given[0].shape[1]}; "
                    "all series must have the same variables."
                )
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
        learner = self._learner(x.shape[2])
        target = future - x[:, -1:] if self.change else future
        learner.fit(np.ascontiguousarray(x), target.reshape(len(target), -1))
        self.regressor_, self._shape = learner, (self.horizon, x.shape[2], bool(self.change))
        self._window = self.window
        self._flat = np.ndim(series[0] if several else series) == 1
        self._last = given[-1][-self.window :]
        return self

    def predict(self, series: Any = None, return_std: bool = False) -> Any:
        """Forecast the `horizon` steps after `series` (or that of `fit`): (horizon[, variables]).

        With loss="gaussian" and `return_std`, a pair: the means and their standard deviations.
        """
        recent = self._recent(series)
        check_flag("return_std", return_std)
        if not return_std:
            return self._forecast(self.regressor_.predict(recent[np.newaxis]), recent)
        mean, spread = self.regressor_.predict(recent[np.newaxis], return_std=True)
        return self._forecast(mean, recent), self._shaped(spread)

    def predict_quantiles(self, series: Any = None) -> FloatArray:
        """Forecast the quantiles of ``loss_options``: (horizon[, variables], quantiles).

        Needs loss="pinball".
        """
        recent = self._recent(series)
        quantiles = np.moveaxis(self.regressor_.predict_quantiles(recent[np.newaxis]), -1, 0)
        return np.stack([self._forecast(one, recent) for one in quantiles], axis=-1)

    def score(self, series: Any, y: Any = None) -> float:
        """Return R² of the forecasts of every window of `series`."""
        check_is_fitted(self, "regressor_")
        one: FloatArray = self._read(series)
        window, needed = self._window, self._window + self._shape[0]
        if len(one) < needed:
            raise ValueError(f"series has {len(one)} steps; to score a forecast {needed} are needed.")
        cut = np.moveaxis(sliding_window_view(one, needed, axis=0), -1, 1)
        x, future = np.ascontiguousarray(cut[:, :window]), cut[:, window:]
        predicted = self.regressor_.predict(x).reshape(future.shape) + (x[:, -1:] if self._shape[2] else 0)
        wrong, spread = (
            float((part**2).sum()) for part in (future - predicted, future - future.mean(axis=(0, 1)))
        )
        if not spread:  # of a series that does not change, as scikit-learn's r2_score
            return float(not wrong)
        return 1 - wrong / spread

    def _recent(self, series: Any) -> FloatArray:
        """Return the last steps (window, variables) of `series`, or of that of `fit`."""
        check_is_fitted(self, "regressor_")
        given: FloatArray = self._last if series is None else self._read(series)
        if len(given) < self._window or given.shape[1] != self._shape[1]:
            raise ValueError(
                f"series is read as {len(given)} steps of {given.shape[1]} variables; at least "
                f"{self._window} steps of {self._shape[1]} are needed, of one series."
            )
        return given[-self._window :]

    def _forecast(self, learned: FloatArray, recent: FloatArray) -> FloatArray:
        """Return what is predicted of one window in its own units: (horizon[, variables])."""
        return self._shaped(learned.reshape(self._shape[:2]) + (recent[-1] if self._shape[2] else 0))

    def _shaped(self, values: FloatArray) -> FloatArray:
        """Return (horizon, variables), without the axis of variables where the series had none."""
        values = values.reshape(self._shape[:2])
        return values[:, 0] if self._flat else values

    def _learner(self, variables: int) -> LSTMRegressor:
        """Return the regressor to fit: a fresh one, or at a warm start that of the last fit."""
        if self.warm_start and hasattr(self, "regressor_"):
            now = (self.horizon, variables, bool(self.change))
            for name, asked, before in zip(("horizon", "variables", "change"), now, self._shape, strict=True):
                if asked != before:
                    raise ValueError(
                        f"{name}={asked}, and the fit that would go on has {name}={before}; fit with "
                        "warm_start=False starts anew."
                    )
            learner = deepcopy(self.regressor_)  # what is fitted stays so where this fit is refused
        else:
            learner = LSTMRegressor() if self.regressor is None else regressor_given(self)
        options = options_of(self) if self.regressor is None else changed_options_of(self)
        learner.set_params(**options)
        return learner

    def _read(self, series: Any) -> FloatArray:
        """Read (time,) or (time, variables) as (time, variables)."""
        values = check_array(
            series, dtype=[np.float64, np.float32], ensure_2d=False, input_name="series", estimator=self
        )
        result: FloatArray = values[:, np.newaxis] if values.ndim == 1 else values
        return result
