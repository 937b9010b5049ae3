"""How many calls of `gatewise.keras.LSTM` the engine ran, and how many Keras did, with the reasons."""

from __future__ import annotations

from gatewise.support.foreign import CallCounter
from gatewise.support.foreign import Calls as Calls

_counter = CallCounter()
count = _counter.count


def calls() -> Calls:
    """Return how many calls ran natively, and how many fell back to Keras, with the reasons.

    What Keras asks for shapes alone, while it builds a model, is no call on the torch backend; on others
    every building and compiling of a model is one.
    """
    return _counter.calls()
