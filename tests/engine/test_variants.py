"""The LSTM's variants in the compiled engine, each option alone and together, for every instruction set.

The oracle is the reference engine, which evaluates the cell's derived equations; what is promised of the plain LSTM's
bits (test_native_determinism.py) is promised of these.
"""

import copy
import itertools
import pickle

import numpy as np
import pytest
from helpers import FLOAT64_ROUNDING, assert_same, assert_same_bits
from variants import OPTIONS, VARIANTS, everything, problem

from gatewise import Params, Stepper, backward, forward, train_steps
from gatewise.cells import CELLS
from gatewise.engine.passes import ENGINES, resolve
from gatewise.engine.variant import Variant, variant_of
from gatewise.errors import DtypeError, EngineError, ShapeError
from gatewise.learn import derivatives, network
from gatewise.learn.optimizers import adam

NATIVE = [name for name in ENGINES if name.startswith("native-")]
EACH = pytest.mark.parametrize("variant", VARIANTS)
NAMED = pytest.mark.parametrize("name", NATIVE)
# Tiles, groups, blocks and chunks: one unit, more units than a vector, one sequence whose W·x is worked out ahead,
# panels that outgrow the nearest cache, more outputs than units, steps past a chunk's rows.
SIZES = [
    (1, 2, 2, 1, 1),
    (1, 60, 4, 17, 5),
    (7, 9, 5, 33, 40),
    (65, 12, 3, 9, 7),
    (3, 4, 70, 140, 66),
    (5, 90, 3, 9, 4),
]
# Root mean square of the error over that of the array, as in test_native_numerics.py.
FLOAT32_ERROR = 1e-6


def case_of(variant, number=0, dtype="float64", even=False, scale=None):
    N, T, D, H, Q = SIZES[number]
    made = problem(VARIANTS[variant], number, N, T, D, H, Q, dtype, scale or min(0.8, 2 / np.sqrt(D + H)))
    return made._replace(lengths=None) if even else made


@EACH
def test_options_reach_the_engine(variant):
    given = OPTIONS[variant]
    assert variant_of(VARIANTS[variant]) == Variant(**given)
    assert resolve("auto", np.dtype("float32"), VARIANTS[variant]) == "native"


@pytest.mark.parametrize("even", [True, False])
@pytest.mark.parametrize("number", range(len(SIZES)))
@EACH
@NAMED
def test_every_array_is_the_reference_engines(name, variant, number, even):
    case = case_of(variant, number, even=even)
    expected = everything(case, engine="reference")
    assert_same(everything(case, engine=name), expected, rtol=FLOAT64_ROUNDING)


@pytest.mark.parametrize("variant", ["onnx", "peephole-projected", "all"])
@NAMED
def test_all_small_sizes(name, variant):
    """Every N up to a tile and one more, and units and outputs up to two vectors and one more."""
    for number, (N, H) in enumerate((N, H) for N in range(1, 8) for H in range(1, 18)):
        D, Q = 1 + number % 7, 1 + number * 5 % 18
        case = problem(VARIANTS[variant], number, N, 2 + number % 2, D, H, Q)
        expected = everything(case, engine="reference")
        assert_same(everything(case, engine=name), expected, rtol=FLOAT64_ROUNDING)


@EACH
def test_the_limits_clip_some_and_leave_some(variant):
    """So that both sides of every limit are compared."""
    case = case_of(variant, 2)
    assert_some_are_clipped(everything(case, engine="native"), OPTIONS[variant], case.lengths)


def assert_some_are_clipped(found, options, lengths):
    inside = np.arange(found["state"].shape[1]) < lengths[:, np.newaxis]
    for field, limit in (("a", np.tanh(options.get("clip", 0))), ("state", options.get("state_clip", 0))):
        if limit:
            share = np.mean(np.abs(found[field][inside]) > limit * (1 - 1e-12))
            assert 0.01 < share < 0.9, (field, share)


@pytest.mark.parametrize("number", [2, 3, 4])
@EACH
@NAMED
def test_float32_errors(name, variant, number):
    """Where a limit is met within the rounding of float32, the two may differ by a whole slope: none is here."""
    case = case_of(variant, number, "float32", scale=1 / np.sqrt(3 * SIZES[number][3]))
    exact = everything(_as(case, "float64"), engine="reference")
    actual = everything(case, engine=name)
    for field, array in exact.items():
        assert actual[field].dtype == np.float32
        error = np.sqrt(np.mean((actual[field] - array) ** 2) / np.mean(array**2))
        assert error < FLOAT32_ERROR, (field, error)


def _as(case, dtype):
    cast = [array.astype(dtype) for array in (case.x, case.delta, *case.state, *case.d_last)]
    state, d_last = (type(case.state)(*pair) for pair in (cast[2:4], cast[4:]))
    return case._replace(
        params=case.params.astype(dtype), x=cast[0], delta=cast[1], state=state, d_last=d_last
    )


@EACH
def test_the_derivatives_are_those_of_the_forward_pass(variant):
    """Measured by the reference engine, found by the compiled one; in float64 and over every input."""
    case = problem(VARIANTS[variant], 5, N=2, T=4, D=2, H=3, Q=2)
    report = derivatives.check(
        case.params, case.x, delta=case.delta, state=case.state, lengths=case.lengths, engine="native"
    )
    assert report.ok, str(report)


# Bits -----------------------------------------------------------------------------------------------------------------

SHARED = [(130, 20, 9, 33, 20), (7, 60, 20, 64, 33), (3, 40, 5, 90, 70)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", SHARED, ids=str)
@EACH
@NAMED
def test_any_number_of_threads_gives_the_same_bits(name, variant, size, dtype):
    N, T, D, H, Q = size
    case = problem(VARIANTS[variant], 1, N, T, D, H, Q, dtype, 0.3)
    one = everything(case, engine=name, threads=1)
    for threads in (2, 3, 8):
        assert_same_bits(everything(case, engine=name, threads=threads), one, f"with {threads} threads")


@EACH
def test_a_single_sequence_of_many_units_is_shared_with_the_same_bits(variant, monkeypatch):
    """Threads take its blocks, and where out is projected its columns, among them."""
    monkeypatch.setenv("GATEWISE_THREADS", "2")
    for dtype in ("float32", "float64"):
        case = problem(VARIANTS[variant], 2, 1, 5, 150, 260, 190, dtype, 0.1)
        one = everything(case, engine="native", threads=1)
        for threads in (2, 3):
            assert_same_bits(everything(case, engine="native", threads=threads), one)


@EACH
@NAMED
def test_a_sequences_bits_do_not_depend_on_those_beside_it(name, variant):
    case = problem(VARIANTS[variant], 3, 9, 6, 3, 20, 11, "float32")
    whole = forward(case.params, case.x, case.state, engine=name)
    for n in (0, 4, 8):
        rows = slice(n, n + 3)
        start = tuple(part[rows] for part in case.state)
        few = forward(case.params, case.x[rows], start, engine=name)
        np.testing.assert_array_equal(few.out, whole.out[rows])
        np.testing.assert_array_equal(few.last.state, whole.last.state[rows])


@pytest.mark.parametrize("number", range(len(SIZES)))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@EACH
@NAMED
def test_steps_have_the_bits_of_the_whole_sequence(name, variant, dtype, number):
    case = case_of(variant, number, dtype)
    N, T, _ = case.x.shape
    whole = forward(case.params, case.x, case.state, engine=name)
    stepper = Stepper(case.params, N, case.state, engine=name)
    for t in range(T):
        np.testing.assert_array_equal(stepper.step(case.x[:, t]), whole.out[:, t])
    for part, last in zip(stepper.state, whole.last, strict=True):
        np.testing.assert_array_equal(part, last)
    alone = Stepper(case.params, engine=name)
    single = forward(case.params, case.x[0], engine=name)
    for t in range(T):
        np.testing.assert_array_equal(alone.step(case.x[0, t]), single.out[t])


# Lengths --------------------------------------------------------------------------------------------------------------


@EACH
def test_each_sequence_equals_itself_alone(variant):
    case = problem(VARIANTS[variant], 4, N=5, T=6)
    trace = forward(case.params, case.x, case.state, case.lengths, engine="native")
    grads = backward(case.params, trace, case.delta, d_last_state=case.d_last, keep=True)
    of_params = {f"d_{name}" for name in case.params.arrays}
    summed = np.zeros(case.params.size)
    for n, length in enumerate(case.lengths):
        start, end = (tuple(part[n] for part in pair) for pair in (case.state, case.d_last))
        if length == 0:
            for found, given in zip((grads.d_out0[n], grads.d_state0[n]), end, strict=True):
                np.testing.assert_array_equal(found, given)
            continue
        alone = forward(case.params, case.x[n, :length], start, engine="native")
        back = backward(case.params, alone, case.delta[n, :length], d_last_state=end, keep=True)
        summed += back.flat()
        ends = {"out0", "state0", "d_out0", "d_state0"}
        together = {f: trace[f][n] if f in ends else trace[f][n, :length] for f in trace}
        together |= {
            f: grads[f][n] if f in ends else grads[f][n, :length] for f in grads if f not in of_params
        }
        apart = {f: alone[f] for f in alone} | {f: back[f] for f in back if f not in of_params}
        assert_same(together, apart, rtol=FLOAT64_ROUNDING)
        for field in (*trace, *grads):
            values = (trace if field in trace else grads)[field]
            if field not in ends | of_params:
                assert not values[n, length:].any(), field
    np.testing.assert_allclose(grads.flat(), summed, rtol=0, atol=FLOAT64_ROUNDING * np.abs(summed).max())


@pytest.mark.parametrize("padding", [7.0, np.nan, np.inf])
@EACH
def test_padding_is_irrelevant(variant, padding):
    case = problem(VARIANTS[variant], 6, N=5, T=6)
    outside = np.arange(6) >= case.lengths[:, np.newaxis]
    assert outside.any()
    x, delta = case.x.copy(), case.delta.copy()
    x[outside], delta[outside] = padding, padding
    clean = everything(case, engine="native")
    assert_same_bits(everything(case._replace(x=x, delta=delta), engine="native"), clean)


# Numbers at the ends of their range -----------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@EACH
@NAMED
def test_nan_and_infinity_go_through_as_in_numpy(name, variant, bad):
    case = problem(VARIANTS[variant], 7, N=3, T=6, H=9, Q=5)
    x = case.x.copy()
    x[1, 2, 0] = bad
    case = case._replace(x=x, lengths=None)
    expected, actual = (everything(case, engine=engine) for engine in ("reference", name))
    for field in expected:
        found, exact = actual[field], expected[field]
        np.testing.assert_array_equal(np.isnan(found), np.isnan(exact), err_msg=field)
        np.testing.assert_allclose(found, exact, rtol=1e-10, atol=1e-12, err_msg=field)


@EACH
def test_weights_that_are_the_largest_numbers(variant):
    case = problem(VARIANTS[variant], 8, N=2, T=3, H=5, dtype="float32")
    largest = np.finfo("float32").max
    arrays = {
        name: np.where(array > 1, largest, array).astype("float32") for name, array in case.params.arrays.items()
        if name in ("W", "b")
    }  # fmt: skip
    case = case._replace(params=case.params.replace(**arrays), x=np.ones_like(case.x), lengths=None)
    expected = forward(case.params, case.x, case.state, engine="reference")
    actual = forward(case.params, case.x, case.state, engine="native")
    np.testing.assert_allclose(actual.out, expected.out, rtol=1e-4, atol=1e-5)


# What else is done with a trace ---------------------------------------------------------------------------------------


@EACH
def test_names_and_shapes_are_those_of_the_reference_engine(variant, engine):
    case = problem(VARIANTS[variant])
    trace = forward(case.params, case.x, case.state, engine=engine)
    reference = forward(case.params, case.x, case.state, engine="reference")
    assert trace.names() == reference.names()
    assert {*trace} == {*reference}
    assert trace.cell is case.params.cell
    assert trace.engine == engine
    assert type(trace.at(2))._fields == type(reference.at(2))._fields
    np.testing.assert_array_equal(trace.at(2).out_prev, trace.out[:, 1])
    np.testing.assert_array_equal(trace.at(0).state_prev, case.state.state)
    for keep in (True, False):
        for inputs in (True, False):
            found = backward(case.params, trace, case.delta, keep=keep, inputs=inputs)
            exact = backward(case.params, reference, case.delta, keep=keep, inputs=inputs)
            assert {*found} == {*exact}
            assert found.names() == exact.names()
    np.testing.assert_array_equal(found.flat(copy=False), found.flat())
    lean = forward(case.params, case.x, case.state, engine=engine, trace=False)
    assert list(lean) == ["out"]
    np.testing.assert_array_equal(lean.out, trace.out)


@EACH
def test_copies_and_pickles(variant):
    case = problem(VARIANTS[variant])
    trace = forward(case.params, case.x, case.state, engine="native")
    grads = backward(case.params, trace, case.delta)
    shared = copy.copy(trace)
    assert type(shared) is type(trace)
    for again in (copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))):
        there = again(trace)
        assert there.engine == "reference"
        np.testing.assert_array_equal(there.state, trace.state)
        np.testing.assert_array_equal(again(grads).flat(), grads.flat())
        np.testing.assert_allclose(
            backward(case.params, there, case.delta).flat(), grads.flat(), rtol=1e-10, atol=1e-13
        )
    one = forward(case.params, case.x[:1], engine="native").unbatched()
    np.testing.assert_array_equal(one.state, forward(case.params, case.x[:1], engine="native").state[0])
    with pytest.raises(ValueError, match="read-only"):
        trace.state[0] = 1


@EACH
def test_strides_and_lists_are_read(variant):
    case = problem(VARIANTS[variant])
    expected = everything(case, engine="native")
    wide = np.zeros((3, 5, 4))
    wide[:, :, 1:3] = case.x
    turned = case.params.replace(**{n: np.asfortranarray(array) for n, array in case.params.arrays.items()})
    strided = case._replace(params=turned, x=wide[:, :, 1:3], delta=np.asfortranarray(case.delta))
    assert_same_bits(everything(strided, engine="native"), expected)
    listed = forward(case.params, case.x.tolist(), tuple(case.state), case.lengths.tolist(), engine="native")
    np.testing.assert_array_equal(listed.out, expected["out"])


@EACH
def test_what_does_not_fit_is_refused_with_words(variant):
    case = problem(VARIANTS[variant])
    trace = forward(case.params, case.x, engine="native")
    for call, error, words in [
        (lambda: forward(case.params, case.x[..., :1], engine="native"), ShapeError, "1 features per step"),
        (lambda: forward(case.params, case.x.astype("f"), engine="native"), DtypeError, "float32 where float64"),
        (lambda: forward(case.params, case.x, (np.ones((3, 9)), np.ones((3, 4))), engine="native"), ShapeError, r"state.out is \(3, 9\)"),
        (lambda: forward(case.params, case.x, (case.state.out, np.ones((3, 7))), engine="native"), ShapeError, r"state.state is \(3, 7\)"),
        (lambda: backward(case.params, trace, np.ones((3, 5, 9))), ShapeError, r"delta is \(3, 5, 9\)"),
        (lambda: Stepper(case.params, 3, engine="native").step(np.ones((3, 9))), ShapeError, r"x is \(3, 9\)"),
        (lambda: train_steps(case.params, case.x, np.ones((3, 5, 9)), steps=1), ShapeError, r"label is \(3, 5, 9\)"),
    ]:  # fmt: skip
        with pytest.raises(error, match=words):
            call()


@EACH
def test_a_trace_goes_back_through_its_own_cell_alone(variant):
    """Another cell's parameters may have the same shapes."""
    case = problem(VARIANTS[variant])
    trace = forward(case.params, case.x, engine="native")
    for other in VARIANTS.values():
        if other is not VARIANTS[variant]:
            with pytest.raises(Exception, match=r"trace is of cell|must be|missing|there is no"):
                backward(Params.of(case.params.arrays, other), trace, case.delta)


@pytest.mark.parametrize("cell", ["gru", "gru-reset-after", "rnn", "mgu", "lstm1997"])
def test_other_cells_are_refused_by_name(cell):
    params = Params.init(2, 3, cell=cell)
    x = np.ones((2, 4, 2), "float32")
    assert variant_of(CELLS[cell]) is None
    assert forward(params, x).engine == "reference"
    for call in (forward, lambda p, x, engine: Stepper(p, engine=engine)):
        with pytest.raises(EngineError, match=rf"lstm and its variants.*of cell {cell}\."):
            call(params, x, engine="native")


# Training and networks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@EACH
def test_train_steps_are_forward_loss_backward_update(variant, optimizer):
    case = problem(VARIANTS[variant], 9, N=6, T=7, H=10, Q=6)
    label = np.tanh(case.delta)
    label[0, 2] = np.nan
    options = {"steps": 5, "lengths": case.lengths, "optimizer": optimizer, "learning_rate": 0.01}
    found = train_steps(case.params, case.x, label, engine="native", **options)
    exact = train_steps(case.params, case.x, label, engine="reference", **options)
    np.testing.assert_allclose(found.losses, exact.losses, rtol=1e-12)
    np.testing.assert_allclose(found.params.flat(), exact.params.flat(), rtol=0, atol=1e-12)
    assert found.params.cell is case.params.cell
    assert not np.array_equal(found.params.flat(), case.params.flat())
    batches = np.array([[0, 3], [5, 1], [2, 2]])
    options = {"batches": batches, "lengths": case.lengths, "learning_rate": 0.01}
    found, exact = (
        train_steps(case.params, case.x, label, engine=e, **options) for e in ("native", "reference")
    )
    np.testing.assert_allclose(found.params.flat(), exact.params.flat(), rtol=0, atol=1e-12)


@EACH
def test_adam_takes_the_gradients_as_they_lie(variant):
    case = problem(VARIANTS[variant])
    grads = backward(case.params, forward(case.params, case.x, engine="native"), case.delta)
    exact = backward(case.params, forward(case.params, case.x, engine="reference"), case.delta)
    after, _ = adam(case.params, grads, 0.01)
    np.testing.assert_allclose(after.flat(), adam(case.params, exact, 0.01)[0].flat(), rtol=1e-9)


def network_of(variant, dtype="float64", **options):
    """Two layers, with weights so large that the limits clip."""
    cell = VARIANTS[variant]
    architecture = network.Architecture(
        input_size=3, layers=2, outputs=2, cell=cell, projection=5 * ("R" in cell.parameters), **options
    )
    drawn = network.Network.init(architecture, seed=1, dtype=dtype)
    return network.Network(architecture, 5 * drawn.vector)


@pytest.mark.parametrize("dropout", [False, True])
@EACH
def test_networks(variant, dropout):
    """Two layers in both directions with lengths, dropout and a skip: the reference engine's numbers."""
    shares = {"dropout": 0.3, "recurrent_dropout": 0.2} if dropout else {}
    net = network_of(variant, hidden_size=9, bidirectional=True, skip=1, **shares)
    rng = np.random.default_rng(2)
    x, lengths = rng.standard_normal((4, 6, 3)), np.array([6, 3, 0, 5])
    found, exact = (
        network.forward(
            net, x, lengths=lengths, engine=engine, rng=np.random.default_rng(3) if dropout else None
        )
        for engine in ("native", "reference")
    )
    for trace in itertools.chain(*found.cells):
        assert trace.engine == "native"
        assert_some_are_clipped(trace, OPTIONS[variant], lengths)
    d_y = rng.standard_normal(found.y.shape)
    ours, theirs = (
        {"y": trace.y, "vector": grads.vector, "d_x": grads.d_x}
        for trace in (found, exact)
        for grads in (network.backward(net, trace, d_y, inputs=True),)
    )
    assert_same(ours, theirs, rtol=FLOAT64_ROUNDING)


@EACH
def test_a_networks_steps_have_the_bits_of_the_whole(variant):
    net = network_of(variant, "float32", hidden_size=20)
    x = np.random.default_rng(2).standard_normal((6, 3)).astype("float32")
    stepper = network.NetworkStepper(net, engine="native")
    ys = [stepper.step(row).copy() for row in x]
    for t in range(6):
        np.testing.assert_array_equal(ys[t], network.forward(net, x[: t + 1], engine="native").y)
