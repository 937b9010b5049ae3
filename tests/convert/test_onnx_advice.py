"""Graphs that are no layers, by whose they are: the message says what helps the owner of each."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="onnx is not installed; pip install 'gatewise[onnx]'")

from onnx import helper  # noqa: E402
from onnx_models import model_of  # noqa: E402

from gatewise.errors import ConvertError  # noqa: E402
from gatewise.onnx import read  # noqa: E402
from gatewise.onnx.graphs.graph import graph_of  # noqa: E402
from gatewise.onnx.graphs.unrolled import unrolled_steps  # noqa: E402

D, H, T = 3, 4, 20
make = helper.make_node


def unrolled(functions, *, steps=T, x="x", turned=False, tied=True):
    """A recurrence written out: h = f(… f(W·x_t + U·h)) at every step, by Gemm or a Transpose and MatMul."""
    rng = np.random.default_rng(0)
    constants = {
        "W": rng.normal(size=(D, H)).astype("f4"), "U": rng.normal(size=(H, H)).astype("f4"),
        "h0": np.zeros((1, H), "f4"),
    }  # fmt: skip
    nodes, h = [], "h0"
    for t in range(steps):
        constants[f"t{t}"] = np.array(t)
        weights = "U"
        if not tied:
            constants[weights := f"U{t}"] = constants["U"]
        if turned:
            nodes.append(make("Transpose", [weights], [f"turned{t}"], perm=[1, 0]))
            weights = f"turned{t}"
        nodes += [
            make("Gather", [x, f"t{t}"], [f"x{t}"], axis=1),
            make("MatMul", [f"x{t}", "W"], [f"wx{t}"]),
            make("MatMul", [h, weights], [f"uh{t}"]),
            make("Add", [f"wx{t}", f"uh{t}"], [h := f"z{t}"]),
        ]
        for number, function in enumerate(functions):
            nodes.append(make(function, [h], [f"h{t}_{number}"]))
            h = f"h{t}_{number}"
    return model_of(nodes, {x: ("f4", ("n", steps, D))}, {h: ("f4", ("n", H))}, constants)


def message(model, tmp_path):
    onnx.save(model, tmp_path / "m.onnx")
    with pytest.raises(ConvertError) as told:
        read(tmp_path / "m.onnx")
    text = str(told.value).replace(str(tmp_path), "")
    assert len(text) < 600
    return text


ADVICE = {
    ("Relu",): ('nonlinearity="relu"', "dynamo=False", "does not say relu"),
    ("Tanh",): ("nn.RNN", "dynamo=False", "state_dict"),
    ("Sigmoid", "Tanh"): ("nn.LSTMCell or nn.GRUCell", "state_dict"),
    ("Softplus",): ("Softplus at every step is no cell of torch", "read_cell"),
    ("Tanh", "Erf"): ("Erf and Tanh at every step", "read_cell"),
    (): ("No function at every step", "read_cell"),
}


@pytest.mark.parametrize("functions", ADVICE)
@pytest.mark.parametrize("turned", [False, True])
def test_steps_that_were_unrolled_are_seen_whatever_stands_in_them(functions, turned, tmp_path):
    text = message(unrolled(functions, turned=turned), tmp_path)
    assert "the steps were unrolled, 20 products one after the other with 'U'" in text
    for part in (*ADVICE[functions], "gatewise convert model.keras"):
        assert part in text


@pytest.mark.parametrize("functions", [("Relu",), ("HardSigmoid", "Tanh"), ("Selu",)])
def test_what_keras_unrolled_is_told_to_save_the_model(functions, tmp_path):
    text = message(unrolled(functions, x="keras_tensor_3"), tmp_path)
    assert "as Keras on the torch backend does it" in text
    assert 'model.save("model.keras")' in text
    assert "nn.RNN" not in text


def test_three_steps_are_enough_and_layers_of_their_own_weights_are_none(tmp_path):
    assert "unrolled" in message(unrolled(("Relu",), steps=3), tmp_path)
    text = message(unrolled(("Relu",), tied=False), tmp_path)
    assert "unrolled" not in text
    assert "the graph has no LSTM, GRU or RNN node" in text


def test_weights_at_every_step_beside_each_other_are_no_recurrence():
    model = unrolled(("Relu",))
    graph = graph_of(model, None)
    assert unrolled_steps(graph) == ("U", T)
    beside = [node for node in graph.nodes if not any(name.startswith("uh") for name in node.outputs)]
    assert unrolled_steps(graph.__class__(tuple(beside), graph.constants, graph.inputs, (), 17)) is None


def test_a_condition_is_told_apart_from_a_loop(tmp_path):
    branch = [make("Identity", ["x"], ["a"])]
    chosen = make(
        "If", ["yes"], ["y"], name="maybe",
        then_branch=helper.make_graph(branch, "t", [], []), else_branch=helper.make_graph(branch, "e", [], []),
    )  # fmt: skip
    model = model_of(
        [chosen], {"x": ("f4", ("n", T, D))}, {"y": ("f4", tuple("abc"))}, {"yes": np.array(True)}
    )
    text = message(model, tmp_path)
    assert "node 'maybe' (If) runs a graph of its own on a condition" in text
    assert "squeeze()" in text
    assert "Masking" not in text
