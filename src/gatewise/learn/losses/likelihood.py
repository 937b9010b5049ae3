"""Negative log-likelihoods: the network returns the parameters of a distribution of the label.

A parameter that must be positive is `least` + softplus(output), as in Salinas, Flunkert, Gasthaus and
Januschowski 2020 (DeepAR).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gatewise.errors import ArgumentError
from gatewise.learn.losses.loss import Loss
from gatewise.learn.losses.regression import first
from gatewise.support.arrays import FloatArray

LEAST_SD = 1e-4  # in units of the scaled target: below this a spread is no longer told apart from rounding
LEAST_COUNT = (
    1e-6  # of mean and dispersion: below it 1/dispersion² loses more digits than float64 has to spare
)


def softplus(s: FloatArray) -> FloatArray:
    """log(1 + exp(s)), in the one of its two forms whose exponential cannot overflow."""
    positive = s.real > 0
    rest = np.log1p(np.exp(np.where(positive, -s, s)))
    result: FloatArray = np.where(positive, s + rest, rest)
    return result


def slope_of_softplus(s: FloatArray) -> FloatArray:
    """σ(s)."""
    result: FloatArray = np.exp(-softplus(-s))
    return result


def _two(**options: Any) -> int:
    return 2


def _mean_and_sd(**options: Any) -> list[str]:
    return ["mean", "sd"]


def _gaussian(y: FloatArray, label: FloatArray, least: float) -> tuple[FloatArray, FloatArray]:
    """½ z² + log sd + ½ log 2π with z = (label - mean) / sd."""
    mean, s = y[..., 0], y[..., 1]
    sd = least + softplus(s)
    z = (label - mean) / sd
    d_mean = -z / sd
    d_sd = (1 - z**2) / sd
    cost = z**2 / 2 + np.log(sd) + math.log(2 * math.pi) / 2
    return cost, np.stack([d_mean, d_sd * slope_of_softplus(s)], axis=-1)


def _gaussian_says(y: FloatArray, least: float) -> FloatArray:
    return np.stack([y[..., 0], least + softplus(y[..., 1])], axis=-1)


def _negative_binomial(y: FloatArray, label: FloatArray, least: float) -> tuple[FloatArray, FloatArray]:
    """-log p(k) of a count k with mean m and variance m + α m²; r = 1/α.

    log p = log Γ(r+k)/Γ(r) - log k! + k log(αm) - (k+r) log(1+αm). Worked in float64, for the terms cancel.
    """
    k = label.astype(np.result_type(label.dtype, np.float64))
    wrong = (k.real < 0) | (k != np.round(k.real)) | np.isinf(k.real)
    if wrong.any():
        raise ArgumentError(
            f"label has {k[wrong].flat[0]:g}; negative_binomial takes counts: whole numbers from 0 on."
        )
    wide = y.astype(np.result_type(y.dtype, np.float64))
    m, alpha = least + softplus(wide[..., 0]), least + softplus(wide[..., 1])
    r, shrink = 1 / alpha, np.log1p(alpha * m)
    cost = log_rising(np.ones_like(k), k) - log_rising(r, k) - k * np.log(alpha * m) + (k + r) * shrink
    d_m = (m - k) / (m * (1 + alpha * m))
    d_alpha = r**2 * (d_log_rising(r, k) - shrink) - k / alpha + (k + r) * m / (1 + alpha * m)
    slopes = np.stack([d_m, d_alpha], axis=-1) * slope_of_softplus(wide)
    return cost.astype(y.dtype), slopes.astype(y.dtype)


SHIFT = 8  # Stirling's series is used from here on, where its next term is below 1e-15
# B_2k / (2k (2k-1)): Abramowitz and Stegun 1964, 6.1.40.
STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)


def log_rising(r: FloatArray, k: FloatArray) -> FloatArray:
    """Log Γ(r+k)/Γ(r) for r > 0 and k ≥ 0, also where r is large and the two logarithms would cancel.

    Γ(x) = Γ(x+8) / (x (x+1) … (x+7)), and Stirling's series for a = r+8 and b = r+k+8.
    """
    a, b = r + SHIFT, r + k + SHIFT
    total: FloatArray = (a - 0.5) * np.log1p(k / a) + k * np.log(b) - k
    for power, coefficient in enumerate(STIRLING):
        total = total + coefficient * (b ** -(2 * power + 1.0) - a ** -(2 * power + 1.0))
    for j in range(SHIFT):
        total = total - np.log1p(k / (r + j))
    return total


def d_log_rising(r: FloatArray, k: FloatArray) -> FloatArray:
    """Return the derivative of `log_rising` with respect to r: ψ(r+k) - ψ(r)."""
    a, b = r + SHIFT, r + k + SHIFT
    total: FloatArray = np.log1p(k / a) + k / (2 * a * b)
    for power, coefficient in enumerate(STIRLING):
        n = 2 * power + 1
        total = total - n * coefficient * (b ** -(n + 1.0) - a ** -(n + 1.0))
    for j in range(SHIFT):
        total = total + k / ((r + j) * (r + j + k))
    return total


def _counts_say(y: FloatArray, least: float) -> FloatArray:
    m, alpha = least + softplus(y[..., 0]), least + softplus(y[..., 1])
    return np.stack([m, np.sqrt(m + alpha * m**2)], axis=-1)


gaussian = Loss(
    name="gaussian", title="normal distribution: mean and spread", options={"least": LEAST_SD},
    terms=_gaussian, outputs=_two, says=_gaussian_says, best=first, columns=_mean_and_sd,
)  # fmt: skip
negative_binomial = Loss(
    name="negative_binomial", title="counts: mean and spread", options={"least": LEAST_COUNT}, labels="count",
    terms=_negative_binomial, outputs=_two, says=_counts_say, best=first, columns=_mean_and_sd,
)  # fmt: skip
