"""gatewise in Keras, which it needs (`gatewise[keras]`): a faster LSTM layer, and any model's gates.

    from gatewise.keras import LSTM                 # instead of: from keras.layers import LSTM
    gatewise.keras.calls()                          # how often the engine ran it, and why not

    gates = gatewise.keras.trace(model, x)          # of a trained model, on any backend of Keras
    gates["lstm"].f                                 # the forget gate at every step

The layer runs by gatewise on Keras' torch backend; elsewhere, and with options that the engine has not, it is
Keras' own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.support.extras import late_names

if TYPE_CHECKING:
    from gatewise.keras.counting import Calls, calls
    from gatewise.keras.layer import LSTM
    from gatewise.keras.parameters import from_keras, to_keras
    from gatewise.keras.tracing import trace

__all__ = ["LSTM", "Calls", "calls", "from_keras", "to_keras", "trace"]

# Imported when first asked for: files of Keras are read with what is here, and without Keras.
_HOMES = {
    "LSTM": "layer",
    "Calls": "counting",
    "calls": "counting",
    "from_keras": "parameters",
    "to_keras": "parameters",
    "trace": "tracing",
}


__getattr__, __dir__ = late_names(__name__, _HOMES)
