"""Damaged and hostile ONNX files: one clear message, and no more memory than a file may need."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="onnx is not installed; pip install 'gatewise[onnx]'")

from onnx import TensorProto, helper  # noqa: E402
from onnx_models import dense_model  # noqa: E402

from gatewise.errors import ConvertError  # noqa: E402
from gatewise.onnx import Backend, read  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

HUGE = 2**40


def refused(model, tmp_path, says):
    path = tmp_path / "m.onnx"
    path.write_bytes(model if isinstance(model, bytes) else model.SerializeToString())
    with pytest.raises(ConvertError, match=says) as told:
        read(path)
    assert str(told.value).startswith(str(path))
    assert len(str(told.value)) < 800
    assert "\n" not in str(told.value)


def whole():
    return dense_model()[0]


def tensor(model, name):
    return next(each for each in model.graph.initializer if each.name == name)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
def test_a_file_that_is_cut_short_is_refused(part, tmp_path):
    data = whole().SerializeToString()
    refused(
        data[: int(len(data) * part)],
        tmp_path,
        "cut short|is damaged|no graph|bytes, and has|nothing gives|no LSTM",
    )


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"PK\x03\x04", b"{}", b"\xff" * 1000])
def test_what_is_no_onnx_file_is_refused(data, tmp_path):
    refused(data, tmp_path, "no ONNX model")


def spoilt(change):
    model = whole()
    change(model)
    return model


def _huge_raw(model):
    tensor(model, "W").dims[0] = HUGE


def _huge_shape(model):
    made = tensor(model, "zero")
    made.CopyFrom(onnx.numpy_helper.from_array(np.array([HUGE, HUGE]), "zero"))
    model.graph.node.insert(0, helper.make_node("ConstantOfShape", ["zero"], ["large"], name="large"))


def _circle(model):
    model.graph.node[0].input[0] = "product"


def _out_of_order(model):
    first = model.graph.node[0]
    model.graph.node.append(first)
    del model.graph.node[0]


def _twice(model):
    model.graph.node.append(model.graph.node[0])


def _tensor_twice(model):
    model.graph.initializer.append(tensor(model, "W"))


def _nobody(model):
    model.graph.node[1].input[1] = "nobody"


def _no_weights(model):
    model.graph.node[1].input[1] = ""


def _strange_dtype(model):
    tensor(model, "W").data_type = 77


def _quantized(model):
    tensor(model, "W").data_type = TensorProto.FLOAT8E4M3FN


def _negative(model):
    tensor(model, "W").dims[0] = -1


def _long_x(model):
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = HUGE


def _opset(model):
    model.opset_import[0].version = 99


def _no_opset(model):
    del model.opset_import[:]


def _sparse(model):
    model.graph.sparse_initializer.add().values.name = "s"


def _nothing(model):
    del model.graph.output[:]


def _text(model):
    tensor(model, "W").data_type = TensorProto.STRING


SPOILT = {
    "a declared size that is huge": (_huge_raw, "'W' is .*bytes, and has"),
    "a shape that is huge": (_huge_shape, r"node 'large' \(ConstantOfShape\).*more than can be meant"),
    "nodes in a circle": (_circle, "nodes go in a circle"),
    "nodes out of order": (_out_of_order, "must stand in the order of work"),
    "a node twice": (_twice, "gives 'X', which is there already"),
    "a tensor twice": (_tensor_twice, "two tensors of the file are called 'W'"),
    "an input that nothing gives": (_nobody, r"node 'cell' \(LSTM\) reads 'nobody', which nothing gives"),
    "an input left out": (_no_weights, r"node 'cell' \(LSTM\) has no W"),
    "an unknown dtype": (_strange_dtype, "tensor 'W' is of the unknown dtype 77"),
    "a quantized dtype": (_quantized, "tensor 'W' is of FLOAT8E4M3FN.*Quantized"),
    "texts for weights": (_text, "tensor 'W' is of STRING"),
    "a size below 0": (_negative, "which no array has"),
    "an input that is huge": (_long_x, "at most .* are tried"),
    "an opset of the future": (_opset, "opset 99.*Install a newer onnx"),
    "no opset": (_no_opset, "opset_import"),
    "sparse weights": (_sparse, "sparse"),
    "no outputs": (_nothing, "no outputs"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_damaged_model_is_refused_with_one_message(name, tmp_path):
    change, says = SPOILT[name]
    refused(spoilt(change), tmp_path, says)


def outside(location, offset="0", length=None):
    """A model whose W lies in another file."""
    model = whole()
    W = tensor(model, "W")
    data = W.raw_data
    W.ClearField("raw_data")
    W.data_location = TensorProto.EXTERNAL
    told = {"location": location, "offset": offset, "length": length or str(len(data))}
    for key, value in told.items():
        W.external_data.add(key=key, value=value)
    return model, data


def test_weights_beside_the_model_are_read(tmp_path):
    model, data = outside("weights.bin", offset="8")
    (tmp_path / "weights.bin").write_bytes(b"\0" * 8 + data)
    onnx_path = tmp_path / "m.onnx"
    onnx_path.write_bytes(model.SerializeToString())
    plain = tmp_path / "plain.onnx"
    onnx.save(whole(), plain)
    np.testing.assert_array_equal(
        read(onnx_path).recurrent[0].cells[0].W, read(plain).recurrent[0].cells[0].W
    )


@pytest.mark.parametrize(
    "location", ["../secret", "/etc/passwd", "a/../../secret", "", "..\\secret", "C:/secret", "/dev/zero"]
)
def test_weights_outside_the_models_folder_are_refused(location, tmp_path):
    (tmp_path / "secret").write_bytes(b"\0" * 10_000)
    place = tmp_path / "inside"
    place.mkdir()
    refused(outside(location)[0], place, "in the model's folder alone")


@pytest.mark.parametrize("folder", [False, True])
def test_links_out_of_the_models_folder_are_refused(folder, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "secret").write_bytes(b"\0" * 10_000)
    place = tmp_path / "inside"
    place.mkdir()
    if folder:
        (place / "link").symlink_to(tmp_path / "out")
    else:
        (place / "link").symlink_to(tmp_path / "out" / "secret")
    refused(outside("link/secret" if folder else "link")[0], place, "a link")


def test_a_pipe_beside_the_model_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    refused(outside("pipe")[0], tmp_path, "it is a pipe")


@pytest.mark.parametrize(
    ("offset", "length", "says"),
    [
        ("0", "5", "5 lie in"),
        ("-4", None, "from -4 on"),
        ("many", None, "no place"),
        (str(HUGE), None, "cut short, or of another model"),
    ],
)
def test_weights_at_a_place_that_is_not_there_are_refused(offset, length, says, tmp_path):
    model, data = outside("w.bin", offset, length)
    (tmp_path / "w.bin").write_bytes(data)
    refused(model, tmp_path, says)


def test_weights_that_are_missing_are_asked_for(tmp_path):
    refused(outside("w.bin")[0], tmp_path, "Keep it beside the model")


def test_many_tensors_of_one_file_do_not_multiply_it(tmp_path):
    """Two tensors that overlap would let a small folder fill any memory."""
    model, data = outside("w.bin")
    other = model.graph.initializer.add()
    other.CopyFrom(tensor(model, "W"))
    other.name = "other"
    other.external_data[1].value = "4"
    other.external_data[2].value = str(len(data) - 4)
    other.dims[0], other.dims[1], other.dims[2] = 1, 1, len(data) // 4 - 1
    (tmp_path / "w.bin").write_bytes(data)
    refused(model, tmp_path, "where other tensors lie, too")


def test_the_backend_reads_no_files():
    with pytest.raises(ConvertError, match="here no files are read"):
        Backend.prepare(outside("w.bin")[0])


DOUBLING = """
import sys, resource
import numpy as np
from onnx import helper
sys.path.insert(0, {support!r})
from onnx_models import dense_model
from gatewise.errors import ConvertError
from gatewise.onnx import read
model, _ = dense_model()
name = "x"
for number in range(40):
    model.graph.node.insert(number, helper.make_node("Concat", [name, name], [f"c{{number}}"], axis=0, name=f"c{{number}}"))
    name = f"c{{number}}"
model.graph.node[40].input[0] = name
open({path!r}, "wb").write(model.SerializeToString())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read({path!r})
except ConvertError as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_numbers_that_double_at_every_node_are_stopped_in_bounded_memory(tmp_path):
    support = str(Path(__file__).parents[1] / "support")
    script = DOUBLING.format(support=support, path=str(tmp_path / "m.onnx"))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    message, kilobytes = done.stdout.splitlines()
    assert "more than can be meant" in message
    assert int(kilobytes) < 600_000


def field(number, content):
    """A field of a protobuf message that holds another message."""
    length, size = b"", len(content)
    while size > 127:
        length, size = length + bytes([size % 128 + 128]), size // 128
    return bytes([number << 3 | 2]) + length + bytes([size]) + content


@pytest.mark.parametrize("depth", [3, 30, 1000])
def test_deeply_nested_graphs_are_refused(depth, tmp_path):
    """graph (7) > node (1) > attribute (5) > g (6) > node > …, as no exporter writes them."""
    inner = b""
    for _ in range(depth):
        inner = field(1, field(5, field(6, inner) + bytes([20 << 3, 5])))  # an attribute of type GRAPH
    opset = field(8, bytes([2 << 3, 17]))
    refused(field(7, inner) + opset, tmp_path, "graph of its own|no ONNX model|no outputs")
