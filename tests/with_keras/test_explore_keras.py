"""A page of a live Keras model is that of its file."""

import numpy as np
import pytest
from keras_here import keras_on_any_backend, randomize

import gatewise
from gatewise.errors import ConvertError

keras = keras_on_any_backend()
L = keras.layers
pytestmark = pytest.mark.filterwarnings("ignore")
X = np.random.default_rng(0).normal(size=(5, 2))


def model():
    layers = [L.Input((None, 2)), L.LSTM(3, return_sequences=True), L.GRU(2), L.Dense(1, activation="tanh")]
    return randomize(keras.Sequential(layers))


def test_a_model_opens_as_its_file_does(tmp_path):
    live = model()
    live.save(tmp_path / "model.keras")
    page, read = gatewise.explore(live, X), gatewise.explore(tmp_path / "model.keras", X)
    assert [block["cell"] for block in page.data["blocks"]] == ["lstm", "gru-reset-after", "head"]
    assert page.data["blocks"] == read.data["blocks"]
    assert gatewise.explore(live).notes == (
        *read.notes,
        "x and label are drawn: 3 steps of numbers of two decimals",
    )


def test_one_layer_opens_alone_and_stays_as_it_is():
    live = model()
    layer = live.layers[0]
    page = gatewise.explore(layer, X)
    assert [(block["cell"], block["sizes"]) for block in page.data["blocks"]] == [("lstm", {"D": 2, "H": 3})]
    assert (
        page.data["blocks"][0]["given"].items()
        <= gatewise.explore(live, X).data["blocks"][0]["given"].items()
    )
    assert layer.output.shape == (None, None, 3)  # ill-defined, had it been called once more


def test_what_has_no_weights_or_no_steps_is_refused():
    with pytest.raises(ConvertError, match="has no weights yet"):
        gatewise.explore(keras.Sequential([L.LSTM(2)]), X)
    with pytest.raises(ConvertError, match=r"is a Dense that reads .*Give the model"):
        gatewise.explore(model().layers[2], X)
    both = keras.Sequential([L.Input((5, 2)), L.Bidirectional(L.LSTM(2))])
    with pytest.raises(gatewise.errors.ArgumentError, match="goes both ways; a page shows"):
        gatewise.explore(both, X)
