"""`trace`: the gates of a model's LSTMs while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn

from gatewise.errors import ArgumentError
from gatewise.torch.layer import LSTM
from gatewise.torch.records import ACTIVE, Recording


@contextmanager
def trace(model: nn.Module) -> Iterator[Recording]:
    """Record the gates of every `gatewise.torch.LSTM` in a model while it runs.

        with gatewise.torch.trace(model) as recording:
            loss = criterion(model(x), y)
            loss.backward()
        recording["lstm"][0].f        # the forget gate of the first layer, at every step
        recording["lstm"][0].d_f      # and the loss's gradient by it

    Parameters
    ----------
    model : torch.nn.Module
        With at least one `gatewise.torch.LSTM`; `gatewise.torch.replace(model)` makes them of torch's.

    Yields
    ------
    Recording
        By the names that `model.named_modules()` gives; "" is the model itself.

    Raises
    ------
    ArgumentError
        If there is none.
    """
    if not isinstance(model, nn.Module):
        raise ArgumentError(f"trace takes a torch.nn.Module; this is a {type(model).__name__}.")
    found: dict[str, Any] = {name: m for name, m in model.named_modules() if isinstance(m, LSTM)}
    if not found:
        raise ArgumentError(
            "The model has no gatewise.torch.LSTM. gatewise.torch.replace(model) puts one in the place of "
            "each torch.nn.LSTM."
        )
    recording = Recording({id(m): name for name, m in found.items()})
    before = {m: ACTIVE.get(m) for m in found.values()}
    for m in found.values():
        ACTIVE[m] = recording
    try:
        yield recording
    finally:
        for m, old in before.items():
            if old is None:
                ACTIVE.pop(m, None)
            else:
                ACTIVE[m] = old
