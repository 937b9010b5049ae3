"""A policy that acts one step at a time and learns from whole episodes (REINFORCE)."""

from __future__ import annotations

import torch
from torch import nn


class Policy(nn.Module):
    """What to do next, from what is seen and what is remembered."""

    def __init__(self, LSTM: type[nn.LSTM]) -> None:
        super().__init__()
        self.lstm = LSTM(4, 64)
        self.head = nn.Linear(64, 2)

    def forward(
        self, seen: torch.Tensor, state: tuple[torch.Tensor, torch.Tensor] | None
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
        """Score two actions after one more look (N, 4)."""
        out, state = self.lstm(seen[None], state)
        return self.head(out[0]), state


def train(LSTM: type[nn.LSTM], steps: int = 15) -> list[float]:
    """Learn to repeat at the end what was shown at the start."""
    torch.manual_seed(0)
    model = Policy(LSTM)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    losses = []
    for _ in range(steps):
        cue = torch.randint(2, (8,))
        seen = torch.randn(20, 8, 4) * 0.1
        seen[0, :, 0] += 2 * cue - 1
        state, scores = None, []
        for look in seen:
            score, state = model(look, state)
            scores.append(score)
        chances = torch.log_softmax(torch.stack(scores), -1)
        chosen = (torch.arange(20)[:, None] + cue) % 2  # fixed actions, so that rounding changes no episode
        reward = (chosen == cue).float() - 0.5
        loss = -(chances.gather(-1, chosen[..., None]).squeeze(-1) * reward).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
