"""gatewise: an LSTM that shows its work.

    params = gatewise.Params.init(input_size=2, hidden_size=1, dtype="float64")
    trace = gatewise.forward(params, x)                    # every gate and state, at every step
    loss, delta = gatewise.losses.l2(trace.out, label)
    grads = gatewise.backward(params, trace, delta)        # by the explicit equations
    print(gatewise.worksheet(params, x, label))            # and worked out line by line

Notation, shapes and equation ids are those of `gatewise.spec`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gatewise.engine.params import Grads, Params
from gatewise.engine.passes import available, backward, forward
from gatewise.engine.stepper import Stepper
from gatewise.engine.trace import State, Trace
from gatewise.errors import (
    ArgumentError,
    DtypeError,
    EngineError,
    GatewiseError,
    NotKeptError,
    ShapeError,
)
from gatewise.learn import derivatives, losses, network, optimizers, schedules
from gatewise.learn.train_steps import Trained, train_steps
from gatewise.support.info import info
from gatewise.teach.checker import check
from gatewise.teach.problem import load_model
from gatewise.teach.worksheet import Worksheet, worksheet

if TYPE_CHECKING:
    from gatewise import train as training
    from gatewise.train import Model, data, fit, load

__version__ = "0.1.0"

__all__ = [
    "ArgumentError",
    "DtypeError",
    "EngineError",
    "GatewiseError",
    "Grads",
    "Model",
    "NotKeptError",
    "Params",
    "ShapeError",
    "State",
    "Stepper",
    "Trace",
    "Trained",
    "Worksheet",
    "__version__",
    "available",
    "backward",
    "check",
    "data",
    "derivatives",
    "fit",
    "forward",
    "info",
    "load",
    "load_model",
    "losses",
    "network",
    "optimizers",
    "schedules",
    "train_steps",
    "training",
    "worksheet",
]

_LATER = {"data": "gatewise.train.data", "training": "gatewise.train"}
_OF_TRAINING = ("Model", "fit", "load")


def __getattr__(name: str) -> Any:
    """Import training, and with it pydantic, when it is first asked for."""
    if name in _LATER:
        return import_module(_LATER[name])
    if name in _OF_TRAINING:
        return getattr(import_module("gatewise.train"), name)
    raise AttributeError(f"module 'gatewise' has no attribute {name!r}")
