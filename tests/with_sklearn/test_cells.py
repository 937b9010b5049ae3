"""The estimators with every cell: fitted, cloned, pickled, searched over, and what a cell does not have."""

import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'gatewise[sklearn]'")
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from gatewise.cells import CELLS, read_cell
from gatewise.engine.passes import resolve
from gatewise.sklearn import LSTMClassifier, LSTMForecaster, LSTMRegressor

pytestmark = pytest.mark.filterwarnings("ignore:cell .* has no compiled engine:RuntimeWarning")
EACH = pytest.mark.parametrize("cell", CELLS)
QUICK = {"hidden_size": 4, "epochs": 2, "random_state": 0}
LEAKY = read_cell("""
    g_t = σ(W_g·x_t + U_g·out_{t-1} + b_g)
    a_t = tanh(W_a·x_t + b_a)
    out_t = (1 - g_t) ⊙ out_{t-1} + g_t ⊙ a_t
""")


def remembered(samples=40, steps=5):
    """Sequences, and the sum of the first two steps of each."""
    X = np.random.default_rng(0).normal(size=(samples, steps, 2))
    return X, X[:, :2].sum(axis=(1, 2))


@EACH
def test_every_cell_is_fitted_cloned_and_pickled(cell):
    X, y = remembered()
    model = LSTMRegressor(cell=cell, **QUICK).fit(X, y)
    assert model.network_.cells[0][0].cell is CELLS[cell]
    again = clone(model).fit(X, y)
    assert np.array_equal(again.predict(X), model.predict(X))
    thawed = pickle.loads(pickle.dumps(model))
    assert np.array_equal(thawed.predict(X), model.predict(X))
    assert np.array_equal(thawed.partial_fit(X, y).network_.vector, model.partial_fit(X, y).network_.vector)


@EACH
def test_every_cell_learns(cell):
    X, y = remembered(120, 4)
    model = LSTMRegressor(cell=cell, hidden_size=12, epochs=60, learning_rate=0.02, random_state=0)
    assert model.fit(X, y).score(X, y) > 0.8
    assert model.loss_curve_[-1] < 0.2 * model.loss_curve_[0]


def test_a_search_goes_over_cells():
    X, y = remembered()
    search = GridSearchCV(LSTMRegressor(**QUICK), {"cell": [*CELLS]}, cv=2, error_score="raise").fit(X, y)
    assert search.best_estimator_.cell == search.best_params_["cell"]
    assert len(np.unique(search.cv_results_["mean_test_score"])) > 5  # no two cells are secretly the same


def test_a_cell_of_one_s_own_is_fitted_cloned_and_pickled():
    X, y = remembered()
    model = LSTMRegressor(cell=LEAKY, **QUICK).fit(X, y)
    assert model.network_.cells[0][0].cell == LEAKY
    for other in (clone(model).fit(X, y), pickle.loads(pickle.dumps(model))):
        assert np.array_equal(other.predict(X), model.predict(X))


def test_a_network_does_not_go_on_as_another_cell():
    X, y = remembered()
    model = LSTMRegressor(cell="rnn", **QUICK).partial_fit(X, y)
    with pytest.raises(ValueError, match="cell='rnn-relu', and the network that would go on has 'rnn'"):
        model.set_params(cell="rnn-relu").partial_fit(X, y)


def test_classes_and_forecasts_take_a_cell():
    X, y = remembered()
    chances = LSTMClassifier(cell="gru", **QUICK).fit(X, y > 0).predict_proba(X)
    assert np.allclose(chances.sum(axis=1), 1)
    model = LSTMForecaster(window=6, horizon=2, cell="mgu", **QUICK).fit(np.sin(np.arange(60)))
    assert model.regressor_.network_.cells[0][0].cell is CELLS["mgu"]
    assert model.predict().shape == (2,)


@pytest.mark.parametrize(("arguments", "said"), [
    ({"cell": "grü"}, "is not offered. Choose from: lstm, peephole"),
    ({"cell": None}, "cell=None is not offered"),
    ({"cell": 3}, "cell=3 is not offered"),
    ({"cell": "gru", "forget_bias": 1.0}, "forget_bias=1.0: cell gru has no bias of a forget gate"),
    ({"cell": "gru", "projection": 2}, "projection=2: cell gru does not project its output"),
    ({"cell": "projected", "projection": 0}, "projection=0; it must be a whole number of at least 1, or None"),
    ({"cell": "projected", "projection": 1.5}, "projection=1.5; it must be a whole number of at least 1"),
    ({"forget_bias": "large"}, "forget_bias='large'"),
])  # fmt: skip
def test_what_a_cell_does_not_have_is_refused_by_name(arguments, said):
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # what is said is looked at below
        LSTMRegressor(**QUICK, **arguments).fit(*remembered())
    assert said in str(raised.value)


@EACH
def test_defaults_suit_every_cell(cell):
    X, y = remembered()
    first = LSTMRegressor(cell=cell, hidden_size=5, epochs=1, learning_rate=1e-12).fit(X, y).network_
    params = first.cells[0][0]
    assert params.output_size == (2 if cell == "projected" else 5)
    gated = cell in ("lstm", "peephole", "projected")
    assert gated == ("f" in params.cell.gates and np.allclose(params.gate("f")[2], 1))


def test_slow_training_is_warned_of_where_it_is_slow():
    X, y = remembered()
    slow = [name for name, cell in CELLS.items() if resolve("auto", np.dtype("float64"), cell) != "native"]
    assert "gru" in slow
    with pytest.warns(RuntimeWarning, match="cell gru has no compiled engine"):
        LSTMRegressor(cell="gru", **QUICK).fit(X, y)
