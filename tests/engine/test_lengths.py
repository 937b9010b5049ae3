"""Sequences of different lengths in one batch: each comes out as it does alone, whatever its padding is."""

import numpy as np
import pytest
from helpers import FLOAT64_ROUNDING, assert_same, random_problem

from gatewise.engine.grads import Grads
from gatewise.engine.passes import backward, forward
from gatewise.engine.trace import Trace

SEEDS = range(5)
STEPS = ("x", "a", "i", "f", "o", "state", "out")
STEP_GRADIENTS = ("d_x", "delta_out", "d_out", "d_state", "d_a", "d_i", "d_f", "d_o", "d_gates")


def problem(seed):
    return random_problem(seed, N=5, T=6)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_sequence_equals_itself_alone(engine, seed):
    params, x, delta, state, lengths = problem(seed)
    d_last = random_problem(seed + 100, N=5, T=6).state
    trace = forward(params, x, state, lengths, engine=engine)
    grads = backward(params, trace, delta, d_last_state=d_last, keep=True)
    summed = np.zeros(params.size)
    for n, length in enumerate(lengths):
        if length == 0:
            continue
        initial = (state.out[n], state.state[n])
        alone = forward(params, x[n, :length], initial, engine=engine)
        alone_grads = backward(
            params, alone, delta[n, :length], d_last_state=(d_last.out[n], d_last.state[n]), keep=True
        )
        summed += alone_grads.flat()
        in_batch = {name: trace[name][n, :length] for name in STEPS}
        in_batch |= {name: grads[name][n, :length] for name in STEP_GRADIENTS}
        in_batch |= {"d_out0": grads.d_out0[n], "d_state0": grads.d_state0[n]}
        in_batch |= {"last out": trace.last.out[n], "last state": trace.last.state[n]}
        expected = {name: alone[name] for name in STEPS}
        expected |= {name: alone_grads[name] for name in (*STEP_GRADIENTS, "d_out0", "d_state0")}
        expected |= {"last out": alone.last.out, "last state": alone.last.state}
        assert_same(in_batch, expected, rtol=FLOAT64_ROUNDING)
    np.testing.assert_allclose(grads.flat(), summed, rtol=0, atol=FLOAT64_ROUNDING * np.abs(summed).max())


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_past_a_sequence_s_length_reads_0(engine, seed):
    params, x, delta, state, lengths = problem(seed)
    trace = forward(params, x, state, lengths, engine=engine)
    grads = backward(params, trace, delta, d_last_state=state, keep=True)
    for n, length in enumerate(lengths):
        for name in STEPS:
            assert not trace[name][n, length:].any(), name
        for name in STEP_GRADIENTS:
            assert not grads[name][n, length:].any(), name
        if length:
            np.testing.assert_array_equal(trace.last.out[n], trace.out[n, length - 1])
            np.testing.assert_array_equal(trace.last.state[n], trace.state[n, length - 1])


@pytest.mark.parametrize("padding", [7.0, np.nan, np.inf])
def test_padding_is_irrelevant(engine, padding):
    params, x, delta, state, lengths = problem(1)
    outside = np.arange(6) >= lengths[:, np.newaxis]
    assert outside.any()
    padded_x, padded_delta = x.copy(), delta.copy()
    padded_x[outside] = padding
    padded_delta[outside] = padding

    clean = forward(params, x, state, lengths, engine=engine)
    padded = forward(params, padded_x, state, lengths, engine=engine)
    assert_same({n: padded[n] for n in padded}, {n: clean[n] for n in clean})
    clean_grads = backward(params, clean, delta, keep=True)
    padded_grads = backward(params, padded, padded_delta, keep=True)
    assert_same({n: padded_grads[n] for n in padded_grads}, {n: clean_grads[n] for n in clean_grads})


def test_a_sequence_of_length_0_hands_its_initial_state_through(engine):
    params, x, delta, state, _ = random_problem(2, N=2)
    d_last = random_problem(3, N=2).state
    trace = forward(params, x, state, [0, 0], engine=engine)
    grads = backward(params, trace, delta, d_last_state=d_last)
    np.testing.assert_array_equal(trace.last, state)
    np.testing.assert_array_equal([grads.d_out0, grads.d_state0], d_last)
    assert not grads.flat().any()
    assert not grads.d_x.any()


def test_no_lengths_means_all_steps(engine):
    params, x, _, state, _ = random_problem(4)
    without, with_all = (forward(params, x, state, lengths, engine=engine) for lengths in (None, [5, 5, 5]))
    assert_same({n: without[n] for n in without}, {n: with_all[n] for n in with_all})
    np.testing.assert_array_equal(without.lengths, [5, 5, 5])


def test_single_sequence_shorter_than_its_array(engine):
    params, x, delta, _, _ = random_problem(5)
    short = forward(params, x[0, :3], engine=engine)
    padded = forward(params, x[0], lengths=3, engine=engine)
    np.testing.assert_array_equal(padded.last, short.last)
    np.testing.assert_array_equal(padded.out[:3], short.out)
    assert padded.lengths.shape == ()
    short_grads, grads = backward(params, short, delta[0, :3]), backward(params, padded, delta[0])
    np.testing.assert_array_equal(grads.flat(), short_grads.flat())
    assert not grads.d_x[3:].any()


def test_trace_false_gives_the_same_out_and_last(engine):
    params, x, _, state, lengths = problem(6)
    whole = forward(params, x, state, lengths, engine=engine)
    lean = forward(params, x, state, lengths, engine=engine, trace=False)
    assert list(lean) == ["out"]
    np.testing.assert_array_equal(lean.out, whole.out)
    np.testing.assert_array_equal(lean.last, whole.last)


def test_names_are_all_there(engine):
    params, x, delta, _, _ = problem(7)
    trace = forward(params, x, engine=engine)
    assert set(trace) == set(Trace.names())
    assert set(backward(params, trace, delta, keep=True)) == set(Grads.names())
