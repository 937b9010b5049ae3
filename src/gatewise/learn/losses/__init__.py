"""Losses: each takes what the network returned and the labels, and gives the loss and Δ, its gradient.

    loss, delta = losses.l2(out, label)                    # the document's: half the squared error, summed
    loss, d_y = losses.LOSSES["huber"](y, label, weight, delta=0.5)

A loss is one `Loss`: what a label costs, what the outputs mean, and its options. `LOSSES` has all of them by
name.
"""

from gatewise.learn.losses.classes import cross_entropy
from gatewise.learn.losses.likelihood import gaussian, negative_binomial
from gatewise.learn.losses.loss import Loss
from gatewise.learn.losses.regression import huber, l2, mae, mse, pinball
from gatewise.learn.losses.table import LOSSES

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
