"""Forward and backward against torch.nn.LSTM and its autograd, in float64, with distinct random weights."""

import numpy as np
import pytest
from helpers import random_problem
from torch_order import TORCH_ORDER, in_torch_order

from gatewise.engine.passes import backward, forward

torch = pytest.importorskip("torch", reason="torch is not installed; make test-peers installs it")

from torch_runs import run_torch, torch_lstm  # noqa: E402

pytestmark = pytest.mark.peers

# The accuracy promised, relative to the largest entry of each array. Measured: 2e-15.
TORCH_FLOAT64 = 1e-12


def gate_rows(grads, name, H):
    """δW, δU or δb with rows in torch's order."""
    by_gate = dict(zip(("a", "i", "f", "o"), np.split(grads[name], 4), strict=True))
    return np.concatenate([by_gate[gate] for gate in TORCH_ORDER])


SIZES = [(1, 3, 1, 1), (2, 5, 3, 4), (4, 12, 6, 9), (3, 40, 2, 17)]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_torch(engine, seed, size):
    N, T, D, H = size
    params, x, delta, state, lengths = random_problem(seed, N, T, D, H, scale=0.5)
    lengths = np.maximum(lengths, 1)  # torch refuses length 0
    d_last = random_problem(seed + 50, N, T, D, H).state
    expected = run_torch(params, x, delta, state, lengths, d_last)

    trace = forward(params, x, state, lengths, engine=engine)
    grads = backward(params, trace, delta, d_last_state=d_last)
    actual = {"out": trace.out, "last out": trace.last.out, "last state": trace.last.state}
    actual |= {name: gate_rows(grads, name, H) for name in ("d_W", "d_U", "d_b")}
    actual |= {name: grads[name] for name in ("d_x", "d_out0", "d_state0")}
    for name, theirs in expected.items():
        scale = np.abs(theirs).max()
        np.testing.assert_allclose(actual[name], theirs, rtol=0, atol=TORCH_FLOAT64 * scale, err_msg=name)


def test_the_order_of_the_gates_matters(engine):
    """The comparison can fail: with torch's rows read as a, i, f, o the outputs differ."""
    params, x, *_ = random_problem(1)
    swapped = type(params)(**{name: in_torch_order(params, name) for name in "WUb"})
    ours = forward(swapped, x, engine=engine).out
    theirs = torch_lstm(params)(torch.from_numpy(x))[0].detach().numpy()
    assert np.abs(ours - theirs).max() > 0.1
