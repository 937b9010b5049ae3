"""gatewise.keras.trace: the gates of the LSTMs of a trained Keras model."""

import numpy as np
import pytest
from keras_here import keras_on_any_backend, numbers, randomize

import gatewise
from gatewise.errors import ArgumentError

keras = keras_on_any_backend()
L = keras.layers
pytestmark = pytest.mark.filterwarnings("ignore")


def test_the_traced_outs_are_the_models_own_of_every_lstm_also_within_other_layers():
    inner = keras.Sequential([L.LSTM(3, return_sequences=True, name="inner")])
    i = L.Input((6,), dtype="int32")
    e = L.Embedding(10, 3)(i)
    b = L.Bidirectional(L.LSTM(4, return_sequences=True, name="pair"), name="both")(e)
    h = L.LSTM(2, go_backwards=True, return_sequences=True, name="back")(inner(b))
    model = randomize(keras.Model(i, L.Dense(1)(L.LSTM(5, name="last")(h))))
    x = np.random.default_rng(0).integers(0, 10, (2, 6))
    gates = gatewise.keras.trace(model, x)
    assert sorted(gates) == ["back", "backward_pair", "forward_pair", "inner", "last"]
    shown = keras.Model(i, [b, h, model.get_layer("last").output])
    both, back, last = map(numbers, shown(x))
    close = {"rtol": 0, "atol": 1e-6}
    np.testing.assert_allclose(gates["forward_pair"].out, both[..., :4], **close)
    np.testing.assert_allclose(gates["backward_pair"].out, both[..., 4:], **close)
    np.testing.assert_allclose(gates["back"].out[:, ::-1], back, **close)
    np.testing.assert_allclose(gates["last"].last_out, last, **close)
    assert gates["last"].f.shape == (2, 6, 5)


def test_masked_steps_are_passed_over():
    model = randomize(keras.Sequential([L.Input((6, 3)), L.Masking(), L.LSTM(4, name="only")]))
    x = np.random.default_rng(0).normal(size=(3, 6, 3)).astype("float32")
    x[0, 4:] = 0
    x[1, :2] = 0
    x[2, 1::2] = 0
    gates = gatewise.keras.trace(model, x)["only"]
    assert list(gates.lengths) == [4, 4, 3]
    np.testing.assert_allclose(gates.last_out, numbers(model(x)), rtol=0, atol=1e-6)


def test_a_layer_that_is_called_twice_has_a_trace_for_each_call_and_is_left_as_it_was():
    layer = L.LSTM(4, return_sequences=True, name="shared")
    i = L.Input((6, 4))
    model = randomize(keras.Model(i, layer(layer(i))))
    x = np.random.default_rng(0).normal(size=(2, 6, 4)).astype("float32")
    gates = gatewise.keras.trace(model, x)
    assert list(gates) == ["shared", "shared, call 2"]
    np.testing.assert_allclose(gates["shared, call 2"].out, numbers(model(x)), rtol=0, atol=1e-6)
    assert "inner_loop" not in layer.__dict__


def test_a_model_without_an_lstm_is_refused():
    with pytest.raises(ArgumentError, match=r"no keras\.layers\.LSTM"):
        gatewise.keras.trace(keras.Sequential([L.Input((3, 2)), L.GRU(2)]), np.ones((1, 3, 2)))
