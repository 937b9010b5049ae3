"""The backward pass against complex steps: every input, every entry, random sizes, lengths and states."""

import numpy as np
import pytest
from helpers import random_problem
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewise.engine.passes import available, backward, forward
from gatewise.learn.derivatives import check
from gatewise.learn.losses import l2

# The accuracy promised, relative to the largest entry of each gradient. Measured: 8e-15.
FLOAT64_GRADIENT = 1e-12
# The same sums in float32, whose eps is 1.2e-7. Measured: 3e-7.
FLOAT32_GRADIENT = 5e-6

sizes = st.fixed_dictionaries(
    {"N": st.integers(1, 4), "T": st.integers(3, 9), "D": st.integers(1, 5), "H": st.integers(1, 6)}
)


@pytest.mark.parametrize("engine", available())
@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), size=sizes, scale=st.sampled_from([0.1, 0.5, 1.5]))
def test_every_gradient(engine, seed, size, scale):
    params, x, delta, state, lengths = random_problem(seed, **size, scale=scale)
    report = check(
        params, x, delta=delta, state=state, lengths=lengths, engine=engine, entries=30,
        directions=3, seed=seed, tolerance=FLOAT64_GRADIENT,
    )  # fmt: skip
    assert report.method == "complex-step"
    assert report.ok, report


def test_float32_gradients_keep_float32_accuracy(engine):
    params, x, delta, state, lengths = random_problem(1, N=4, T=12, D=3, H=8, dtype="float32")
    report = check(
        params, x, delta=delta, state=state, lengths=lengths, engine=engine, tolerance=FLOAT32_GRADIENT
    )
    assert report.ok, report


def test_longdouble_gradients_are_better_than_float64(engine):
    if engine != "reference":
        pytest.skip(f"longdouble is for the reference engine; {engine} has float32 and float64")
    params, x, delta, state, lengths = random_problem(2, dtype="longdouble")
    report = check(params, x, delta=delta, state=state, lengths=lengths, engine=engine)
    assert report.ok, report
    assert report.tolerance == 4500 * np.finfo("longdouble").eps


def test_l2_loss_with_missing_labels(engine):
    params, x, label, state, lengths = random_problem(3)
    label[0, 1] = label[2, 3, 1] = np.nan
    report = check(params, x, label, state=state, lengths=lengths, engine=engine, tolerance=FLOAT64_GRADIENT)
    assert report.ok, report


def test_single_sequence(engine):
    params, x, delta, state, _ = random_problem(4)
    single = (state.out[0], state.state[0])
    for length in (None, 3):
        report = check(params, x[0], delta=delta[0], state=single, lengths=length, engine=engine)
        assert report.ok, report


def test_central_differences_agree_too(engine):
    """They differentiate the engine's own forward pass, where complex steps go through the reference."""
    params, x, delta, state, lengths = random_problem(5)
    report = check(params, x, delta=delta, state=state, lengths=lengths, engine=engine, method="central")
    assert report.ok, report


def test_truncated_backpropagation_can_be_joined(engine):
    """Two chunks, the second's d_out0 and d_state0 handed to the first, give the gradients of the whole."""
    params, x, delta, state, _ = random_problem(6, T=7)
    whole = forward(params, x, state, engine=engine)
    expected = backward(params, whole, delta)

    first = forward(params, x[:, :4], state, engine=engine)
    second = forward(params, x[:, 4:], first.last, engine=engine)
    later = backward(params, second, delta[:, 4:])
    earlier = backward(params, first, delta[:, :4], d_last_state=(later.d_out0, later.d_state0))

    scale = np.abs(expected.flat()).max()
    np.testing.assert_array_equal(np.concatenate([first.out, second.out], axis=1), whole.out)
    np.testing.assert_allclose(
        earlier.flat() + later.flat(), expected.flat(), rtol=0, atol=FLOAT64_GRADIENT * scale
    )
    for name in ("d_out0", "d_state0"):
        np.testing.assert_allclose(earlier[name], expected[name], rtol=FLOAT64_GRADIENT)


def test_nothing_is_accumulated_between_calls(engine):
    params, x, delta, state, lengths = random_problem(7)
    trace = forward(params, x, state, lengths, engine=engine)
    once, again = backward(params, trace, delta), backward(params, trace, delta)
    np.testing.assert_array_equal(once.flat(), again.flat())


def test_a_step_down_the_gradient_lowers_the_loss_by_its_squared_length(engine):
    """To first order, E(p - λg) = E(p) - λ |g|²: the gradient has the right size, not only the right sign."""
    params, x, label, _, _ = random_problem(8, scale=0.5)
    trace = forward(params, x, engine=engine)
    before, delta = l2(trace.out, label)
    gradient = backward(params, trace, delta).flat()
    rate = 1e-6
    moved = params.from_flat(params.flat() - rate * gradient, params.input_size, params.hidden_size)
    after, _ = l2(forward(moved, x, engine=engine).out, label)
    # The second-order term is rate * (curvature, about 10) of the first: 1e-5 relative.
    assert (before - after) / (rate * gradient @ gradient) == pytest.approx(1, rel=1e-4)
