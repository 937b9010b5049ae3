"""Every pair of formats: from one to another and back is the same bits, and a swapped gate is seen in each."""

from __future__ import annotations

import numpy as np
import pytest

from gatewise.cells import gate_orders
from gatewise.convert import FORMATS, Opened, model, read
from gatewise.convert.formats import Choices
from gatewise.engine.params import Params
from gatewise.errors import ConvertError
from gatewise.learn.sequential import Dense, Recurrent, Sequential

for package, extra in (("safetensors", "train"), ("h5py", "keras"), ("onnx", "onnx")):
    pytest.importorskip(package, reason=f"{package} is not installed; pip install 'gatewise[{extra}]'")

D, H, P = 3, 4, 2
FILES = {
    "torch": "m.safetensors",
    "safetensors": "m.safetensors",
    "keras": "m.keras",
    "keras-weights": "m.weights.h5",
    "onnx": "m.onnx",
    "toml": "m.toml",
}


def cells(cell, count, width=D, seed=0):
    Q = 2 if cell == "projected" else None
    made = [
        Params.init(width, H, cell=cell, output_size=Q, seed=seed + each, dtype="float32")
        for each in range(count)
    ]
    rng = np.random.default_rng(seed)
    # Biases of their own: drawn ones are as good as any, and none is 0.
    return [
        each.replace(**{name: rng.standard_normal(array.shape).astype("float32") for name, array in each.arrays.items()})
        for each in made
    ]  # fmt: skip


def dense(width, function="linear"):
    rng = np.random.default_rng(9)
    W, b = rng.standard_normal((P, width)).astype("float32"), rng.standard_normal(P).astype("float32")
    return Dense(W, b, function=function, name="head")


MODELS = {
    "one layer": [Recurrent(cells("lstm", 1))],
    "a head": [Recurrent(cells("lstm", 1), returns="last"), dense(H)],
    "a head on every step": [Recurrent(cells("lstm", 1)), dense(H)],
    "two layers, both directions": [
        Recurrent(cells("lstm", 2)),
        Recurrent(cells("lstm", 2, 2 * H, 5), returns="last"),
        dense(2 * H),
    ],
    "without biases": [Recurrent(cells("lstm+no-bias", 1))],
    "a GRU": [Recurrent(cells("gru-reset-after", 1), returns="last"), dense(H)],
    "a softmax": [Recurrent(cells("lstm", 1), returns="last"), dense(H, "softmax")],
    "backwards": [Recurrent(cells("lstm", 1), reverse=True)],
    "peepholes": [Recurrent(cells("peephole", 1))],
    "projected": [Recurrent(cells("projected", 1))],
    "reset before": [Recurrent(cells("gru", 1))],
}
WEIGHTS_ALONE = (
    "torch",
    "keras-weights",
)  # which say nothing of heads, functions and directions of their own


def saved(name, key, folder):
    path = folder / FILES[key]
    opened = Opened(path=path, format=key, sequential=Sequential(MODELS[name]))
    path.write_bytes(FORMATS[key].load().write(opened, Choices())[0])
    return path


def arrays_of(found):
    for layer in found.layers:
        if isinstance(layer, Dense):
            yield "dense", {"W": layer.W} | ({} if layer.b is None else {"b": layer.b})
        else:
            yield from ((layer.cell.name, params.arrays) for params in layer.cells)


def same_bits(found, expected):
    pairs = list(zip(arrays_of(found), arrays_of(expected), strict=True))
    for (kind, ours), (other, theirs) in pairs:
        assert kind == other
        assert list(ours) == list(theirs)
        for name, array in ours.items():
            np.testing.assert_array_equal(array, theirs[name])
            assert array.dtype == theirs[name].dtype


@pytest.mark.share(2)
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("first", FILES)
def test_a_model_goes_through_every_format_and_back_to_the_bit(tmp_path, name, first):
    """Where a format cannot express the model it says so, and nothing is written."""
    (tmp_path / "a").mkdir()
    expected = Sequential(MODELS[name])
    try:
        path = saved(name, first, tmp_path / "a")
    except ConvertError:
        return
    for second in FILES:
        there, back = tmp_path / second, tmp_path / f"{second}-back"
        there.mkdir()
        back.mkdir()
        try:
            model(path, there / FILES[second], to=second)
        except ConvertError:
            assert not list(there.iterdir())
            continue
        model(
            there / FILES[second],
            back / FILES[first],
            of=second,
            to=first,
            dtype=None if first == "toml" else "float32",
        )
        found = read(back / FILES[first], format=first).layers()
        same_bits(found, read(path, format=first).layers())
        if first != "toml":
            same_bits(found, expected)


@pytest.mark.parametrize(
    "name", [name for name in MODELS if name not in ("peepholes", "projected", "reset before")]
)
@pytest.mark.parametrize("key", [key for key in FILES if key != "toml"])
def test_a_file_runs_as_what_was_written(tmp_path, name, key):
    try:
        found = read(saved(name, key, tmp_path), format=key).layers()
    except ConvertError:
        return
    x = np.random.default_rng(1).standard_normal((2, 5, D)).astype("float32")
    expected = Sequential(MODELS[name])
    if key == "keras-weights" and name in ("a head on every step", "a softmax"):
        assert any("does not say" in note or "do not say" in note for note in found.notes)
        return
    np.testing.assert_allclose(found.forward(x), expected.forward(x), atol=2e-7)


@pytest.mark.parametrize("key", [key for key in FILES if key != "toml"])
@pytest.mark.parametrize("cell", ["lstm", "gru-reset-after"])
def test_a_writer_that_swaps_two_gates_is_seen(tmp_path, key, cell, monkeypatch):
    """Whatever the library: the rows that are read are others, and so are the numbers."""
    layer = [Recurrent(cells(cell, 1))]
    path = tmp_path / FILES[key]
    write = FORMATS[key].load().write
    opened = Opened(path=path, format=key, sequential=Sequential(layer))
    right = write(opened, Choices())[0]
    orders = dict(gate_orders.GATE_ORDERS)
    for library, order in orders.items():
        swapped = (order.gates[1], order.gates[0], *order.gates[2:])
        gru = (order.gru[1], order.gru[0], *order.gru[2:]) if order.gru else ()
        monkeypatch.setitem(
            gate_orders.GATE_ORDERS, library, type(order)(**{**vars(order), "gates": swapped, "gru": gru})
        )
    choice = Choices(gate_order="torch") if key == "safetensors" else Choices()
    wrong = write(opened, choice)[0]
    monkeypatch.undo()
    x = np.random.default_rng(1).standard_normal((2, 5, D)).astype("float32")
    expected = Sequential(layer).forward(x)
    path.write_bytes(right)
    np.testing.assert_allclose(read(path, format=key).layers().forward(x), expected, atol=2e-7)
    path.write_bytes(wrong)
    assert np.abs(read(path, format=key).layers().forward(x) - expected).max() > 1e-3
