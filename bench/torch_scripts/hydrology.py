"""Rainfall to runoff: 180 days of ten forcings to the discharge of the last day, as hydrologists train it."""

from __future__ import annotations

import torch
from torch import nn


class Runoff(nn.Module):
    """The last day's discharge."""

    def __init__(self, LSTM: type[nn.LSTM]) -> None:
        super().__init__()
        self.lstm = LSTM(10, 64, batch_first=True)
        self.dropout = nn.Dropout(0.4)
        self.head = nn.Linear(64, 1)
        self.lstm.bias_hh_l0.data[64:128] = 3.0  # forget gates begin open

    def forward(self, forcings: torch.Tensor) -> torch.Tensor:
        """Map (N, 180, 10) to (N,)."""
        out, _ = self.lstm(forcings)
        return self.head(self.dropout(out[:, -1])).squeeze(-1)


def train(LSTM: type[nn.LSTM], steps: int = 12) -> list[float]:
    """Train on a bucket that fills with rain and drains slowly."""
    torch.manual_seed(0)
    days = torch.rand(1000, 10)
    level, levels = torch.tensor(0.0), []
    for rain in days[:, 0]:
        level = 0.95 * level + rain * (rain > 0.7)
        levels.append(level)
    discharge = torch.stack(levels)
    discharge = (discharge - discharge.mean()) / discharge.std()
    model = Runoff(LSTM)
    optimizer = torch.optim.Adam(model.parameters(), 0.002)
    losses = []
    for _ in range(steps):
        ends = torch.randint(180, 1000, (64,))
        x = torch.stack([days[end - 179 : end + 1] for end in ends.tolist()])
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), discharge[ends])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses
