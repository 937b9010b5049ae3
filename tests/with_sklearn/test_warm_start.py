"""warm_start: fit goes on from the trained network, and refuses what has another shape."""

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'gatewise[sklearn]'")

from gatewise.sklearn import LSTMClassifier, LSTMForecaster, LSTMRegressor

QUICK = {"hidden_size": 6, "random_state": 0}
WAVE = np.sin(np.arange(120.0) / 3)


def remembered(n=48):
    """y is the first value: it has to be kept to the end."""
    X = np.random.default_rng(0).uniform(-1, 1, (n, 6, 2))
    return X, X[:, 0, 1].copy()


def fitted(estimator, **options):
    """An estimator of each kind, fitted on what suits it, and what it was fitted on."""
    X, y = remembered()
    given = {LSTMRegressor: (X, y), LSTMClassifier: (X, y > 0), LSTMForecaster: (WAVE,)}[estimator]
    sizes = {"window": 8, "horizon": 2} if estimator is LSTMForecaster else {}
    return estimator(**QUICK, **sizes, **options).fit(*given), given


def network(model):
    return getattr(model, "regressor_", model).network_


EACH = pytest.mark.parametrize("estimator", [LSTMRegressor, LSTMClassifier, LSTMForecaster])


@EACH
def test_a_warm_fit_goes_on_and_a_cold_one_starts_anew(estimator):
    warm, given = fitted(estimator, warm_start=True, epochs=4, early_stopping=False)
    cold, _ = fitted(estimator, epochs=4, early_stopping=False)
    first = network(warm).vector.copy()
    assert np.array_equal(first, network(cold).vector)
    assert np.array_equal(network(cold.fit(*given)).vector, first)
    curve = list(getattr(warm, "regressor_", warm).loss_curve_)
    warm.fit(*given)
    assert not np.array_equal(network(warm).vector, first)
    again = getattr(warm, "regressor_", warm)
    assert again.n_iter_ == len(again.loss_curve_) == 4  # epochs count anew
    assert again.loss_curve_[0] < curve[0]


@EACH
def test_with_a_tiny_rate_the_weights_of_the_first_fit_stay(estimator):
    model, given = fitted(estimator, warm_start=True, epochs=3, early_stopping=False)
    before = network(model).vector.copy()
    network_after = network(model.set_params(learning_rate=1e-12, epochs=1).fit(*given))
    np.testing.assert_allclose(network_after.vector, before, atol=1e-9)


def test_scaling_is_that_of_the_first_fit():
    X, y = remembered()
    model = LSTMRegressor(warm_start=True, epochs=5, **QUICK).fit(X, y)
    predicted = model.predict(X)
    model.set_params(learning_rate=1e-12, epochs=1).fit(100 * X, 100 * y + 7)
    np.testing.assert_allclose(model.predict(X), predicted, atol=1e-6)


def test_the_optimizer_s_memory_begins_anew_with_fit_and_is_kept_by_partial_fit():
    X, y = remembered()
    options = {"optimizer": "momentum", "learning_rate": 0.05, "schedule": "constant", **QUICK}
    whole = LSTMRegressor(epochs=2, **options).fit(X, y).network_.vector
    parts = LSTMRegressor(epochs=1, **options).fit(X, y)
    assert np.array_equal(parts.partial_fit(X, y).network_.vector, whole)
    warm, other = (LSTMRegressor(epochs=1, warm_start=True, **options).fit(X, y) for _ in range(2))
    other._state.memory["velocity"][:] = 100.0
    assert np.array_equal(warm.fit(X, y).network_.vector, other.fit(X, y).network_.vector)


def test_a_warm_fit_is_never_worse_on_what_is_held_back():
    X, y = remembered()
    options = {"warm_start": True, "early_stopping": True, "validation_fraction": 0.25, **QUICK}
    model = LSTMRegressor(epochs=40, **options).fit(X, y)
    best, before = min(model.validation_curve_), model.predict(X)
    model.set_params(learning_rate=5.0, epochs=3, patience=10).fit(X, y)
    assert min(model.validation_curve_) > best
    assert np.array_equal(model.predict(X), before)  # the same sequences are held back


def test_other_dropout_holds_from_the_next_fit_on():
    X, y = remembered()
    model = LSTMRegressor(warm_start=True, epochs=2, **QUICK).fit(X, y)
    model.set_params(output_dropout=0.5).fit(X, y)
    assert model.network_.architecture.output_dropout == 0.5


def test_lists_and_the_same_bits_on_any_threads():
    X, y = remembered()
    ragged = [row[: 2 + n % 5] for n, row in enumerate(X)]
    results = []
    for threads in (1, 2):
        model = LSTMRegressor(warm_start=True, epochs=2, threads=threads, **QUICK)
        results.append(model.fit(ragged, y).fit(ragged[:30], y[:30]).predict(ragged))
    assert np.array_equal(*results)


@pytest.mark.parametrize(("changed", "said"), [
    ({"hidden_size": 8}, "hidden_size=8, and the network that would go on has 6; .*warm_start=False"),
    ({"layers": 2}, "layers=2, and the network that would go on has 1"),
    ({"bidirectional": True}, "bidirectional=True, and the network that would go on has False"),
    ({"cell": "gru"}, "cell='gru', and the network that would go on has 'lstm'"),
    ({"head": "steps"}, "y should be|head='steps'"),
    ({"loss": "gaussian"}, "loss='gaussian' needs 2 outputs, and the network that would go on has 1"),
    ({"dtype": "float32"}, "dtype='float32', and the network that would go on is float64"),
])  # fmt: skip
def test_a_network_of_another_shape_is_refused(changed, said):
    X, y = remembered()
    model = LSTMRegressor(warm_start=True, epochs=1, **QUICK).fit(X, y)
    before = model.predict(X)
    with pytest.raises(ValueError, match=said):
        model.set_params(**changed).fit(X, y)
    assert np.array_equal(model.set_params(head="last", loss="mse", dtype=None).predict(X), before)


def test_other_data_are_refused():
    X, y = remembered()
    model = LSTMRegressor(warm_start=True, epochs=1, **QUICK).fit(X, y)
    with pytest.raises(ValueError, match=r"X has 1 features per step.* fitted with 2"):
        model.fit(X[:, :, :1], y)
    with pytest.raises(ValueError, match="y has 2 targets; the first call had 1"):
        model.fit(X, np.stack([y, y], 1))
    classes = LSTMClassifier(warm_start=True, epochs=1, **QUICK).fit(X, np.arange(48) % 3)
    with pytest.raises(ValueError, match=r"y has the class .*3.*, not one of classes=\[0 1 2\]"):
        classes.fit(X, np.arange(48) % 4)
    with pytest.raises(ValueError, match=r"y has no sequence of class .*2.*the classes must be the same"):
        classes.fit(X, np.arange(48) % 2)
    ahead = LSTMForecaster(8, 2, warm_start=True, epochs=1, **QUICK).fit(WAVE)
    with pytest.raises(ValueError, match="horizon=3, and the fit that would go on has horizon=2"):
        ahead.set_params(horizon=3).fit(WAVE)
    with pytest.raises(ValueError, match="variables=2, and the fit that would go on has variables=1"):
        ahead.set_params(horizon=2).fit(np.stack([WAVE, WAVE], 1))
    with pytest.raises(ValueError, match="change=False, and the fit that would go on has change=True"):
        ahead.set_params(change=False).fit(WAVE)


@EACH
@pytest.mark.parametrize("again", ["refused", "interrupted", "of other data"])
@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
def test_a_second_fit_that_does_not_end_well_leaves_the_first(estimator, again, warm, monkeypatch):
    model, given = fitted(estimator, warm_start=warm, epochs=3)
    before, vector = model.predict(*given[:1]), network(model).vector.copy()
    if again == "refused":
        changed = {"hidden_size": 8} if warm else {"validation_fraction": 0.999, "early_stopping": True}
        with pytest.raises(ValueError, match="hidden_size=8, and" if warm else "none to learn from"):
            model.set_params(**changed).fit(*given)
    elif again == "interrupted":
        kind, after = type(getattr(model, "regressor_", model)), []

        def stop(self, state):
            after.append(state)
            if len(after) == 2:
                raise KeyboardInterrupt

        monkeypatch.setattr(kind, "_report", stop)
        with pytest.raises(KeyboardInterrupt):
            model.fit(*given)
    elif estimator is LSTMForecaster:
        with pytest.raises(ValueError, match="variables=3, and" if warm else "the longest series has 5"):
            model.fit(np.stack([WAVE, WAVE, WAVE], 1)[: None if warm else 5])
    else:
        with pytest.raises(ValueError, match="fitted with 2" if warm else "inconsistent numbers of samples"):
            model.fit(np.ones((48, 6, 3)), given[1][:-1])
    assert np.array_equal(network(model).vector, vector)
    assert np.array_equal(model.predict(*given[:1]), before)


def test_an_epoch_more_that_is_interrupted_leaves_weights_and_memory(monkeypatch):
    model, given = fitted(LSTMRegressor, epochs=2)
    vector, memory = model.network_.vector.copy(), {n: a.copy() for n, a in model._state.memory.items()}

    def stop(self, state):
        raise KeyboardInterrupt

    monkeypatch.setattr(LSTMRegressor, "_report", stop)
    with pytest.raises(KeyboardInterrupt):
        model.partial_fit(*given)
    assert np.array_equal(model.network_.vector, vector)
    assert model._state.network is model.network_
    assert all(np.array_equal(model._state.memory[name], memory[name]) for name in memory)


@pytest.mark.parametrize(("loss", "changed"), [
    ("gaussian", {"loss": "mae"}), ("mae", {"loss": "pinball", "hidden_size": 4}), ("mae", {"horizon": 5}),
    ("mae", {"window": 20, "change": False}),
])  # fmt: skip
def test_a_forecaster_predicts_as_fitted_after_a_fit_that_was_refused(loss, changed):
    model = LSTMForecaster(8, 2, warm_start=True, epochs=2, loss=loss, **QUICK).fit(WAVE)
    before, score = model.predict(), model.score(WAVE)
    with pytest.raises(ValueError, match="warm_start=False starts anew"):
        model.set_params(**changed).fit(WAVE)
    assert np.array_equal(model.predict(), before)
    assert np.array_equal(model.predict(WAVE), before)
    assert model.score(WAVE) == score


@pytest.mark.parametrize(("loss", "changed"), [
    ("gaussian", {"loss": "mae"}), ("mse", {"loss": "gaussian"}), ("mse", {"head": "steps"}),
    ("pinball", {"loss_options": {"quantiles": (0.2, 0.8)}}),
])  # fmt: skip
def test_a_regressor_predicts_as_fitted_after_a_fit_that_was_refused(loss, changed):
    X, y = remembered()
    model = LSTMRegressor(warm_start=True, epochs=2, loss=loss, **QUICK).fit(X, y)
    before, score = model.predict(X), model.score(X, y)
    with pytest.raises(ValueError, match=r"warm_start=False starts anew|y should be"):
        model.set_params(**changed).fit(X, y)
    assert np.array_equal(model.predict(X), before)
    assert model.score(X, y) == score
    if loss == "gaussian":
        assert model.predict(X, return_std=True)[1].min() > 0
    if loss == "pinball":
        assert model.predict_quantiles(X).shape == (48, 3)


def test_it_is_true_or_false():
    with pytest.raises(ValueError, match="warm_start='yes'; it must be True or False"):
        LSTMRegressor(warm_start="yes").fit(*remembered())
