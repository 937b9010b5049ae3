"""LSTMForecaster: series in, the next steps out; its options are those of LSTMRegressor, in its own constructor."""

import inspect
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'gatewise[sklearn]'")
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from gatewise.sklearn import LSTMForecaster, LSTMRegressor

WAVE = np.sin(np.arange(80.0) / 3)
QUICK = {"hidden_size": 6, "epochs": 3, "random_state": 1}


def defaults(estimator):
    parameters = inspect.signature(estimator).parameters
    return {name: parameter.default for name, parameter in parameters.items()}


def test_it_follows_a_wave_and_a_drift():
    t = np.arange(400)
    series = np.sin(2 * np.pi * t / 24) + 0.01 * t
    model = LSTMForecaster(24, 12, hidden_size=16, random_state=0).fit(series[:360])
    ahead = np.sin(2 * np.pi * np.arange(360, 372) / 24) + 0.01 * np.arange(360, 372)
    assert np.abs(model.predict() - ahead).mean() < 0.2
    assert np.array_equal(model.predict(), model.predict(series[:360]))
    assert model.score(series[330:]) > 0.8
    several = LSTMForecaster(24, 6, hidden_size=8, epochs=2).fit([np.stack([series, -series], 1)] * 2)
    assert several.predict().shape == (6, 2)


def test_every_option_of_the_regressor_is_its_own():
    """But for what a forecast has no use for: it reads no tables, and predicts from the last step."""
    own, regressors = defaults(LSTMForecaster), defaults(LSTMRegressor)
    assert set(regressors) - set(own) == {"head", "layout"}
    assert set(own) - set(regressors) == {"window", "horizon", "change", "stride", "regressor"}
    differ = {name for name in set(own) & set(regressors) if own[name] != regressors[name]}
    assert differ == {"loss", "early_stopping", "epochs", "learning_rate", "batch_size", "schedule"}


def test_what_is_given_reaches_the_network_and_its_training():
    other = {
        "hidden_size": 5, "layers": 2, "bidirectional": True, "dropout": 0.1, "input_dropout": 0.1,
        "recurrent_dropout": 0.1, "output_dropout": 0.1, "forget_bias": 0.5, "cell": "peephole",
        "optimizer": "sgd", "learning_rate": 0.5, "schedule": "one_cycle", "schedule_options": {"rise": 0.5},
        "batch_size": 7, "epochs": 2, "clip_norm": 0.5, "early_stopping": False, "scale": False,
        "dtype": "float32", "threads": 1, "random_state": 3, "verbose": False, "loss": "huber",
        "loss_options": {"delta": 0.5}, "validation_fraction": 0.2, "patience": 3, "warm_start": True,
        "projection": None,
    }  # fmt: skip
    assert set(other) == set(defaults(LSTMForecaster)) & set(defaults(LSTMRegressor))
    model = LSTMForecaster(8, 2, **other).fit(WAVE)
    assert {name: getattr(model.regressor_, name) for name in other} == other
    assert model.regressor_.network_.architecture.layers == 2


def test_parameters_are_read_set_cloned_and_searched_over():
    model = LSTMForecaster(8, 2, learning_rate=0.02, **QUICK)
    assert model.get_params()["learning_rate"] == 0.02
    assert clone(model.set_params(batch_size=16)).batch_size == 16
    assert np.array_equal(clone(model).fit(WAVE).predict(), model.fit(WAVE).predict())
    grid = {"learning_rate": [1e-9, 0.05], "schedule": ["constant"], "bidirectional": [False, True]}
    search = GridSearchCV(LSTMForecaster(8, 2, **{**QUICK, "epochs": 20}), grid, cv=TimeSeriesSplit(2))
    assert search.fit(WAVE).best_params_["learning_rate"] == 0.05
    assert len(set(search.cv_results_["mean_test_score"])) > 2


def test_a_regressor_is_deprecated_and_told_how_to_write():
    """What it has learned from is as before; options given here that are not as by default go over its own."""
    inside = LSTMRegressor(6, loss="mae", early_stopping=True, epochs=3, random_state=1)
    with pytest.warns(FutureWarning, match="deprecated and will be removed in 0.4") as told:
        old = LSTMForecaster(8, 2, regressor=inside).fit(WAVE)
    assert told[0].filename == __file__
    written = str(told[0].message).partition("forecaster: ")[2].rstrip(".")
    new = eval(written, {"LSTMForecaster": LSTMForecaster})  # what the warning says to write
    assert np.array_equal(new.fit(WAVE).predict(), old.predict())
    with pytest.warns(FutureWarning, match="epochs=2"):
        over = LSTMForecaster(8, 2, regressor=inside, epochs=2).fit(WAVE)
    assert (over.regressor_.epochs, over.regressor_.hidden_size, inside.epochs) == (2, 6, 3)
    with pytest.raises(ValueError, match="regressor=3; leave it out, and give its options here"):
        LSTMForecaster(8, 2, regressor=3).fit(WAVE)


def test_without_a_regressor_nothing_is_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LSTMForecaster(8, 2, **QUICK).fit(WAVE)


def test_spread_and_quantiles_of_a_forecast():
    both = np.stack([WAVE, 5 - 2 * WAVE], 1)
    mean, std = LSTMForecaster(8, 3, loss="gaussian", **QUICK).fit(both).predict(return_std=True)
    assert mean.shape == std.shape == (3, 2)
    assert (std > 0).all()
    model = LSTMForecaster(8, 3, loss="pinball", loss_options={"quantiles": (0.2, 0.5, 0.8)}, **QUICK).fit(
        WAVE
    )
    quantiles = model.predict_quantiles()
    assert quantiles.shape == (3, 3)
    assert np.array_equal(quantiles[:, 1], model.predict())
    assert (np.diff(quantiles) >= 0).all()
    assert LSTMForecaster(8, 3, loss="pinball", **QUICK).fit(both).predict_quantiles(both).shape == (3, 2, 3)
    with pytest.raises(ValueError, match='needs loss="pinball"'):
        LSTMForecaster(8, 3, **QUICK).fit(WAVE).predict_quantiles()
    with pytest.raises(ValueError, match='needs loss="gaussian"'):
        model.predict(return_std=True)


def test_what_series_it_needs_is_said():
    model = LSTMForecaster(5, 2, hidden_size=2, epochs=1)
    with pytest.raises(ValueError, match="empty list"):
        model.fit([])
    model.fit(np.arange(20.0))
    with pytest.raises(ValueError, match="20 steps of 2 variables; at least 5 steps of 1"):
        model.predict(np.zeros((20, 2)))
    with pytest.raises(ValueError, match="6 steps; to score a forecast 7"):
        model.score(np.arange(6.0))


@pytest.mark.parametrize(("arguments", "said"), [
    ({"hidden_size": None}, "hidden_size=None; it must be a whole number of at least 1"),
    ({"stride": 0}, "stride=0; it must be a whole number of at least 1"),
    ({"window": 2.5}, "window=2.5"),
    ({"change": "yes"}, "change='yes'; it must be True or False"),
    ({"learning_rate": -1}, "learning_rate=-1; it must be a number above 0"),
    ({"loss": "cross_entropy"}, "loss='cross_entropy' is not known. Known: mse, mae"),
    ({"schedule": "linear"}, "schedule='linear' is not known"),
])  # fmt: skip
def test_what_cannot_be_used_is_said(arguments, said):
    with pytest.raises(ValueError, match=said):
        LSTMForecaster(**{"window": 8, "horizon": 2, **arguments}).fit(WAVE)


@pytest.mark.parametrize(
    "other", [np.stack([WAVE, WAVE], 1), np.ones((3, 2))], ids=["long", "too short to learn from"]
)
def test_series_of_different_widths_are_refused_by_their_number(other):
    said = r"series\[1\] is read as 2 variables and series\[0\] as 1; all series must have the same variables"
    with pytest.raises(ValueError, match=said):
        LSTMForecaster(8, 2, **QUICK).fit([WAVE, other])
