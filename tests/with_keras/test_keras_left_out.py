"""Layers that are chosen of a Keras model: what stands before and between them is named, and its own .h5 is read."""

import numpy as np
import pytest
from keras_here import keras_on_any_backend, randomize

from gatewise import convert
from gatewise.convert import read
from gatewise.errors import ConvertError

keras = keras_on_any_backend()
pytestmark = pytest.mark.filterwarnings("ignore")  # Keras' own, of NumPy 2 and of .h5
L = keras.layers
RNG = np.random.default_rng(7)


def saved(tmp_path, *layers, name="m.keras"):
    randomize(keras.Sequential([L.Input((5, 3)), *layers])).save(tmp_path / name)
    return tmp_path / name


def one_lstm(name, **about):
    return L.LSTM(4, name=name, **about)


MASKED = "masking before one is left out: give lengths"
BETWEEN = {
    "activation": (lambda: L.Activation("relu", name="between"), "name it, too, if it shall act"),
    "relu": (lambda: L.ReLU(name="between"), "name it, too, if it shall act"),
    "batch normalization": (lambda: L.BatchNormalization(name="between"), "is not done"),
    "layer normalization": (lambda: L.LayerNormalization(name="between"), "is not done"),
    "reshape": (lambda: L.Reshape((5, 4), name="between"), "is not done"),
    "a recurrent layer": (lambda: L.LSTM(4, name="between", return_sequences=True), "name it, too"),
}


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_masking_that_is_not_chosen_is_named(tmp_path, suffix):
    pytest.importorskip("onnx", reason="onnx is not installed; pip install 'gatewise[onnx]'")
    path = saved(
        tmp_path, L.Masking(0.0, name="masking"), one_lstm("one"), L.Dense(2, name="head"), name=f"m{suffix}"
    )
    notes = convert.model(path, tmp_path / "m.onnx", layers=["one", "head"])
    assert [note for note in notes if note.startswith(MASKED) and "lengths=True" in note]
    notes = convert.model(path, tmp_path / "m.onnx", layers=["one", "head"], lengths=True)
    assert not [note for note in notes if note.startswith(MASKED)]
    assert [
        note
        for note in notes
        if note.startswith("masking before one is left out: lengths stand for its mask")
    ]


@pytest.mark.parametrize("case", BETWEEN)
def test_a_layer_between_chosen_ones_that_changes_numbers_is_named(tmp_path, case):
    make, advice = BETWEEN[case]
    path = saved(tmp_path, one_lstm("one", return_sequences=True), make(), one_lstm("two"))
    (note,) = read(path, layers=["one", "two"]).notes
    assert note.startswith("between (")
    assert "before two is left out" in note
    assert advice in note


def test_layers_that_change_no_numbers_are_not_named(tmp_path):
    idle = [
        L.Dropout(0.5),
        L.Activation("linear"),
        L.SpatialDropout1D(0.2),
        L.TimeDistributed(L.Dropout(0.1)),
    ]
    path = saved(tmp_path, one_lstm("one", return_sequences=True), *idle, one_lstm("two"))
    assert read(path, layers=["one", "two"]).notes == ()


def test_what_stands_before_the_first_and_after_the_last_is_named_once(tmp_path):
    path = saved(
        tmp_path, one_lstm("zero", return_sequences=True), L.Activation("tanh", name="act"), one_lstm("one"),
        L.Dense(2, name="head"), L.Activation("softmax", name="soft"),
    )  # fmt: skip
    before, after = read(path, layers=["one", "head"]).notes
    assert before == "left out before one: zero (LSTM) and act (Activation); x must be what comes after them"
    assert after == "left out after head: soft (Activation)"
    assert read(path).notes == ("layer act (tanh) is a Dense whose kernel is the identity here",)


def test_an_embedding_that_masks_is_named_with_its_mask(tmp_path):
    words = L.Embedding(9, 3, mask_zero=True, name="words")
    randomize(keras.Sequential([L.Input((5,)), words, one_lstm("one")])).save(tmp_path / "m.keras")
    (note,) = read(tmp_path / "m.keras", layers=["one"]).notes
    assert note.startswith(
        "words (Embedding) before one is left out: look up its vectors before; give lengths"
    )


def test_of_a_model_that_branches_the_layers_on_the_way_alone_are_named(tmp_path):
    x = L.Input((5, 3), name="in")
    inner = keras.Sequential([L.Input((5, 4)), L.BatchNormalization(name="inside")], name="inner")
    low = one_lstm("one", return_sequences=True)(L.Masking(0.0, name="masking")(x))
    top = one_lstm("two")(inner(low))
    aside = L.Dense(2, name="aside")(L.Activation("tanh", name="act")(low))
    randomize(keras.Model(x, [top, aside])).save(tmp_path / "m.keras")
    notes = read(tmp_path / "m.keras", layers=["one", "two"]).notes
    assert notes[0].startswith(MASKED)
    assert notes[1].startswith("inside (BatchNormalization) before two is left out")
    assert len(notes) == 2
    assert (
        read(tmp_path / "m.keras", layers=["one", "aside"])
        .notes[1]
        .startswith("act (Activation) before aside")
    )


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_layers_of_gatewise_are_read_out_of_every_file_of_keras(tmp_path, suffix):
    from gatewise.keras import LSTM

    both = L.Bidirectional(LSTM(3, name="inner"), name="both")
    own = [LSTM(4, return_sequences=True, name="own"), both, L.Dense(1, activation="sigmoid")]
    model = randomize(keras.Sequential([L.Input((5, 3)), *own]))
    model.save(tmp_path / f"m{suffix}")
    opened = read(tmp_path / f"m{suffix}")
    x = RNG.normal(size=(2, 5, 3)).astype("float32")
    np.testing.assert_allclose(opened.layers().forward(x), model.predict(x, verbose=0), atol=2e-6, rtol=0)
    assert opened.notes == ()


def test_a_layer_of_another_package_is_still_refused(tmp_path):
    path = saved(tmp_path, one_lstm("one"), name="m.h5")
    import h5py

    with h5py.File(path, "r+") as file:
        config = file.attrs["model_config"]
        file.attrs["model_config"] = config.replace('"LSTM"', '"theirs>LSTM"')
    with pytest.raises(ConvertError, match="theirs>LSTM"):
        read(path)


def test_a_trace_says_which_layers_there_are():
    from gatewise.keras import trace

    model = randomize(
        keras.Sequential([L.Input((5, 3)), one_lstm("one", return_sequences=True), one_lstm("two")])
    )
    traces = trace(model, np.ones((1, 5, 3), "float32"))
    with pytest.raises(KeyError, match="there is no layer 'nope'; there are 'one' and 'two'"):
        traces["nope"]
    assert traces.get("nope") is None
    assert list(traces) == ["one", "two"]


def test_a_function_that_cannot_be_read_says_what_to_do(tmp_path):
    path = saved(tmp_path, one_lstm("one", recurrent_activation="hard_sigmoid"))
    with pytest.raises(
        ConvertError, match=r"hard_sigmoid.*Train the layer with one of these, such as sigmoid"
    ):
        read(path)


def test_keras_to_torch_and_back_is_the_same_model(tmp_path):
    """Names, functions, forms and returns stand in the metadata; weights come back to the bit."""
    path = saved(
        tmp_path, one_lstm("first", return_sequences=True), L.Bidirectional(L.GRU(3), name="both"),
        L.Dense(5, activation="relu", name="hidden"), L.Dense(2, activation="softmax", name="head"),
    )  # fmt: skip
    convert.model(path, tmp_path / "t.safetensors", to="torch")
    notes = convert.model(tmp_path / "t.safetensors", tmp_path / "back.keras")
    assert notes == ()
    one, other = (keras.saving.load_model(tmp_path / name) for name in ("m.keras", "back.keras"))
    assert [each.name for each in one.layers] == [each.name for each in other.layers]
    for theirs, ours in zip(one.get_weights(), other.get_weights(), strict=True):
        assert theirs.tobytes() == ours.tobytes()
    x = RNG.normal(size=(2, 5, 3)).astype("float32")
    np.testing.assert_array_equal(one.predict(x, verbose=0), other.predict(x, verbose=0))
    by_step = saved(
        tmp_path,
        one_lstm("a", return_sequences=True),
        L.TimeDistributed(L.Dense(2), name="each"),
        name="s.keras",
    )
    notes = convert.model(by_step, tmp_path / "s.safetensors", to="torch")
    assert any(
        "layer each becomes a plain Linear; converted back to Keras it is a Dense" in note for note in notes
    )
    convert.model(tmp_path / "s.safetensors", tmp_path / "s2.keras")
    kinds = [type(each).__name__ for each in keras.saving.load_model(tmp_path / "s2.keras").layers]
    assert kinds == ["LSTM", "TimeDistributed"]
