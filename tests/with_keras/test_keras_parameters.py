"""gatewise.keras.from_keras and to_keras, on every backend of Keras."""

import numpy as np
import pytest
from keras_here import keras_on_any_backend, numbers, randomize

import gatewise

keras = keras_on_any_backend()
from gatewise.keras import LSTM, calls, from_keras, to_keras  # noqa: E402  (after the check)

pytestmark = pytest.mark.filterwarnings("ignore")

SAME = 1e-6  # float32, of numbers near 1


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_parameters_go_to_a_layer_and_come_back(kind):
    x = np.random.default_rng(0).normal(size=(2, 6, 3)).astype("float32")
    layer = getattr(keras.layers, kind)(4, return_sequences=True)
    layer.build(x.shape)
    params = from_keras(randomize(layer))
    np.testing.assert_allclose(gatewise.forward(params, x).out, numbers(layer(x)), rtol=0, atol=SAME)
    other = getattr(keras.layers, kind)(4, return_sequences=True)
    other.build(x.shape)
    to_keras(params, other)
    np.testing.assert_allclose(numbers(other(x)), numbers(layer(x)), rtol=0, atol=SAME)
    with pytest.raises(gatewise.ArgumentError, match="cell"):
        to_keras(params, built(keras.layers.LSTM(4, use_bias=False), x.shape))


def built(layer, shape):
    layer.build(shape)
    return layer


@pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="there the engine runs it: test_keras_layer.py"
)
def test_on_other_backends_keras_runs_the_layer_and_the_reason_is_counted():
    x = np.random.default_rng(0).normal(size=(2, 6, 3)).astype("float32")
    layers = [built(kind(4, return_sequences=True), x.shape) for kind in (keras.layers.LSTM, LSTM)]
    layers[1].set_weights(randomize(layers[0]).get_weights())
    before = calls()
    np.testing.assert_allclose(numbers(layers[1](x)), numbers(layers[0](x)), rtol=0, atol=SAME)
    after = calls()
    assert after.native == before.native
    assert after.reasons[f"the backend is {keras.backend.backend()}"] > 0
