"""Weights go back into the model that they came from, however Keras had its layers; or it is said why not."""

import numpy as np
import pytest
from keras_here import keras_on_any_backend, numbers, randomize

from gatewise import convert
from gatewise.errors import ArgumentError, ConvertError
from gatewise.learn.sequential import Dense

keras = keras_on_any_backend()
L = keras.layers
pytestmark = pytest.mark.filterwarnings("ignore")
SAME = 2e-6  # float32, as in test_keras_files.py


def steps(units=4, **o):
    return L.LSTM(units, return_sequences=True, **o)


def functional():
    i = L.Input((7, 3))
    h = L.Dropout(0.1)(steps(name="lstm_12")(i))
    h = L.TimeDistributed(L.Dense(5, name="dense_4"), name="at_each_3")(h)
    return keras.Model(i, L.Dense(2, name="dense_99")(L.LSTM(5, name="lstm_3")(h)))


def chain(*layers):
    return keras.Sequential([L.Input((7, 3)), *layers])


SOURCES = {
    "a Dense in a TimeDistributed": lambda: chain(steps(), L.TimeDistributed(L.Dense(3, activation="relu"))),
    "one of both kinds": lambda: chain(steps(), L.TimeDistributed(L.Dense(3, use_bias=False)), L.Dense(2)),
    "between recurrent layers": lambda: chain(steps(), L.Dense(3), L.TimeDistributed(L.Dense(3)), L.LSTM(3), L.Dense(1)),
    "a function before a Dense of its size": lambda: chain(L.LSTM(4), L.Activation("relu"), L.Dense(4, use_bias=False)),
    "two functions": lambda: chain(L.LSTM(4), L.Activation("relu"), L.Activation("tanh"), L.Dense(4)),
    "a function in a TimeDistributed": lambda: chain(steps(), L.TimeDistributed(L.Activation("relu")), L.LSTM(4), L.Dense(1)),
    "layers that are functions": lambda: chain(steps(), L.ReLU(), L.LSTM(4), L.Dense(2), L.Softmax()),
    "both ways, named": lambda: chain(L.Bidirectional(steps(name="foo_7"), name="both_2"), L.Bidirectional(L.GRU(3)), L.Dense(2)),
    "names with numbers out of order": lambda: chain(steps(name="lstm_10"), L.LSTM(4, name="lstm_9"), L.Dense(1, name="1dense")),
    "dropout with seeds of its own": lambda: chain(steps(dropout=0.2, recurrent_dropout=0.1), L.Dropout(0.3), L.GRU(4, dropout=0.2), L.Dense(1)),
    "functional": functional,
}  # fmt: skip


@pytest.mark.parametrize("between", [None, "b.safetensors"])
@pytest.mark.parametrize("name", SOURCES)
def test_weights_come_back_to_the_model_that_they_were_read_from(name, between, tmp_path):
    model = randomize(SOURCES[name]())
    x = np.random.default_rng(5).normal(size=(2, 7, 3)).astype("float32")
    source = tmp_path / "a.keras"
    model.save(source)
    found = convert.read(source).layers().forward(x)
    np.testing.assert_allclose(found, numbers(model(x)), rtol=0, atol=SAME)
    if between:
        convert.model(source, tmp_path / between)
        source = tmp_path / between
    convert.model(source, tmp_path / "c.weights.h5")
    again = randomize(SOURCES[name](), seed=1)
    again.load_weights(tmp_path / "c.weights.h5")
    for ours, theirs in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    convert.model(source, tmp_path / "c.keras")
    whole = keras.models.load_model(tmp_path / "c.keras", safe_mode=True)
    for ours, theirs in zip(whole.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_allclose(numbers(whole(x)), numbers(model(x)), rtol=0, atol=SAME)


def test_a_time_distributed_dense_of_weights_alone_reads_every_step(tmp_path):
    model = randomize(chain(steps(), L.TimeDistributed(L.Dense(3), name="at_each")))
    model.save_weights(tmp_path / "a.weights.h5")
    layers = convert.read(tmp_path / "a.weights.h5").layers()
    x = np.random.default_rng(5).normal(size=(2, 7, 3)).astype("float32")
    np.testing.assert_allclose(layers.forward(x), numbers(model(x)), rtol=0, atol=SAME)
    assert [layer.name for layer in layers.layers][1] == "at_each"
    convert.model(tmp_path / "a.weights.h5", tmp_path / "b.weights.h5")
    again = randomize(chain(steps(), L.TimeDistributed(L.Dense(3))), seed=1)
    again.load_weights(tmp_path / "b.weights.h5")
    np.testing.assert_array_equal(numbers(again(x)), numbers(model(x)))


def test_a_format_with_one_kind_of_dense_says_which_layer_was_time_distributed(tmp_path):
    randomize(chain(steps(), L.TimeDistributed(L.Dense(3), name="at_each"))).save(tmp_path / "a.keras")
    notes = convert.model(tmp_path / "a.keras", tmp_path / "b.torch.safetensors", to="torch")
    assert any("at_each" in note and "plain Linear" in note for note in notes)
    for target in ("c.keras", "c.weights.h5", "c.safetensors"):
        notes = convert.model(tmp_path / "a.keras", tmp_path / target)
        assert not any("plain Linear" in note for note in notes), target


def test_onnx_keeps_what_stands_in_a_time_distributed_layer(tmp_path):
    pytest.importorskip("onnx", reason="onnx is not installed; pip install 'gatewise[onnx]'")
    randomize(chain(steps(), L.TimeDistributed(L.Dense(3), name="at_each"))).save(tmp_path / "a.keras")
    convert.model(tmp_path / "a.keras", tmp_path / "b.onnx")
    convert.model(tmp_path / "b.onnx", tmp_path / "c.keras")
    assert [type(layer).__name__ for layer in keras.models.load_model(tmp_path / "c.keras").layers][-1] == (
        "TimeDistributed"
    )


@pytest.mark.parametrize(
    ("make", "inner"),
    [
        (lambda: chain(keras.Sequential([steps(), L.LSTM(3, name="inner")]), L.Dense(1)), "inner"),
        (lambda: chain(L.RNN([L.LSTMCell(4, name="inner"), L.LSTMCell(5)]), L.Dense(1)), "inner"),
        (lambda: chain(L.RNN(L.LSTMCell(4), name="inner"), L.Dense(1)), "inner"),
    ],
    ids=["a model in a model", "stacked cells", "a cell"],
)
def test_weights_that_stand_elsewhere_in_their_model_are_named_and_keras_refuses_them(make, inner, tmp_path):
    model = randomize(make())
    model.save_weights(tmp_path / "a.weights.h5")
    notes = convert.model(tmp_path / "a.weights.h5", tmp_path / "b.weights.h5")
    assert any(inner in note and "load_weights" in note for note in notes)
    with pytest.raises(ValueError, match="could not be loaded"):
        make().load_weights(tmp_path / "b.weights.h5")


def test_cells_that_are_no_layers_are_refused_by_the_layers_name(tmp_path):
    chain(L.RNN([L.LSTMCell(4), L.LSTMCell(5)], name="stack_2"), L.Dense(1)).save(tmp_path / "a.keras")
    with pytest.raises(ConvertError, match="stack_2"):
        convert.read(tmp_path / "a.keras")


def test_a_function_alone_has_the_identity_and_no_bias():
    with pytest.raises(ArgumentError, match="identity"):
        Dense(np.ones((2, 2)), function="relu", form="activation")
    with pytest.raises(ArgumentError, match="identity"):
        Dense(np.eye(2), np.zeros(2), function="relu", form="activation")
    with pytest.raises(ArgumentError, match="form"):
        Dense(np.eye(2), form="wrapped")
