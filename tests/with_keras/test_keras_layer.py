"""gatewise.keras.LSTM beside keras.layers.LSTM: every option, outs and all gradients, and who ran it."""

import contextlib
import io
import itertools
import unittest

import numpy as np
import pytest
from keras_here import keras_on_torch, numbers, randomize

keras = keras_on_torch()
torch = pytest.importorskip("torch", reason="torch is not installed; pip install 'gatewise[torch]'")
from gatewise.keras import LSTM, calls  # noqa: E402  (after the check)

pytestmark = pytest.mark.filterwarnings("ignore")

SAME = 1e-6  # of the largest number; float32. In float64 too: Keras 3.15 multiplies matrices in float32 there
N, T, D, H = 4, 6, 3, 5
OPTIONS = list(
    itertools.product((False, True), (False, True), (True, False), (False, True), (0, 0.3), (False, True))
)
MASKS = {
    "none": None,
    "all": np.ones((N, T), bool),
    "right": np.arange(T) < np.array([[6], [3], [1], [0]]),
    "left": np.arange(T) >= np.array([[0], [3], [5], [6]]),
    "holes": np.random.default_rng(3).random((N, T)) < 0.6,
}


def worked(kind, options, mask, given, seed, dtype="float32"):
    """Outs, states and all gradients of a layer, for weights and x of a seed."""
    rng = np.random.default_rng(seed)
    layer = kind(H, return_state=True, seed=7, dtype=dtype, **options)
    layer.build((N, T, D))
    for each in layer.trainable_weights:
        each.assign(rng.normal(size=each.shape) * 0.5)
    x = torch.tensor(rng.normal(size=(N, T, D)).astype(dtype), requires_grad=True)
    start = [torch.tensor(rng.normal(size=(N, H)).astype(dtype), requires_grad=True) for _ in range(2)]
    outs = layer(
        x, initial_state=start if given else None, mask=None if mask is None else torch.tensor(mask),
        training=options["dropout"] > 0,
    )  # fmt: skip
    sum((out * torch.tensor(rng.normal(size=out.shape).astype(dtype))).sum() for out in outs).backward()
    found = [*outs, x.grad, *(each.value.grad for each in layer.trainable_weights)]
    return [numbers(each) for each in [*found, *([each.grad for each in start] if given else [])]]


@pytest.mark.share(2)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("mask", MASKS)
def test_outs_and_all_gradients_are_those_of_keras_with_every_option(mask, dtype):
    before = calls()
    for seed, (steps, back, bias, zero, dropout, given) in enumerate(OPTIONS):
        options = {
            "return_sequences": steps, "go_backwards": back, "use_bias": bias, "zero_output_for_mask": zero,
            "dropout": dropout,
        }  # fmt: skip
        theirs = worked(keras.layers.LSTM, options, MASKS[mask], given, seed, dtype)
        ours = worked(LSTM, options, MASKS[mask], given, seed, dtype)
        for one, other in zip(ours, theirs, strict=True):
            most = SAME * max(1, np.abs(other).max())
            np.testing.assert_allclose(one, other, rtol=0, atol=most, err_msg=f"{options}, given={given}")
    assert calls().native - before.native == len(OPTIONS)
    assert calls().fallback == before.fallback


@pytest.mark.parametrize("bias", [True, False])
def test_a_stateful_layer_goes_on_where_it_was_and_can_be_trained(bias):
    layers = [
        kind(H, stateful=True, return_sequences=True, use_bias=bias) for kind in (keras.layers.LSTM, LSTM)
    ]
    rng = np.random.default_rng(0)
    for layer in layers:
        layer.build((N, T, D))
    weights = [rng.normal(size=each.shape) for each in layers[0].trainable_weights]
    for layer in layers:
        for each, value in zip(layer.trainable_weights, weights, strict=True):
            each.assign(value)
    for mask in (None, MASKS["right"], MASKS["left"]):
        x = torch.tensor(rng.normal(size=(N, T, D)).astype("float32"))
        with torch.no_grad():
            theirs, ours = (layer(x, mask=None if mask is None else torch.tensor(mask)) for layer in layers)
        np.testing.assert_allclose(numbers(ours), numbers(theirs), rtol=0, atol=SAME)
    layers[1](x).sum().backward()
    layers[1].reset_state()
    assert not any(numbers(each.value).any() for each in layers[1].states)


def test_what_the_engine_has_not_keras_runs_and_the_reason_is_counted():
    x = torch.randn(2, 3, 4)
    for options, training, reason in (
        ({"activation": "relu"}, False, "another activation"),
        ({"unroll": True}, False, "unroll"),
        ({"recurrent_dropout": 0.2}, True, "recurrent_dropout"),
        (
            {"dtype": "bfloat16", "recurrent_initializer": "glorot_uniform"},
            False,
            "weights of torch.bfloat16",
        ),
    ):
        before = calls()
        LSTM(5, **options)(x, training=training)
        after = calls()
        assert after.native == before.native
        assert after.reasons[reason] == before.reasons.get(reason, 0) + 1
    before = calls()
    LSTM(5, recurrent_dropout=0.2)(x, training=False)  # acts in training alone
    assert calls().native == before.native + 1


def test_building_a_model_asks_for_shapes_and_is_no_call():
    before = calls()
    i = keras.layers.Input((None, 3))
    model = keras.Model(i, LSTM(4)(i))
    assert calls() == before
    assert model.output_shape == (None, 4)


def test_a_model_trains_as_with_keras_own_layer():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 9, 3)).astype("float32"), rng.normal(size=(64, 1)).astype("float32")
    losses = []
    for kind in (keras.layers.LSTM, LSTM):
        inner = [keras.layers.Bidirectional(kind(4, return_sequences=True)), kind(5), keras.layers.Dense(1)]
        model = randomize(keras.Sequential([keras.layers.Input((9, 3)), keras.layers.Masking(), *inner]))
        model.compile("adam", "mse")
        losses.append(model.fit(x, y, epochs=3, batch_size=16, shuffle=False, verbose=0).history["loss"])
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-5)


def test_keras_own_tests_of_the_lstm_pass_on_ours(monkeypatch):
    """The tests in the Keras wheel, with `layers.LSTM` exchanged; others in the same file stay Keras' own."""
    theirs = pytest.importorskip("keras.src.layers.rnn.lstm_test", reason="this Keras has no tests with it")
    monkeypatch.setattr(theirs.layers, "LSTM", LSTM)
    before = calls()
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(theirs.LSTMTest)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        result = unittest.TextTestRunner(said, verbosity=2).run(suite)
    assert result.testsRun >= 5
    assert result.wasSuccessful(), said.getvalue()[-3000:]
    after = calls()
    promised = {name: number - before.reasons.get(name, 0) for name, number in after.reasons.items()}
    for beyond in ("unroll", "recurrent_dropout", "another activation", "dropout with implementation=1"):
        promised.pop(beyond, None)
    native = after.native - before.native
    assert native > 10
    assert native >= 0.95 * (native + sum(promised.values())), promised
