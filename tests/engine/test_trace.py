"""Reading a Trace and Grads: names, steps, shapes that follow x, and what was not kept."""

import numpy as np
import pytest
from helpers import random_problem

from gatewise.cells.known.lstm import GRADIENTS, STEP_GRADIENTS, TRACED
from gatewise.engine.passes import backward, forward
from gatewise.errors import ArgumentError, NotKeptError

N, T, D, H = 3, 5, 2, 4
SIZES = {"N": N, "T": T, "D": D, "H": H, "4H": 4 * H}


def shape(letters, single):
    """The shape that a row of the tables in cells/known/lstm.py means, without N for a single sequence."""
    return tuple(SIZES[letter] for letter in letters if not (single and letter == "N"))


@pytest.mark.parametrize("single", [False, True], ids=["batch", "single"])
def test_shapes_are_those_of_the_spec(engine, single):
    params, x, delta, _, _ = random_problem(1)
    if single:
        x, delta = x[0], delta[0]
    trace = forward(params, x, engine=engine)
    grads = backward(params, trace, delta, keep=True)
    for name, letters in TRACED.items():
        assert trace[name].shape == shape(letters, single), name
    for name, letters in {**GRADIENTS, **STEP_GRADIENTS}.items():
        assert grads[name].shape == shape(letters, single), name
    for array in (trace.out0, trace.state0, *trace.last):
        assert array.shape == shape(("N", "H"), single)
    assert (trace.is_batch, trace.steps) == (not single, T)


def test_single_sequence_equals_a_batch_of_one(engine):
    params, x, delta, state, _ = random_problem(2)
    single = forward(params, x[0], (state.out[0], state.state[0]), engine=engine)
    batch = forward(params, x[:1], (state.out[:1], state.state[:1]), engine=engine)
    single_grads = backward(params, single, delta[0], keep=True)
    batch_grads = backward(params, batch, delta[:1], keep=True)
    for name in single:
        np.testing.assert_array_equal(single[name], batch[name][0])
    for name in single_grads:
        expected = batch_grads[name] if name in ("d_W", "d_U", "d_b") else batch_grads[name][0]
        np.testing.assert_array_equal(single_grads[name], expected)


def test_at_a_step(engine):
    params, x, _, state, _ = random_problem(3)
    trace = forward(params, x, state, engine=engine)
    for t in range(T):
        step = trace.at(t)
        for name in ("x", "a", "i", "f", "o", "state", "out"):
            np.testing.assert_array_equal(getattr(step, name), trace[name][:, t])
        np.testing.assert_array_equal(step.out_prev, trace.out[:, t - 1] if t else state.out)
        np.testing.assert_array_equal(step.state_prev, trace.state[:, t - 1] if t else state.state)


@pytest.mark.parametrize("t", [-1, T])
def test_there_is_no_such_step(engine, t):
    params, x, _, _, _ = random_problem(3)
    with pytest.raises(ArgumentError, match=f"t={t} is not a step of this trace; it has steps 0 to 4"):
        forward(params, x, engine=engine).at(t)


def test_what_was_not_kept_says_so(engine):
    params, x, delta, _, _ = random_problem(4)
    lean = forward(params, x, engine=engine, trace=False)
    with pytest.raises(NotKeptError, match="f cannot be read: forward ran with trace=False"):
        _ = lean.f
    with pytest.raises(NotKeptError):
        lean.at(0)
    assert not hasattr(lean, "f")
    grads = backward(params, forward(params, x, engine=engine), delta)
    with pytest.raises(NotKeptError, match=r"d_gates cannot be read: .* only with keep=True"):
        _ = grads.d_gates


def test_what_does_not_exist_says_what_does(engine):
    params, x, _, _, _ = random_problem(4)
    trace = forward(params, x, engine=engine)
    with pytest.raises(AttributeError, match=r"Trace has no attribute hidden\. Its arrays are x, a, i, f, o"):
        _ = trace.hidden
    with pytest.raises(KeyError, match="hidden is not one of"):
        trace["hidden"]
    assert "out" in dir(trace)


def test_repr_is_one_line_without_numbers(engine):
    params, x, delta, _, _ = random_problem(4)
    trace = forward(params, x, engine=engine)
    assert repr(trace).startswith(f"Trace(out 3 x 5 x 4, float64, engine {engine}")
    assert repr(backward(params, trace, delta)).startswith("Grads(d_W (16, 2), d_U (16, 4), d_b (16,)")
