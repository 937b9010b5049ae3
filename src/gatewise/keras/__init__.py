"""gatewise in Keras, which it needs (`gatewise[keras]`): a faster LSTM layer, and any model's gates.

    from gatewise.keras import LSTM                 # instead of: from keras.layers import LSTM
    gatewise.keras.calls()                          # how often the engine ran it, and why not

    gates = gatewise.keras.trace(model, x)          # of a trained model, on any backend of Keras
    gates["lstm"].f                                 # the forget gate at every step

The layer runs by gatewise on Keras' torch backend; elsewhere, and with options that the engine has not, it is
Keras' own.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gatewise.keras.counting import LayerCalls, calls
    from gatewise.keras.layer import LSTM
    from gatewise.keras.parameters import from_keras, to_keras
    from gatewise.keras.tracing import trace

__all__ = ["LSTM", "LayerCalls", "calls", "from_keras", "to_keras", "trace"]

_HOMES = {
    "LSTM": "layer",
    "LayerCalls": "counting",
    "calls": "counting",
    "from_keras": "parameters",
    "to_keras": "parameters",
    "trace": "tracing",
}


def __getattr__(name: str) -> Any:
    """Return a name when first asked for: files of Keras are read with what is here, without Keras."""
    if name not in _HOMES:
        raise AttributeError(f"module 'gatewise.keras' has no attribute {name!r}")
    return getattr(import_module(f"gatewise.keras.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """Return the promised names."""
    return __all__
