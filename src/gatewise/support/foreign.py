"""Layers of other libraries: taken where our own are, and counted where the engine runs for them.

A wing that knows a library is imported when one of its objects comes in, and by nobody before.
"""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from threading import Lock
from typing import Any, NamedTuple

# The class that an object is of, and the module that makes of it what a function takes.
OPENERS = {"torch.nn.modules.rnn.LSTM": "gatewise.torch.parameters"}


def opener_of(given: object) -> Any:
    """Return the module that opens an object of another library, None where there is none."""
    for kind in type(given).__mro__:
        module = OPENERS.get(f"{kind.__module__}.{kind.__qualname__}")
        if module is not None:
            return import_module(module)
    return None


class Calls(NamedTuple):
    """How many calls of a layer the engine ran since the process began, and how many its own library did.

    Attributes
    ----------
    native, fallback : int
    reasons : dict
        Why the library ran, and how often.
    """

    native: int
    fallback: int
    reasons: dict[str, int]


class CallCounter:
    """Counts calls, from any thread."""

    def __init__(self) -> None:
        self._native = 0
        self._reasons: Counter[str] = Counter()
        self._lock = Lock()

    def count(self, reason: str | None) -> None:
        """Count a call: native without a reason, by the library with one."""
        with self._lock:
            if reason is None:
                self._native += 1
            else:
                self._reasons[reason] += 1

    def calls(self) -> Calls:
        """Return what was counted."""
        with self._lock:
            return Calls(self._native, sum(self._reasons.values()), dict(self._reasons))
