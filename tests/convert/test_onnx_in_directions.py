"""Layers that go backwards, one after the other: which of them turn the steps comes back from ONNX as it was."""

import itertools
from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="onnx is not installed; pip install 'gatewise[onnx]'")

from onnx import helper, numpy_helper  # noqa: E402
from onnx_models import model_of as graph_model  # noqa: E402
from onnx_models import node_of, weights  # noqa: E402
from onnx_served import drawn_dense, drawn_layer  # noqa: E402

import gatewise.convert  # noqa: E402
from gatewise.errors import ConvertError  # noqa: E402
from gatewise.learn.sequential import Recurrent, Sequential  # noqa: E402
from gatewise.onnx import model_of, read  # noqa: E402
from gatewise.onnx.structure.step_orders import orders_of  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

FILES = Path(__file__).parent / "onnx_files"
D, H = 3, 4
WAYS = {
    "forwards": {},
    "backwards": {"reverse": True},
    "turned": {"reverse": True, "turned": True},
    "both": {"directions": 2},
}


def chain(ways, returns="steps", *, dense=False, seed=0):
    rng = np.random.default_rng(seed)
    layers, width = [], D
    for number, way in enumerate(ways):
        about = dict(WAYS[way])
        if number == len(ways) - 1:
            about["returns"] = returns
        layers.append(drawn_layer("lstm", width, H + number, rng, name=f"l{number}", **about))
        width = layers[-1].width
        if dense:
            layers.append(drawn_dense(width, H, rng, "tanh", name=f"d{number}"))
            width = H
    return Sequential(layers)


def saved(model, path, *, told, **options):
    """Without the metadata of gatewise it is a file as anybody's: its nodes alone say what it is."""
    written = model_of(model, **options)
    if not told:
        written.ClearField("metadata_props")
    onnx.save(written, path)


def said(layer):
    """What a layer is, and the bits of its weights."""
    if not isinstance(layer, Recurrent):
        return layer.function, layer.W.tobytes(), None if layer.b is None else layer.b.tobytes()
    arrays = [{name: array.tobytes() for name, array in each.arrays.items()} for each in layer.cells]
    return layer.reverse, layer.turned, layer.returns, arrays


def same(found, expected):
    assert len(found.layers) == len(expected.layers)
    for ours, theirs in zip(found.layers, expected.layers, strict=True):
        assert said(ours) == said(theirs)


CHAINS = [
    *itertools.product(WAYS, repeat=2), ("turned", "turned", "turned"), ("turned", "both", "turned"),
    ("forwards", "turned", "both"), ("both", "turned", "backwards"), ("backwards", "turned", "forwards"),
]  # fmt: skip


@pytest.mark.parametrize("ways", CHAINS, ids="-".join)
@pytest.mark.parametrize("dense", [False, True], ids=["", "with dense layers"])
@pytest.mark.parametrize("returns", ["steps", "last", "row"])
@pytest.mark.parametrize("told", [False, True], ids=["by its nodes", "by its metadata"])
def test_a_chain_of_any_directions_comes_back_from_onnx(told, ways, returns, dense, tmp_path):
    if returns != "steps" and ways[-1] == "turned":
        ways = (*ways[:-1], "backwards")
    if returns == "row" and ways[-1] == "forwards":
        ways = (*ways[:-1], "both")  # the last row of a layer that goes forwards is its last outs
    expected = chain(ways, returns, dense=dense)
    saved(expected, tmp_path / "m.onnx", told=told)
    same(read(tmp_path / "m.onnx"), expected)


@pytest.mark.parametrize(
    "ways", [("turned", "turned"), ("turned", "turned", "forwards"), ("turned", "both")], ids="-".join
)
@pytest.mark.parametrize("first", ["keras", "safetensors"])
def test_layers_that_keras_stacks_go_backwards_through_onnx_and_back(ways, first, tmp_path):
    if first == "keras":
        pytest.importorskip("h5py", reason="h5py is not installed; pip install 'gatewise[keras]'")
    expected = chain(ways, dense=True)
    onnx.save(model_of(expected), tmp_path / "made.onnx")
    end = {"keras": "keras", "safetensors": "safetensors"}[first]
    a, b, c = tmp_path / f"a.{end}", tmp_path / "b.onnx", tmp_path / f"c.{end}"
    gatewise.convert.model(tmp_path / "made.onnx", a, to=first)
    gatewise.convert.model(a, b)
    gatewise.convert.model(b, c, to=first)
    same(gatewise.convert.read(c).layers(), expected)


@pytest.mark.parametrize(
    ("name", "turned"),
    [("keras_backwards_twice", [False, True, True]), ("keras_backwards_both", [True, False, False])],
)
def test_what_tf2onnx_makes_of_go_backwards_is_read_as_keras_has_it(name, turned, tmp_path):
    pytest.importorskip("h5py", reason="h5py is not installed; pip install 'gatewise[keras]'")
    found = gatewise.convert.read(FILES / f"{name}.onnx").layers()
    assert [layer.turned for layer in found.recurrent] == turned
    gatewise.convert.model(FILES / f"{name}.onnx", tmp_path / "k.keras")
    same(gatewise.convert.read(tmp_path / "k.keras").layers(), found)


def test_the_directions_of_a_layer_that_reads_turned_steps_are_not_exchanged(tmp_path):
    """Its first direction goes with the steps as they stand, which is backwards through x."""
    expected = chain(("turned", "both"), dense=True)
    written = model_of(expected)
    for constant in written.graph.initializer:
        if constant.name == "l1_W":
            swapped = numpy_helper.to_array(constant)[::-1]
            constant.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(swapped), constant.name))
    onnx.save(written, tmp_path / "m.onnx")
    found, x = read(tmp_path / "m.onnx"), np.random.default_rng(0).normal(size=(2, 5, D)).astype(np.float32)
    assert np.abs(found.forward(x) - expected.forward(x)).max() > 1e-3


def test_reverse_layers_are_not_turned_where_lengths_are_given(tmp_path):
    expected = chain(("backwards", "backwards", "both"), "last")
    saved(expected, tmp_path / "m.onnx", told=True, lengths=True)
    same(read(tmp_path / "m.onnx"), expected)


def test_the_first_step_of_a_layer_that_goes_forwards_is_refused(tmp_path):
    w = weights("LSTM", D, H)
    nodes = [
        helper.make_node("Transpose", ["x"], ["X"], perm=[1, 0, 2]),
        node_of("LSTM", {*w, "X"}),
        helper.make_node("Gather", ["Y", "zero"], ["y"], axis=0),
    ]
    model = graph_model(
        nodes, {"x": ("f4", ("n", "t", D))}, {"y": ("f4", tuple("abc"))}, w | {"zero": np.array(0)}
    )
    onnx.save(model, tmp_path / "m.onnx")
    with pytest.raises(ConvertError, match="its first step is read, which no layers"):
        read(tmp_path / "m.onnx")


def test_what_the_file_holds_decides_and_then_keras_rule():
    assert orders_of((True, False), (False, False), False, steps=True, varied=False) == (False, False, False)
    assert orders_of((True, False), (False, True), False, steps=True, varied=False) == (False, True, False)
    assert orders_of((True, False), (True, False), False, steps=True, varied=False) == (False, True, False)
    assert orders_of((True, True), (True, True), None, steps=False, varied=True) == (False, False, False)
    assert orders_of((False,), (False,), True, steps=True, varied=False) is None
    many = (True, None, False) * 200  # its time and its answer do not grow with the number of choices
    found = orders_of(many, (True,) * 600, None, steps=True, varied=False)
    assert found is not None
    assert len(found) == 601
