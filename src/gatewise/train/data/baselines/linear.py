"""Linear models on the same window as the network: ridge regression, and logistic regression for classes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from gatewise.support.arrays import FloatArray, IntArray
from gatewise.support.extras import need
from gatewise.train.data.windows.batch import Batch, aligned_at_the_end
from gatewise.train.data.windows.windows import Windows

WIDEST = 4000
"""Numbers of a window that are read: of a larger one, its last steps."""

WORK = 10**11
"""Windows times numbers squared that a fit may take: seconds. Of more windows evenly spaced ones are used."""

PENALTIES = 10.0 ** np.arange(-2, 7)
"""Of ridge, for the sum of squared errors of scaled labels; the best on the validation windows is kept."""

STRENGTHS = (1e-3, 1e-2, 1e-1)
"""C of scikit-learn's logistic regression, chosen likewise."""

PIECE = 512  # windows at once


class Linear(NamedTuple):
    """y = weights · numbers of the window + offset; weights (numbers, P), offset (P,)."""

    weights: FloatArray
    offset: FloatArray

    def __call__(self, flat: FloatArray) -> FloatArray:
        """Answer rows of numbers."""
        with np.errstate(all="ignore"):  # NaN and infinity show in the result, not as warnings
            return np.asarray(flat @ self.weights + self.offset)


def flat(batch: Batch, window: int) -> FloatArray:
    """Return the numbers of each window in a row: its steps, then what is known ahead.

    A window with fewer rows than `window` has the training mean, 0, in place of those before its first. Whole
    series (window 0) give the mean, the standard deviation and the last value of each column.
    """
    if window:
        steps = max(WIDEST // batch.x.shape[2], 1)
        rows = aligned_at_the_end(batch, window)[:, -steps:].reshape(len(batch.x), -1)
    else:
        assert batch.lengths is not None
        inside = np.arange(batch.x.shape[1]) < batch.lengths[:, np.newaxis]
        count = batch.lengths[:, np.newaxis]
        mean = batch.x.sum(axis=1) / count
        away = np.where(inside[:, :, np.newaxis], batch.x - mean[:, np.newaxis], 0)
        last = batch.x[np.arange(len(batch.x)), batch.lengths - 1]
        rows = np.concatenate([mean, np.sqrt((away**2).sum(axis=1) / count), last], axis=1)
    return rows if batch.extra is None else np.concatenate([rows, batch.extra], axis=1)


def _pieces(windows: Windows, numbers: IntArray) -> Iterator[tuple[FloatArray, FloatArray]]:
    for start in range(0, len(numbers), PIECE):
        batch = windows.batch(numbers[start : start + PIECE])
        yield flat(batch, windows.preparation.window).astype(np.float64), batch.label.astype(np.float64)


def _thinned(numbers: IntArray, width: int, work: int = WORK) -> IntArray:
    most = max(work // width**2, 100)
    return numbers if len(numbers) <= most else numbers[np.linspace(0, len(numbers) - 1, most).astype(int)]


class _Sums:
    """What ridge needs to know of some windows: sums of products, after their means are known."""

    def __init__(self, width: int, outputs: int) -> None:
        self.count = 0.0
        self.x, self.y = np.zeros(width), np.zeros(outputs)
        self.xx, self.xy = np.zeros((width, width)), np.zeros((width, outputs))

    def add(self, x: FloatArray, y: FloatArray) -> None:
        """Take windows (rows, width) and their labels (rows, outputs)."""
        self.count += len(x)
        self.x += x.sum(axis=0)
        self.y += y.sum(axis=0)
        self.xx += x.T @ x
        self.xy += x.T @ y

    def solve(self, penalty: float) -> Linear:
        """Return the ridge solution; the offset is not penalised."""
        scipy = need("scipy.linalg", "train", "the ridge baseline")
        x, y = self.x / self.count, self.y / self.count
        gram = self.xx - np.outer(self.x, x)
        gram[np.diag_indices_from(gram)] += penalty
        weights = scipy.solve(gram, self.xy - np.outer(self.x, y), assume_a="pos", overwrite_a=True)
        return Linear(weights, y - x @ weights)


def fit_ridge(windows: Windows) -> Linear:
    """Fit ridge regression to the training windows, with the penalty that is best for the validation windows.

    It predicts the same scaled labels as the network. Products are summed in pieces, so memory is that of one
    matrix (numbers, numbers). Windows with a missing label are left out; where most have one, missing labels
    are taken from a straight line between the known ones.
    """
    numbers, judges = windows.train, windows.validation
    if not len(judges):  # the last fifth of the training windows chooses the penalty
        numbers, judges = numbers[: len(numbers) * 4 // 5], numbers[len(numbers) * 4 // 5 :]
    if not len(numbers):
        numbers = judges = windows.train
    width = flat(windows.batch(numbers[:1]), windows.preparation.window).shape[1]
    numbers, judges = _thinned(numbers, width), _thinned(judges, width, WORK // 10)
    whole = np.concatenate([~np.isnan(labels).any(axis=1) for _, labels in _pieces(windows, numbers)])
    if 2 * whole.sum() >= len(numbers):
        return _best(windows, numbers[whole], judges)
    return _best(windows.without_gaps(windows.train), numbers, judges)


def _best(windows: Windows, numbers: IntArray, judges: IntArray) -> Linear:
    sums = None
    for x, y in _pieces(windows, numbers):
        sums = sums or _Sums(x.shape[1], y.shape[1])
        sums.add(x, y)
    assert sums is not None
    tried: dict[int, tuple[float, Linear]] = {}

    def error(place: int) -> float:
        if place not in tried:
            fit = sums.solve(float(PENALTIES[place]))
            judged = (np.nansum(np.abs(fit(x) - y)) for x, y in _pieces(windows, judges))
            tried[place] = float(sum(judged)), fit
        return tried[place][0]

    # From the middle downhill: a solution takes long where a window has many numbers.
    place = len(PENALTIES) // 2
    for way in (1, -1):
        while 0 <= place + way < len(PENALTIES) and error(place + way) < error(place):
            place += way
    return tried[place][1]


def fit_logistic(windows: Windows, classes: int) -> Linear:
    """Fit logistic regression to the training windows; its outputs are the logits of all classes."""
    sklearn = need("sklearn.linear_model", "train", "the logistic baseline")
    x, y = _together(windows, windows.train)
    judge_x, judge_y = _together(windows, windows.validation if len(windows.validation) else windows.train)
    best, best_loss = None, np.inf
    for strength in STRENGTHS:
        model = sklearn.LogisticRegression(C=strength, max_iter=300)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # unfinished after 300 steps, it is still a baseline
            model.fit(x, y)
        fit = _logits(model, x.shape[1], classes)
        chances = softmax(fit(judge_x))
        loss = -np.log(np.maximum(chances[np.arange(len(judge_y)), judge_y], 1e-15)).mean()
        if loss < best_loss or best is None:
            best, best_loss = fit, loss
    assert best is not None
    return best


def _together(windows: Windows, numbers: IntArray) -> tuple[FloatArray, IntArray]:
    width = flat(windows.batch(numbers[:1]), windows.preparation.window).shape[1]
    x, y = zip(*_pieces(windows, _thinned(numbers, width, WORK // 10)), strict=True)
    labels = np.concatenate(y)[:, 0]
    there = ~np.isnan(labels)
    return np.concatenate(x)[there], labels[there].astype(np.int64)


def _logits(model: Any, width: int, classes: int) -> Linear:
    """Return a fitted model as logits of all classes; those it has not seen have none to speak of."""
    coefficients, intercepts, seen = model.coef_, model.intercept_, model.classes_
    weights, offset = np.zeros((width, classes)), np.full(classes, -30.0)
    if len(seen) == 2:  # one row, for the second class against the first
        coefficients, intercepts = np.vstack([0 * coefficients, coefficients]), np.append(0.0, intercepts)
    weights[:, seen] = coefficients.T
    offset[seen] = intercepts
    return Linear(weights, offset)


def softmax(logits: FloatArray) -> FloatArray:
    """Return the probabilities of classes (N, C)."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
