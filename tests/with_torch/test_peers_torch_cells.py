"""torch's GRU, RNN and LSTM with a projected output, values and gradients, in float64."""

import numpy as np
import pytest
from peer_cells import PeerCase, agree

torch = pytest.importorskip("torch", reason="torch is not installed; make test-peers installs it")

pytestmark = pytest.mark.peers

# The accuracy promised, relative to the largest entry of each array. Measured: 1e-15.
TORCH_FLOAT64 = 1e-12
ORDERS = {
    "gru-reset-after": ("r", "u", "a"),
    "projected": ("i", "f", "a", "o"),
    "lstm": ("i", "f", "a", "o"),
}  # torch: r z n; i f g o


def layer_of(case, kind, **options):
    """A layer of torch with the weights of a case; where there are two biases, half of b stands in each."""
    layer = getattr(torch.nn, kind)(
        case.x.shape[-1],
        case.params.hidden_size,
        batch_first=True,
        dtype=torch.float64,
        bias="b" in case.params.arrays,
        **options,
    )
    gates = ORDERS.get(case.cell.name.removesuffix("+no-bias"))

    def stacked(name):
        return case.stacked(name, gates) if gates else case.params.arrays[name]

    weights = {"weight_ih_l0": stacked("W"), "weight_hh_l0": stacked("U")}
    if "b" in case.params.arrays:
        weights |= {"bias_ih_l0": stacked("b") * 0.25, "bias_hh_l0": stacked("b") * 0.75}
    if "c" in case.params.arrays:  # the candidate's two biases are two: one of them is reset
        rows = slice(2 * case.params.hidden_size, None)
        weights["bias_ih_l0"][rows], weights["bias_hh_l0"][rows] = (
            case.part("b", "a"),
            case.params.arrays["c"],
        )
    if "R" in case.params.arrays:
        weights["weight_hr_l0"] = case.params.arrays["R"]
    with torch.no_grad():
        for name, array in weights.items():
            getattr(layer, name).copy_(torch.from_numpy(array))
    return layer, gates


CASES = {
    "gru-reset-after": ("GRU", {}),
    "gru-reset-after+no-bias": ("GRU", {}),
    "rnn": ("RNN", {}),
    "rnn+no-bias": ("RNN", {}),
    "rnn-relu": ("RNN", {"nonlinearity": "relu"}),
    "projected": ("LSTM", {"proj_size": 3}),
    "projected+no-bias": ("LSTM", {"proj_size": 3}),
    "lstm+no-bias": ("LSTM", {}),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("seed", range(3))
def test_a_cell_of_torch(name, seed):
    kind, options = CASES[name]
    case = PeerCase(name, seed=seed)
    layer, gates = layer_of(case, kind, **options)
    x = torch.tensor(case.x, requires_grad=True)
    first = {name: torch.tensor(array, requires_grad=True) for name, array in case.first.items()}
    given = tuple(each[None] for each in first.values())
    out, last = layer(x, given if len(given) > 1 else given[0])
    last = dict(zip(first, last if len(given) > 1 else (last,), strict=True))
    loss = (torch.from_numpy(case.delta) * out).sum()
    loss = loss + sum((torch.from_numpy(case.d_last[name]) * last[name][0]).sum() for name in first)
    loss.backward()

    def gradient(parameter, name):
        array = getattr(layer, parameter).grad.numpy()
        return case.own(array, name, gates) if gates else array

    theirs = {
        "out": out.detach(),
        "d_x": x.grad,
        "d_W": gradient("weight_ih_l0", "W"),
        "d_U": gradient("weight_hh_l0", "U"),
    }
    theirs |= {f"last {name}": last[name][0].detach() for name in first}
    theirs |= {f"d_{name}0": each.grad for name, each in first.items()}
    if layer.bias:
        theirs["d_b"] = gradient("bias_ih_l0", "b")
    if "c" in case.params.arrays:
        theirs["d_c"] = layer.bias_hh_l0.grad[2 * case.params.hidden_size :]
    if "R" in case.params.arrays:
        theirs["d_R"] = layer.weight_hr_l0.grad
    trace, grads = case.trace(), case.grads()
    ours = {"out": trace.out, **{f"last {name}": getattr(trace.last, name) for name in first}}
    ours |= {key: grads[key] for key in theirs if key.startswith("d_")}
    agree({key: np.asarray(array) for key, array in theirs.items()}, ours, TORCH_FLOAT64)
