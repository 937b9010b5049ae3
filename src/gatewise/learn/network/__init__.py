"""Networks: LSTM layers stacked, in one or both directions, dropout, and a linear head.

    architecture = Architecture(input_size=8, hidden_size=64, outputs=24)
    network = Network.init(architecture, seed=0)
    trace = forward(network, x)                      # every gate and state of every layer; trace.y
    grads = backward(network, trace, d_y)            # grads.vector, laid out like network.vector
    step = TrainingStep(network, losses.mse, OPTIMIZERS["adam"])
    step(x, label, rate=1e-3, step=1).loss           # forward, loss, backward, update in the compiled core

The layers are `gatewise.forward` and `gatewise.backward`; what is added here is how they are joined.
"""

from gatewise.learn.network.architecture import Architecture
from gatewise.learn.network.backward_pass import backward
from gatewise.learn.network.compiled_step import StepTaken
from gatewise.learn.network.forward_pass import forward
from gatewise.learn.network.parameters import Network
from gatewise.learn.network.results import NetworkGrads, NetworkTrace
from gatewise.learn.network.stepper import NetworkStepper
from gatewise.learn.network.training_step import StepNotFiniteError, TrainingStep

__all__ = [
    "Architecture",
    "Network",
    "NetworkGrads",
    "NetworkStepper",
    "NetworkTrace",
    "StepNotFiniteError",
    "StepTaken",
    "TrainingStep",
    "backward",
    "forward",
]
