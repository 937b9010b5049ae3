"""reverse=True: each sequence from its own last step to its first, with every array in the order of time.

What it must be is what the other order gives for the sequences turned round by hand, bit for bit.
"""

import copy
import pickle

import numpy as np
import pytest
from helpers import FLOAT64_ROUNDING, normal, random_problem

import gatewise
from gatewise.cells import CELLS
from gatewise.engine.passes import backward, forward, resolve
from gatewise.errors import ArgumentError, EngineError

LENGTHS = np.array([5, 3, 0, 1])


def turned(series, lengths=LENGTHS):
    """The same with each row's steps turned round within its length, by slices."""
    made = np.array(series)
    for row, length in zip(made, lengths, strict=True):
        row[:length] = row[:length][::-1].copy()
    return made


def is_series(name, params):
    return name[2:] not in params.arrays and not name.endswith("0")


@pytest.mark.parametrize("cell", CELLS)
def test_it_is_the_other_order_of_turned_sequences(engine, cell):
    params = gatewise.Params.init(3, 4, seed=1, cell=cell, dtype="float64")
    try:
        resolve(engine, params.dtype, params.cell)
    except EngineError:
        pytest.skip("the compiled engine has other cells")
    x = normal(2, 4, 5, 3)
    state = tuple(normal(3 + k, 4, params.length_of(name)) for k, name in enumerate(params.cell.carried))
    ours = forward(params, x, state, LENGTHS, engine=engine, reverse=True)
    other = forward(params, turned(x), state, LENGTHS, engine=engine)
    assert (ours.reverse, other.reverse) == (True, False)
    for name in ours:
        expected = other[name] if name.endswith("0") else turned(other[name])
        np.testing.assert_array_equal(ours[name], expected, err_msg=name)
    for mine, theirs in zip(ours.last, other.last, strict=True):
        np.testing.assert_array_equal(mine, theirs)

    delta = normal(7, *ours.out.shape)
    d_last = tuple(normal(8 + k, *part.shape) for k, part in enumerate(ours.last))
    found = backward(params, ours, delta, d_last_state=d_last, keep=True)
    expected = backward(params, other, turned(delta), d_last_state=d_last, keep=True)
    for name in found:
        there = turned(expected[name]) if is_series(name, params) else expected[name]
        np.testing.assert_array_equal(found[name], there, err_msg=name)


@pytest.mark.parametrize("lengths", [None, [3, 5, 1]], ids=["whole", "uneven"])
def test_a_step_starts_from_the_one_after_it(engine, lengths):
    params, x, _, state, _ = random_problem(3)
    trace = forward(params, x, state, lengths, engine=engine, reverse=True)
    N, T = x.shape[:2]
    for n, length in enumerate(lengths or [T] * N):
        for t in range(length):
            step = trace.at(t)
            own_last = t == length - 1
            np.testing.assert_array_equal(step.out_prev[n], state.out[n] if own_last else trace.out[n, t + 1])
            np.testing.assert_array_equal(
                step.state_prev[n], state.state[n] if own_last else trace.state[n, t + 1]
            )
        np.testing.assert_array_equal(trace.last.out[n], trace.out[n, 0])


def test_a_single_sequence_equals_a_batch_of_one(engine):
    params, x, delta, _, _ = random_problem(2)
    single = forward(params, x[0], lengths=3, engine=engine, reverse=True)
    batch = forward(params, x[:1], lengths=[3], engine=engine, reverse=True)
    np.testing.assert_array_equal(single.out, batch.out[0])
    ours, theirs = backward(params, single, delta[0]), backward(params, batch, delta[:1]).unbatched()
    for name in ours:
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)
    for reshaped, d in ((batch.unbatched(), delta[0]), (single.batched(), delta[:1])):
        assert reshaped.reverse
        np.testing.assert_allclose(backward(params, reshaped, d).d_W, ours.d_W, rtol=0, atol=FLOAT64_ROUNDING)


@pytest.mark.parametrize("kind", ["pickle", "copy", "deepcopy"])
@pytest.mark.parametrize("cell", ["lstm", "peephole", "gru"])
def test_copies_remember_it(cell, kind):
    params = gatewise.Params.init(3, 4, seed=1, cell=cell, dtype="float64")
    x, delta = normal(2, 4, 5, 3), normal(3, 4, 5, 4)
    trace = forward(params, x, lengths=LENGTHS, reverse=True)
    made = {"pickle": lambda t: pickle.loads(pickle.dumps(t)), "copy": copy.copy, "deepcopy": copy.deepcopy}[
        kind
    ](trace)
    assert made.reverse
    np.testing.assert_allclose(
        backward(params, made, delta).d_x, backward(params, trace, delta).d_x, rtol=0, atol=FLOAT64_ROUNDING
    )


def test_series_of_any_strides_are_read_where_they_lie(engine):
    params, x, delta, _, _ = random_problem(4)
    steps_first = np.ascontiguousarray(x.transpose(1, 0, 2)).transpose(1, 0, 2)
    ours = forward(params, steps_first, engine=engine, reverse=True)
    plain = forward(params, x, engine=engine, reverse=True)
    np.testing.assert_array_equal(ours.out, plain.out)
    wide = np.concatenate([delta, delta], axis=-1)[..., : delta.shape[-1]]
    np.testing.assert_array_equal(backward(params, ours, wide).d_W, backward(params, plain, delta).d_W)


@pytest.mark.parametrize("given", ["yes", None, 1, np.ones(2)], ids=str)
def test_reverse_is_a_flag(engine, given):
    params, x, *_ = random_problem(1)
    with pytest.raises(ArgumentError, match=r"reverse is .*; it must be True or False"):
        forward(params, x, engine=engine, reverse=given)


def test_what_a_step_starts_from_is_carried(engine):
    params, x, *_ = random_problem(1)
    trace = forward(params, x, engine=engine, reverse=True)
    with pytest.raises(ArgumentError, match="'f' is not carried from step to step; out and state are"):
        trace.start_of("f", 0)
    assert not trace.start_of("out", 0).flags.writeable
