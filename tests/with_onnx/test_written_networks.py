"""Networks written as ONNX: what the head reads beside the outs, learned vectors, lengths."""

import numpy as np
import pytest
from onnx_served import RUNTIMES, served

from gatewise.learn.network import Architecture, Network, forward
from gatewise.onnx import model_of

pytest.importorskip("onnx", reason="onnx is not installed; pip install 'gatewise[onnx]'")
pytestmark = pytest.mark.filterwarnings("ignore")

N, T, D = 4, 7, 3
ROUNDING = 2e-6  # measured 1.9e-7
WHOLE = {"input_size": D, "hidden_size": 5, "outputs": 2}
KINDS = {
    "plain": {},
    "all of it": {
        "layers": 2, "bidirectional": True, "head_inputs": 2, "skip": 3,
        "embeddings": (("store", 6, 2), ("town", 3, 1)),
    },
    "steps": {"head": "steps", "head_inputs": 2, "layers": 2},
    "steps of both directions": {"head": "steps", "bidirectional": True, "cell": "gru"},
    "projected, with skip": {"cell": "projected", "projection": 3, "skip": 9, "layers": 2},
    "mgu, with vectors": {"cell": "mgu", "embeddings": (("store", 6, 2),), "dropout": 0.5, "layers": 2},
}  # fmt: skip


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("lengths", [False, True], ids=["whole", "lengths"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_network_gives_its_own_numbers(kind, dtype, lengths, runtime):
    rng = np.random.default_rng(1)
    architecture = Architecture(**{**WHOLE, **KINDS[kind]})
    network = Network.init(architecture, seed=3, dtype=dtype)
    network.vector[:] = rng.normal(size=network.size) / 2
    feeds = {"x": rng.normal(size=(N, T, D)).astype(dtype)}
    if lengths:
        feeds["lengths"] = np.array([T, 0, 2, 5], np.int32)
    if E := architecture.head_inputs:
        shape = (N, T, E) if architecture.head == "steps" else (N, E)
        feeds["extra"] = rng.normal(size=shape).astype(dtype)
    if vectors := architecture.embeddings:
        feeds["codes"] = np.array([[count - 1, 0, -1, 1] for _, count, _ in vectors]).T
    beside = {name: array for name, array in feeds.items() if name != "x"}
    wanted = forward(network, feeds["x"], **beside).y
    got = served(model_of(network, lengths=lengths), feeds, runtime)["y"]
    exact = runtime == "onnxruntime" and dtype == "float64"
    assert got.shape == wanted.shape
    assert np.abs(got - wanted).max() <= (1e-13 if exact else ROUNDING) * max(1, np.abs(wanted).max())
