"""A forecast with its uncertainty, as DeepAR makes it: three layers, a normal distribution at every step."""

from __future__ import annotations

import torch
from torch import nn


class Forecaster(nn.Module):
    """Mean and spread of the next value."""

    def __init__(self, LSTM: type[nn.LSTM]) -> None:
        super().__init__()
        self.lstm = LSTM(5, 40, 3, batch_first=True, dropout=0.1)
        self.head = nn.Linear(40, 2)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Map (N, T, 5) to two of (N, T)."""
        out, _ = self.lstm(x)
        mean, spread = self.head(out).unbind(-1)
        return mean, nn.functional.softplus(spread) + 1e-3


def train(LSTM: type[nn.LSTM], steps: int = 20) -> list[float]:
    """Train on daily and weekly waves with noise."""
    torch.manual_seed(0)
    hours = torch.arange(600)
    series = (hours / 24 * 6.2832).sin() + 0.5 * (hours / 168 * 6.2832).sin() + 0.1 * torch.randn(30, 600)
    times = torch.stack([(hours / period * 6.2832).cos() for period in (24, 24.0 * 3, 168, 600)], -1)
    model = Forecaster(LSTM)
    optimizer = torch.optim.Adam(model.parameters(), 0.005)
    losses = []
    for _ in range(steps):
        first = int(torch.randint(0, 400, ()))
        window = slice(first, first + 192)
        x = torch.cat([series[:, window, None], times[window].expand(30, -1, -1)], -1)
        mean, spread = model(x[:, :-1])
        optimizer.zero_grad()
        loss = nn.functional.gaussian_nll_loss(mean, series[:, window][:, 1:], spread**2)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 10.0)
        optimizer.step()
        losses.append(loss.item())
    return losses
