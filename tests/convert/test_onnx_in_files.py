"""Files of torch's two exporters and of Keras through tf2onnx are read right, without any of these libraries.

onnx_files/ has the files and what the libraries themselves gave; its scripts make them again.
"""

from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="onnx is not installed; pip install 'gatewise[onnx]'")

from onnx import numpy_helper  # noqa: E402

import gatewise.convert  # noqa: E402
from gatewise.errors import ConvertError  # noqa: E402
from gatewise.learn.sequential import Dense, Recurrent  # noqa: E402
from gatewise.onnx import Backend  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

FILES = Path(__file__).parent / "onnx_files"
READ = sorted(path.stem for path in FILES.glob("*.npz"))
RIGHT = 2e-7  # float32 rounding of outputs below 1, on either side; measured 1.2e-7


def numbers(name):
    with np.load(FILES / f"{name}.npz") as found:
        return dict(found)


def test_there_are_files_of_every_exporter():
    assert len(READ) > 30
    for start in ("torch_legacy_", "torch_", "keras_"):
        assert any(name.startswith(start) for name in READ)


@pytest.mark.parametrize("name", READ)
def test_a_file_gives_its_librarys_numbers(name):
    model = gatewise.convert.read(FILES / f"{name}.onnx").layers()
    given = numbers(name)
    y = model.forward(given["x"], given.get("lengths"))
    assert y.dtype == given["y"].dtype == model.dtype
    np.testing.assert_allclose(y, given["y"], rtol=0, atol=RIGHT)


@pytest.mark.parametrize("name", READ)
def test_the_graph_run_whole_gives_its_librarys_numbers(name):
    given = numbers(name)
    x = given["x"]
    path = FILES / f"{name}.onnx"
    model = onnx.load(path)
    if "time_first" in name:
        x, given["y"] = x.swapaxes(0, 1), given["y"].swapaxes(0, 1)
    inputs = [x] if "lengths" not in given else [x, given["lengths"]]
    y = Backend.run_model(model, inputs)[0]
    np.testing.assert_allclose(y, given["y"], rtol=0, atol=RIGHT)


@pytest.mark.parametrize("name", READ)
def test_a_deliberately_swapped_gate_gives_other_numbers(name, tmp_path):
    """Rows i and f of W, in every recurrent node of the file; r and z of a GRU. An RNN has no gates."""
    model = onnx.load(FILES / f"{name}.onnx")
    nodes = [node for node in model.graph.node if node.op_type in ("LSTM", "GRU")]
    if not nodes:
        pytest.skip("an RNN has no gates")
    for node in nodes:
        (tensor,) = (each for each in model.graph.initializer if each.name == node.input[1])
        W = numpy_helper.to_array(tensor)
        blocks = np.split(W, 4 if node.op_type == "LSTM" else 3, axis=1)
        first, second = (0, 2) if node.op_type == "LSTM" else (0, 1)
        blocks[first], blocks[second] = blocks[second], blocks[first]
        tensor.CopyFrom(numpy_helper.from_array(np.concatenate(blocks, axis=1), tensor.name))
    path = tmp_path / "swapped.onnx"
    onnx.save(model, path)
    given = numbers(name)
    y = gatewise.convert.read(path).layers().forward(given["x"], given.get("lengths"))
    assert np.abs(y - given["y"]).max() > 100 * RIGHT


@pytest.mark.parametrize("name", READ)
def test_every_gate_of_a_file_can_be_looked_into(name):
    model = gatewise.convert.read(FILES / f"{name}.onnx").layers()
    given = numbers(name)
    traces = model.trace(given["x"], given.get("lengths"))
    assert [len(each) for each in traces] == [len(layer.cells) for layer in model.recurrent]
    first = traces[0][0]
    assert first.out.shape[:2] == given["x"].shape[:2]
    if model.recurrent[0].cell.gates == ("a", "i", "f", "o"):
        inside = (
            np.arange(given["x"].shape[1]) < given.get("lengths", np.full(len(given["x"]), 99))[:, np.newaxis]
        )
        assert np.all((first.f[inside] > 0) & (first.f[inside] < 1))


STRUCTURES = {
    "torch_last": [("last", 1, False), "linear"],
    "torch_steps": [("steps", 1, False), "softmax"],
    "torch_both": [("steps", 2, False), ("last", 2, False), "linear"],
    "torch_row": [("steps", 2, False), ("row", 2, False), "sigmoid"],
    "torch_legacy_row": [("steps", 2, False), ("row", 2, False), "sigmoid"],
    "torch_swapped": [("last", 2, False), "linear"],
    "torch_time_first": [("steps", 1, False), ("steps", 1, False)],
    "torch_no_bias": [("steps", 1, False), ("last", 1, False), "linear"],
    "torch_turned": [("steps", 1, True), "tanh"],
    "torch_legacy_packed": [("steps", 2, False), ("last", 2, False), "linear"],
    "torch_legacy_gathered": [("last", 1, False), "linear"],
    "keras_stack": [("steps", 1, False), ("last", 1, False), "relu", "sigmoid"],
    "keras_both": [("steps", 2, False), ("last", 2, False), "linear"],
    "keras_backwards": [("steps", 1, True), "tanh"],
    "keras_backwards_last": [("last", 1, True), "linear"],
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_the_layers_are_those_of_the_model(name):
    model = gatewise.convert.read(FILES / f"{name}.onnx").layers()
    found = [
        (layer.returns, len(layer.cells), layer.reverse) if isinstance(layer, Recurrent) else layer.function
        for layer in model.layers
    ]
    assert found == STRUCTURES[name]


def test_steps_that_are_given_from_the_last_to_the_first_stay_so():
    model = gatewise.convert.read(FILES / "keras_backwards.onnx").layers()
    assert model.recurrent[0].turned


def test_two_bias_vectors_are_kept():
    model = gatewise.convert.read(FILES / "torch_legacy_last.onnx").layers()
    (two,) = model.recurrent[0].biases
    proto = onnx.load(FILES / "torch_legacy_last.onnx")
    (node,) = (node for node in proto.graph.node if node.op_type == "LSTM")
    (tensor,) = (each for each in proto.graph.initializer if each.name == node.input[3])
    B = numpy_helper.to_array(tensor)[0]
    i, o, f, c = np.split(B[:16], 4)
    np.testing.assert_array_equal(two[0], np.concatenate([c, i, f, o]))
    i, o, f, c = np.split(B[16:], 4)
    np.testing.assert_array_equal(two[1], np.concatenate([c, i, f, o]))


def test_what_the_file_does_not_say_is_noted():
    assert "for 3 sequences of 7 steps alone" in gatewise.convert.read(FILES / "torch_last.onnx").notes[0]
    assert gatewise.convert.read(FILES / "torch_steps.onnx").notes == ()
    notes = gatewise.convert.read(FILES / "torch_legacy_time_first.onnx").notes
    assert any("steps, sequences and features" in note for note in notes)


def test_layers_can_be_taken_by_their_names():
    path = FILES / "keras_stack.onnx"
    first, second, *_ = gatewise.convert.read(path).layers().layers
    taken = gatewise.convert.read(path, layers=[first.name, second.name]).layers()
    assert [layer.name for layer in taken.layers] == [first.name, second.name]
    with pytest.raises(ConvertError, match="no layer 'nobody'; there are"):
        gatewise.convert.read(path, layers="nobody")


REFUSED = {
    "refused_keras_mask": r"Loop.*masks become a Loop: export without Masking.*gatewise convert model\.keras",
    "refused_keras_gru": r"Loop.*GRU and SimpleRNN of Keras",
    "refused_keras_on_torch": r"the steps were unrolled.*model\.save\(\"model\.keras\"\).*gatewise convert",
    "refused_torch_unrolled": r"the steps were unrolled.*dynamo=False",
    "refused_torch_projection": r"node_lstm.*proj_size.*state_dict",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_layers_is_refused_with_advice(name):
    with pytest.raises(ConvertError, match=REFUSED[name]) as told:
        gatewise.convert.read(FILES / f"{name}.onnx")
    assert f"{name}.onnx" in str(told.value)
    assert len(str(told.value)) < 700


def test_a_dense_layer_reads_the_features_in_the_order_of_the_file():
    """torch_swapped joins the second direction's outs before the first's: the columns of W are put right."""
    plain = gatewise.convert.read(FILES / "torch_swapped.onnx").layers()
    proto = onnx.load(FILES / "torch_swapped.onnx")
    (gemm,) = (node for node in proto.graph.node if node.op_type == "Gemm")
    (tensor,) = (each for each in proto.graph.initializer if each.name == gemm.input[1])
    W = numpy_helper.to_array(tensor)
    head = plain.layers[-1]
    assert isinstance(head, Dense)
    np.testing.assert_array_equal(head.W, np.concatenate([W[:, 4:], W[:, :4]], axis=1))
