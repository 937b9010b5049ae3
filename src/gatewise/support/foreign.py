"""Layers of other libraries, taken where this project's own are: who opens them is asked late.

A wing that knows a library is imported when one of its objects comes in, and by nobody before.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

# The class that an object is of, and the module that makes of it what a function takes.
OPENERS = {"torch.nn.modules.rnn.LSTM": "gatewise.torch.parameters"}


def opener_of(given: object) -> Any:
    """Return the module that opens an object of another library, None where there is none."""
    for kind in type(given).__mro__:
        module = OPENERS.get(f"{kind.__module__}.{kind.__qualname__}")
        if module is not None:
            return import_module(module)
    return None
