"""A layer of torch's with our weights, and what it gives: for the tests that compare with torch."""

import torch
from torch_order import in_torch_order


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
