"""Two bias vectors through Scan nodes: torch's float64 and projected layers come back from ONNX to the bit."""

import json
import tracemalloc

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="onnx is not installed; pip install 'gatewise[onnx]'")
pytest.importorskip("safetensors", reason="safetensors is not installed; pip install 'gatewise[train]'")

from onnx import TensorProto, numpy_helper  # noqa: E402
from onnx_served import RUNTIMES, drawn_cell, served  # noqa: E402
from safetensors.numpy import load_file, save_file  # noqa: E402

import gatewise.convert  # noqa: E402
from gatewise.errors import ConvertError  # noqa: E402
from gatewise.learn.sequential import Recurrent, Sequential, joined  # noqa: E402
from gatewise.onnx import model_of, read  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

D, H = 3, 4
CELLS = ("lstm", "projected", "gru-reset-after", "rnn")


def layer(cell, dtype="float64", directions=2, seed=0):
    rng = np.random.default_rng(seed)
    cells, biases = [], []
    for _ in range(directions):
        params = drawn_cell(cell, D, H, rng, dtype)
        two = tuple(rng.normal(size=params.b.shape).astype(dtype) for _ in range(2))
        cells.append(params.replace(**joined(params.cell, two)))
        biases.append(two)
    return Recurrent(cells, biases=biases, name="L_l0")


@pytest.mark.parametrize("scan", [False, True], ids=["", "scan"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("cell", CELLS)
def test_a_state_dict_comes_back_from_onnx_to_the_bit(cell, dtype, scan, tmp_path):
    a, b, c = tmp_path / "a.safetensors", tmp_path / "b.onnx", tmp_path / "c.safetensors"
    onnx.save(model_of(Sequential([layer(cell, dtype)])), tmp_path / "made.onnx")
    gatewise.convert.model(tmp_path / "made.onnx", a, to="torch")
    notes = gatewise.convert.model(a, b, scan=scan)
    assert not any("added" in note for note in notes)
    gatewise.convert.model(b, c, to="torch")
    before, after = load_file(a), load_file(c)
    assert list(before) == list(after)
    assert {"L.bias_ih_l0", "L.bias_hh_l0_reverse"} <= set(before)
    for name, array in before.items():
        assert array.tobytes() == after[name].tobytes(), name


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("lengths", [False, True], ids=["whole", "lengths"])
def test_runtimes_give_the_numbers_of_the_sum(lengths, cell, runtime):
    model = Sequential([layer(cell)])
    written = model_of(model, lengths=lengths)
    feeds = {"x": np.random.default_rng(1).normal(size=(3, 6, D))}
    if lengths:
        feeds["lengths"] = np.array([6, 1, 4], np.int32)
    wanted = model.forward(feeds["x"], feeds.get("lengths"))
    bound = 6e-6 if runtime == "openvino" else 1e-13  # OpenVINO computes in float32
    assert np.abs(served(written, feeds, runtime)["y"] - wanted).max() <= bound * max(1, np.abs(wanted).max())


@pytest.mark.parametrize("name", ["L_l0_b_ih_i", "L_l0_b_hh_i", "L_l0_reverse_b_hh_f"])
def test_a_bias_of_another_gate_in_the_file_gives_other_numbers(name, tmp_path):
    model = Sequential([layer("lstm")])
    written = model_of(model)
    tensors = {each.name: each for each in written.graph.initializer}
    other = numpy_helper.to_array(tensors[f"{name[:-1]}o"])
    tensors[name].CopyFrom(numpy_helper.from_array(other, name))
    onnx.save(written, tmp_path / "m.onnx")
    x = np.random.default_rng(1).normal(size=(3, 6, D))
    found = read(tmp_path / "m.onnx")
    assert np.abs(found.forward(x) - model.forward(x)).max() > 1e-3
    np.testing.assert_allclose(found.forward(x), served(written, {"x": x}, "onnxruntime")["y"], atol=1e-13)


def test_a_bias_of_minus_0_comes_back_as_it_was(tmp_path):
    params = drawn_cell("lstm", D, H, np.random.default_rng(0))
    params = params.replace(b=np.full(4 * H, -0.0, np.float32))
    onnx.save(model_of(Sequential([Recurrent([params])])), tmp_path / "m.onnx")
    (found,) = read(tmp_path / "m.onnx").layers
    assert found.biases == (None,)
    assert found.cells[0].b.tobytes() == params.b.tobytes()


def test_layers_of_one_name_are_told_apart(tmp_path):
    first, second = (
        Recurrent([drawn_cell("mgu", D, D, np.random.default_rng(n))], name="same") for n in (1, 2)
    )
    onnx.save(model_of(Sequential([first, second])), tmp_path / "m.onnx")
    found = read(tmp_path / "m.onnx").layers
    assert [each.name for each in found] == ["same", "same_2"]
    for ours, theirs in zip(found, (first, second), strict=True):
        assert ours.cells[0].W.tobytes() == theirs.cells[0].W.tobytes()


def test_a_forged_file_reads_no_other_file(tmp_path, monkeypatch):
    """A tensor of a file with gatewise's metadata that lies elsewhere is not looked for there."""
    written = model_of(Sequential([layer("lstm", directions=1)]))
    save_file({"a": np.zeros(99)}, tmp_path / "secret")
    (tensor,) = (each for each in written.graph.initializer if each.name == "L_l0_b_ih_i")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "secret"
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "m.onnx").write_bytes(written.SerializeToString())
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConvertError, match=r"m\.onnx"):
        read(tmp_path / "model" / "m.onnx")


def test_a_file_that_was_changed_is_read_by_its_nodes_and_not_by_what_it_says(tmp_path):
    """Its direction and its last function are others than the metadata have it."""
    expected = Sequential([layer("lstm", "float32", directions=1)])
    written = model_of(expected)
    (node,) = (each for each in written.graph.node if each.op_type == "LSTM")
    node.attribute.append(onnx.helper.make_attribute("direction", "reverse"))
    onnx.save(written, tmp_path / "m.onnx")
    (found,) = read(tmp_path / "m.onnx").layers
    assert found.reverse


@pytest.mark.parametrize("count", [0, 3, 10**7, 10**30, -1, 1.5, "2", None])
def test_a_count_of_directions_that_is_none_is_not_believed(tmp_path, count):
    expected = Sequential([layer("lstm", "float32", directions=1)])
    written = model_of(expected)
    (entry,) = (each for each in written.metadata_props if each.key == "gatewise")
    document = json.loads(entry.value)
    document["layers"][0]["directions"] = count
    entry.value = json.dumps(document)
    onnx.save(written, tmp_path / "m.onnx")
    tracemalloc.start()
    (found,) = read(tmp_path / "m.onnx").layers
    assert tracemalloc.get_traced_memory()[1] < 2e7
    tracemalloc.stop()
    assert found.cells[0].U.tobytes() == expected.layers[0].cells[0].U.tobytes()


def test_a_scan_whose_body_was_changed_is_refused(tmp_path):
    written = model_of(Sequential([layer("lstm")]))
    body = next(each for each in written.graph.node if each.op_type == "Scan").attribute[0].g
    next(each for each in body.node if each.op_type == "Tanh").op_type = "Sigmoid"
    onnx.save(written, tmp_path / "m.onnx")
    with pytest.raises(ConvertError, match="runs a graph of its own"):
        read(tmp_path / "m.onnx")
