"""Networks: what they are made of, that their parts agree with the layers, bits, dropout, steppers, messages."""

import copy
import pickle

import numpy as np
import pytest
from helpers import FLOAT64_ROUNDING, normal
from network_cases import random_case

import gatewise
from gatewise.errors import ArgumentError, DtypeError, EngineError, NotKeptError, ShapeError
from gatewise.learn import network as networks
from gatewise.learn.network import Architecture, Network, NetworkStepper, backward, forward

KINDS = [
    {"layers": 1, "head": "last"},
    {"layers": 2, "head": "steps", "bidirectional": True, "head_inputs": 2, "dropout": 0.2},
    {"layers": 2, "head": "last", "bidirectional": True, "recurrent_dropout": 0.4},
]


def make(seed=0, dtype="float64", **settings):
    given = {"input_size": 3, "hidden_size": 5, "outputs": 2} | settings
    return Network.init(Architecture(**given), seed=seed, dtype=dtype)


# What a network is made of


def test_views_share_the_vector():
    network = make(layers=2, bidirectional=True, head_inputs=4)
    names = [f"layer{n}.{d}{p}" for n in (0, 1) for d in ("", "reverse.") for p in "WUb"]
    assert list(network.views) == [*names, "head.W", "head.b"]
    assert network.views["layer1.W"].shape == (20, 10)
    assert network.views["head.W"].shape == (2, 14)
    assert sum(view.size for view in network.views.values()) == network.size
    network.vector[:] = np.arange(network.size)
    np.testing.assert_array_equal(
        np.concatenate([view.ravel() for view in network.views.values()]), network.vector
    )
    assert network.cells[1][1].U is network.views["layer1.reverse.U"]


def test_a_cell_lies_in_the_vector_as_its_params_lie_flat():
    network = make()
    params = network.cells[0][0]
    np.testing.assert_array_equal(network.vector[: params.size], params.flat())


@pytest.mark.parametrize("scheme", ["uniform", "glorot"])
def test_init_draws_every_parameter(scheme):
    architecture = Architecture(input_size=3, hidden_size=5, outputs=2, layers=2, bidirectional=True)
    network = Network.init(architecture, seed=3, scheme=scheme)
    assert network.dtype == "float32"
    for name, view in network.views.items():
        if name.endswith("b") and name != "head.b":
            np.testing.assert_array_equal(view[10:15], 1)  # b_f
        else:
            assert len(np.unique(view)) > view.size / 2
    assert np.abs(network.views["head.W"]).max() <= 1 / np.sqrt(10)
    wide = Network.init(network.architecture, seed=3, scheme=scheme, dtype="float64")
    np.testing.assert_array_equal(wide.vector.astype("float32"), network.vector)
    assert (Network.init(network.architecture, seed=4, scheme=scheme).vector != network.vector).mean() > 0.8


def test_copies_and_pickles_have_views_of_their_own():
    network = make()
    for other in (network.copy(), copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        assert other.architecture == network.architecture
        other.vector[:] = 0
        assert not other.views["head.W"].any()
        assert network.vector.all()
    assert Network(network.architecture, network.vector).vector is network.vector
    assert network.astype("float32").dtype == "float32"


def test_architecture_to_and_from_dict():
    architecture = Architecture(input_size=3, hidden_size=5, outputs=2, layers=2, dropout=0.5, head="steps")
    assert Architecture.from_dict(architecture.to_dict()) == architecture
    assert "layers=2" in repr(make(layers=2))


# Forward and backward


def test_one_layer_is_the_layer_and_a_matrix(engine):
    network, x, lengths = make(), normal(1, 4, 6, 3), np.array([6, 0, 3, 1])
    trace = forward(network, x, lengths=lengths, engine=engine)
    layer = gatewise.forward(network.cells[0][0], x, lengths=lengths, engine=engine)
    np.testing.assert_array_equal(trace.cells[0][0].state, layer.state)
    np.testing.assert_allclose(
        trace.y,
        layer.last.out @ network.views["head.W"].T + network.views["head.b"],
        rtol=0,
        atol=FLOAT64_ROUNDING,
    )


def test_the_reverse_direction_reads_each_sequence_from_its_own_end(engine):
    network, x, lengths = make(bidirectional=True, head="steps"), normal(1, 3, 6, 3), np.array([6, 4, 0])
    trace = forward(network, x, lengths=lengths, engine=engine)
    for n, length in enumerate(lengths):
        if length == 0:
            continue
        ours = x[n, :length]
        there = gatewise.forward(network.cells[0][0], ours, engine=engine).out
        back = gatewise.forward(network.cells[0][1], ours[::-1].copy(), engine=engine).out[::-1]
        z = np.concatenate([there, back], axis=-1)
        expected = z @ network.views["head.W"].T + network.views["head.b"]
        np.testing.assert_allclose(trace.y[n, :length], expected, rtol=0, atol=FLOAT64_ROUNDING)
    for n, length in enumerate(lengths):
        np.testing.assert_array_equal(trace.y[n, length:], 0)


def test_skip_is_a_linear_regression_beside_the_layers(engine):
    network, x, lengths = make(skip=2), normal(1, 3, 4, 3), np.array([4, 1, 0])
    head = network.views["head.W"]
    rows = np.stack([x[0, 2:], [np.zeros(3), x[1, 0]], np.zeros((2, 3))])
    linear = np.einsum("nkd,pkd->np", rows, head[:, 5:].reshape(2, 2, 3))
    whole = forward(network, x, lengths=lengths, engine=engine).y
    head[:, 5:] = 0
    layers = forward(network, x, lengths=lengths, engine=engine).y
    np.testing.assert_allclose(whole - layers, linear, atol=FLOAT64_ROUNDING)


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_nothing_past_a_length_matters(engine, kind):
    settings = KINDS[kind]
    network, x, lengths = make(**settings), normal(1, 3, 5, 3), np.array([5, 2, 0])
    E = settings.get("head_inputs", 0)
    extra = normal(2, 3, 5, E) if E else None
    spoilt = x.copy()
    spoilt[1, 2:] = spoilt[2] = np.nan
    results = []
    for given in (x, spoilt):
        trace = forward(
            network, given, lengths=lengths, extra=extra, engine=engine, rng=np.random.default_rng(1)
        )
        d_y = normal(3, *trace.y.shape)
        if network.architecture.head == "steps":
            d_y[1, 2:] = np.nan if given is spoilt else 0
        grads = backward(network, trace, d_y, inputs=True)
        results.append((trace.y, grads.vector, grads.d_x))
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(results[0][2][1, 2:], 0)


def test_chunks_with_states_handed_on_are_the_whole(engine):
    """Truncated backpropagation without the cut: states go forward, their gradients back."""
    case = random_case(3, T=6, lengths=None, dropout=False, head="steps")
    network, x, d_y = case.network, case.inputs["x"], case.d_y
    whole = backward(network, forward(network, x, engine=engine), d_y, inputs=True)
    first = forward(network, x[:, :2], engine=engine)
    second = forward(network, x[:, 2:], first.last, engine=engine)
    later = backward(network, second, d_y[:, 2:], inputs=True)
    earlier = backward(network, first, d_y[:, :2], d_last_state=later.d_state0, inputs=True)
    scale = np.abs(whole.vector).max()
    np.testing.assert_allclose(
        earlier.vector + later.vector, whole.vector, rtol=0, atol=FLOAT64_ROUNDING * scale
    )
    np.testing.assert_allclose(
        np.concatenate([earlier.d_x, later.d_x], axis=1), whole.d_x, rtol=0, atol=FLOAT64_ROUNDING * scale
    )


def test_extra_of_each_step(engine):
    network, x = make(head="steps", head_inputs=2), normal(1, 3, 4, 3)
    extra = normal(2, 3, 2)
    repeated = np.repeat(extra[:, np.newaxis], 4, axis=1)
    once, each = (forward(network, x, extra=given, engine=engine) for given in (extra, repeated))
    np.testing.assert_array_equal(once.y, each.y)
    d_y = normal(3, *once.y.shape)
    ours, theirs = (backward(network, trace, d_y) for trace in (once, each))
    assert theirs.d_extra.shape == (3, 4, 2)
    np.testing.assert_allclose(ours.d_extra, theirs.d_extra.sum(axis=1), rtol=1e-14)


def test_without_a_trace_there_is_y(engine):
    network, x = make(layers=2, bidirectional=True), normal(1, 3, 4, 3)
    lean = forward(network, x, engine=engine, trace=False)
    np.testing.assert_array_equal(lean.y, forward(network, x, engine=engine).y)
    with pytest.raises(NotKeptError, match="trace=False"):
        backward(network, lean, lean.y)


def test_keep_and_names(engine):
    network, x = make(layers=2, bidirectional=True), normal(1, 3, 4, 3)
    trace = forward(network, x, engine=engine)
    grads = backward(network, trace, trace.y, keep=True)
    assert grads.cells[1][0].d_state.shape == trace.cells[1][0].f.shape == (3, 4, 5)
    np.testing.assert_array_equal(grads.views["layer0.reverse.U"], grads.cells[0][1].d_U)
    assert list(grads.views) == list(network.views)
    with pytest.raises(NotKeptError, match="inputs=True"):
        _ = grads.d_x


def test_native_agrees_with_reference(engine):
    for kind in range(len(KINDS)):
        case = random_case(5, N=4, T=9, hidden_size=17, outputs=5, **KINDS[kind])
        expected = case.gradients(engine="reference")
        for name, value in case.gradients(engine=engine).items():
            scale = np.abs(expected[name]).max()
            np.testing.assert_allclose(
                value, expected[name], rtol=0, atol=FLOAT64_ROUNDING * scale, err_msg=name
            )


def test_float32_stays_float32(engine):
    network, x = make(dtype="float32", layers=2, bidirectional=True), normal(1, 3, 4, 3, dtype="float32")
    trace = forward(network, x, engine=engine, rng=np.random.default_rng(0))
    grads = backward(network, trace, trace.y, inputs=True)
    assert {trace.y.dtype, grads.vector.dtype, grads.d_x.dtype} == {np.dtype("float32")}


# Bits


@pytest.mark.parametrize("head", ["last", "steps"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_bits_do_not_depend_on_threads(engine, dtype, head):
    if engine == "reference":
        pytest.skip("the reference engine has no threads of its own")
    network = make(dtype=dtype, hidden_size=40, layers=2, bidirectional=True, outputs=7, head=head)
    x = normal(1, 66, 60, 3, dtype=dtype)
    results = []
    for threads in (1, 2, 3):
        trace = forward(network, x, engine=engine, threads=threads)
        grads = backward(network, trace, np.cos(trace.y), inputs=True, threads=threads)
        results.append((trace.y, grads.vector, grads.d_x))
    for other in results[1:]:
        for ours, theirs in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("outputs", [1, 3, 17, 70])
@pytest.mark.parametrize("head", ["last", "steps"])
def test_bits_of_a_row_do_not_depend_on_the_others(engine, head, outputs):
    if engine == "reference":
        pytest.skip("NumPy's matrix product does not promise it")
    network, x = make(dtype="float32", outputs=outputs, head=head), normal(1, 70, 9, 3, dtype="float32")
    whole = forward(network, x, engine=engine)
    d_x = backward(network, whole, np.cos(whole.y), inputs=True).d_x
    for rows in (slice(0, 1), slice(3, 8), slice(37, 70)):
        part = forward(network, x[rows], engine=engine)
        np.testing.assert_array_equal(part.y, whole.y[rows])
        np.testing.assert_array_equal(backward(network, part, np.cos(part.y), inputs=True).d_x, d_x[rows])


# Dropout


def test_masks_do_not_change_over_time_and_keep_the_mean():
    network = make(layers=2, input_dropout=0.25, dropout=0.5, recurrent_dropout=0.2, output_dropout=0.5)
    masks = forward(network, normal(1, 4000, 2, 3), rng=np.random.default_rng(0)).masks
    assert masks.inputs[0].shape == (4000, 1, 3)
    assert set(np.unique(masks.inputs[0])) == {0, 1 / 0.75}
    assert set(np.unique(masks.recurrent[1][0])) <= {0, 1 / 0.8}
    for mask in (*masks.inputs, masks.outputs):
        assert mask.mean() == pytest.approx(1, abs=0.05)  # four standard errors of 12,000 draws


def test_dropout_needs_a_generator_and_repeats_with_its_seed(engine):
    network, x = make(layers=2, dropout=0.5, recurrent_dropout=0.5), normal(1, 6, 4, 3)
    whole = make(layers=2)
    whole.vector[:] = network.vector
    np.testing.assert_array_equal(forward(network, x, engine=engine).y, forward(whole, x, engine=engine).y)
    first, second, other = (
        forward(network, x, engine=engine, rng=np.random.default_rng(s)).y for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, second)
    assert np.abs(first - other).max() > 1e-3


def test_a_unit_dropped_from_the_recurrent_product_is_as_without_its_column(engine):
    network, x = make(recurrent_dropout=0.5), normal(1, 3, 4, 3)
    trace = forward(network, x, engine=engine, rng=np.random.default_rng(4))
    (mask,) = trace.masks.recurrent[0]
    assert 0 < np.count_nonzero(mask) < 5
    params = network.cells[0][0]
    cut = gatewise.Params(W=params.W, U=params.U * mask, b=params.b)
    np.testing.assert_array_equal(trace.cells[0][0].out, gatewise.forward(cut, x, engine=engine).out)
    d_U = backward(network, trace, np.ones_like(trace.y)).views["layer0.U"]
    np.testing.assert_array_equal(d_U[:, mask == 0], 0)


# Step by step


@pytest.mark.parametrize(("head", "skip"), [("last", 0), ("last", 4), ("steps", 0)])
@pytest.mark.parametrize("batch", [None, 3])
def test_a_stepper_gives_the_bits_of_forward(engine, batch, head, skip):
    dtype = "float32" if engine != "reference" else "float64"
    network = make(dtype=dtype, layers=2, head_inputs=2, head=head, skip=skip)
    rows = () if batch is None else (batch,)
    x, extra = normal(1, *rows, 6, 3, dtype=network.dtype), normal(2, *rows, 2, dtype=network.dtype)
    stepper = NetworkStepper(network, batch, engine=engine)
    for t in range(6):
        y = stepper.step(x[..., t, :], extra)
        whole = forward(network, x[..., : t + 1, :], extra=extra, engine=engine)
        expected = whole.y if head == "last" else whole.y[..., -1, :]
        if engine == "reference":
            np.testing.assert_allclose(y, expected, rtol=1e-13)
        else:
            np.testing.assert_array_equal(y, expected)
        if t == 2:
            kept, at_two = stepper.state, y
    stepper.reset(kept)
    again = stepper.step(x[..., 3, :], extra)
    assert not np.array_equal(again, at_two)
    alone = forward(network, x[..., 3:4, :], kept, extra=extra, engine=engine).y  # skipped rows are forgotten
    expected = alone if skip else forward(network, x[..., :4, :], extra=extra, engine=engine).y
    np.testing.assert_allclose(again, expected if head == "last" else expected[..., -1, :], rtol=1e-5)


def test_steppers_refuse_two_directions():
    with pytest.raises(ArgumentError, match="bidirectional"):
        NetworkStepper(make(bidirectional=True))
    with pytest.raises(ArgumentError, match="extra is not given but the head was made for 2"):
        NetworkStepper(make(head_inputs=2)).step(np.zeros(3))


# Messages


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden_size": 0}, "hidden_size=0; it must be a whole number of at least 1"),
        ({"layers": 1.5}, "layers=1.5"),
        ({"head_inputs": -1}, "head_inputs=-1; .* at least 0"),
        ({"skip": 2, "head": "steps"}, 'skip=2 is for the head "last"'),
        ({"outputs": True}, "outputs=True"),
        ({"dropout": 0.5}, "dropout=0.5 acts between layers, and there is one"),
        ({"input_dropout": 1}, "input_dropout=1; .* below 1"),
        ({"recurrent_dropout": float("nan")}, "recurrent_dropout=nan"),
        ({"input_dropout": "0.1"}, "input_dropout='0.1'"),
        ({"head": "first"}, "head='first' is not known. Known: last, steps"),
    ],
)
def test_architecture_refuses(settings, message):
    with pytest.raises(ArgumentError, match=message):
        make(**settings)


def test_architecture_refuses_unknown_settings():
    with pytest.raises(ArgumentError, match="does not know depth"):
        Architecture.from_dict({"input_size": 1, "hidden_size": 1, "outputs": 1, "depth": 3})
    with pytest.raises(ArgumentError, match="needs outputs"):
        Architecture.from_dict({"input_size": 1, "hidden_size": 1})


def test_networks_refuse():
    architecture = make().architecture
    with pytest.raises(ShapeError, match=r"vector is \(3,\); it must be \(192,\)"):
        Network(architecture, np.zeros(3))
    with pytest.raises(ShapeError, match="must be contiguous"):
        Network(architecture, np.zeros(2 * 192)[::2])
    with pytest.raises(DtypeError, match="cannot be int64"):
        Network.init(architecture, dtype="int64")
    with pytest.raises(ArgumentError, match="scheme='he' is not known"):
        Network.init(architecture, scheme="he")


def test_forward_and_backward_refuse():
    network, x = make(head_inputs=2), np.zeros((4, 6, 3))
    extra = np.zeros((4, 2))
    trace = forward(network, x, extra=extra)
    with pytest.raises(ShapeError, match="x has 2 features per step but W was made for 3"):
        forward(network, x[..., :2], extra=extra)
    with pytest.raises(DtypeError, match="x is float32 where float64 is needed"):
        forward(network, x.astype("float32"), extra=extra)
    with pytest.raises(ArgumentError, match=r"lengths go from 7 to 7"):
        forward(network, x, lengths=[7] * 4, extra=extra)
    with pytest.raises(ArgumentError, match="extra is not given but the head was made for 2"):
        forward(network, x)
    with pytest.raises(ShapeError, match=r"extra is \(4, 3\); it must be \(4, 2\)"):
        forward(network, x, extra=np.zeros((4, 3)))
    with pytest.raises(ArgumentError, match=r"state has 2 layers of \[1, 1\] states"):
        forward(network, x, [[None], [None]], extra=extra)
    with pytest.raises(EngineError, match="engine='gpu'"):
        forward(network, x, extra=extra, engine="gpu")
    with pytest.raises(ShapeError, match=r"d_y is \(4, 3\); it must be \(4, 2\)"):
        backward(network, trace, np.zeros((4, 3)))
    with pytest.raises(ArgumentError, match="trace was made by another network"):
        backward(make(), trace, np.zeros((4, 2)))


def test_what_is_of_another_kind_is_refused():
    network, x = make(dtype="float32"), normal(1, 4, 6, 3, dtype="float32")
    trace = forward(network, x, threads=2**40)
    with pytest.raises(DtypeError, match="trace is float32 but the network is float64"):
        backward(network.astype("float64"), trace, np.zeros((4, 2)))
    with pytest.raises(
        ArgumentError, match=r"trace comes second, and a Trace was given there. It must be a NetworkTrace"
    ):
        backward(network, trace.cells[0][0], trace.y)
    with pytest.raises(ArgumentError, match="state is the number 5; it must be"):
        forward(network, x, 5)
    with pytest.raises(ArgumentError, match="rng is 5; it must be a generator"):
        forward(network, x, rng=5)
    with pytest.raises(ArgumentError, match="threads=0"):
        forward(network, x, threads=0)


def test_no_sequences_at_all(engine):
    network = make(bidirectional=True, layers=2)
    trace = forward(network, np.zeros((0, 4, 3)), engine=engine)
    assert trace.y.shape == (0, 2)
    np.testing.assert_array_equal(backward(network, trace, trace.y).vector, 0)


def test_it_is_public():
    assert gatewise.network is networks
    assert all(hasattr(networks, name) for name in networks.__all__)
