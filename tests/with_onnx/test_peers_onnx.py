"""ONNX Runtime's LSTM, GRU and RNN: peepholes, clip, coupled gates, other activations. It has no gradients here.

It computes in float32. Letters: W[iofc], P[iof]; GRU: W[zrh].
"""

import numpy as np
import pytest
from peer_cells import D, H, N, PeerCase, T, agree, peer

from gatewise.cells import read_cell

onnx = peer("onnx", "onnx")
ort = peer("onnxruntime", "onnxruntime")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

ORT_FLOAT32 = 3e-6  # sums of 7 terms, 5 steps; measured 4e-7
ORDER = ("i", "o", "f", "a")


def run(operator, inputs, first, x, **attributes):
    """Y, and what each sequence carries last, of a model of one node."""
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    names = {
        "X": x.swapaxes(0, 1),
        "W": inputs["W"][None],
        "R": inputs["R"][None],
        "B": inputs.get("B"),
        "": None,
    }
    names["initial_h"] = first["out"][None]
    names["initial_c"] = first["state"][None] if "state" in first else None
    names["P"] = inputs.get("P")
    order = ["X", "W", "R", "B", "", "initial_h"] + (["initial_c", "P"] if operator == "LSTM" else [])
    fed = {name: np.ascontiguousarray(names[name], np.float32) for name in order if names[name] is not None}
    outputs = ["Y", "Y_h"] + (["Y_c"] if operator == "LSTM" else [])
    node = helper.make_node(
        operator, [name if name in fed else "" for name in order], outputs, hidden_size=H, **attributes
    )
    infos = [helper.make_tensor_value_info(name, kind, array.shape) for name, array in fed.items()]
    graph = helper.make_graph(
        [node], "cell", infos, [helper.make_tensor_value_info(name, kind, None) for name in outputs]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    out, *last = session.run(None, fed)
    return {
        "out": out[:, 0].swapaxes(0, 1),
        **{f"last {name}": each[0] for name, each in zip(first, last, strict=True)},
    }


def inputs_of(case, order):
    """The weights as ONNX stacks them; rows of a gate that the cell has not are drawn, and are to have no effect."""

    def stacked(name, *shape):
        return np.concatenate(
            [
                case.part(name, gate) if case.cell.rows_of(name, gate, H) else case.draw(*shape)
                for gate in order
            ]
        )

    found = {"W": stacked("W", H, D), "R": stacked("U", H, H)}
    if "b" in case.params.arrays:
        b = stacked("b", H)
        found["B"] = np.concatenate([0.25 * b, 0.75 * b])[None]
    if "V" in case.params.arrays:
        gates = case.cell.parts_of("V")
        found["P"] = np.concatenate(
            [case.part("V", gate) if gate in gates else case.draw(H) for gate in ("i", "o", "f")]
        )[None]
    return found


def ours(case):
    trace = case.trace()
    return {"out": trace.out, **{f"last {name}": getattr(trace.last, name) for name in case.first}}


LSTMS = {
    "lstm": {}, "lstm+no-bias": {}, "peephole": {}, "coupled": {"input_forget": 1}, "lstm+clip=0.5": {"clip": 0.5},
    "peephole+clip=0.7": {"clip": 0.7}, "coupled+clip=0.4": {"clip": 0.4, "input_forget": 1},
    "peephole+coupled": {"input_forget": 1},
}  # fmt: skip


@pytest.mark.parametrize("name", LSTMS)
@pytest.mark.parametrize("seed", range(3))
def test_an_lstm_of_onnx(name, seed):
    case = PeerCase(name, "float32", seed=seed)
    theirs = run("LSTM", inputs_of(case, ORDER), case.first, case.x, **LSTMS[name])
    agree(theirs, ours(case), ORT_FLOAT32)


def with_activations(gate, candidate, shown):
    """An LSTM with other functions, as a cell of one's own."""
    sums = {g: f"W_{g}·x_t + U_{g}·out_{{t-1}} + b_{g}" for g in "aifo"}
    lines = [f"a_t = {candidate}({sums['a']})", *(f"{g}_t = {gate}({sums[g]})" for g in "ifo")]
    return read_cell(
        "\n".join([*lines, "state_t = a_t ⊙ i_t + f_t ⊙ state_{t-1}", f"out_t = {shown}(state_t) ⊙ o_t"])
    )


@pytest.mark.parametrize(
    ("ours_are", "theirs_are"),
    [
        (("hard_sigmoid", "tanh", "tanh"), ["HardSigmoid", "Tanh", "Tanh"]),
        (("sigmoid", "softsign", "softplus"), ["Sigmoid", "Softsign", "Softplus"]),
        (("sigmoid", "relu", "relu"), ["Sigmoid", "Relu", "Relu"]),
        (("tanh", "sigmoid", "softsign"), ["Tanh", "Sigmoid", "Softsign"]),
    ],
)
def test_an_lstm_of_onnx_with_other_activations(ours_are, theirs_are):
    case = PeerCase(with_activations(*ours_are), "float32")
    theirs = run("LSTM", inputs_of(case, ORDER), case.first, case.x, activations=theirs_are)
    agree(theirs, ours(case), ORT_FLOAT32)


@pytest.mark.parametrize("name", ["gru", "gru-reset-after", "gru+no-bias"])
def test_a_gru_of_onnx(name):
    case = PeerCase(name, "float32")
    after = "after" in name
    inputs = inputs_of(case, ("u", "r", "a"))
    if after:
        halves = inputs["B"][0].reshape(2, 3, H)
        halves[:, 2] = case.part("b", "a"), case.params.arrays["c"]
    elif "B" in inputs:
        assert inputs["B"].shape == (1, 6 * H)
    theirs = run("GRU", inputs, case.first, case.x, linear_before_reset=int(after))
    agree(theirs, ours(case), ORT_FLOAT32)


@pytest.mark.parametrize("name", ["rnn", "rnn-relu"])
def test_an_rnn_of_onnx(name):
    case = PeerCase(name, "float32")
    arrays = case.params.arrays
    inputs = {"W": arrays["W"], "R": arrays["U"], "B": np.concatenate([0.5 * arrays["b"]] * 2)[None]}
    theirs = run("RNN", inputs, case.first, case.x, activations=["Relu" if "relu" in name else "Tanh"])
    agree(theirs, ours(case), ORT_FLOAT32)
    assert theirs["out"].shape == (N, T, H)
