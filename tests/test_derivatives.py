"""What `derivatives.check` reports. That it catches errors is in test_mutations.py."""

import numpy as np
import pytest
from helpers import random_problem

from gatewise.derivatives import check
from gatewise.engine import backward
from gatewise.errors import ArgumentError
from gatewise.params import Grads


def test_report_says_what_was_checked():
    params, x, delta, state, lengths = random_problem(1)
    report = check(params, x, delta=delta, state=state, lengths=lengths, directions=2, entries=10)
    assert report.ok
    assert (report.engine, report.method) == ("native", "complex-step")
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
