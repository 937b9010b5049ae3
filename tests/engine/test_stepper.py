"""A step at a time gives what `forward` gives over the whole sequence: with the compiled engine, bit for bit."""

import numpy as np
import pytest

import gatewise
from gatewise import ArgumentError, DtypeError, Params, ShapeError, State, Stepper, forward

SIZES = [(1, 1), (2, 1), (3, 5), (8, 17), (33, 64), (5, 130)]


@pytest.fixture(params=[np.float32, np.float64])
def dtype(request):
    return request.param


def assert_same(engine, actual, desired):
    """Bits for bits; but NumPy's matrix library, which the reference uses, adds up by its own lights."""
    if engine == "reference":
        np.testing.assert_allclose(actual, desired, rtol=1e4 * np.finfo(desired.dtype).eps)
    else:
        np.testing.assert_array_equal(actual, desired)


@pytest.mark.parametrize(("D", "H"), SIZES)
def test_steps_have_the_bits_of_the_whole_sequence(engine, dtype, D, H):
    rng = np.random.default_rng(D * H)
    params = Params.init(D, H, seed=3, dtype=dtype)
    x = rng.normal(size=(9, 4, D)).astype(dtype)  # steps, sequences
    state = State(*(rng.normal(size=(4, H)).astype(dtype) for _ in range(2)))
    trace = forward(params, x.swapaxes(0, 1), state, engine=engine)
    stepper = Stepper(params, 4, state, engine=engine)
    for t in range(9):
        assert_same(engine, stepper.step(x[t]), trace.out[:, t])
    for part, whole in zip(stepper.state, trace.last, strict=True):
        assert_same(engine, part, whole)


@pytest.mark.parametrize(("D", "H"), SIZES)
def test_a_single_sequence(engine, dtype, D, H):
    rng = np.random.default_rng(D + H)
    params = Params.init(D, H, seed=4, dtype=dtype)
    x = rng.normal(size=(60, D)).astype(dtype)  # more steps than the engine works W·x ahead
    stepper = Stepper(params, engine=engine)
    outs = np.array([stepper.step(x_t).copy() for x_t in x])
    assert outs.shape == (60, H)
    trace = forward(params, x, engine=engine)
    assert_same(engine, outs, trace.out)


def test_state_is_a_copy_and_reset_goes_back_to_it(engine):
    params = Params.init(3, 4, dtype="float64")
    x = np.random.default_rng(0).normal(size=(6, 3))
    stepper = Stepper(params, engine=engine)
    for x_t in x[:3]:
        stepper.step(x_t)
    half_way = stepper.state
    ends = [stepper.step(x_t).copy() for x_t in x[3:]]
    stepper.reset(half_way)
    again = [stepper.step(x_t).copy() for x_t in x[3:]]
    np.testing.assert_array_equal(ends, again)
    stepper.reset()
    assert not stepper.state.out.any()


def test_the_array_is_overwritten_by_the_step_after_next_only():
    params = Params.init(3, 4)
    stepper = Stepper(params)
    x = np.ones(3, np.float32)
    first = stepper.step(x)
    kept = first.copy()
    stepper.step(x)
    np.testing.assert_array_equal(first, kept)


def test_lists_strides_and_wrong_input(engine):
    params = Params.init(2, 3, dtype="float64")
    stepper, twin = Stepper(params, engine=engine), Stepper(params, engine=engine)
    wide = np.arange(8.0).reshape(2, 4)
    np.testing.assert_array_equal(stepper.step([1.0, 2.0]), twin.step(np.array([2.0, 1.0])[::-1]))
    before = stepper.state
    for wrong, error, words in [
        (np.ones(3), ShapeError, r"x is \(3,\); it must be \(2,\)"),
        (wide, ShapeError, r"\(2, 4\)"),
        (np.ones(2, np.float32), DtypeError, "float32 where float64"),
        ("ab", DtypeError, "must hold numbers"),
        (None, DtypeError, "x is None; it must be an array of numbers"),
    ]:
        with pytest.raises(error, match=words):
            stepper.step(wrong)
    for part, same in zip(stepper.state, before, strict=True):
        np.testing.assert_array_equal(part, same)


@pytest.mark.parametrize("batch", [None, 4])
@pytest.mark.parametrize("H", [32, 256])
def test_what_a_step_returned_may_be_the_next_x_but_one(engine, batch, H):
    """The step then writes where its x stands."""
    params, rows = Params.init(H, H, seed=1), () if batch is None else (batch,)
    xs = np.random.default_rng(0).standard_normal((2, *rows, H)).astype(np.float32)
    for _ in range(20):
        found = []
        for copied in (True, False):
            stepper = Stepper(params, batch, engine=engine)
            given = stepper.step(xs[0])
            stepper.step(xs[1])
            found.append(stepper.step(given.copy() if copied else given).copy())
        np.testing.assert_array_equal(*found)


def test_wrong_arguments():
    params = Params.init(2, 3)
    with pytest.raises(ArgumentError, match="batch=0; it must be a whole number"):
        Stepper(params, 0)
    with pytest.raises(ShapeError, match=r"state.out is \(3,\); it must be \(4, 3\)"):
        Stepper(params, 4, (np.zeros(3, np.float32), np.zeros((4, 3), np.float32)))
    with pytest.raises(gatewise.EngineError, match="Choose from"):
        Stepper(params, engine="gpu")
    with pytest.raises(ArgumentError, match="threads=0; it must be a whole number"):
        Stepper(params, threads=0)
