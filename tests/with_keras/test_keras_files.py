"""Keras' files: read as Keras computes, written as Keras loads, and back to the bit."""

from itertools import permutations

import numpy as np
import pytest
from keras_here import keras_on_any_backend, numbers, randomize

import gatewise
from gatewise import convert
from gatewise.cells import gate_orders
from gatewise.errors import ConvertError

keras = keras_on_any_backend()
L = keras.layers
pytestmark = pytest.mark.filterwarnings("ignore")

SAME = 2e-6  # float32: some hundred roundings of numbers near 1; measured 2e-7
CELLS = {
    "lstm": (L.LSTM, {}), "lstm without bias": (L.LSTM, {"use_bias": False}),
    "lstm, relu and softsign": (L.LSTM, {"activation": "relu", "recurrent_activation": "softsign"}),
    "gru": (L.GRU, {}), "gru, reset before": (L.GRU, {"reset_after": False}),
    "gru without bias": (L.GRU, {"use_bias": False}),
    "gru, reset before, without bias": (L.GRU, {"use_bias": False, "reset_after": False}),
    "gru, hard_tanh": (L.GRU, {"activation": "hard_tanh"}),
    "rnn": (L.SimpleRNN, {}), "rnn, relu": (L.SimpleRNN, {"activation": "relu"}),
    "rnn, linear": (L.SimpleRNN, {"activation": None}), "rnn without bias": (L.SimpleRNN, {"use_bias": False}),
}  # fmt: skip
WAYS = {
    "stacked": lambda kind, o: [kind(4, return_sequences=True, **o), kind(5, **o), L.Dense(2, activation="softmax")],
    "every step": lambda kind, o: [kind(4, return_sequences=True, **o), L.TimeDistributed(L.Dense(3, activation="relu"))],
    "both ways": lambda kind, o: [L.Bidirectional(kind(4, return_sequences=True, **o)), L.Bidirectional(kind(3, **o)), L.Dense(2, use_bias=False)],
    "backwards": lambda kind, o: [kind(4, go_backwards=True, return_sequences=True, **o), kind(4, go_backwards=True, **o)],
}  # fmt: skip


def model_of(*layers, D=3, T=7, dtype="float32"):
    return randomize(keras.Sequential([L.Input((T, D), dtype=dtype), *layers]))


def data(D=3, T=7, dtype="float32", N=2):
    return np.random.default_rng(5).normal(size=(N, T, D)).astype(dtype)


def agrees(model, path, x=None, most=SAME, **how):
    x = data() if x is None else x
    found = convert.read(path, **how).layers().forward(x)
    np.testing.assert_allclose(found, numbers(model(x)), rtol=0, atol=most)


@pytest.mark.share(2)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("cell", CELLS)
def test_a_model_computes_here_what_it_computes_in_keras_and_comes_back_to_the_bit(cell, way, tmp_path):
    model = model_of(*WAYS[way](*CELLS[cell]))
    model.save(tmp_path / "a.keras")
    model.save(tmp_path / "a.h5")
    agrees(model, tmp_path / "a.keras")
    agrees(model, tmp_path / "a.h5")
    convert.model(tmp_path / "a.keras", tmp_path / "b.safetensors")
    convert.model(tmp_path / "b.safetensors", tmp_path / "c.keras")
    convert.model(tmp_path / "b.safetensors", tmp_path / "c.weights.h5")
    back = keras.models.load_model(tmp_path / "c.keras", safe_mode=True)
    for ours, theirs in zip(back.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(numbers(back(data())), numbers(model(data())))
    randomize(back, seed=1)
    back.load_weights(tmp_path / "c.weights.h5")
    np.testing.assert_array_equal(numbers(back(data())), numbers(model(data())))


@pytest.mark.parametrize("way", ["stacked", "both ways"])
@pytest.mark.parametrize(
    "cell", ["lstm", "lstm without bias", "gru", "gru, reset before", "gru without bias", "rnn"]
)
def test_weights_alone_are_told_by_their_shapes_and_what_they_leave_open_is_said(cell, way, tmp_path):
    kind, options = CELLS[cell]
    layers = [L.Dropout(0.2), *WAYS[way](kind, options)]
    layers[-1].activation = keras.activations.linear
    model = model_of(*layers)
    model.save_weights(tmp_path / "a.weights.h5")
    agrees(model, tmp_path / "a.weights.h5")
    notes = " ".join(convert.read(tmp_path / "a.weights.h5").notes)
    assert "last outs" in notes
    assert "activations" in notes


def test_layers_of_weights_can_be_named_where_their_order_cannot_be_told(tmp_path):
    model = model_of(
        L.GRU(3, return_sequences=True, name="first"), L.LSTM(3, return_sequences=True, name="second")
    )
    model.save_weights(tmp_path / "a.weights.h5")
    with pytest.raises(ConvertError, match="order"):
        convert.read(tmp_path / "a.weights.h5")
    agrees(model, tmp_path / "a.weights.h5", layers=("first", "second"))


@pytest.mark.parametrize(
    "make",
    [
        lambda: [L.LSTM(3, return_sequences=True), L.Dense(3), L.LSTM(3), L.Dense(2)],
        lambda: [L.LSTM(3, return_sequences=True), L.TimeDistributed(L.Dense(3)), L.LSTM(3), L.Dense(2)],
        lambda: [L.Dense(3), L.LSTM(3), L.Dense(2)],
        lambda: [L.TimeDistributed(L.Dense(3)), L.LSTM(3), L.Dense(2)],
        lambda: [L.LSTM(3, return_sequences=True), L.LSTM(3), L.Dense(3), L.Dense(2)],
        lambda: [L.LSTM(3, return_sequences=True), L.GRU(3), L.Dense(2)],
    ],
)
def test_layers_of_equal_sizes_are_read_in_the_order_in_which_keras_wrote_them(make, tmp_path):
    model = model_of(*make())
    model.save_weights(tmp_path / "a.weights.h5")
    agrees(model, tmp_path / "a.weights.h5")
    assert "as they were written" in " ".join(convert.read(tmp_path / "a.weights.h5").notes)


def test_a_function_that_is_said_leaves_a_layer_in_its_time_distributed(tmp_path):
    model = model_of(L.LSTM(4, return_sequences=True), L.TimeDistributed(L.Dense(3, activation="relu")))
    model.save_weights(tmp_path / "a.weights.h5")
    name = next(each.name for each in convert.read(tmp_path / "a.weights.h5").layers().layers[1:])
    convert.model(tmp_path / "a.weights.h5", tmp_path / "b.weights.h5", functions={name: "relu"})
    wanted = numbers(model(data()))
    randomize(model, seed=1)
    model.load_weights(tmp_path / "b.weights.h5")
    np.testing.assert_array_equal(numbers(model(data())), wanted)


def test_a_functional_chain_is_read_with_what_acts_in_training_alone_left_out(tmp_path):
    i = L.Input((7, 3))
    h = L.LSTM(4, return_sequences=True, dropout=0.1, name="recurrent")(i)
    h = L.SpatialDropout1D(0.2, name="spatial")(h)
    h = L.GaussianNoise(0.2)(h)
    h = L.Bidirectional(L.LSTM(3), name="both")(h)
    h = L.Dense(4)(h)
    h = L.Activation("tanh")(h)
    model = randomize(keras.Model(i, L.Dense(2, activation="sigmoid")(h)))
    for name in ("a.keras", "a.h5"):
        model.save(tmp_path / name)
        agrees(model, tmp_path / name)
    notes = " ".join(convert.read(tmp_path / "a.keras").notes)
    assert "recurrent" in notes
    assert "spatial" in notes


def test_models_within_a_model_are_read_as_their_layers(tmp_path):
    inner = keras.Sequential([L.LSTM(4, return_sequences=True), L.LSTM(3)])
    model = model_of(inner, L.Dense(1))
    model.save(tmp_path / "a.keras")
    model.save_weights(tmp_path / "a.weights.h5")
    agrees(model, tmp_path / "a.keras")
    agrees(model, tmp_path / "a.weights.h5")


@pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="JAX keeps float64 as float32, unless told not to"
)
def test_float64_stays_float64(tmp_path):
    model = randomize(keras.Sequential([L.Input((7, 3), dtype="float64"), L.LSTM(4, dtype="float64")]))
    model.save(tmp_path / "a.keras")
    opened = convert.read(tmp_path / "a.keras")
    assert opened.layers().dtype == np.float64
    agrees(model, tmp_path / "a.keras", data(dtype="float64"), most=1e-14)


@pytest.mark.parametrize("order", list(permutations("ifao"))[1::5])
def test_a_swapped_gate_is_seen(order, tmp_path, monkeypatch):
    model = model_of(L.LSTM(4))
    model.save(tmp_path / "a.keras")
    agrees(model, tmp_path / "a.keras")
    if order == ("i", "f", "a", "o"):
        return
    swapped = gate_orders.GateOrder(order, "ifco", transposed=True)
    monkeypatch.setitem(gate_orders.GATE_ORDERS, "keras", swapped)
    with pytest.raises(AssertionError):
        agrees(model, tmp_path / "a.keras")


REFUSED = {
    "Masking": (lambda: [L.Masking(), L.LSTM(4)], "leaves out steps"),
    "Lambda": (lambda: [L.LSTM(4), L.Lambda(lambda z: z)], "never run"),
    "Conv1D": (lambda: [L.Conv1D(4, 2), L.LSTM(4)], "gatewise reads"),
    "bidirectional": (lambda: [L.Bidirectional(L.LSTM(4), merge_mode="sum")], "merge_mode"),
    "lstm, linear": (lambda: [L.LSTM(4, activation=None)], "linear"),
    "lstm, hard_sigmoid": (lambda: [L.LSTM(4, recurrent_activation="hard_sigmoid")], "hard_sigmoid"),
    "lstm, silu": (lambda: [L.LSTM(4, activation="silu")], "silu"),
    "dense, gelu": (lambda: [L.LSTM(4), L.Dense(2, activation="gelu")], "gelu"),
    "softmax": (lambda: [L.LSTM(4, return_sequences=True), L.Softmax(axis=1)], "axis"),
    "time": (lambda: [L.TimeDistributed(L.LayerNormalization()), L.LSTM(4)], "LayerNormalization"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_layers_here_have_not_is_refused_by_name_and_reason(name, tmp_path):
    make, why = REFUSED[name]
    layers = make()
    model_of(*layers).save(tmp_path / "a.keras")
    culprit = next((each.name for each in layers if type(each).__name__ == name), "")
    with pytest.raises(ConvertError, match=why) as caught:
        convert.read(tmp_path / "a.keras")
    assert culprit in str(caught.value)
    assert "a.keras" in str(caught.value)


def test_an_lstm_is_taken_out_of_a_model_that_has_more(tmp_path):
    i = L.Input((7,))
    e = L.Embedding(10, 3, name="words")(i)
    h = L.LSTM(4, name="reader")(e)
    model = randomize(keras.Model(i, L.Add()([L.Dense(2, name="head")(h), L.Dense(2)(h)])))
    model.save(tmp_path / "a.keras")
    with pytest.raises(ConvertError, match="layers="):
        convert.read(tmp_path / "a.keras")
    layers = convert.read(tmp_path / "a.keras", layers=("reader", "head")).layers()
    x = np.random.default_rng(0).integers(0, 10, (2, 7))
    looked_up = model.get_layer("words").get_weights()[0][x]
    theirs = numbers(keras.Model(i, model.get_layer("head").output)(x))
    np.testing.assert_allclose(layers.forward(looked_up), theirs, rtol=0, atol=SAME)


def test_a_functional_model_that_branches_or_returns_states_is_refused(tmp_path):
    i = L.Input((7, 3))
    out, h, _ = L.LSTM(4, return_state=True, name="states")(i)
    keras.Model(i, L.Dense(1)(out)).save(tmp_path / "a.keras")
    with pytest.raises(ConvertError, match=r"'states'.*return_state"):
        convert.read(tmp_path / "a.keras")
    keras.Model(i, L.Add(name="sum")([out, h])).save(tmp_path / "a.keras")
    with pytest.raises(ConvertError, match="'sum'"):
        convert.read(tmp_path / "a.keras")


def test_a_model_with_gatewises_own_layer_is_read_too(tmp_path):
    model = model_of(gatewise.keras.LSTM(4))
    model.save(tmp_path / "a.keras")
    agrees(model, tmp_path / "a.keras")
    again = keras.models.load_model(tmp_path / "a.keras")
    assert type(again.layers[0]) is gatewise.keras.LSTM
