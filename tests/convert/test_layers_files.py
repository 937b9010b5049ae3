"""Layers in safetensors with their gate order, problem files, runs, and the table of formats."""

from __future__ import annotations

import json

import numpy as np
import pytest
from own_cells import OWN

import gatewise
from gatewise.cells import CELLS
from gatewise.cells.gate_orders import GATE_ORDERS
from gatewise.convert import FORMATS, Opened, model, read
from gatewise.convert.formats import Choices
from gatewise.convert.layers_file import write
from gatewise.errors import ArgumentError, ConvertError
from gatewise.learn.sequential import Dense, Recurrent, Sequential, from_network, to_network

safetensors = pytest.importorskip(
    "safetensors.numpy", reason="safetensors is not installed; pip install 'gatewise[train]'"
)
rng = np.random.default_rng(11)
D, H, P = 3, 4, 2


def params(cell="lstm", width=D, seed=0, dtype="float32"):
    Q = 2 if cell == "projected" else None
    return gatewise.Params.init(width, H, cell=cell, output_size=Q, seed=seed, dtype=dtype)


def kept(tmp_path, layers, order=None, notes=()):
    path = tmp_path / "m.safetensors"
    opened = Opened(path=path, format="safetensors", sequential=Sequential(layers, notes))
    path.write_bytes(write(opened, Choices(gate_order=order))[0])
    return path


def orders_of(cell):
    gru = [name for name, order in GATE_ORDERS.items() if order.gru]
    return ["gatewise", *gru] if "r" in CELLS[cell].gates else list(GATE_ORDERS)


@pytest.mark.parametrize(("cell", "order"), [(cell, order) for cell in CELLS for order in orders_of(cell)])
def test_every_cell_comes_back_to_the_bit_in_every_gate_order(tmp_path, cell, order):
    given = params(cell)
    path = kept(tmp_path, [Recurrent([given], name="a", returns="last")], order)
    found = read(path).layers().recurrent[0]
    assert found.cell == given.cell
    assert found.returns == "last"
    assert found.name == "a"
    for name, array in given.arrays.items():
        np.testing.assert_array_equal(found.cells[0].arrays[name], array)


def test_the_metadata_say_the_order_in_which_the_rows_stand(tmp_path):
    given = params()
    path = kept(tmp_path, [Recurrent([given])], "onnx")
    data = path.read_bytes()
    head = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    document = json.loads(head["__metadata__"]["gatewise"])
    assert document["gate_order"] == "onnx"
    assert document["layers"][0]["gates"] == ["i", "o", "f", "a"]
    stored = safetensors.load(data)["layer0.W"]
    for place, gate in enumerate(document["layers"][0]["gates"]):
        np.testing.assert_array_equal(stored[place * H : (place + 1) * H], given.gate(gate)[0])


def test_a_file_whose_order_is_swapped_gives_other_numbers(tmp_path):
    path = kept(tmp_path, [Recurrent([params()])], "keras")
    x = rng.standard_normal((2, 5, D)).astype("float32")
    before = read(path).layers().forward(x)
    path.write_bytes(
        path.read_bytes().replace(b'"gate_order\\": \\"keras\\"', b'"gate_order\\": \\"haste\\"')
    )
    assert np.abs(read(path).layers().forward(x) - before).max() > 1e-3


def test_everything_that_a_layer_has_comes_back(tmp_path):
    two = (rng.standard_normal(4 * H).astype("float32"), rng.standard_normal(4 * H).astype("float32"))
    layers = [
        Recurrent([params(), params(seed=1)], biases=[two, None], name="both"),
        Recurrent([params(width=2 * H, seed=2)], reverse=True, turned=True, name="back"),
        Dense(rng.standard_normal((5, H)).astype("float32"), function="relu", name="middle"),
        Recurrent([params(width=5, seed=3)], returns="row", name="top"),
        Dense(np.ones((P, H), "float32"), np.zeros(P, "float32"), function="softmax", name="head"),
    ]
    found = read(kept(tmp_path, layers, notes=["something"])).layers()
    assert found.notes == ("something",)
    assert [repr(each) for each in found.layers] == [repr(each) for each in layers]
    np.testing.assert_array_equal(found.recurrent[0].biases[0], two)
    assert found.recurrent[0].biases[1] is None
    assert found.recurrent[1].turned
    assert found.layers[2].b is None
    x = rng.standard_normal((3, 6, D)).astype("float32")
    np.testing.assert_array_equal(found.forward(x), Sequential(layers).forward(x))


@pytest.mark.parametrize("name", OWN)
def test_one_s_own_cell_comes_back_with_its_equations(tmp_path, name):
    own = gatewise.cells.read_cell(OWN[name])
    found = read(kept(tmp_path, [Recurrent([params(own)])])).layers().recurrent[0]
    assert found.cell == own


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d | {"format": 9}, "of format 9"),
        (lambda d: d | {"gate_order": "caffe"}, "'caffe' is not known"),
        (lambda d: d | {"layers": [d["layers"][0] | {"cell": "none"}]}, "none"),
        (lambda d: d | {"layers": [d["layers"][0] | {"directions": 2}]}, "reverse.W"),
        (lambda d: d | {"layers": [d["layers"][0] | {"returns": "all"}]}, "returns"),
        (lambda d: d | {"layers": [{"kind": "dense"}]}, "damaged"),
        (lambda d: d | {"layers": []}, "no recurrent layer"),
        (lambda d: d | {"layers": 3}, "damaged"),
        (lambda d: d | {"layers": d["layers"] * 2}, "layer1.W"),
    ],
)
def test_a_forged_document_is_refused(tmp_path, change, said):
    path = kept(tmp_path, [Recurrent([params()])])
    data = path.read_bytes()
    head = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    document = change(json.loads(head["__metadata__"]["gatewise"]))
    path.write_bytes(safetensors.save(safetensors.load(data), {"gatewise": json.dumps(document)}))
    with pytest.raises(ConvertError, match=said):
        read(path)


# Problem files ----------------------------------------------------------------------------------------------


def test_a_problem_file_is_a_layer_and_a_layer_becomes_a_problem_file(tmp_path):
    layers = [
        Recurrent([params(), params(seed=1)], name="low"),
        Recurrent([params(width=2 * H, seed=2)], name="top"),
    ]
    path, problem, back = kept(tmp_path, layers), tmp_path / "p.toml", tmp_path / "back.safetensors"
    notes = model(path, problem, layer=0, reverse=True)
    assert "drawn" in notes[0]
    loaded = gatewise.load_problem(problem)
    assert loaded.title == "low, reverse of m.safetensors"
    model(problem, back, dtype="float32")
    for name, array in layers[0].cells[1].arrays.items():
        np.testing.assert_array_equal(read(back).layers().recurrent[0].cells[0].arrays[name], array)
    assert gatewise.worksheet(loaded.params, loaded.x, loaded.label).verified.ok


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        (
            {},
            "has 2 layers, and a problem file one cell in one direction. Say which of 0, 1, by name or by number from 0: layer=0",
        ),
        ({"layer": 2}, "layer=2: .* has the recurrent layers 0, 1, counted from 0"),
        ({"layer": 1, "reverse": True}, "no second, reverse direction"),
    ],
)
def test_which_layer_is_asked_for(tmp_path, choices, said):
    layers = [Recurrent([params()]), Recurrent([params(width=H)])]
    with pytest.raises((ArgumentError, ConvertError), match=said):
        model(kept(tmp_path, layers), tmp_path / "p.toml", **choices)


# The table --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [key for key, row in FORMATS.items() if row.reads])
def test_every_format_has_a_module_that_reads(key):
    assert callable(FORMATS[key].load().read)


@pytest.mark.parametrize("key", [key for key, row in FORMATS.items() if row.writes])
def test_every_format_has_a_module_that_writes(key):
    assert callable(FORMATS[key].load().write)


def test_what_cannot_be_told_is_asked_for(tmp_path):
    path = kept(tmp_path, [Recurrent([params()])])
    with pytest.raises(ConvertError, match="does not exist"):
        read(tmp_path / "none.onnx")
    with pytest.raises(ConvertError, match=r"cannot be told by its name\. Written are .*\.keras"):
        model(path, tmp_path / "b.xyz")
    with pytest.raises(ArgumentError, match=r"to='caffe' is not known\. Known: torch"):
        model(path, tmp_path / "b.xyz", to="caffe")
    with pytest.raises(ArgumentError, match="gate_order='onnx' is of no use for a torch state_dict"):
        model(path, tmp_path / "b.safetensors", to="torch", gate_order="onnx")
    with pytest.raises(ArgumentError, match="layer=0 is of no use for a torch state_dict"):
        model(path, tmp_path / "b.safetensors", to="torch", layer=0)
    with pytest.raises(ArgumentError, match="dtype='float16'"):
        model(path, tmp_path / "b.safetensors", dtype="float16")
    assert not list(tmp_path.glob("b.*"))


def test_a_target_that_cannot_express_it_stays_as_it_was(tmp_path):
    path = kept(tmp_path, [Recurrent([params("peephole")])])
    target = tmp_path / "b.safetensors"
    target.write_bytes(b"as it was")
    with pytest.raises(ConvertError, match="torch has no cell peephole"):
        model(path, target, to="torch")
    assert target.read_bytes() == b"as it was"


# Networks ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("head", ["last", "steps"])
@pytest.mark.parametrize("cell", ["lstm", "projected", "gru"])
def test_a_network_is_its_layers_and_they_are_the_network(both, head, cell):
    from gatewise.learn import network as networks

    architecture = networks.Architecture(
        input_size=D, hidden_size=H, outputs=P, layers=2, bidirectional=both, head=head, cell=cell,
        projection=2 if cell == "projected" else 0,
    )  # fmt: skip
    network = networks.Network.init(architecture, seed=3, dtype="float64")
    x, lengths = rng.standard_normal((4, 5, D)), [5, 3, 0, 1]
    layers = from_network(network)
    said = layers.forward(x, lengths)
    expected = networks.forward(network, x, None, lengths).y
    inside = (
        np.ones_like(expected, bool)
        if head == "last"
        else (np.arange(5) < np.array(lengths)[:, None])[..., None]
    )
    np.testing.assert_allclose(np.where(inside, said - expected, 0), 0, atol=1e-13)
    back = to_network(layers)
    assert back.architecture == architecture
    np.testing.assert_array_equal(back.vector, network.vector)


@pytest.mark.parametrize("more", [{"skip": 2}, {"head_inputs": 3}, {"embeddings": (("s", 3, 2),)}])
def test_a_network_that_is_more_than_its_layers_is_refused_with_the_reason(more):
    from gatewise.learn import network as networks

    network = networks.Network.init(networks.Architecture(input_size=D, hidden_size=H, outputs=P, **more))
    with pytest.raises(
        ConvertError, match=next(iter(more)) if "head_inputs" not in more else "beside the layers"
    ):
        from_network(network)
