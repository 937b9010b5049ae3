"""How many calls of `gatewise.keras.LSTM` the engine ran, and how many Keras did, with the reasons."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import NamedTuple


class LayerCalls(NamedTuple):
    """How many calls of `LSTM` the engine ran since the process began, and how many Keras did.

    What Keras asks for shapes alone, while it builds a model, is no call.

    Attributes
    ----------
    native, fallback : int
    reasons : dict
        Why Keras ran, and how often.
    """

    native: int
    fallback: int
    reasons: dict[str, int]


_native = 0
_reasons: Counter[str] = Counter()
_lock = Lock()


def calls() -> LayerCalls:
    """Return how many calls ran natively, and how many fell back to Keras, with the reasons."""
    with _lock:
        return LayerCalls(_native, sum(_reasons.values()), dict(_reasons))


def count(reason: str | None) -> None:
    """Count a call: native without a reason, by Keras with one."""
    global _native
    with _lock:
        if reason is None:
            _native += 1
        else:
            _reasons[reason] += 1
