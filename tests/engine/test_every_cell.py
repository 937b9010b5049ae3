"""Every public function with every cell: it computes that cell."""

import copy
import inspect
import pickle

import numpy as np
import pytest
from any_cell import EVERY, Drawn

import gatewise
from gatewise import Params, Stepper, backward, forward
from gatewise.cells import LSTM, CellError, cell_named, read_cell
from gatewise.cells.check import RESERVED
from gatewise.errors import ArgumentError, EngineError, ShapeError

EACH = pytest.mark.parametrize("name", EVERY)
OTHER = pytest.mark.parametrize("name", [name for name in EVERY if name != "lstm"])


def problem(name, **options):
    """Parameters of a cell, x and a label for them."""
    rng = np.random.default_rng(3)
    output_size = 2 if "projected" in name else None
    options = {"dtype": "float64", "seed": 1, "cell": name, "output_size": output_size, **options}
    params = Params.init(3, 4, **options)
    return params, rng.standard_normal((2, 5, 3)), rng.standard_normal((2, 5, params.output_size))


def grads_of(params, x, label):
    trace = forward(params, x)
    return backward(params, trace, trace.out - label)


CALLS = {  # every public function that takes parameters; what it gives is a number to compare
    "forward": lambda p, x, label: forward(p, x).out,
    "backward": lambda p, x, label: grads_of(p, x, label).d_W,
    "Stepper": lambda p, x, label: Stepper(p, 2).step(x[:, 0]),
    "train_steps": lambda p, x, label: gatewise.train_steps(p, x, label, steps=2, learning_rate=0.1).losses,
    "worksheet": lambda p, x, label: gatewise.worksheet(p, x, label).losses,
    "derivatives.check": lambda p, x, label: gatewise.derivatives.check(p, x, label).ok,
    "optimizers.sgd": lambda p, x, label: gatewise.optimizers.sgd(p, grads_of(p, x, label), 0.1).flat(),
    "optimizers.adam": lambda p, x, label: gatewise.optimizers.adam(p, grads_of(p, x, label), 0.1)[0].flat(),
    "optimizers.Moments.zero": lambda p, x, label: gatewise.optimizers.Moments.zero(p).first,
}


def test_every_function_that_takes_parameters_is_tried():
    found = set()
    for place, module in (
        ("", gatewise),
        *((f"{n}.", getattr(gatewise, n)) for n in ("derivatives", "optimizers")),
    ):
        for name in module.__all__:
            thing = getattr(module, name)
            methods = {"": thing, ".zero": getattr(thing, "zero", None)}
            for suffix, one in methods.items():
                if callable(one) and one is not gatewise.Trained and "params" in _arguments(one):
                    found.add(f"{place}{name}{suffix}")
    assert found == set(CALLS)


def _arguments(thing):
    try:
        return inspect.signature(thing).parameters
    except (TypeError, ValueError):
        return ()


@OTHER
@pytest.mark.parametrize("call", CALLS)
def test_it_computes_the_cell(call, name):
    params, x, label = problem(name)
    given = CALLS[call](params, x, label)
    # Not another cell in silence: the same numbers, named LSTM where that is possible, give something else.
    assert np.isfinite(given).all()
    if name == "peephole" and call not in ("derivatives.check", "optimizers.Moments.zero"):
        plain = Params(W=params.W, U=params.U, b=params.b)
        other = CALLS[call](plain, x, label)
        assert np.shape(other) != np.shape(given) or not np.allclose(other, given)


@EACH
def test_forward_is_what_the_equations_give(name):
    drawn = Drawn(cell_named(name))
    params = Params(cell=name, **drawn.parameters)
    state = tuple(drawn.initial.values())
    trace = forward(params, drawn.x, state, drawn.lengths)
    grads = backward(params, trace, drawn.delta, d_last_state=tuple(drawn.d_last.values()), keep=True)
    derived = drawn.gradients(keep=True)
    for field in grads:
        np.testing.assert_allclose(grads[field], derived[field], rtol=1e-12, atol=1e-14, err_msg=field)
    assert {*derived} == {*grads}
    assert trace.last[0].shape == trace.last_out.shape == (3, params.output_size)


@EACH
def test_one_sequence_batches_lengths_and_steps_agree(name):
    params, x, label = problem(name, dtype="float32")
    x, label = x.astype("float32"), label.astype("float32")
    trace = forward(params, x, lengths=[5, 3])
    one = forward(params, x[1, :3])
    np.testing.assert_allclose(trace.out[1, :3], one.out, rtol=1e-5)
    assert not trace.out[1, 3:].any()
    np.testing.assert_allclose(trace.last[0][1], one.out[-1], rtol=1e-5)
    step = one.at(2)
    assert np.array_equal(step.out, one.out[2])
    assert np.array_equal(step.out_prev, one.out[1])
    stepper = Stepper(params)
    outs = [stepper.step(row).copy() for row in x[0]]
    np.testing.assert_allclose(outs, forward(params, x[0]).out, rtol=1e-5, atol=1e-7)
    gone_on = forward(params, x[:, 3:], forward(params, x[:, :3]).last)
    np.testing.assert_allclose(gone_on.out, forward(params, x).out[:, 3:], rtol=1e-5, atol=1e-7)


@EACH
def test_everything_of_a_cell_can_be_copied_and_pickled(name):
    params, x, label = problem(name)
    trace = forward(params, x)
    grads = backward(params, trace, label)
    stepper = Stepper(params, 2)
    stepper.step(x[:, 0])
    for again in (copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))):
        p, t, g, s = map(again, (params, trace, grads, stepper))
        assert p.cell is params.cell
        assert np.array_equal(p.flat(), params.flat())
        assert np.array_equal(t.out, trace.out)
        assert np.array_equal(g.flat(), grads.flat())
        assert np.array_equal(s.step(x[:, 1]), copy.copy(stepper).step(x[:, 1]))
        np.testing.assert_allclose(backward(p, t, label).d_W, grads.d_W, rtol=1e-12)
    with pytest.raises(ValueError, match="read-only"):
        trace.out[0] = 1


@EACH
def test_parameters_go_into_a_vector_and_back(name):
    params, *_ = problem(name, scheme="glorot")
    back = Params.from_flat(params.flat(), 3, 4, cell=name, output_size=params.output_size)
    assert all(np.array_equal(back.arrays[each], array) for each, array in params.arrays.items())
    moved = params.replace(W=params.W + 1)
    assert moved.cell is params.cell
    assert np.array_equal(moved.W, params.W + 1)
    assert moved.U is params.U
    assert params.astype("float32").cell is params.cell
    assert params.size == params.flat().size
    if params.cell.gates:
        gate = params.cell.gates[-1]
        rows = params.gate(gate)
        assert all(len(part) in (4, 2) for part in rows)
        with pytest.raises(ArgumentError, match="is not a gate"):
            params.gate("nope")


def test_only_the_forget_gate_has_a_forget_bias():
    assert (Params.init(2, 3, cell="mgu", forget_bias=1).gate("f")[2] == 1).all()
    for name in ("gru", "rnn", "coupled"):
        with pytest.raises(ArgumentError, match=f"cell {name} has no bias of a forget gate"):
            Params.init(2, 3, cell=name, forget_bias=1)


REFUSALS = {
    "no such cell": (lambda: Params.init(2, 3, cell="grü"), "Choose from: lstm, peephole"),
    "missing": (lambda: Params(cell="gru", W=np.ones((9, 2))), "has the parameters W, U, b, given by name: U and b missing"),
    "unknown": (lambda: Params(W=1, U=1, b=1, V=1), "cell lstm has the parameters W, U, b, given by name: there is no V"),
    "sizes": (lambda: Params(cell="gru", W=np.ones((9, 2)), U=np.ones((9, 4)), b=np.ones(9)), "must be (3H, D), (3H, H), (3H,) with D and H at least 1: the rows of the three gates r, u, a"),
    "projected sizes": (lambda: Params(cell="projected", W=np.ones((8, 2)), U=np.ones((8, 3)), b=np.ones(8), R=np.ones((2, 2))), "(4H, D), (4H, Q), (4H,), (Q, H) with D, H and Q at least 1"),
    "no projection": (lambda: Params.init(2, 3, cell="gru", output_size=2), "cell gru does not project its output"),
    "engine": (lambda: forward(*problem("gru")[:2], engine="native"), "cell gru"),
    "state": (lambda: forward(*problem("gru")[:2], state=(1, 2)), "cell gru carries 1: give (out (2, 4))"),
    "trace": (lambda: backward(problem("gru")[0], forward(*problem("mgu")[:2]), np.ones((2, 5, 4))), "trace is of cell mgu, params are of cell gru"),
    "trace of the lstm": (lambda: backward(problem("gru")[0], forward(*problem("lstm")[:2]), np.ones((2, 5, 4))), "trace is of cell lstm, params are of cell gru"),
    "delta": (lambda: backward(problem("projected")[0], forward(*problem("projected")[:2]), np.ones((2, 5, 4))), "(2, 5, 2)"),
    "gradients": (lambda: gatewise.optimizers.sgd(problem("peephole")[0], grads_of(*problem("lstm")), 0.1), "it must be what backward gave"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS)
def test_what_does_not_fit_a_cell_is_refused(case):
    call, said = REFUSALS[case]
    with pytest.raises((ArgumentError, ShapeError, EngineError)) as told:
        call()
    assert said in str(told.value)


@EACH
def test_nan_stays_and_an_empty_batch_is_one(name):
    params, x, _ = problem(name)
    x[0, 2, 0] = np.nan
    spoilt = np.isnan(forward(params, x).out[0]).any(axis=1)
    assert spoilt.tolist() == [False, False, True, True, True]
    none = forward(params, np.zeros((0, 5, 3)))
    assert none.out.shape == (0, 5, params.output_size)
    assert not backward(params, none, none.out).d_W.any()


@EACH
def test_every_array_has_the_dtype_of_the_parameters(name):
    params, x, label = problem(name, dtype="float32")
    trace = forward(params, x.astype("float32"))
    grads = backward(params, trace, label.astype("float32"), keep=True)
    assert {trace[each].dtype for each in trace} | {grads[each].dtype for each in grads} == {
        np.dtype("float32")
    }


@EACH
def test_past_a_sequences_end_all_gradients_are_0_whatever_the_weights_are(name):
    params, x, label = problem(name)
    W = params.W.copy()
    W[0, 0] = np.inf
    trace = forward(params.replace(W=W), x, lengths=[5, 2])
    grads = backward(params.replace(W=W), trace, np.ones_like(label))
    assert not grads.d_x[1, 2:].any()


def test_a_trace_of_the_lstm_is_not_gone_back_through_as_peepholes():
    """Their W, U and b have the same shapes, and the compiled engine knows no V."""
    params, x, label = problem("peephole")
    trace = forward(Params(W=params.W, U=params.U, b=params.b), x)
    with pytest.raises(ArgumentError, match="trace is of cell lstm, params are of cell peephole"):
        backward(params, trace, label)


def test_out_alone_may_be_given_as_an_array():
    params, x, _ = problem("gru")
    first = np.full((2, 4), 0.5)
    assert np.array_equal(forward(params, x, first).out, forward(params, x, (first,)).out)


def test_a_cell_of_ones_own_runs_and_trains():
    own = read_cell("g_t = σ(W_g·x_t + U_g·out_{t-1} + b_g)\nout_t = g_t ⊙ out_{t-1} + (1 - g_t)", "own")
    params = Params.init(3, 4, cell=own, dtype="float64")
    x, label = np.ones((2, 6, 3)), np.full((2, 6, 4), 0.3)
    trained = gatewise.train_steps(params, x, label, steps=20, learning_rate=0.5)
    assert trained.losses[-1] < trained.losses[0]
    assert trained.params.cell == own
    assert gatewise.derivatives.check(params, x).ok
    assert pickle.loads(pickle.dumps(params)).cell == own


def test_what_parameters_traces_and_gradients_have_is_no_name_of_a_quantity():
    taken = {
        name for kind in (Params, gatewise.Trace, gatewise.Grads) for name in dir(kind) if name.isalpha()
    }
    assert taken - {"W", "U", "b"} <= {*RESERVED}
    for name in ("engine", "lambda"):
        with pytest.raises(CellError, match=f"{name} means something else everywhere"):
            read_cell(f"{name}_t = W·x_t + U·out_{{t-1}}\nout_t = tanh({name}_t)")


def test_old_pickles_are_of_the_lstm():
    """Up to 0.2 parameters had no cell."""
    params = Params.init(2, 3)
    old = object.__new__(Params)
    vars(old).update({name: getattr(params, name) for name in ("W", "U", "b")})
    assert old.cell is LSTM
    assert np.array_equal(
        forward(old, np.ones((4, 2), "float32")).out, forward(params, np.ones((4, 2), "float32")).out
    )
