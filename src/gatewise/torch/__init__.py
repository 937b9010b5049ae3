"""gatewise in torch, which it needs (`gatewise[torch]`): an nn.LSTM that shows its gates, faster on a CPU.

    from gatewise.torch import LSTM                 # instead of: from torch.nn import LSTM
    gatewise.torch.replace(model)                   # or: every nn.LSTM of a model, in place

    with gatewise.torch.trace(model) as recording:
        model(x).sum().backward()
    recording["lstm"][0].f, recording["lstm"][0].d_f    # a gate at every step, and the loss's gradient by it

What the engine cannot run torch runs, with torch's own result; `calls()` counts both.
"""

from gatewise.support.extras import need

need("torch", "torch", "gatewise.torch")

from gatewise.torch.conditions import Calls, calls  # noqa: E402  (after the check)
from gatewise.torch.equations import GateTensors  # noqa: E402
from gatewise.torch.layer import LSTM  # noqa: E402
from gatewise.torch.records import LayerGates, Recording  # noqa: E402
from gatewise.torch.swap import replace, use  # noqa: E402
from gatewise.torch.tracing import trace  # noqa: E402

__all__ = [
    "LSTM",
    "Calls",
    "GateTensors",
    "LayerGates",
    "Recording",
    "calls",
    "replace",
    "trace",
    "use",
]
