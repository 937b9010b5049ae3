"""The scikit-learn estimators: its own checks without an exception, and what they leave unsaid."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed; pip install 'gatewise[sklearn]'")

from sklearn.base import clone
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from gatewise.learn.network import forward
from gatewise.learn.schedules import SCHEDULES
from gatewise.sklearn import LSTMClassifier, LSTMRegressor

ROUNDING = 1e-12  # float64, of sums in another order
QUICK = {"hidden_size": 8, "epochs": 30, "random_state": 0}


def _checks():
    for estimator in (LSTMRegressor(hidden_size=8), LSTMClassifier(hidden_size=8)):
        for instance, check in estimator_checks_generator(estimator):  # no expected failures
            name = getattr(check, "func", check).__name__
            yield pytest.param(instance, check, id=f"{type(instance).__name__}-{name}")


@pytest.mark.share(2)
@pytest.mark.parametrize(("estimator", "check"), list(_checks()))
@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_check(estimator, check):
    check(estimator)


def _memory(n=120, T=12, seed=0, lengths=False):
    """y is the first value of the second feature: it has to be kept to the end."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (n, T, 2))
    if not lengths:
        return x, x[:, 0, 1].copy()
    ends = rng.integers(3, T + 1, n)
    return [row[:end] for row, end in zip(x, ends, strict=True)], x[:, 0, 1].copy()


def test_three_axes_and_a_list_learn_to_remember():
    X, y = _memory()
    model = LSTMRegressor(hidden_size=16, epochs=120, random_state=0).fit(X[:100], y[:100])
    assert model.score(X[100:], y[100:]) > 0.9
    X, y = _memory(lengths=True)
    model = LSTMRegressor(hidden_size=16, epochs=120, random_state=0).fit(X[:100], y[:100])
    assert model.score(X[100:], y[100:]) > 0.85


def test_a_sequence_is_predicted_alike_alone_and_beside_longer_ones():
    X, y = _memory(40, lengths=True)
    model = LSTMRegressor(**QUICK).fit(X, y)
    together = model.predict(X)
    for n in (0, 7, 39):
        assert model.predict([X[n]])[0] == together[n]
        assert model.predict(X[n][np.newaxis])[0] == together[n]


def test_layouts_read_the_same_numbers():
    X, y = _memory(60)
    flat = X.reshape(60, -1)
    by_steps = LSTMRegressor(layout=2, **QUICK).fit(flat, y)
    assert np.array_equal(by_steps.predict(flat), LSTMRegressor(**QUICK).fit(X, y).predict(X))
    one = X[:, :, 0]
    by_time = LSTMRegressor(**QUICK).fit(one, y)
    assert np.array_equal(
        by_time.predict(one),
        LSTMRegressor(**QUICK).fit(one[..., np.newaxis], y).predict(one[..., np.newaxis]),
    )
    features = LSTMRegressor(layout="features", **QUICK).fit(flat, y)
    assert features.network_.architecture.input_size == flat.shape[1]


def test_predictions_are_those_of_the_network():
    X, y = _memory(30)
    model = LSTMRegressor(scale=False, **QUICK).fit(X, y)
    assert np.array_equal(model.predict(X), forward(model.network_, X).y[:, 0])


def test_weights_are_repetitions_also_of_lists():
    X, y = _memory(20, lengths=True)
    weight = np.random.default_rng(1).integers(0, 3, 20)
    weighted = LSTMRegressor(**QUICK).fit(X, y, sample_weight=weight)
    repeated = LSTMRegressor(**QUICK).fit(
        [x for x, w in zip(X, weight, strict=True) for _ in range(w)], np.repeat(y, weight)
    )
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-7)


def test_verbose_is_a_flag_or_a_number():
    X, y = _memory(20)
    with pytest.raises(ValueError, match="it must be True, False or a whole number"):
        LSTMRegressor(**{**QUICK, "verbose": np.zeros((4, 2))}).fit(X, y)


def test_weights_whose_sum_is_no_number_are_refused():
    X, y = _memory(20)
    with pytest.raises(ValueError, match="too large a sum"):
        LSTMRegressor(**QUICK).fit(X, y, sample_weight=1e308)


@pytest.mark.parametrize("as_list", [False, True])
def test_a_prediction_for_every_step(as_list):
    """The running mean, for sequences of one length and of their own."""
    rng = np.random.default_rng(2)
    X = rng.normal(size=(80, 9, 1))
    y = np.cumsum(X[..., 0], axis=1) / np.arange(1, 10)
    model = LSTMRegressor(hidden_size=16, head="steps", epochs=80, random_state=0)
    if as_list:
        ends = rng.integers(2, 10, 80)
        X, y = ([row[:end] for row, end in zip(array, ends, strict=True)] for array in (X, y))
    predicted = model.fit(X, y).predict(X)
    assert [len(row) for row in predicted] == [len(row) for row in y]
    assert isinstance(predicted, list) == as_list
    assert model.score(X, y) > 0.9


def test_several_targets_and_their_shape():
    X, y = _memory(60)
    both = np.stack([y, -2 * y + 5], axis=1)
    model = LSTMRegressor(hidden_size=16, epochs=80, random_state=0).fit(X, both)
    predicted = model.predict(X)
    assert predicted.shape == (60, 2)
    assert np.corrcoef(predicted[:, 0], predicted[:, 1])[0, 1] < -0.9
    assert abs(predicted[:, 1].mean() - 5) < 0.5  # in its own units
    assert model.predict(X[:, :5]).shape == (60, 2)  # sequences of another length


def test_spread_and_quantiles_mean_what_they_say():
    rng = np.random.default_rng(4)
    X = rng.uniform(-1, 1, (400, 5, 1))
    y = 10 + 3 * X[:, -1, 0] + rng.normal(size=400) * 0.7
    mean, std = (
        LSTMRegressor(hidden_size=8, loss="gaussian", epochs=60, random_state=0)
        .fit(X, y)
        .predict(X, return_std=True)
    )
    assert 0.5 < np.mean(std) < 0.9
    assert abs((mean - y).mean()) < 0.15
    model = LSTMRegressor(hidden_size=8, loss="pinball", epochs=60, random_state=0).fit(X, y)
    low, middle, high = model.predict_quantiles(X).T
    assert np.array_equal(middle, model.predict(X))
    assert (low <= middle).all()
    assert (middle <= high).all()
    assert 0.7 < ((low < y) & (y < high)).mean() < 0.9
    with pytest.raises(ValueError, match="gaussian"):
        model.predict(X, return_std=True)


@pytest.mark.parametrize("schedule", ["constant", "step", "cosine", "one_cycle", "plateau"])
def test_the_rate_goes_on_as_the_schedule_says(schedule):
    X, y = _memory(20)
    options = {"plateau": {"patience": 0, "threshold": 0.5}, "step": {"every": 4}}.get(schedule)
    model = LSTMRegressor(
        4, schedule=schedule, schedule_options=options, batch_size=5, epochs=3, random_state=0
    )
    rates = [row["rate"] for row in model.fit(X, y)._state.history]
    row, extra = SCHEDULES[schedule], {"scale": 1.0} if schedule == "plateau" else {}
    expected = [row(step, 12, 0.02, **{**(options or {}), **extra}) for step in (3, 7, 11)]
    if schedule == "plateau":  # the loss has not halved: each epoch halves the rate instead
        expected = [0.02, 0.02, 0.01]
    np.testing.assert_allclose(rates, expected, rtol=1e-12)


def test_early_stopping_keeps_the_best_weights():
    rng = np.random.default_rng(5)
    X, y = rng.normal(size=(60, 6)), rng.normal(size=60)  # nothing to learn: validation gets worse
    model = LSTMRegressor(16, early_stopping=True, patience=5, epochs=200, random_state=0).fit(X, y)
    assert model.n_iter_ < 200
    assert model.n_iter_ == int(np.argmin(model.validation_curve_)) + 1 + 5


def test_by_default_some_are_held_back_only_where_there_are_many():
    X, y = np.random.default_rng(0).normal(size=(1000, 2)), np.arange(1000.0) % 7
    for model, labels in ((LSTMRegressor(2, epochs=1), y), (LSTMClassifier(2, epochs=1), y % 2)):
        assert len(model.fit(X, labels).validation_curve_) == 1
        assert len(model.fit(X[1:], labels[1:]).validation_curve_) == 0
        assert len(model.set_params(early_stopping=True).fit(X[1:], labels[1:]).validation_curve_) == 1
    with pytest.raises(ValueError, match="early_stopping='always'; it must be True, False or 'auto'"):
        LSTMRegressor(early_stopping="always").fit(X, y)


def test_the_same_bits_whatever_the_threads_and_again():
    X, y = _memory(100)
    results = [
        LSTMRegressor(random_state=3, epochs=3, threads=threads).fit(X, y).predict(X) for threads in (1, 2, 2)
    ]
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[1], results[2])


def test_clone_pickle_pipeline_search_and_joblib():
    X, y = _memory(60)
    model = LSTMRegressor(layout=2, hidden_size=8, epochs=5, random_state=0)
    flat = X.reshape(60, -1).copy()
    flat[3, 4] = np.nan
    pipeline = make_pipeline(SimpleImputer(), StandardScaler(), clone(model)).fit(flat, y)
    assert np.array_equal(pickle.loads(pickle.dumps(pipeline)).predict(flat), pipeline.predict(flat))
    search = GridSearchCV(
        LSTMRegressor(epochs=3, random_state=0), {"hidden_size": [4, 8]}, cv=TimeSeriesSplit(2), n_jobs=2
    )
    assert search.fit(X, y).best_params_["hidden_size"] in (4, 8)
    ragged, y = _memory(30, lengths=True)
    assert cross_val_score(LSTMRegressor(epochs=3, random_state=0), ragged, y, cv=3).shape == (3,)


def test_classes_by_name_and_their_probabilities():
    X, y = _memory(300)
    names = np.where(y > 0, "wet", "dry")
    model = LSTMClassifier(hidden_size=16, epochs=80, random_state=0).fit(X[:240], names[:240])
    assert model.score(X[240:], names[240:]) > 0.85
    chances = model.predict_proba(X)
    assert list(model.classes_) == ["dry", "wet"]
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=ROUNDING)
    assert np.array_equal(model.classes_[chances.argmax(axis=1)], model.predict(X))


def test_partial_fit_goes_on():
    X, y = _memory(64)
    whole = LSTMRegressor(random_state=0, epochs=4, hidden_size=8, schedule="constant").fit(X, y)
    model = LSTMRegressor(
        random_state=0, hidden_size=8
    )  # of whatever schedule: one epoch has no end to go to
    for _ in range(4):
        model.partial_fit(X, y)
    assert np.array_equal(model.predict(X), whole.predict(X))
    classifier = LSTMClassifier(hidden_size=4, random_state=0)
    with pytest.raises(ValueError, match="classes must be passed"):
        classifier.partial_fit(X, y > 0)
    classifier.partial_fit(X, y > 0, classes=[False, True]).partial_fit(X, y > 0)
    with pytest.raises(ValueError, match="not one of classes"):
        classifier.partial_fit(X, np.arange(64) % 3)


@pytest.mark.parametrize(
    ("arguments", "X", "words"),
    [
        ({"hidden_size": 0}, None, "hidden_size=0"),
        ({"dropout": 1.0}, None, "dropout=1.0"),
        ({"optimizer": "adm"}, None, "adm.*sgd"),
        ({"layout": "rows"}, None, "'rows'.*'time'"),
        ({"output_dropout": -0.1}, None, "output_dropout=-0.1; it must be at least 0 and below 1"),
        ({"learning_rate": 0}, None, "learning_rate=0; it must be a number above 0"),
        ({"learning_rate": "fast"}, None, "learning_rate='fast'; it must be a number above 0"),
        ({"clip_norm": -1.0}, None, "clip_norm=-1.0; it must be a number of at least 0"),
        ({"schedule": "cosin"}, None, "schedule='cosin' is not known. Known: constant, step, cosine"),
        ({"schedule": "cosine", "schedule_options": {"warm": 3}}, None, "warm.*warmup"),
        ({"schedule_options": [3]}, None, "schedule_options=.*must be a dict of options, or None"),
        (
            {"schedule": "cosine", "schedule_options": {"warmup": 100}, "epochs": 2},
            None,
            "warmup=100.*below 2",
        ),
        ({"layout": 5}, None, "12 columns.*not a multiple"),
        ({"loss": "mean"}, None, "mean.*mse"),
        ({"head": "all"}, None, "'last' or 'steps'"),
        ({"loss_options": []}, None, "must be a dict"),
        ({"dtype": "int8"}, None, "int8"),
        ({"early_stopping": True, "validation_fraction": 0.99}, None, "leaves none"),
        ({}, [], "Expected 2D array"),
        ({}, [np.zeros((3, 2)), np.zeros((4, 3))], r"X\[1\] has 3 features"),
        ({}, [np.zeros(3), np.zeros(0)], r"X\[1\].*at least one step"),
        ({}, [np.zeros(3), np.array([1, np.nan])], r"X\[1\].*NaN"),
        ({}, np.zeros((4, 0, 2)), "no time steps|0 feature"),
    ],
)
def test_what_cannot_be_used_is_said(arguments, X, words):
    given = np.zeros((4, 12)) if X is None else X
    with pytest.raises(ValueError, match=words):
        LSTMRegressor(**arguments).fit(given, np.arange(float(len(given))))


def test_another_number_of_features_is_refused():
    X, y = _memory(20)
    model = LSTMRegressor(epochs=1).fit(X, y)
    with pytest.raises(ValueError, match=r"3 features per step.*fitted with 2"):
        model.predict(np.zeros((2, 5, 3)))
    with pytest.raises(ValueError, match="fitted with 2"):
        model.predict(np.zeros((2, 5)))


@pytest.mark.parametrize("dtype", [None, "float32"])
def test_numbers_that_are_too_large_are_refused_with_their_place(dtype):
    X, y = _memory(20)
    huge_X, huge_y = X.copy(), y.copy()
    huge_X[3, 2, 1], huge_y[4] = 1e300, -1e300
    model = LSTMRegressor(epochs=1, dtype=dtype).fit(X, y)
    place = (
        r"1e\+300 at sequence 3, step 2, feature 1" if dtype is None else r"too large for dtype\('float32'\)"
    )
    for try_it in (lambda: model.predict(huge_X), lambda: model.fit(huge_X, y)):
        with pytest.raises(ValueError, match=place):
            try_it()
    with pytest.raises(ValueError, match=r"y is -1e\+300 at sequence 4, target 0: too large"):
        model.fit(X, huge_y)
    with pytest.raises(ValueError, match=r"X is .*e\+37 at sequence .* above 3\.4"):
        LSTMRegressor(epochs=1, dtype="float32").fit(X * 1e38, y)


@pytest.mark.parametrize(("classes", "said"), [
    (["a", None], r"y\[1\] is None, which is no class"),
    ([1, None], r"y\[1\] is None, which is no class"),
    (["a", float("nan")], r"y\[1\] is nan, which is no class"),
    (["a", 1], "y has numbers and texts; classes must be of one kind"),
])  # fmt: skip
def test_classes_that_are_missing_or_mixed_are_refused(classes, said):
    X, _ = _memory(20)
    for y in (classes * 10, np.array(classes * 10, dtype=object)):
        with pytest.raises(ValueError, match=said):
            LSTMClassifier(epochs=1).fit(X, y)
    with pytest.raises(ValueError, match=said.replace("y", "classes", 1)):
        LSTMClassifier().partial_fit(X, ["a"] * 20, classes=classes)
