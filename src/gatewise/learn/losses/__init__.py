"""Losses: each takes what the network returned and the labels, and gives the loss and Δ, its gradient.

    loss, delta = losses.l2(out, label)                    # the document's: half the squared error, summed
    loss, d_y = losses.LOSSES["huber"](y, label, weight, delta=0.5)

A loss is two functions, what one label costs and what the outputs mean, and one row of `LOSSES`.
"""

from gatewise.learn.losses.classes import cross_entropy
from gatewise.learn.losses.likelihood import gaussian, negative_binomial
from gatewise.learn.losses.loss import Loss
from gatewise.learn.losses.regression import huber, l2, mae, mse, pinball

ROWS = (l2, mse, mae, huber, pinball, gaussian, negative_binomial, cross_entropy)
LOSSES: dict[str, Loss] = {row.name: row for row in ROWS}

__all__ = [
    "LOSSES",
    "Loss",
    "cross_entropy",
    "gaussian",
    "huber",
    "l2",
    "mae",
    "mse",
    "negative_binomial",
    "pinball",
]
