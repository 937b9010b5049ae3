"""Single recurrent nodes of ONNX by the engine, with every attribute, against NumPy by ONNX' letters."""

import importlib
import itertools
import re

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="onnx is not installed; pip install 'gatewise[onnx]'")

from onnx_models import BLOCKS, expected, node_of, weights  # noqa: E402

from gatewise.cells import options_of  # noqa: E402
from gatewise.errors import ConvertError  # noqa: E402
from gatewise.onnx import Backend  # noqa: E402
from gatewise.onnx.recurrent.node import recurrent_node  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

D, H, N, T = 3, 4, 5, 6
ROUNDED = {np.float32: 2e-6, np.float64: 1e-13}  # sums of 8 terms, 6 steps; measured 3e-7 and 7e-16


def run(kind, given, dtype, **attributes):
    """What gatewise gives for a node, time first whatever the layout."""
    node = node_of(kind, given, **attributes)
    outputs = Backend.run_node(node, given)
    if attributes.get("layout"):
        outputs = [outputs[0].transpose(1, 2, 0, 3), *(each.swapaxes(0, 1) for each in outputs[1:])]
    for each in outputs:
        assert each.dtype == dtype
    return outputs


def agree(got, want, dtype):
    assert len(got) == len(want)
    for one, other in zip(got, want, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=ROUNDED[dtype])


def drawn(kind, dtype, *, directions=1, layout=0, beside=(), **options):
    """Inputs of a node by ONNX' names; with layout=1 those that it turns are turned."""
    draw = np.random.default_rng(1)
    given = {"X": draw.standard_normal((T, N, D)).astype(dtype)}
    given |= weights(kind, D, H, directions=directions, dtype=dtype, **options)
    if "lengths" in beside:
        given["sequence_lens"] = np.array([6, 2, 5, 1, 3], np.int32)
    for name in beside:
        if name.startswith("initial"):
            given[name] = draw.standard_normal((directions, N, H)).astype(dtype)
    turned = dict(given)
    if layout:
        for name in ("X", "initial_h", "initial_c"):
            if name in given:
                turned[name] = given[name].swapaxes(0, 1).copy()
    return given, turned


def reference(kind, given, **attributes):
    attributes.pop("layout", None)
    attributes.pop("hidden_size", None)
    own = {name: given[name] for name in ("W", "R", "B", "P") if name in given}
    return expected(
        kind, given["X"], own, lengths=given.get("sequence_lens"), h=given.get("initial_h"),
        c=given.get("initial_c"), **attributes,
    )  # fmt: skip


WAYS = [("forward", 1), ("reverse", 1), ("bidirectional", 2)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("layout", [0, 1])
@pytest.mark.parametrize(("direction", "directions"), WAYS)
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize("beside", [(), ("lengths",), ("initial_h",), ("lengths", "initial_h", "initial_c")])
def test_a_node_in_every_direction_and_layout_gives_onnx_numbers(
    kind, direction, directions, layout, dtype, beside
):
    if kind != "LSTM":
        beside = tuple(name for name in beside if name != "initial_c")
    given, turned = drawn(kind, dtype, directions=directions, layout=layout, beside=beside)
    attributes = {"direction": direction, "layout": layout}
    agree(run(kind, turned, dtype, **attributes), reference(kind, given, **attributes), dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("clip", [None, 0.6])
@pytest.mark.parametrize("coupled", [0, 1])
@pytest.mark.parametrize("peepholes", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_an_lstm_with_its_options_gives_onnx_numbers_on_the_native_engine(
    bias, peepholes, coupled, clip, dtype
):
    given, _ = drawn("LSTM", dtype, directions=2, bias=bias, peepholes=peepholes, beside=("initial_c",))
    attributes = {"direction": "bidirectional", "input_forget": coupled}
    attributes |= {} if clip is None else {"clip": clip}
    agree(run("LSTM", given, dtype, **attributes), reference("LSTM", given, **attributes), dtype)
    read = recurrent_node("a node", "LSTM", attributes, given, np.dtype(dtype))
    assert all(options_of(cell) is not None for cell in read.cells)  # those the compiled engine has


@pytest.mark.parametrize("reset_after", [0, 1])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("clip", [None, 0.6])
def test_a_gru_with_its_options_gives_onnx_numbers(reset_after, bias, clip):
    given, _ = drawn("GRU", np.float64, bias=bias)
    attributes = {"linear_before_reset": reset_after} | ({} if clip is None else {"clip": clip})
    agree(run("GRU", given, np.float64, **attributes), reference("GRU", given, **attributes), np.float64)


@pytest.mark.parametrize(
    ("kind", "activations"),
    [
        ("LSTM", ["HardSigmoid", "Relu", "Softsign"]),
        ("LSTM", ["Sigmoid", "Softsign", "Tanh"]),
        ("GRU", ["HardSigmoid", "Softsign"]),
        ("RNN", ["Softplus"]),
        ("RNN", ["Relu"]),
    ],
)
@pytest.mark.parametrize("clip", [None, 0.6])
def test_other_activations_give_onnx_numbers(kind, activations, clip):
    given, _ = drawn(kind, np.float64)
    attributes = {"activations": activations} | ({} if clip is None else {"clip": clip})
    agree(run(kind, given, np.float64, **attributes), reference(kind, given, **attributes), np.float64)


def test_each_direction_may_have_activations_of_its_own():
    given, _ = drawn("LSTM", np.float64, directions=2)
    attributes = {"direction": "bidirectional"}
    attributes["activations"] = ["Sigmoid", "Tanh", "Tanh", "HardSigmoid", "Softsign", "Relu"]
    agree(run("LSTM", given, np.float64, **attributes), reference("LSTM", given, **attributes), np.float64)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[1:])
def test_every_other_order_of_gates_gives_other_numbers(order):
    given, _ = drawn("LSTM", np.float64, peepholes=True)
    swapped = dict(given)
    for name in ("W", "R"):
        blocks = np.split(given[name], 4, axis=1)
        swapped[name] = np.concatenate([blocks[place] for place in order], axis=1)
    got, want = run("LSTM", swapped, np.float64), reference("LSTM", given)
    assert np.abs(got[0] - want[0]).max() > 1e-2


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_halves_are_worked_out_in_single_precision_and_given_as_halves(kind):
    given, _ = drawn(kind, np.float32)
    halves = {name: array.astype(np.float16) for name, array in given.items()}
    want = reference(kind, {name: array.astype(np.float32) for name, array in halves.items()})
    for one, other in zip(Backend.run_node(node_of(kind, halves), halves), want, strict=True):
        assert one.dtype == np.float16
        np.testing.assert_allclose(one, other, atol=2e-3)


def test_outputs_without_a_name_are_left_out():
    given, _ = drawn("LSTM", np.float32)
    (last,) = Backend.run_node(node_of("LSTM", given, outputs=("", "", "Y_c")), given)
    np.testing.assert_array_equal(last, run("LSTM", given, np.float32)[2])


WRONG = {
    "W is": lambda g: g | {"W": g["W"][:, :-1]},
    "R is": lambda g: g | {"R": g["R"][:, :-1]},
    "B is": lambda g: g | {"B": g["B"][:, :-1]},
    "P is": lambda g: g | {"P": np.zeros((1, 5), np.float32)},
    "initial_h is": lambda g: g | {"initial_h": np.zeros((1, N + 1, H), np.float32)},
    "X is": lambda g: g | {"X": g["X"][0]},
    "features per step": lambda g: g | {"X": g["X"][..., :-1]},
    "lengths": lambda g: g | {"sequence_lens": np.full(N, T + 1, np.int32)},
    "sequence_lens is of": lambda g: g | {"sequence_lens": np.ones(N, np.float32)},
    "has no R": lambda g: {name: g[name] for name in ("X", "W")},
}


@pytest.mark.parametrize("says", WRONG)
def test_what_does_not_go_together_is_refused_by_the_nodes_name(says):
    given = WRONG[says](drawn("LSTM", np.float32)[0])
    with pytest.raises(ConvertError, match=rf"node 'cell' \(LSTM\).*{says}|node 'cell' \(LSTM\) {says}"):
        Backend.run_node(node_of("LSTM", given), given)


@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        ({"activations": ["Sigmoid", "Tanh", "Gelu"]}, "'Gelu'"),
        ({"activations": ["Affine", "Tanh", "Tanh"]}, "a gate's must be one of"),
        ({"activations": ["Sigmoid"]}, "1 activations"),
        ({"clip": -1.0}, "clip=-1"),
        ({"direction": "sideways"}, "direction='sideways'"),
        ({"hidden_size": 5}, "hidden_size=5.*proj_size"),
        ({"layout": 2}, "layout=2"),
        ({"colour": 1}, "'colour'"),
        ({"activations": ["Sigmoid", "Tanh", "Tanh"], "activation_alpha": [1.0, 2.0]}, "activation_alpha"),
    ],
)
def test_an_attribute_that_cannot_be_is_refused_by_the_nodes_name(attributes, says):
    given, _ = drawn("LSTM", np.float32)
    with pytest.raises(ConvertError, match=rf"node 'cell' \(LSTM\).*{says}"):
        Backend.run_node(node_of("LSTM", given, **attributes), given)


def onnx_tests():
    """ONNX' own tests of these three operators; its runner makes those of all others, too, in 25 s."""
    for operator in ("lstm", "gru", "rnn"):
        importlib.import_module(f"onnx.backend.test.case.node.{operator}")
    from onnx.backend.test.case.node import _NodeTestCases

    return {
        case.name: case for case in _NodeTestCases if re.match("test_(lstm|gru|rnn|simple_rnn)_", case.name)
    }


ONNX_TESTS = onnx_tests()


@pytest.mark.parametrize("name", ONNX_TESTS)
def test_onnx_own_node_tests_pass(name):
    case = ONNX_TESTS[name]
    prepared = Backend.prepare(case.model)
    for given, wanted in case.data_sets:
        for got, want in zip(prepared.run(given), wanted, strict=True):
            assert (got.shape, got.dtype) == (want.shape, want.dtype)
            np.testing.assert_allclose(got, want, rtol=case.rtol, atol=case.atol)


def test_onnx_has_six_tests_of_the_lstm():
    assert sum(name.startswith("test_lstm_") for name in ONNX_TESTS) == 6


@pytest.mark.parametrize("kind", BLOCKS)
def test_a_node_of_wrong_types_is_refused(kind):
    given, _ = drawn(kind, np.float32)
    whole = given | {"W": given["W"].astype(np.int32)}
    with pytest.raises(ConvertError, match="W is of int32"):
        Backend.run_node(node_of(kind, whole), whole)
