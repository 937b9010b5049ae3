"""Forward and backward: the parameters, the trace, and the engines that run one layer."""

from gatewise.engine.grads import Grads
from gatewise.engine.params import Params
from gatewise.engine.passes import available, backward, forward
from gatewise.engine.stepper import Stepper
from gatewise.engine.trace import State, Trace

__all__ = ["Grads", "Params", "State", "Stepper", "Trace", "available", "backward", "forward"]
