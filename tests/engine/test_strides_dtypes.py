"""Any memory layout gives the same numbers, every dtype stays itself, and NaN shows without a warning."""

import numpy as np
import pytest
from helpers import FLOAT64_ROUNDING, assert_same, random_problem

from gatewise.engine.params import Params
from gatewise.engine.passes import backward, forward
from gatewise.engine.reference.activations import sigmoid, tanh
from gatewise.engine.trace import State

# float32 against float64 on the same numbers: some tens of roundings of 6e-8. Measured: 3e-7.
FLOAT32_ROUNDING = 5e-6


def spread(array):
    """The same numbers with a gap after every one."""
    wide = np.full([2 * size for size in array.shape], np.nan, array.dtype)
    view = wide[tuple(np.s_[::2] for _ in array.shape)]
    view[...] = array
    return view


LAYOUTS = {
    "fortran": np.asfortranarray,
    "spread": spread,
    "reversed": lambda array: np.flip(np.flip(array).copy()),
    "time-first": lambda array: array.swapaxes(0, 1).copy().swapaxes(0, 1) if array.ndim > 1 else array,
    "big-endian": lambda array: array.astype(array.dtype.newbyteorder(">")),
    "read-only": lambda array: np.require(array.copy(), requirements="C").view(),
}


def run(params, x, delta, state, lengths, engine):
    """Everything that forward and backward return, by name."""
    trace = forward(params, x, state, lengths, engine=engine)
    grads = backward(params, trace, delta, d_last_state=state, keep=True)
    named = {name: trace[name] for name in trace} | {name: grads[name] for name in grads}
    return named | {"last out": trace.last.out, "last state": trace.last.state}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_layout(engine, layout, dtype):
    params, x, delta, state, lengths = random_problem(1, dtype=dtype)
    expected = run(params, x, delta, state, lengths, engine)
    laid_out = LAYOUTS[layout]
    given = [laid_out(array) for array in (params.W, params.U, params.b, x, delta, *state)]
    for array in given:
        array.flags.writeable = layout != "read-only"
    W, U, b, x, delta, out0, state0 = given
    actual = run(Params(W=W, U=U, b=b), x, delta, State(out0, state0), lengths, engine)
    # Not bit for bit: a matrix library may add in another order when a layout differs.
    rounding = FLOAT64_ROUNDING if dtype == "float64" else FLOAT32_ROUNDING
    assert_same(actual, expected, rtol=rounding)


def test_inputs_are_not_written_to_and_not_shared(engine):
    params, x, delta, state, lengths = random_problem(2)
    before = [array.copy() for array in (params.W, params.U, params.b, x, delta, *state, lengths)]
    trace = forward(params, x, state, lengths, engine=engine)
    kept = backward(params, trace, delta).flat()
    for array, copy in zip((params.W, params.U, params.b, x, delta, *state, lengths), before, strict=True):
        np.testing.assert_array_equal(array, copy)
    for array in (x, *state, lengths):
        array[...] = 0
    np.testing.assert_array_equal(backward(params, trace, delta).flat(), kept)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_result_has_the_parameters_dtype(engine, dtype):
    for name, array in run(*random_problem(3, dtype=dtype), engine).items():
        assert array.dtype == dtype, name


@pytest.mark.parametrize("dtype", ["float16", "longdouble", "complex64", "complex128", "clongdouble"])
def test_reference_takes_any_floating_dtype(dtype):
    for name, array in run(*random_problem(3, dtype=dtype), "reference").items():
        assert array.dtype == dtype, name


def test_float32_agrees_with_float64(engine):
    params, x, delta, state, lengths = random_problem(4, N=4, T=20, D=3, H=8, dtype="float32", scale=0.5)
    double = [array.astype("float64") for array in (x, delta, *state)]
    exact = run(params.astype("float64"), *double[:2], State(*double[2:]), lengths, engine)
    rounded = run(params, x, delta, state, lengths, engine)
    actual = {name: array.astype("float64") for name, array in rounded.items()}
    assert_same(actual, exact, rtol=FLOAT32_ROUNDING)


def test_lists_and_integers_take_the_parameters_dtype(engine):
    params, x, _, _, _ = random_problem(5, dtype="float32")
    whole = np.rint(4 * x).astype(int)
    expected = forward(params, whole.astype("float32"), engine=engine).out
    for given in (whole, whole.tolist(), whole.astype(float).tolist(), whole.astype("int8")):
        actual = forward(params, given, engine=engine).out
        assert actual.dtype == "float32"
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nan_shows_from_its_step_on_and_only_in_its_sequence(engine, dtype):
    params, x, delta, _, _ = random_problem(6, dtype=dtype)
    x[1, 2, 0] = np.nan
    trace = forward(params, x, engine=engine)
    for name in ("a", "i", "f", "o", "state", "out"):
        assert np.isnan(trace[name][1, 2:]).all(), name
        assert np.isfinite(trace[name][1, :2]).all(), name
        assert np.isfinite(trace[name][[0, 2]]).all(), name
    grads = backward(params, trace, delta)
    assert np.isnan(grads.d_W).all()
    assert np.isfinite(grads.d_x[[0, 2]]).all()


@pytest.mark.parametrize("huge", [1e4, 1e30, np.inf])
def test_saturated_gates(engine, huge):
    """Gates at their bounds: f = 1 and i = 0 return state_{t-1}, the constant error carousel (F5)."""
    params, x, delta, state, _ = random_problem(7, scale=0.1)
    b = params.b.copy()
    params = Params(W=params.W, U=params.U, b=b)
    params.gate("f")[2][:] = huge
    params.gate("i")[2][:] = -huge
    trace = forward(params, x, state, engine=engine)
    np.testing.assert_array_equal(trace.f, np.ones_like(trace.f))
    np.testing.assert_array_equal(trace.i, np.zeros_like(trace.i))
    np.testing.assert_array_equal(trace.state, np.broadcast_to(state.state[:, np.newaxis], trace.state.shape))
    grads = backward(params, trace, delta, keep=True)
    assert not grads.d_a.any()
    assert not grads.d_f.any()
    assert np.isfinite(grads.flat()).all()


def test_no_sequences(engine):
    params, _, _, _, _ = random_problem(8)
    trace = forward(params, np.empty((0, 4, 2)), lengths=[], engine=engine)
    grads = backward(params, trace, np.empty((0, 4, 4)))
    assert trace.out.shape == (0, 4, 4)
    assert trace.last.out.shape == grads.d_out0.shape == (0, 4)
    assert not grads.flat().any()


REAL = ["float32", "float64", "longdouble"]
COMPLEX = ["complex64", "complex128", "clongdouble"]
# Each activation is a handful of rounded operations.
ACTIVATION_EPS = 4


@pytest.mark.parametrize("dtype", REAL + COMPLEX)
def test_sigmoid_where_it_saturates(dtype):
    z = np.array([-1e5, -1e4, -800, -100, 0, 100, 800, 1e4, 1e5, -np.inf, np.inf], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        s = sigmoid(z)
    assert s.dtype == dtype
    np.testing.assert_array_equal(s[[0, 4, 5, 6, 7, 8, 9, 10]], [0, 0.5, 1, 1, 1, 1, 0, 1])
    with np.errstate(invalid="ignore"):  # complex NaN; forward does the same
        assert np.isnan(sigmoid(np.array([np.nan], dtype))).all()


@pytest.mark.parametrize("dtype", REAL)
def test_sigmoid_is_accurate_in_both_tails(dtype):
    """Relative accuracy also where it is tiny: 1/(1 + exp(-z)) in a wider type."""
    wide = np.dtype("longdouble")
    z = np.linspace(-80, 80, 641).astype(dtype)
    exact = 1 / (1 + np.exp(-z.astype(wide)))
    error = np.abs(sigmoid(z).astype(wide) - exact) / exact
    assert error.max() <= ACTIVATION_EPS * np.finfo(dtype).eps


@pytest.mark.parametrize("function", [sigmoid, tanh])
def test_activations_are_analytic(function):
    """A complex step through them gives the slope that the backward pass writes, in both tails."""
    z = np.linspace(-30, 30, 241)
    value = function(z)
    slope = value * sigmoid(-z) if function is sigmoid else 1 / np.cosh(z) ** 2
    step = 1e-20
    measured = function(z + 1j * step).imag / step
    np.testing.assert_allclose(measured, slope, rtol=50 * np.finfo(float).eps)
    np.testing.assert_array_equal(function(np.array([-1e4 + 1j * step, 1e4 + 1j * step])).imag, 0)
