"""Forward and backward against torch.nn.LSTM and its autograd, in float64, with distinct random weights."""

import numpy as np
import pytest
from helpers import random_problem
from torch_order import TORCH_ORDER, in_torch_order

from gatewise.engine.passes import backward, forward

torch = pytest.importorskip("torch", reason="torch is not installed; make test-peers installs it")

pytestmark = pytest.mark.peers

# The accuracy promised, relative to the largest entry of each array. Measured: 2e-15.
TORCH_FLOAT64 = 1e-12


def torch_lstm(params):
    """The same layer in torch. Its two biases add up; the recurrent one is 0."""
    lstm = torch.nn.LSTM(
        params.input_size, params.hidden_size, batch_first=True, dtype=getattr(torch, str(params.dtype))
    )
    with torch.no_grad():
        lstm.weight_ih_l0.copy_(torch.from_numpy(in_torch_order(params, "W")))
        lstm.weight_hh_l0.copy_(torch.from_numpy(in_torch_order(params, "U")))
        lstm.bias_ih_l0.copy_(torch.from_numpy(in_torch_order(params, "b")))
        lstm.bias_hh_l0.zero_()
    return lstm


def run_torch(params, x, delta, state, lengths, d_last):
    """out, last out and state, and the gradients of Σ delta ⊙ out + Σ d_last ⊙ last, by name.

    The weights' gradients are in torch's order of gates.
    """
    lstm = torch_lstm(params)
    x, out0, state0 = (torch.tensor(array, requires_grad=True) for array in (x, *state))
    if lengths is None:
        out, (last_out, last_state) = lstm(x, (out0[None], state0[None]))
    else:
        inputs = torch.nn.utils.rnn.pack_padded_sequence(
            x, torch.from_numpy(lengths), batch_first=True, enforce_sorted=False
        )
        packed, (last_out, last_state) = lstm(inputs, (out0[None], state0[None]))
        out, _ = torch.nn.utils.rnn.pad_packed_sequence(packed, batch_first=True, total_length=x.shape[1])
    loss = (torch.from_numpy(delta) * out).sum()
    loss += (torch.from_numpy(d_last.out) * last_out[0]).sum()
    loss += (torch.from_numpy(d_last.state) * last_state[0]).sum()
    loss.backward()
    tensors = {
        "out": out, "last out": last_out[0], "last state": last_state[0],
        "d_W": lstm.weight_ih_l0.grad, "d_U": lstm.weight_hh_l0.grad, "d_b": lstm.bias_ih_l0.grad,
        "d_x": x.grad, "d_out0": out0.grad, "d_state0": state0.grad,
    }  # fmt: skip
    return {name: tensor.detach().numpy() for name, tensor in tensors.items()}


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
