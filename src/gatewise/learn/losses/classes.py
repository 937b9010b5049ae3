"""The loss for classes: labels are the numbers of classes, 0 to C-1."""

from __future__ import annotations

import numpy as np

from gatewise.errors import ArgumentError
from gatewise.learn.losses.loss import Loss
from gatewise.support.arrays import FloatArray, is_count
from gatewise.support.given import brief


def log_softmax(y: FloatArray) -> FloatArray:
    """Y - log Σ exp(y) over the last axis, the largest taken out before the exponential."""
    shifted = y - y.real.max(axis=-1, keepdims=True)
    result: FloatArray = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result


def _cross_entropy(y: FloatArray, label: FloatArray, classes: int) -> tuple[FloatArray, FloatArray]:
    """-log p of the label's class, p = softmax(y); the derivative is p, less 1 for that class."""
    codes = label.real.astype(np.int64)
    fits = (codes == label) & (codes >= 0) & (codes < classes)
    if not fits.all():
        raise ArgumentError(
            f"label has {label[~fits].flat[0]:g}; with classes={classes} it must be a whole number from 0 to "
            f"{classes - 1}."
        )
    log_p = log_softmax(y)
    chosen = codes[..., np.newaxis]
    slopes = np.exp(log_p)
    np.put_along_axis(slopes, chosen, np.take_along_axis(slopes, chosen, -1) - 1, -1)
    return -np.take_along_axis(log_p, chosen, -1)[..., 0], slopes


def _classes(classes: int) -> int:
    if not is_count(classes) or classes < 2:
        raise ArgumentError(
            f"classes={brief(classes)}; cross_entropy needs to know how many there are, at least 2."
        )
    return int(classes)


def _probabilities(y: FloatArray, classes: int) -> FloatArray:
    result: FloatArray = np.exp(log_softmax(y))
    return result


def _likeliest(said: FloatArray, classes: int) -> FloatArray:
    best: FloatArray = said.argmax(axis=-1).astype(said.dtype)
    return best


cross_entropy = Loss(
    name="cross_entropy", title="classes: minus the log of the right one's chance", options={"classes": 0},
    terms=_cross_entropy, outputs=_classes, says=_probabilities, best=_likeliest, labels="class",
    columns=lambda classes: [f"p{k}" for k in range(classes)],
)  # fmt: skip
