"""A mistake is refused with one clear message that has the numbers, and in the same way by every engine."""

import re

import numpy as np
import pytest
from helpers import random_problem

from gatewise import errors
from gatewise.engine.params import Params
from gatewise.engine.passes import available, backward, forward, resolve
from gatewise.engine.trace import State

N, T, D, H = 3, 5, 2, 4


def message(text):
    """A pattern for the text as it is."""
    return re.escape(text)


@pytest.fixture
def problem():
    return random_problem(1, N=N, T=T, D=D, H=H)


BAD_X = {
    "features": (np.zeros((N, T, 5)), errors.ShapeError, "x has 5 features per step but W was made for 2"),
    "one axis": (np.zeros(T), errors.ShapeError, "x is (5,); it must be (N, T, D)"),
    "four axes": (np.zeros((1, N, T, D)), errors.ShapeError, "x is (1, 3, 5, 2)"),
    "no steps": (np.zeros((N, 0, D)), errors.ShapeError, "no time steps"),
    "ragged": ([[[1, 2]], [[1, 2], [3, 4]]], errors.ShapeError, "x is a ragged list"),
    "float32": (np.zeros((N, T, D), "float32"), errors.DtypeError, "Use x.astype('float64')"),
    "float32 in a list": ([np.zeros((T, D), "float32")] * N, errors.DtypeError, "x is float32"),
    "complex": ([[1j, 0]], errors.DtypeError, "x is complex"),
    "text": ([["a", "b"]], errors.DtypeError, "x holds <U1; it must hold numbers"),
    "nothing": (None, errors.DtypeError, "x is None; it must be an array"),
}


@pytest.mark.parametrize(("x", "error", "text"), BAD_X.values(), ids=BAD_X)
def test_x_is_refused(problem, engine, x, error, text):
    with pytest.raises(error, match=message(text)):
        forward(problem.params, x, engine=engine)


@pytest.mark.parametrize(("given", "needed"), [("float32", "float64"), ("float64", "float32")])
def test_precision_is_never_converted_silently(engine, given, needed):
    params, x, delta, state, _ = random_problem(1, dtype=needed)
    trace = forward(params, x, engine=engine)
    text = message(f"is {given} where {needed} is needed; precision is not converted silently")
    with pytest.raises(errors.DtypeError, match="x " + text):
        forward(params, x.astype(given), engine=engine)
    with pytest.raises(errors.DtypeError, match="state.out " + text):
        forward(params, x, (state.out.astype(given), state.state), engine=engine)
    with pytest.raises(errors.DtypeError, match="delta " + text):
        backward(params, trace, delta.astype(given))


BAD_STATES = {
    "shape": ((np.zeros((N, 9)), np.zeros((N, H))), errors.ShapeError, "state.out is (3, 9); it must be"),
    "not broadcast": ((np.zeros((N, H)), np.zeros(H)), errors.ShapeError, "state.state is (4,)"),
    "dtype": ((np.zeros((N, H)), np.zeros((N, H), "float32")), errors.DtypeError, "state.state is float32"),
    "one array": (np.zeros((2, N, H)), errors.ArgumentError, "state is an array (2, 3, 4); it must be a pair"),
    "three": ([np.zeros((N, H))] * 3, errors.ArgumentError, "it must be a pair (out, state), each (3, 4)"),
}  # fmt: skip


@pytest.mark.parametrize(("state", "error", "text"), BAD_STATES.values(), ids=BAD_STATES)
def test_state_is_refused(problem, engine, state, error, text):
    with pytest.raises(error, match=message(text)):
        forward(problem.params, problem.x, state, engine=engine)
    trace = forward(problem.params, problem.x, engine=engine)
    with pytest.raises(error, match=message("d_last_" + text) if text.startswith("state") else message(text)):
        backward(problem.params, trace, problem.delta, d_last_state=state)


BAD_LENGTHS = {
    "too long": ([5, 6, 0], errors.ArgumentError, "lengths go from 0 to 6; x has 5 steps"),
    "negative": ([-1, 2, 3], errors.ArgumentError, "lengths go from -1 to 3"),
    "too few": (
        [5, 5],
        errors.ShapeError,
        "lengths is (2,); it must be (3,), one for each of the 3 sequences",
    ),
    "one for all": (4, errors.ShapeError, "lengths is ()"),
    "fractions": ([5.0, 4.0, 3.0], errors.DtypeError, "lengths holds float64; it must hold whole numbers"),
    "a mask": ([True, False, True], errors.DtypeError, "lengths holds bool"),
}


@pytest.mark.parametrize(("lengths", "error", "text"), BAD_LENGTHS.values(), ids=BAD_LENGTHS)
def test_lengths_are_refused(problem, engine, lengths, error, text):
    with pytest.raises(error, match=message(text)):
        forward(problem.params, problem.x, lengths=lengths, engine=engine)


def test_lengths_of_a_single_sequence_are_one_number(problem, engine):
    with pytest.raises(errors.ShapeError, match=message("lengths is (1,); it must be (), a whole number")):
        forward(problem.params, problem.x[0], lengths=[3], engine=engine)


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2"])
def test_threads_are_refused(problem, engine, threads):
    with pytest.raises(errors.ArgumentError, match=message(f"threads={threads!r}")):
        forward(problem.params, problem.x, engine=engine, threads=threads)
    trace = forward(problem.params, problem.x, engine=engine, threads=np.int64(1))
    with pytest.raises(errors.ArgumentError, match="threads"):
        backward(problem.params, trace, problem.delta, threads=threads)


@pytest.mark.parametrize("name", ["fast", "", "Reference", None])
def test_unknown_engine_is_refused_with_what_there_is(problem, name):
    with pytest.raises(errors.EngineError, match=message(f"auto, {', '.join(available())}")):
        forward(problem.params, problem.x, engine=name)


def test_native_is_used_or_refused(problem):
    """Never replaced by another."""
    if "native" in available():
        assert forward(problem.params, problem.x, engine="native").engine == "native"
        return
    with pytest.raises(errors.EngineError, match="engine='native' cannot run here"):
        forward(problem.params, problem.x, engine="native")


def test_trace_names_the_engine_that_ran(problem, engine):
    assert forward(problem.params, problem.x, engine=engine).engine == engine
    assert forward(problem.params, problem.x).engine == resolve("auto") == available()[0]


BAD_DELTAS = {
    "shape": (np.zeros((N, T, 7)), errors.ShapeError, "delta is (3, 5, 7); it must be (3, 5, 4)"),
    "last step only": (np.zeros((N, H)), errors.ShapeError, "delta is (3, 4); it must be (3, 5, 4)"),
    "dtype": (np.zeros((N, T, H), "float32"), errors.DtypeError, "delta is float32 where float64 is needed"),
}


@pytest.mark.parametrize(("delta", "error", "text"), BAD_DELTAS.values(), ids=BAD_DELTAS)
def test_delta_is_refused(problem, engine, delta, error, text):
    trace = forward(problem.params, problem.x, engine=engine)
    with pytest.raises(error, match=message(text)):
        backward(problem.params, trace, delta)


@pytest.mark.parametrize(
    ("other", "text"),
    [
        (Params.init(D + 1, H, dtype="float64"), "params have 3, 4, float64"),
        (Params.init(D, H + 1, dtype="float64"), "params have 2, 5, float64"),
        (Params.init(D, H, dtype="float32"), "params have 2, 4, float32"),
    ],
    ids=["input size", "hidden size", "dtype"],
)
def test_trace_of_other_parameters_is_refused(problem, engine, other, text):
    trace = forward(problem.params, problem.x, engine=engine)
    with pytest.raises(errors.ArgumentError, match=message(text)):
        backward(other, trace, problem.delta)


def test_backward_needs_what_trace_false_did_not_keep(problem, engine):
    trace = forward(problem.params, problem.x, engine=engine, trace=False)
    with pytest.raises(
        errors.NotKeptError, match="forward ran with trace=False, which keeps only out and last"
    ):
        backward(problem.params, trace, problem.delta)


def test_state_may_be_any_pair(problem, engine):
    out, state = problem.state
    expected = forward(problem.params, problem.x, State(out, state), engine=engine)
    for given in ((out, state), [out, state], (out.tolist(), state.tolist())):
        np.testing.assert_array_equal(
            forward(problem.params, problem.x, given, engine=engine).out, expected.out
        )


def test_every_error_can_be_caught_as_one():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert all(issubclass(kind, errors.GatewiseError) and issubclass(kind, ValueError) for kind in kinds)
