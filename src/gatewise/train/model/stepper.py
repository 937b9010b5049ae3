"""Prediction as rows arrive: each is prepared and stepped through the layers, and the head predicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from gatewise.errors import ArgumentError
from gatewise.learn.losses import Loss
from gatewise.learn.network import Network, NetworkStepper
from gatewise.support.arrays import FloatArray
from gatewise.train.config import FitConfig
from gatewise.train.data import Preparation
from gatewise.train.data.prepare.calendar import calendar_features


class Steppable(Protocol):
    """The parts of a `Model` that a stepper reads. The model knows the stepper, not the other way round."""

    network: Network
    config: FitConfig
    preparation: Preparation
    loss: Loss
    loss_options: dict[str, Any]


class ModelStepper:
    """Takes one row at a time and carries out and state of every layer along.

    After the rows of a window, from its first on, its prediction equals that of `predict` bit for bit. A
    model that was trained on windows has seen no more than `window` rows in one go: `reset` it from time to
    time, or train with `stateful`.

    Parameters
    ----------
    model : Model
        In one direction, without columns known ahead.

    Raises
    ------
    ArgumentError
        If the model needs what comes later.
    """

    def __init__(self, model: Steppable) -> None:
        if model.preparation.future:
            raise ArgumentError(
                f"this model needs {', '.join(model.preparation.future)} of the rows ahead; use predict."
            )
        self._model = model
        self._stepper = NetworkStepper(model.network, engine=model.config.engine)
        self.reset()

    def reset(self) -> None:
        """Start again, as before the first row."""
        self._stepper.reset()
        self._last = np.full(len(self._model.preparation.inputs), np.nan)

    def step(self, row: Mapping[str, Any] | FloatArray, time: Any = None) -> FloatArray:
        """Take a row, and predict from there.

        Parameters
        ----------
        row : dict or array
            The columns of `preparation.inputs`, by name or in that order; None or NaN where missing.
        time : datetime, str or datetime64, optional
            Needed where the calendar is among the features.

        Returns
        -------
        array (horizon, K, Q)
            In the targets' own units, as `Model.forecast`; of classes the probabilities (C,).
        """
        model, preparation = self._model, self._model.preparation
        x = preparation.row(row, time, self._last)
        y = self._stepper.step(x, self._ahead(time))
        predicted = model.loss.forecast(y[np.newaxis], **model.loss_options).astype(np.float64)
        if preparation.classes is not None:
            return np.asarray(predicted[0, 0])
        predicted = predicted.reshape(preparation.horizon, len(preparation.targets), -1)
        zero = (
            self._last[: len(preparation.targets)] if preparation.change else np.array(preparation.label_mean)
        )
        scale = np.array(preparation.label_scale)
        spread = np.array([column == "sd" for column in model.loss.columns(**model.loss_options)])
        return np.asarray(predicted * scale[:, np.newaxis] + np.where(spread, 0, zero[:, np.newaxis]))

    def _ahead(self, time: Any) -> FloatArray | None:
        """Return what the head reads beside the outs: the calendar of the next step."""
        preparation = self._model.preparation
        if not preparation.extra:
            return None
        now = np.array([time], dtype="datetime64[us]")
        ahead = preparation.step.after(now, np.ones(1, np.int64))
        row: FloatArray = calendar_features(
            ahead, preparation.zone, preparation.calendar, np.dtype(preparation.dtype)
        )[0]
        return row
