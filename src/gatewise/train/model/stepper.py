"""Prediction as rows arrive: each is prepared and steps through the layers, and the head says what comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gatewise.errors import ArgumentError
from gatewise.learn.losses.loss import Loss
from gatewise.learn.network import Network, NetworkStepper
from gatewise.support.arrays import FloatArray, IntArray
from gatewise.support.reprs import short_repr
from gatewise.train.data.prepare.calendar import calendar
from gatewise.train.data.prepare.moment import moment
from gatewise.train.data.prepare.preparation import Preparation


class ModelStepper:
    """Takes one row at a time and carries out and state of every layer along.

    After the rows of a window, from its first on, it says bit for bit what `predict` says of that window. A
    model that was trained on windows has seen no more than `window` rows in one go: `reset` it from time to
    time, or train with `stateful`.

    Parameters
    ----------
    network : Network
        In one direction.
    preparation : Preparation
        What belongs to it, without columns known ahead.
    loss, loss_options
        The loss it was trained with, which says what its outputs mean.
    engine : str
        As for `forward`.

    Raises
    ------
    ArgumentError
        If the model needs what comes later.
    """

    def __init__(
        self,
        network: Network,
        preparation: Preparation,
        loss: Loss,
        loss_options: Mapping[str, Any],
        engine: str = "auto",
    ) -> None:
        if preparation.future:
            raise ArgumentError(
                f"this model needs {', '.join(preparation.future)} of the rows ahead; use predict."
            )
        self._preparation, self._loss, self._loss_options = preparation, loss, dict(loss_options)
        self._stepper = NetworkStepper(network, engine=engine)
        self.reset()

    def reset(self) -> None:
        """Start again, as before the first row."""
        self._stepper.reset()
        self._last = np.full(len(self._preparation.inputs), np.nan)
        self._places = np.full(len(self._preparation.categories), -1)

    def step(self, row: Mapping[str, Any] | FloatArray, time: Any = None) -> FloatArray:
        """Take a row, and predict from there.

        Parameters
        ----------
        row : dict or array
            The columns of `preparation.inputs` and then of `preparation.categories`, by name or in that
            order; None or NaN where missing. A static category may be given once, with the first row.
        time : datetime, str or datetime64, optional
            Needed where the calendar is among the features; with a time zone where the training's times had
            one. A datetime64, which cannot have one, is then in UTC.

        Returns
        -------
        array (horizon, K, Q)
            In the targets' own units, as `Model.forecast`; of classes the probabilities (C,).

        Raises
        ------
        DataError
            If a column is missing, or the time is none, or of another kind than the training's.
        """
        preparation = self._preparation
        x, codes = self._read(row, time)
        y = self._stepper.step(x, self._ahead(time), codes)
        said = self._loss.forecast(y[np.newaxis], **self._loss_options).astype(np.float64)
        if preparation.classes is not None:
            return np.asarray(said[0, 0])
        said = said.reshape(preparation.horizon, len(preparation.targets), -1)
        zero = (
            preparation.as_learned(self._last[: len(preparation.targets)])
            if preparation.change
            else np.array(preparation.label_mean)
        )
        wide = said * np.array(preparation.label_scale)[:, np.newaxis]
        spread = np.array([column == "sd" for column in self._loss.columns(**self._loss_options)])
        return np.where(spread, wide, preparation.as_given(wide + zero[:, np.newaxis]))

    def _read(self, row: Any, time: Any) -> tuple[FloatArray, IntArray | None]:
        """Return x_t, and the codes of the learned vectors where the network has such."""
        preparation = self._preparation
        if not preparation.categories:
            return preparation.row(row, time, self._last), None
        numbers, places = preparation.read_row(row)
        names = [name for name, _ in preparation.categories]
        stays = np.array([name in preparation.static for name in names]) & (places < 0)
        self._places = np.where(stays, self._places, places)
        x = preparation.x_of(numbers, self._places, time, self._last)
        embedded = [names.index(name) for name in preparation.embedded]
        return x, self._places[embedded] if embedded else None

    def _ahead(self, time: Any) -> FloatArray | None:
        """Return what the head reads beside the outs: the calendar of the next step."""
        preparation = self._preparation
        if not preparation.extra:
            return None
        ahead = preparation.step.after(moment(time, preparation.zone), np.ones(1, np.int64))
        row: FloatArray = calendar(
            ahead, preparation.zone, preparation.calendar, np.dtype(preparation.dtype)
        )[0]
        return row

    def __repr__(self) -> str:
        prepared = self._preparation
        return short_repr(self, f"{prepared.task} of {', '.join(prepared.targets)}", window=prepared.window)
