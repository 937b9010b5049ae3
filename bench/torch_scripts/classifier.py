"""Sentences of uneven lengths into two classes: a packed LSTM in both directions, two layers, dropout."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence


class Classifier(nn.Module):
    """Words to vectors, the last states of both directions to a class."""

    def __init__(self, LSTM: type[nn.LSTM]) -> None:
        super().__init__()
        self.words = nn.Embedding(200, 24)
        self.lstm = LSTM(24, 32, 2, batch_first=True, bidirectional=True, dropout=0.2)
        self.head = nn.Linear(64, 2)

    def forward(self, words: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Classify (N, T) words."""
        packed = pack_padded_sequence(self.words(words), lengths, batch_first=True, enforce_sorted=False)
        _, (h_n, _) = self.lstm(packed)
        return self.head(torch.cat([h_n[-2], h_n[-1]], -1))


def train(LSTM: type[nn.LSTM], steps: int = 30) -> list[float]:
    """Train on sentences whose class is whether word 7 comes before word 9."""
    torch.manual_seed(0)
    words, lengths = torch.randint(10, 200, (256, 60)), torch.randint(5, 61, (256,))
    places = torch.stack([torch.randperm(5)[:2] for _ in range(256)])
    words.scatter_(1, places, torch.tensor([[7, 9]]).expand(256, 2))
    classes = (places[:, 0] < places[:, 1]).long()
    model = Classifier(LSTM)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    losses = []
    for step in range(steps):
        rows = torch.arange(32) + 32 * (step % 8)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(words[rows], lengths[rows]), classes[rows])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses
