"""Prediction as rows arrive: each is prepared and steps through the layers, and the head says what comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gatewise.errors import ArgumentError
from gatewise.learn.losses.loss import Loss
from gatewise.learn.network import Network, NetworkStepper
from gatewise.support.arrays import FloatArray, IntArray
from gatewise.support.given import brief
from gatewise.support.reprs import short_repr
from gatewise.train.data.data_error import quoted
from gatewise.train.data.prepare.calendar import calendar
from gatewise.train.data.prepare.columns import SeriesScale, by_name
from gatewise.train.data.prepare.moment import moment
from gatewise.train.data.prepare.preparation import Preparation


class ModelStepper:
    """Takes one row at a time and carries out and state of every layer along.

    After the rows of a window, from its first on, it says bit for bit what `predict` says of that window, and
    where the network reads changes (`past`), of a window with no rows before it. A model that was trained on
    windows has seen no more than `window` rows in one go: `reset` it from time to time, or train with
    `stateful`.

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
    series : optional
        The series of the rows, by the name that training had; needed where each series has its own scaling.

    Raises
    ------
    ArgumentError
        If the model needs what comes later, or the scaling of a series that training has not seen.
    """

    def __init__(
        self,
        network: Network,
        preparation: Preparation,
        loss: Loss,
        loss_options: Mapping[str, Any],
        engine: str = "auto",
        series: Any = None,
    ) -> None:
        if preparation.future:
            raise ArgumentError(
                f"this model needs {', '.join(preparation.future)} of the rows ahead; use predict."
            )
        self._preparation, self._loss, self._loss_options = preparation, loss, dict(loss_options)
        self._of = _scale_of(preparation, series)
        self._stepper = NetworkStepper(network, engine=engine)
        self.reset()

    def reset(self) -> None:
        """Start again, as before the first row."""
        self._stepper.reset()
        self._last = np.full(len(self._preparation.inputs), np.nan)
        prepared = self._preparation
        self._before = np.full((max(prepared.season, prepared.lag), len(prepared.targets)), np.nan)
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
        of = self._of or preparation
        wide = said * np.array(of.label_scale)[:, np.newaxis]
        spread = np.array([column == "sd" for column in self._loss.columns(**self._loss_options)])
        return np.where(spread, wide, preparation.as_given(wide + self._zero()[..., np.newaxis]))

    def _zero(self) -> FloatArray:
        """Return what labels, as learned, are counted from, (K,) or (horizon, K); see `Labels`."""
        preparation = self._preparation
        if not preparation.change:
            return np.array((self._of or preparation).label_mean)
        last = preparation.as_learned(self._last[: len(preparation.targets)])
        if not preparation.season:
            return last
        ago = self._before[np.arange(preparation.horizon) % preparation.season]
        return np.where(np.isnan(ago), last, ago)

    def _read(self, row: Any, time: Any) -> tuple[FloatArray, IntArray | None]:
        """Return x_t, and the codes of the learned vectors where the network has such."""
        preparation = self._preparation
        numbers, places = preparation.read_row(row)
        names = [name for name, _ in preparation.categories]
        stays = np.array([name in preparation.static for name in names], bool) & (places < 0)
        self._places = np.where(stays, self._places, places)
        before = self._before if preparation.lag else None
        x = preparation.x_of(numbers, self._places, time, self._last, self._of, before)
        if preparation.season and before is None:
            observed = preparation.as_learned(numbers[: len(preparation.targets)])
            self._before = np.concatenate([self._before[1:], observed[np.newaxis]])
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


def _scale_of(preparation: Preparation, series: Any) -> SeriesScale | None:
    """Return the scaling of a series, None where the table is scaled as one."""
    if not preparation.series_scales:
        return None
    known = {each.series: each for each in preparation.series_scales}
    if (kept := by_name(known)(series)) is None:
        raise ArgumentError(
            f"series={brief(series)}: this model scales each series by itself, and training has seen "
            f"{quoted(known)}. Name one of them; of a new series use predict."
        )
    return kept
