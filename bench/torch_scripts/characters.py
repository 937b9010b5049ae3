"""A character model that carries its state from one stretch of text to the next."""

from __future__ import annotations

import torch
from torch import nn

TEXT = (
    "the gate that forgets is the gate that keeps; what it keeps it shows, and what it shows it learns. " * 40
)


class Characters(nn.Module):
    """The next character from those before."""

    def __init__(self, LSTM: type[nn.LSTM], count: int) -> None:
        super().__init__()
        self.letters = nn.Embedding(count, 16)
        self.lstm = LSTM(16, 96)
        self.head = nn.Linear(96, count)

    def forward(
        self, letters: torch.Tensor, state: tuple[torch.Tensor, torch.Tensor] | None
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
        """Score the characters after (T, N) letters."""
        out, state = self.lstm(self.letters(letters), state)
        return self.head(out), state


def train(LSTM: type[nn.LSTM], steps: int = 30) -> list[float]:
    """Train by truncated backpropagation, 50 characters at a time, 16 places of the text at once."""
    torch.manual_seed(0)
    letters = sorted(set(TEXT))
    numbers = torch.tensor([letters.index(c) for c in TEXT])
    rows = numbers[: len(numbers) // 16 * 16].view(16, -1).T
    model = Characters(LSTM, len(letters))
    optimizer = torch.optim.RMSprop(model.parameters(), 0.005)
    losses, state, at = [], None, 0
    for _ in range(steps):
        if at + 51 > len(rows):
            state, at = None, 0
        optimizer.zero_grad()
        scores, state = model(rows[at : at + 50], state)
        state = (state[0].detach(), state[1].detach())
        loss = nn.functional.cross_entropy(scores.flatten(0, 1), rows[at + 1 : at + 51].flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        at += 50
    return losses
