"""What `derivatives.check` reports. That it catches errors is in test_mutations.py."""

import numpy as np
import pytest
from helpers import random_problem

from gatewise.engine.grads import Grads
from gatewise.engine.params import Params
from gatewise.engine.passes import available, backward
from gatewise.errors import ArgumentError
from gatewise.learn.derivatives import check


def test_report_says_what_was_checked():
    params, x, delta, state, lengths = random_problem(1)
    report = check(params, x, delta=delta, state=state, lengths=lengths, directions=2, entries=10)
    assert report.ok
    assert (report.engine, report.method) == (available()[0], "complex-step")
    assert len(report.comparisons) == 2 + 6 * 10
    text = str(report)
    assert "agree with complex-step" in text
    assert "2 directions through all inputs at once, 60 of 166 entries one by one" in text


def test_report_names_the_worst_entry():
    params, x, delta, _, _ = random_problem(2)

    def wrong_at_one_place(*arguments, **options):
        grads = backward(*arguments, **options)
        d_U = grads.d_U.copy()
        d_U[5, 1] *= 1.5
        return Grads({name: grads[name] for name in grads} | {"d_U": d_U})

    report = check(params, x, delta=delta, backward=wrong_at_one_place, entries=1000)
    assert not report.ok
    assert (report.worst.name, report.worst.at) == ("U", (5, 1))
    assert report.worst.analytic == pytest.approx(1.5 * report.worst.numeric, rel=1e-12)
    assert "DO NOT AGREE" in str(report)
    assert "U[5, 1]" in str(report)


def test_nan_is_not_ok():
    params, x, delta, _, _ = random_problem(3)
    x[0, 0, 0] = np.nan
    report = check(params, x, delta=delta, entries=5)
    assert not report.ok
    assert np.isnan(report.max_error)


def test_nan_in_padding_is_ok():
    params, x, delta, state, _ = random_problem(3)
    x[0, 3:] = delta[0, 3:] = np.nan
    assert check(params, x, delta=delta, state=state, lengths=[3, 5, 5]).ok


def test_gates_shut_or_open_to_the_last_digit_are_ok(engine):
    """Every slope is the rounding of 1 − 1, and so are the largest gradients: 1e-22 measured, 1e-74 or 0 given."""
    params = Params(W=[[30.0, 20], [25, -10], [40, 10], [20, 30]], U=[[5.0], [4], [3], [2]], b=[1.0, 1, 1, 1])
    x, label = np.array([[10.0, 20], [5, 30], [100, -3]]), np.array([[0.5], [1.25], [0.25]])
    report = check(params, x, label, engine=engine)
    assert report.ok, report


@pytest.mark.parametrize("seed", range(20))
def test_large_inputs_are_ok(seed, engine):
    rng = np.random.default_rng(seed)
    params = Params.init(2, 3, seed=seed, dtype="float64")
    report = check(params, rng.uniform(0, 100, (5, 2)), rng.uniform(-1, 1, (5, 3)), engine=engine, entries=20)
    assert report.ok, report


@pytest.mark.parametrize("name", ["d_W", "d_U", "d_b", "d_x", "d_out0", "d_state0"])
@pytest.mark.parametrize(("size", "T"), [(1, 100), (3, 60)], ids=["long", "saturated"])
def test_one_percent_off_in_one_input_is_caught(name, size, T):
    """What forgives rounding in saturated gates must not forgive a wrong gradient: it is off by 1e9 tolerances."""
    params, x, delta, state, _ = random_problem(7, N=2, T=T, H=8)
    params = Params.from_flat(size * params.flat() / np.sqrt(8), params.input_size, params.hidden_size)

    def wrong(*arguments, **options):
        grads = backward(*arguments, **options)
        return Grads({other: grads[other] for other in grads} | {name: 1.01 * grads[name]})

    report = check(params, x, delta=delta, state=state, backward=wrong, entries=20)
    assert report.worst.name in ("direction", name.removeprefix("d_"))
    assert report.max_error > 1e6 * report.tolerance


def test_same_seed_same_report():
    params, x, _, _, _ = random_problem(4)
    first, again, other = (check(params, x, seed=seed, entries=3) for seed in (7, 7, 8))
    assert first.comparisons == again.comparisons
    assert first.comparisons != other.comparisons


def test_complex_parameters_are_checked_by_central_differences():
    params, x, delta, state, lengths = random_problem(5)
    turned = type(params).from_flat(params.flat() * (1 + 0.1j), params.input_size, params.hidden_size)
    x, delta, out, initial = (array.astype(complex) for array in (x, delta, *state))
    report = check(turned, x, delta=delta, state=(out, initial), lengths=lengths, entries=5)
    assert report.method == "central"
    assert report.ok, report
    with pytest.raises(ArgumentError, match="A complex step needs real parameters"):
        check(turned, x, method="complex-step")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"method": "guess"}, "method='guess' is not known. Choose from: auto, complex-step, central"),
        ({"directions": 0, "elementwise": False}, "leave nothing to check"),
        ({"label": np.zeros((3, 5, 4)), "delta": np.zeros((3, 5, 4))}, "label and delta are both given"),
    ],
)
def test_check_refuses(options, text):
    params, x, _, _, _ = random_problem(6)
    with pytest.raises(ArgumentError, match=text):
        check(params, x, **options)


def test_infinity_shows_in_the_report_and_not_as_a_warning():
    params = Params.init(1, 1, dtype="float64")
    assert not check(params, [[0.5]], delta=[[np.inf]]).ok
