"""class_weight of LSTMClassifier: what it means, with sample_weight, and what is refused."""

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'gatewise[sklearn]'")
from sklearn.utils.class_weight import compute_class_weight

from gatewise.sklearn import LSTMClassifier

QUICK = {"hidden_size": 4, "epochs": 3, "random_state": 0}


def rare(n=60):
    """Sequences of noise, of which one class has five times as many as the other: nothing to learn."""
    X = np.random.default_rng(0).normal(size=(n, 6, 2))
    return X, np.where(np.arange(n) % 6 == 0, "rare", "often")


def chances(model, X):
    return model.predict_proba(X)


def test_a_dict_is_the_sample_weight_of_each_class():
    X, y = rare()
    by_class = LSTMClassifier(class_weight={"rare": 3.0, "often": 0.5}, **QUICK).fit(X, y)
    by_sample = LSTMClassifier(**QUICK).fit(X, y, np.where(y == "rare", 3.0, 0.5))
    assert np.array_equal(chances(by_class, X), chances(by_sample, X))
    assert not np.array_equal(chances(by_class, X), chances(LSTMClassifier(**QUICK).fit(X, y), X))


def test_a_class_that_a_dict_leaves_out_counts_once():
    X, y = rare()
    short = LSTMClassifier(class_weight={"rare": 3}, **QUICK).fit(X, y)
    whole = LSTMClassifier(class_weight={"rare": 3, "often": 1}, **QUICK).fit(X, y)
    assert np.array_equal(chances(short, X), chances(whole, X))


def test_balanced_is_what_scikit_learn_computes_and_makes_classes_alike():
    X, y = rare()
    values = dict(
        zip(["often", "rare"], compute_class_weight("balanced", classes=np.unique(y), y=y), strict=True)
    )
    balanced = LSTMClassifier(class_weight="balanced", **QUICK).fit(X, y)
    assert np.array_equal(
        chances(balanced, X), chances(LSTMClassifier(class_weight=values, **QUICK).fit(X, y), X)
    )
    longer = {**QUICK, "epochs": 15, "batch_size": 10}
    plain = LSTMClassifier(**longer).fit(X, y)
    even = LSTMClassifier(class_weight="balanced", **longer).fit(X, y)
    assert chances(plain, X)[:, 1].mean() < 0.3
    assert abs(chances(even, X)[:, 1].mean() - 0.5) < 0.15


def test_class_weight_is_multiplied_with_sample_weight():
    X, y = rare()
    sample = np.random.default_rng(1).integers(0, 3, len(y))
    both = LSTMClassifier(class_weight={"rare": 4}, **QUICK).fit(X, y, sample)
    product = LSTMClassifier(**QUICK).fit(X, y, sample * np.where(y == "rare", 4, 1))
    assert np.array_equal(chances(both, X), chances(product, X))


def test_balanced_counts_a_sequence_as_often_as_its_sample_weight():
    X, y = rare()
    sample = np.random.default_rng(1).integers(0, 3, len(y))
    whole = {**QUICK, "batch_size": 200}  # one batch: of others each divides by its own weights
    weighted = LSTMClassifier(class_weight="balanced", **whole).fit(X, y, sample)
    repeated = LSTMClassifier(class_weight="balanced", **whole).fit(
        np.repeat(X, sample, axis=0), np.repeat(y, sample)
    )
    np.testing.assert_allclose(chances(weighted, X), chances(repeated, X), rtol=1e-6)


def test_a_dict_goes_on_with_partial_fit_and_balanced_does_not():
    X, y = rare()
    model = LSTMClassifier(class_weight={"rare": 3}, **QUICK).partial_fit(X, y, classes=["often", "rare"])
    once = LSTMClassifier(**QUICK).partial_fit(X, y, ["often", "rare"], np.where(y == "rare", 3, 1))
    assert np.array_equal(chances(model, X), chances(once, X))
    with pytest.raises(ValueError, match="class_weight='balanced' needs to see all classes at once"):
        LSTMClassifier(class_weight="balanced").partial_fit(X, y, classes=["often", "rare"])


@pytest.mark.parametrize(("class_weight", "said"), [
    ({"rare": 2, "oftn": 1}, "class_weight has the class 'oftn', which y has not, and leaves out 'often'"),
    ({"rare": -1}, r"class_weight\['rare'\] is -1; it must be a number of at least 0"),
    ({"rare": float("nan")}, r"class_weight\['rare'\] is nan"),
    ({"rare": "much"}, r"class_weight\['rare'\] is 'much'"),
    ({"rare": 0, "often": 0}, "have the sum 0; at least one sequence must count"),
    ("equal", "class_weight='equal'; it must be a dict of weights by class, 'balanced' or None"),
    ([1, 2], "it must be a dict of weights by class"),
])  # fmt: skip
def test_a_class_weight_that_cannot_be_used_is_said(class_weight, said):
    with pytest.raises(ValueError, match=said):
        LSTMClassifier(class_weight=class_weight, **QUICK).fit(*rare())


def test_weights_of_nothing_but_zeros_are_refused():
    X, y = rare()
    with pytest.raises(ValueError, match=r"0 for every sequence|at least one non-zero"):
        LSTMClassifier(**QUICK).fit(X, y, np.zeros(len(y)))
