"""gatewise: an LSTM that shows its work.

    params = gatewise.Params.init(input_size=2, hidden_size=1, dtype="float64")
    trace = gatewise.forward(params, x)                    # every gate and state, at every step
    loss, delta = gatewise.losses.l2(trace.out, label)
    grads = gatewise.backward(params, trace, delta)        # by the explicit equations
    print(gatewise.worksheet(params, x, label))            # and worked out line by line

Notation, shapes and equation ids are those of `gatewise.cells.known.lstm`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any
from warnings import warn

from gatewise import cells
from gatewise.cells import Cell, CellError
from gatewise.cells.own import load_cell
from gatewise.engine.grads import Grads
from gatewise.engine.native import release_memory
from gatewise.engine.params import Params
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
from gatewise.support import aliases
from gatewise.support.info import info
from gatewise.teach.checker import check
from gatewise.teach.derivation import derivation
from gatewise.teach.problem import load_problem
from gatewise.teach.worksheet import Worksheet, worksheet

if TYPE_CHECKING:
    from gatewise import train
    from gatewise.teach import exercises
    from gatewise.teach.explore import explore
    from gatewise.train import Model, data, fit, load

__version__ = "0.2.0"

__all__ = [
    "ArgumentError",
    "Cell",
    "CellError",
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
    "cells",
    "check",
    "data",
    "derivation",
    "derivatives",
    "exercises",
    "explore",
    "fit",
    "forward",
    "info",
    "load",
    "load_cell",
    "load_problem",
    "losses",
    "network",
    "optimizers",
    "release_memory",
    "schedules",
    "train",
    "train_steps",
    "worksheet",
]

# Namespaces of the face and where they live: `gatewise.losses`, and `from gatewise.losses import LOSSES`.
_NAMESPACES = {
    "data": "gatewise.train.data",
    "derivatives": "gatewise.learn.derivatives",
    "exercises": "gatewise.teach.exercises",
    "losses": "gatewise.learn.losses",
    "network": "gatewise.learn.network",
    "optimizers": "gatewise.learn.optimizers",
    "schedules": "gatewise.learn.schedules",
}
aliases.install({f"gatewise.{name}": home for name, home in _NAMESPACES.items()})
_OF_TRAIN = ("Model", "fit", "load")  # imported when first asked for, with pydantic and what else they need
_RENAMED = {"load_model": "load_problem", "training": "train"}  # since 0.2.0


if not TYPE_CHECKING:  # for a type checker a name that is not above is no name

    def __getattr__(name: str) -> Any:
        """Return what is imported late, or a name by its old spelling, with a warning."""
        if name in _RENAMED:
            new = _RENAMED[name]
            warn(f"gatewise.{name} is called gatewise.{new} since 0.2.0.", DeprecationWarning, stacklevel=2)
            return globals().get(new) or __getattr__(new)
        if name in _NAMESPACES or name in ("train", "torch", "keras", "onnx", "convert"):
            return import_module(f"gatewise.{name}")
        if name == "explore":  # with all that exercises know of mistakes
            return import_module("gatewise.teach.explore").explore
        if name in _OF_TRAIN:
            return getattr(import_module("gatewise.train"), name)
        raise AttributeError(f"module 'gatewise' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the promised names."""
    return __all__
