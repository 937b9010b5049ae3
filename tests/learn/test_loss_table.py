"""Every loss of the table: its value against an independent formula, Δ by complex step, labels missing, weights."""

import math

import numpy as np
import pytest
from loss_cases import problem

from gatewise.errors import ArgumentError, ShapeError
from gatewise.learn.losses import LOSSES

COMPLEX_STEP = 1e-20
# A few dozen operations of float64 and one sum. Measured: 6e-15.
DERIVATIVE = 1e-12

losses = pytest.mark.parametrize("name", LOSSES)


@losses
@pytest.mark.parametrize("shape", [(5, 3), (3, 4, 2)], ids=str)
def test_delta_is_the_derivative(name, shape):
    y, label, weight, options = problem(name, shape=shape)
    row = LOSSES[name]
    _, delta = row(y, label, weight, **options)
    assert delta.shape == y.shape
    assert delta.dtype == y.dtype
    measured = np.empty(y.size)
    for k in range(y.size):
        moved = y.astype(complex)
        moved.flat[k] += 1j * COMPLEX_STEP
        measured[k] = row(moved, label, weight, **options)[0].imag / COMPLEX_STEP
    np.testing.assert_allclose(delta.ravel(), measured, rtol=0, atol=DERIVATIVE * np.abs(measured).max())
    assert np.count_nonzero(delta) >= delta.size / 2


def cost(name, y, label, options):
    """What one label costs, in Python's own numbers, from the outputs of that label."""
    e = y[0] - label
    softplus = [math.log1p(math.exp(value)) for value in y]
    match name:
        case "l2":
            return e * e / 2
        case "mse":
            return e * e
        case "mae":
            return abs(e)
        case "huber":
            delta = options["delta"]
            return e * e / 2 if abs(e) < delta else delta * abs(e) - delta * delta / 2
        case "pinball":
            parts = [
                max(q * (label - o), (q - 1) * (label - o))
                for q, o in zip(options["quantiles"], y, strict=True)
            ]
            return sum(parts) / len(parts)
        case "gaussian":
            sd = softplus[1] + 1e-4
            return -math.log(math.exp(-((y[0] - label) ** 2) / (2 * sd * sd)) / (sd * math.sqrt(2 * math.pi)))
        case "negative_binomial":
            m, alpha = softplus[0] + 1e-6, softplus[1] + 1e-6
            r, p = 1 / alpha, 1 / (1 + alpha * m)  # r successes of chance p; label failures before them
            chance = math.gamma(label + r) / (math.gamma(label + 1) * math.gamma(r)) * p**r * (1 - p) ** label
            return -math.log(chance)
        case "cross_entropy":
            return -math.log(math.exp(y[int(label)]) / sum(map(math.exp, y)))


@losses
def test_value_by_an_independent_formula(name):
    y, label, weight, options = problem(name, seed=1)
    y /= 2  # so that the densities below do not underflow
    apart = y.reshape(*label.shape, -1)
    total = counted = 0.0
    for n in range(len(label)):
        for k in range(label.shape[1]):
            if not math.isnan(label[n, k]):
                total += weight[n] * cost(name, apart[n, k].tolist(), label[n, k], options)
                counted += weight[n]
    expected = total if name == "l2" else total / counted
    assert LOSSES[name](y, label, weight, **options)[0] == pytest.approx(expected, rel=1e-12)  # 13 terms


@losses
def test_a_weight_is_a_count(name):
    """Weight 2 is the row twice, weight 0 none, whatever stands there."""
    y, label, _, options = problem(name, seed=2)
    row = LOSSES[name]
    y[3] = np.nan
    loss, delta = row(y, label, [2, 1, 3, 0, 1], **options)
    rows = [0, 0, 1, 2, 2, 2, 4]
    expected, repeated = row(y[rows], label[rows], **options)
    assert loss == pytest.approx(expected, rel=1e-14)
    for n, times in ((0, 2), (1, 1), (2, 3), (4, 1)):
        np.testing.assert_allclose(delta[n], times * repeated[rows.index(n)], rtol=1e-14)
    np.testing.assert_array_equal(delta[3], 0)


@losses
def test_no_label_at_all_costs_nothing(name):
    y, label, _, options = problem(name)
    loss, delta = LOSSES[name](y, np.full_like(label, np.nan), **options)
    assert loss == 0
    assert not delta.any()


@losses
def test_steps_past_a_length_do_not_count(name):
    y, label, weight, options = problem(name, shape=(3, 4, 2))
    lengths = [4, 0, 2]
    missing = label.copy()
    missing[1] = missing[2, 2:] = np.nan
    row = LOSSES[name]
    loss, delta = row(y, label, weight, lengths=lengths, **options)
    expected, expected_delta = row(y, missing, weight, **options)
    assert loss == expected
    np.testing.assert_array_equal(delta, expected_delta)


@losses
def test_float32_is_kept_and_close(name):
    y, label, weight, options = problem(name)
    exact, exact_delta = LOSSES[name](y, label, weight, **options)
    loss, delta = LOSSES[name](y.astype("float32"), label.astype("float32"), weight, **options)
    assert loss.dtype == delta.dtype == "float32"
    assert loss == pytest.approx(exact, rel=1e-5)  # eps 1.2e-7, a kink's neighbourhood aside
    np.testing.assert_allclose(delta, exact_delta, rtol=0, atol=1e-5 * np.abs(exact_delta).max())


@losses
def test_far_out_outputs_stay_finite(name):
    """No overflow where none is needed: outputs of ±1000 give a finite loss and Δ."""
    y, label, _, options = problem(name)
    y = np.sign(y) * 1000
    loss, delta = LOSSES[name](y, label, **options)
    assert np.isfinite(loss)
    assert np.isfinite(delta).all()


@losses
def test_columns_and_point(name):
    y, label, _, options = problem(name)
    row = LOSSES[name]
    columns = row.columns(**row.with_options(options))
    said = row.forecast(y, **options)
    assert said.shape == (*label.shape, len(columns))
    assert row.point(y, **options).shape == label.shape


def test_pinball_says_quantiles_in_order():
    row = LOSSES["pinball"]
    y = np.array([[3.0, 1.0, 2.0]])
    np.testing.assert_array_equal(row.forecast(y, quantiles=(0.9, 0.5, 0.1))[0, 0], [3, 2, 1])
    assert row.point(y, quantiles=(0.9, 0.5, 0.1)) == 2
    assert row.columns(quantiles=(0.9, 0.5, 0.1)) == ["q0.9", "q0.5", "q0.1"]


def test_likelihoods_say_mean_and_sd():
    y, label, *_ = problem("negative_binomial")
    said = LOSSES["negative_binomial"].forecast(y)
    m, alpha = np.log1p(np.exp(y.reshape(*label.shape, 2))).transpose(2, 0, 1)
    np.testing.assert_allclose(said[..., 1] ** 2, m + alpha * m**2, rtol=0, atol=1e-4)  # `least` is 1e-6
    said = LOSSES["gaussian"].forecast(np.array([[2.0, 0.0]]))
    np.testing.assert_allclose(said[0, 0], [2, math.log(2) + 1e-4], rtol=1e-15)


def test_cross_entropy_says_probabilities():
    row = LOSSES["cross_entropy"]
    y = np.log([[0.2, 0.5, 0.3]])
    np.testing.assert_allclose(row.forecast(y, classes=3)[0, 0], [0.2, 0.5, 0.3], rtol=1e-15)
    assert row.point(y, classes=3) == 1


@pytest.mark.parametrize(
    ("name", "y", "label", "options", "error", "message"),
    [
        ("mse", np.ones((2, 3)), np.ones((2, 2)), {}, ShapeError, r"label is \(2, 2\); it must be \(2, 3\)"),
        (
            "pinball",
            np.ones((2, 4)),
            np.ones((2, 2)),
            {},
            ShapeError,
            r"takes 3 outputs .* y must be \(2, 6\)",
        ),
        (
            "mse",
            np.ones(2),
            np.ones(2),
            {"delta": 1},
            ArgumentError,
            "mse has no option delta. Its options: none",
        ),
        ("huber", np.ones(2), np.ones(2), {"delta": 0}, ArgumentError, "delta=0"),
        ("pinball", np.ones(2), np.ones(2), {"quantiles": (0.5, 1)}, ArgumentError, "quantiles"),
        (
            "cross_entropy",
            np.ones((1, 3)),
            [[3.0]],
            {"classes": 3},
            ArgumentError,
            "label has 3; .* from 0 to 2",
        ),
        ("cross_entropy", np.ones((1, 3)), [[0.5]], {"classes": 3}, ArgumentError, r"label has 0\.5"),
        (
            "cross_entropy",
            np.ones((1, 3)),
            [[0]],
            {},
            ArgumentError,
            "classes=0; cross_entropy needs to know",
        ),
        ("negative_binomial", np.ones((1, 2)), [[-1.0]], {}, ArgumentError, "label has -1; .* counts"),
        ("negative_binomial", np.ones((1, 2)), [[1.5]], {}, ArgumentError, r"label has 1\.5"),
        ("negative_binomial", np.ones((1, 2)), [[np.inf]], {}, ArgumentError, "label has inf"),
        ("pinball", np.ones((1, 3)), [[1.0]], {"quantiles": "abc"}, ArgumentError, "quantiles='abc'"),
        ("cross_entropy", np.ones((1, 3)), [[1]], {"classes": "3"}, ArgumentError, "classes='3'"),
    ],
)
def test_what_does_not_fit_is_refused(name, y, label, options, error, message):
    with pytest.raises(error, match=message):
        LOSSES[name](y, label, **options)


@pytest.mark.parametrize("weight", [[-1, 1], [np.nan, 1], [np.inf, 1]])
def test_weights_are_refused(weight):
    with pytest.raises(ArgumentError, match="weight holds"):
        LOSSES["mse"](np.ones(2), np.zeros(2), weight)
    with pytest.raises(ShapeError, match=r"weight is \(3,\)"):
        LOSSES["mse"](np.ones(2), np.zeros(2), np.ones(3))
