"""An LSTM in torch, trained on the very windows of a gatewise run: what a good engineer writes by hand.

One layer of 64 units, a linear head that is told what is known ahead, Adam, gradients of norm 1 at most, the
run's loss, batches, epochs (20 at least) and patience; the weights of the best epoch by the validation loss,
at the best of three rates by the same. No dropout, and the rate is constant.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

RATES = (3e-4, 1e-3, 3e-3)
HIDDEN = 64
EPOCHS = 20  # at least, where the run has fewer
AT_ONCE = 512

Costs = Callable[..., Tensor]


class Forecaster(nn.Module):
    """An LSTM whose last output, with what is known ahead, a linear layer reads."""

    def __init__(self, inputs: int, extra: int, outputs: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(inputs, HIDDEN, batch_first=True)
        self.head = nn.Linear(HIDDEN + extra, outputs)

    def forward(self, x: Tensor, extra: Tensor | None) -> Tensor:
        """Return the outputs (N, P) for windows (N, T, D)."""
        last = self.lstm(x)[0][:, -1]
        return self.head(last if extra is None else torch.cat([last, extra], dim=1))


# Losses: what each label costs, from the Q outputs of each (N, P, Q), as in gatewise.learn.losses -----------


def _pinball(y: Tensor, label: Tensor, quantiles: tuple[float, ...]) -> Tensor:
    error = label[..., None] - y
    level = torch.tensor(quantiles)
    return torch.maximum(level * error, (level - 1) * error).mean(-1)


def _gaussian(y: Tensor, label: Tensor, least: float) -> Tensor:
    sd = least + F.softplus(y[..., 1])
    return ((label - y[..., 0]) / sd) ** 2 / 2 + torch.log(sd) + math.log(2 * math.pi) / 2


def _negative_binomial(y: Tensor, label: Tensor, least: float) -> Tensor:
    m, alpha = (least + F.softplus(y[..., k].double()) for k in range(2))
    k, r = label.double(), 1 / alpha
    counted = torch.lgamma(r + k) - torch.lgamma(r) - torch.lgamma(k + 1)
    return -(counted + k * torch.log(alpha * m) - (k + r) * torch.log1p(alpha * m)).float()


COSTS: dict[str, tuple[int, Costs]] = {
    "mae": (1, lambda y, label: (y[..., 0] - label).abs()),
    "mse": (1, lambda y, label: (y[..., 0] - label) ** 2),
    "l2": (1, lambda y, label: (y[..., 0] - label) ** 2 / 2),
    "huber": (1, lambda y, label, delta: F.huber_loss(y[..., 0], label, reduction="none", delta=delta)),
    "pinball": (0, _pinball),  # as many outputs as quantiles
    "gaussian": (2, _gaussian),
    "negative_binomial": (2, _negative_binomial),
}
"""By the names of gatewise's losses: outputs for each label, and the costs."""


def mean_cost(name: str, options: dict[str, Any], y: Tensor, label: Tensor) -> Tensor:
    """Return the mean cost of the labels that are there (NaN: none)."""
    there = ~torch.isnan(label)
    costs = COSTS[name][1](y.reshape(*label.shape, -1), torch.where(there, label, 0.0), **options)
    return torch.where(there, costs, 0.0).sum() / there.sum().clamp(min=1)


# Training --------------------------------------------------------------------------------------------------


def fit_best(model: Any, windows: Any, seed: int, threads: int) -> tuple[np.ndarray, dict[str, Any]]:
    """Train with each rate, and return what the best one says of the test.

    Parameters
    ----------
    model : gatewise model
        Whose loss, batch, epochs and patience are taken.
    windows : gatewise.data.Windows
        Those of its run.

    Returns
    -------
    array (N, P)
        The outputs for the windows of the test.
    dict
        For each rate the validation loss, the epochs and the seconds; the best rate.
    """
    if model.config.stateful or model.preparation.window == 0 or windows.classes:
        raise SystemExit("the loop in torch knows windows of one length and numbers as targets only.")
    torch.set_num_threads(threads)
    runs = {rate: _fit(model, windows, rate, seed) for rate in RATES}
    best = min(runs, key=lambda rate: runs[rate][1]["validation"])
    net = runs[best][0]
    said = torch.cat([y for y, _ in _outputs(net, windows, windows.test)])
    found = {f"{rate:g}": about for rate, (_, about) in runs.items()}
    return said.numpy(), {"rates": found, "best": f"{best:g}"}


def _fit(model: Any, windows: Any, rate: float, seed: int) -> tuple[Forecaster, dict[str, float]]:
    config, name = model.config, model.loss.name
    options = dict(model.loss_options)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    outputs = windows.horizon * windows.targets * model.loss.outputs(**options)
    net = Forecaster(windows.input_size, windows.extra_size, outputs)
    optimizer = torch.optim.Adam(net.parameters(), rate)
    best, weights, stale, epoch, most = (
        math.inf,
        copy.deepcopy(net.state_dict()),
        0,
        0,
        max(config.epochs, EPOCHS),
    )
    began = time.perf_counter()
    while epoch < most and stale < config.patience:
        order = rng.permutation(windows.train)
        for first in range(0, len(order), config.batch):
            x, extra, label = _batch(windows, np.sort(order[first : first + config.batch]))
            optimizer.zero_grad()
            mean_cost(name, options, net(x, extra), label).backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
        loss = _validation(net, windows, name, options)
        epoch, stale = epoch + 1, stale + 1
        if loss < best:
            best, weights, stale = loss, copy.deepcopy(net.state_dict()), 0
    net.load_state_dict(weights)
    return net, {"validation": best, "epochs": epoch, "seconds": round(time.perf_counter() - began, 1)}


def _batch(windows: Any, numbers: np.ndarray) -> tuple[Tensor, Tensor | None, Tensor]:
    batch = windows.batch(numbers)
    extra = None if batch.extra is None else torch.tensor(batch.extra, dtype=torch.float32)
    return torch.tensor(batch.x, dtype=torch.float32), extra, torch.tensor(batch.label, dtype=torch.float32)


@torch.no_grad()
def _outputs(net: Forecaster, windows: Any, numbers: np.ndarray) -> list[tuple[Tensor, Tensor]]:
    found = []
    for first in range(0, len(numbers), AT_ONCE):
        x, extra, label = _batch(windows, numbers[first : first + AT_ONCE])
        found.append((net(x, extra), label))
    return found


def _validation(net: Forecaster, windows: Any, name: str, options: dict[str, Any]) -> float:
    of = _outputs(net, windows, windows.validation)
    costs = [float(mean_cost(name, options, y, label)) * len(y) for y, label in of]
    return sum(costs) / sum(len(y) for y, _ in of)
