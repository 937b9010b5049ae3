"""The losses by name."""

from gatewise.learn.losses.classes import cross_entropy
from gatewise.learn.losses.likelihood import gaussian, negative_binomial
from gatewise.learn.losses.loss import Loss
from gatewise.learn.losses.regression import huber, l2, mae, mse, pinball

ROWS = (
    l2,
    mse,
    mae,
    huber,
    pinball,
    gaussian,
    negative_binomial,
    cross_entropy,
)
LOSSES: dict[str, Loss] = {row.name: row for row in ROWS}
