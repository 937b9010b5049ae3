"""Losses for numbers: squares, absolute values, and between the two. e = y - label."""

from __future__ import annotations

from typing import Any

import numpy as np

from gatewise.errors import ArgumentError
from gatewise.learn.losses.loss import Loss
from gatewise.support.arrays import FloatArray, as_real
from gatewise.support.given import brief

Terms = tuple[FloatArray, FloatArray]


def one(**options: Any) -> int:
    """One output for each label."""
    return 1


def itself(y: FloatArray, **options: Any) -> FloatArray:
    """Return the outputs, which are what is forecast."""
    return y


def first(said: FloatArray, **options: Any) -> FloatArray:
    """Return the first column of a forecast."""
    return said[..., 0]


def _value(**options: Any) -> list[str]:
    return ["value"]


def _half_square(y: FloatArray, label: FloatArray) -> Terms:
    e = y - label  # B0
    return e**2 / 2, e  # L1


def _square(y: FloatArray, label: FloatArray) -> Terms:
    e = y - label
    return e**2, 2 * e


def _absolute(y: FloatArray, label: FloatArray) -> Terms:
    e = y - label
    sign = np.sign(e.real)
    return sign * e, sign


def _huber(y: FloatArray, label: FloatArray, delta: float) -> Terms:
    """½e² where |e| ≤ δ, δ (|e| - ½δ) beyond (Huber 1964)."""
    if not delta > 0:
        raise ArgumentError(
            f"delta={delta}; huber goes over from squares to absolute values at delta above 0."
        )
    e = y - label
    sign = np.sign(e.real)
    near = np.abs(e.real) <= delta
    return np.where(near, e**2 / 2, delta * (sign * e - delta / 2)), np.where(near, e, delta * sign)


def _pinball(y: FloatArray, label: FloatArray, quantiles: tuple[float, ...]) -> Terms:
    """Return the mean over the quantiles q of (1-q) e where e ≥ 0, -q e below (Koenker and Bassett 1978)."""
    q = np.asarray(quantiles, y.real.dtype)
    e = (y if y.ndim > label.ndim else y[..., np.newaxis]) - label[..., np.newaxis]
    slope = np.where(e.real >= 0, 1 - q, -q)
    return (slope * e).mean(axis=-1), slope.reshape(y.shape) / len(q)


def _quantiles(quantiles: Any) -> int:
    if (
        type(quantiles) not in (tuple, list)
        or not quantiles
        or not all(0 < as_real(q) < 1 for q in quantiles)
    ):
        shown = [*map(brief, quantiles[:9])] if type(quantiles) in (tuple, list) else brief(quantiles)
        raise ArgumentError(f"quantiles={shown}; give at least one, each above 0 and below 1.")
    return len(quantiles)


def _rising(y: FloatArray, quantiles: tuple[float, ...]) -> FloatArray:
    """Sort the quantiles: a network may return a higher one below a lower one.

    Sorting makes no quantile worse by pinball loss (Chernozhukov, Fernández-Val and Galichon 2010).
    """
    rank = np.argsort(np.argsort(quantiles))
    return np.sort(y, axis=-1)[..., rank]


def _middle(said: FloatArray, quantiles: tuple[float, ...]) -> FloatArray:
    """Return the quantile nearest to the median."""
    return said[..., int(np.argmin(np.abs(np.asarray(quantiles) - 0.5)))]


l2 = Loss(
    name="l2", title="half the squared error, summed: the worked example's", mean=False,
    terms=_half_square, outputs=one, says=itself, best=first, columns=_value,
)  # fmt: skip
mse = Loss(
    name="mse", title="mean squared error",
    terms=_square, outputs=one, says=itself, best=first, columns=_value,
)  # fmt: skip
mae = Loss(
    name="mae", title="mean absolute error",
    terms=_absolute, outputs=one, says=itself, best=first, columns=_value,
)  # fmt: skip
huber = Loss(
    name="huber", title="squares near 0, absolute values beyond delta", options={"delta": 1.0},
    terms=_huber, outputs=one, says=itself, best=first, columns=_value,
)  # fmt: skip
pinball = Loss(
    name="pinball", title="quantiles", options={"quantiles": (0.1, 0.5, 0.9)},
    terms=_pinball, outputs=_quantiles, says=_rising, best=_middle,
    columns=lambda quantiles: [f"q{q:g}" for q in quantiles],
)  # fmt: skip
