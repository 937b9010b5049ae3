"""The training step in the compiled core: to the bit what the functions give one after the other."""

import copy
from functools import partial
from threading import Thread

import numpy as np
import pytest

from gatewise import ArgumentError, DtypeError, EngineError, ShapeError
from gatewise.compiled import missing
from gatewise.learn.losses import LOSSES
from gatewise.learn.network import (
    Architecture,
    Network,
    StepNotFiniteError,
    TrainingStep,
    backward,
    forward,
)
from gatewise.learn.optimizers import OPTIMIZERS, clip_by_norm

needs_core = pytest.mark.skipif(missing is not None, reason="there is no compiled core")
EVERY_TENTH = tuple(np.linspace(0.05, 0.95, 12).tolist())  # more than the eight that a sum takes at a time
ROWS = {  # the losses with their options; those above the line are in the core
    "l2": ("l2", {}),
    "mse": ("mse", {}),
    "mae": ("mae", {}),
    "huber": ("huber", {"delta": 0.3}),
    "pinball": ("pinball", {}),
    "pinball-of-one": ("pinball", {"quantiles": (0.3,)}),
    "pinball-of-twelve": ("pinball", {"quantiles": EVERY_TENTH}),
    # -
    "gaussian": ("gaussian", {}),
    "negative_binomial": ("negative_binomial", {}),
    "cross_entropy": ("cross_entropy", {"classes": 4}),
}
HEADS = {
    "last": {},
    "layers": {"layers": 2, "dropout": 0.3},
    "directions": {"layers": 2, "bidirectional": True, "output_dropout": 0.4},
    "skip": {"skip": 2, "bidirectional": True, "output_dropout": 0.4},
    "skip-before-the-first-row": {"skip": 7, "head_inputs": 2},
    "steps": {"head": "steps"},
    "steps-and-all": {
        "head": "steps", "bidirectional": True, "layers": 2, "head_inputs": 3, "dropout": 0.2,
        "input_dropout": 0.3, "recurrent_dropout": 0.4, "output_dropout": 0.5,
    },
    "projected": {"cell": "projected", "projection": 3, "layers": 2, "recurrent_dropout": 0.4},
    "peephole+coupled": {"cell": "peephole+coupled", "bidirectional": True, "recurrent_dropout": 0.4},
    "no-bias": {"cell": "lstm+no-bias", "layers": 3},
}  # fmt: skip
# Weights of the sequences or of every label, missing labels, lengths.
DATA = {
    "plain": {},
    "missing": {"missing": True},
    "weights": {"weight": 1, "missing": True},
    "weights-of-labels": {"weight": 2},
    "lengths": {"lengths": True},
    "all": {"weight": 1, "missing": True, "lengths": True},
}
STEPS = 3


def one_by_one(network, loss, optimizer, memory, clip, inputs):
    """A step by the public functions, in the order in which the loop had them before there was a compiled one."""
    x, label, extra, weight, lengths, state, seed, number = inputs
    rng = None if seed is None else np.random.default_rng(seed)
    trace = forward(network, x, state, lengths, extra=extra, rng=rng)
    inside = {} if lengths is None or network.architecture.head == "last" else {"lengths": lengths}
    value, d_y = loss(trace.y, label, weight, **inside)
    gradient = backward(network, trace, d_y).vector
    clip_by_norm(gradient, clip or np.inf)
    optimizer(network.vector, gradient, memory, 0.01, number)
    return float(value), trace.last


def by_a_step(step, inputs):
    x, label, extra, weight, lengths, state, seed, number = inputs
    return step(
        x, label, rate=0.01, step=number, weight=weight, lengths=lengths, extra=extra, state=state, seed=seed
    )


def problem(loss="mse", head="last", dtype="float32", N=5, T=6, data="plain", hidden=5, labels=2):
    """A network, its loss, and the inputs of some steps."""
    name, options = ROWS[loss]
    row, about, given = LOSSES[name], HEADS[head], DATA[data]
    Q = row.outputs(**row.with_options(options))
    architecture = Architecture(input_size=3, hidden_size=hidden, outputs=labels * Q, **about)
    rng = np.random.default_rng(7)
    steps, drops = architecture.head == "steps", any("dropout" in key for key in about)
    shape = (STEPS, N, T, labels) if steps else (STEPS, N, labels)
    label = rng.integers(0, Q if row.labels == "class" else 6, shape).astype(dtype)
    if row.labels == "real":
        label = rng.standard_normal(shape).astype(dtype)
    if given.get("missing"):
        label[rng.random(shape) < 0.3] = np.nan
    weight = rng.uniform(0, 2, shape[: 1 + given["weight"]]) if "weight" in given else [None] * STEPS
    E = architecture.head_inputs
    own = (T,) if steps and data == "all" else ()  # extra of each step, or the same at every step
    extra = rng.standard_normal((STEPS, N, *own, E)).astype(dtype) if E else [None] * STEPS
    x = rng.standard_normal((STEPS, N, T, 3)).astype(dtype)
    lengths = rng.integers(0, T + 1, N) if given.get("lengths") else None
    inputs = [
        (x[k], label[k], extra[k], weight[k], lengths, steps, [3, k] if drops else None, k + 1)
        for k in range(STEPS)
    ]
    return Network.init(architecture, seed=1, dtype=dtype), partial(row, **options), inputs


def check_same_bits(network, loss, inputs, monkeypatch, optimizer="adam", clip=0.5, threads=None):
    """Take the steps both ways. A head "steps" goes on from the state before."""
    monkeypatch.setattr(TrainingStep, "_one_by_one", None)  # the core takes every step, or this fails
    update, other = OPTIMIZERS[optimizer], network.copy()
    step = TrainingStep(network, loss, update, clip=clip, threads=threads)
    memory = update.memory(other.size, other.dtype)
    state = same = None
    for *given, goes_on, seed, number in inputs:
        value, state = by_a_step(step, (*given, state if goes_on else None, seed, number))
        expected, same = one_by_one(
            other, loss, update, memory, clip, (*given, same if goes_on else None, seed, number)
        )
        assert value == expected
        assert network.vector.tobytes() == other.vector.tobytes()
        for name, array in memory.items():
            assert step.memory[name].tobytes() == array.tobytes()
        for cells, cells_too in zip(state, same, strict=True):
            for pair, pair_too in zip(cells, cells_too, strict=True):
                assert [part.tobytes() for part in pair] == [part.tobytes() for part in pair_too]
                assert pair._fields == pair_too._fields


@needs_core
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("loss", ROWS)
def test_every_loss_and_head_has_the_bits_of_the_functions_one_after_the_other(
    loss, head, dtype, monkeypatch
):
    for data in DATA if head in ("last", "steps") else ("plain", "all"):
        check_same_bits(*problem(loss, head, dtype, data=data), monkeypatch)


@needs_core
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_has_the_bits_of_its_row(optimizer, dtype, monkeypatch):
    for clip in (0.0, 0.2):
        check_same_bits(*problem(dtype=dtype), monkeypatch, optimizer=optimizer, clip=clip)


@needs_core
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("data", ["plain", "all"])
@pytest.mark.parametrize("N", [1, 2, 7, 8, 9, 64, 127, 128, 129, 1000])
def test_sums_of_any_length_are_added_in_numpys_order(N, data, dtype, monkeypatch):
    """Of losses, weights and squares: NumPy takes eight at a time, in blocks of 128, in halves of halves."""
    check_same_bits(*problem("huber", "steps", dtype, N=N, T=9, data=data, hidden=2), monkeypatch)
    check_same_bits(*problem("mae", "last", dtype, N=N, data=data, hidden=1, labels=1), monkeypatch)


@needs_core
@pytest.mark.parametrize("loss", ROWS)
def test_a_forecast_that_is_its_label_has_the_slope_of_the_functions(loss, monkeypatch):
    """Where e is 0 or -0, losses of absolute values choose a side."""
    for label in (0.0, -0.0):
        network, row, inputs = problem(loss, "steps")
        network.vector[:] = 0
        inputs = [(given[0], np.full_like(given[1], label), *given[2:]) for given in inputs]
        check_same_bits(network, row, inputs, monkeypatch, clip=0.0)


@needs_core
def test_a_gradient_of_many_numbers_is_clipped_to_the_bit(monkeypatch):
    for dtype in ("float32", "float64"):
        check_same_bits(*problem(head="layers", dtype=dtype, hidden=150), monkeypatch, clip=1e-3)


@needs_core
def test_threads_do_not_change_a_bit(monkeypatch):
    for threads in (1, 2, 5):
        check_same_bits(*problem("mse", "steps-and-all", N=70, T=20, hidden=24), monkeypatch, threads=threads)


@needs_core
def test_options_bound_to_an_optimizer_reach_the_core(monkeypatch):
    network, loss, inputs = problem()
    monkeypatch.setattr(TrainingStep, "_one_by_one", None)
    options = {"beta1": 0.7, "weight_decay": 0.3}
    found = []
    for update in (partial(OPTIMIZERS["adamw"], **options), OPTIMIZERS["adamw"]):
        one = network.copy()
        step = TrainingStep(one, loss, update)
        for k in range(2):
            by_a_step(step, (*inputs[k][:5], None, None, k + 1))
        found.append(one.vector)
    assert (found[0] != found[1]).all()


def of_one_s_own(network, loss, optimizer):
    """A step that the core cannot take: the optimizer is a function that it does not know."""
    row = OPTIMIZERS[optimizer]
    return TrainingStep(
        network, loss, lambda *given: row(*given), row.memory(network.size, network.dtype), clip=0.5
    )


def test_what_the_core_has_not_goes_the_other_way_to_the_same_bits():
    network, loss, inputs = problem("pinball", "layers", data="all")
    other = network.copy()
    step, same = TrainingStep(network, loss, OPTIMIZERS["adam"], clip=0.5), of_one_s_own(other, loss, "adam")
    assert repr(step).endswith(f"compiled={missing is None})")
    assert repr(same).endswith("compiled=False)")
    x, label, *others, _, seed, number = inputs[0]
    for given in [
        (x, label), (x.tolist(), label), (np.asfortranarray(x), label), (x, np.asfortranarray(label)),
        (x[:, ::-1], label), (x, label[::-1]), (x, label.tolist()),
    ]:  # fmt: skip
        got = [by_a_step(one, (*given, *others, None, seed, number)).loss for one in (step, same)]
        assert got[0] == got[1]
        assert network.vector.tobytes() == other.vector.tobytes()


def test_float16_and_other_cells_train_by_the_reference_engine():
    for about in ({"dtype": "float16"}, {"cell": "gru"}):
        architecture = Architecture(input_size=3, hidden_size=4, outputs=2, cell=about.get("cell", "lstm"))
        network = Network.init(architecture, dtype=about.get("dtype", "float32"))
        step = TrainingStep(network, LOSSES["mse"], OPTIMIZERS["momentum"])
        x = np.ones((3, 5, 3), network.dtype)
        losses = [step(x, x[:, 0, :2], rate=0.01, step=k + 1).loss for k in range(5)]
        assert repr(step).endswith("compiled=False)")
        assert losses[-1] < losses[0]


@pytest.mark.parametrize("of", ["the loss", "the gradient"])
def test_what_is_not_finite_changes_nothing_and_is_told_with_its_pass(of):
    network, loss, inputs = problem("mae", "layers", "float64")
    x, label, *_, seed, number = inputs[0]
    if of == "the loss":
        x[2, 3, 1] = np.nan
    else:  # the head's weights reach δ of the layers, not the loss: y is finite, the gradient is not
        network.views["head.W"][:] = 1e308
        network.views["head.b"][:] = 0
        network.views["layer1.W"][:] *= 1e-308
        network.views["layer1.b"][:] = 0
        network.views["layer1.U"][:] = 1e300
    network.views["layer0.b"][0] = 0.25
    before = network.copy()
    step = TrainingStep(network, loss, OPTIMIZERS["adam"])
    for update in (step, of_one_s_own(network, loss, "adam")):
        with np.errstate(all="ignore"), pytest.raises(StepNotFiniteError, match=of) as caught:
            by_a_step(update, (x, label, None, None, None, None, seed, number))
        assert np.isfinite(caught.value.loss) == (of == "the gradient")
        assert caught.value.trace.cells[0][0].i.shape == (5, 6, 5)
        assert caught.value.d_y.shape == caught.value.trace.y.shape
        assert network.vector.tobytes() == before.vector.tobytes()
        assert not any(array.any() for array in step.memory.values())


@pytest.mark.parametrize(("change", "error", "words"), [
    ({"x": np.ones((5, 6, 4), "f4")}, ShapeError, "x has 4 features"),
    ({"x": np.ones((5, 6, 3))}, DtypeError, "x is float64 where float32 is needed"),
    ({"label": np.ones((5, 3), "f4")}, ShapeError, r"label is \(5, 3\)"),
    ({"label": np.ones((5, 2))}, DtypeError, "label is float64"),
    ({"weight": np.ones(4)}, ShapeError, r"weight is \(4,\)"),
    ({"weight": -np.ones(5)}, ArgumentError, "weight holds numbers below 0"),
    ({"weight": np.full(5, np.nan)}, ArgumentError, "weight holds numbers below 0"),
    ({"lengths": np.full(5, 7)}, ArgumentError, "lengths go from 7 to 7"),
    ({"extra": np.ones((5, 1), "f4")}, ArgumentError, "extra is .* but the head was made for 0"),
    ({"state": [[None], [None]]}, ArgumentError, "state has 2 layers"),
    ({"rate": -1.0}, ArgumentError, "rate=-1.0"),
    ({"step": 0}, ArgumentError, "step=0"),
    ({"seed": -1}, ArgumentError, "seed=-1"),
    ({"x": np.ma.masked_equal(np.ones((5, 6, 3), "f4"), 1)}, ArgumentError, "x is a masked array"),
])  # fmt: skip
def test_wrong_arguments_are_refused_and_nothing_is_changed(change, error, words):
    network, loss, inputs = problem()
    before = network.copy()
    step = TrainingStep(network, loss, OPTIMIZERS["adam"])
    given = {"x": inputs[0][0], "label": inputs[0][1], "rate": 0.01, "step": 1, **change}
    with pytest.raises(error, match=words):
        step(given.pop("x"), given.pop("label"), **given)
    assert network.vector.tobytes() == before.vector.tobytes()


def test_what_a_step_cannot_be_made_of_is_refused():
    network, loss, inputs = problem()
    adam = OPTIMIZERS["adam"]
    with pytest.raises(ArgumentError, match="clip=-1"):
        TrainingStep(network, loss, adam, clip=-1)
    with pytest.raises(ArgumentError, match="memory is not given"):
        TrainingStep(network, loss, lambda *given: adam(*given))
    with pytest.raises(ArgumentError, match="loss='mse'"):
        TrainingStep(network, "mse", adam)
    with pytest.raises(ArgumentError, match="threads=0"):
        TrainingStep(network, loss, adam, threads=0)
    with pytest.raises(EngineError, match="engine='warp'"):
        TrainingStep(network, loss, adam, engine="warp")
    with pytest.raises(ArgumentError, match="memory=a list of 0; it must be a dict"):
        TrainingStep(network, loss, adam, [])
    with pytest.raises(DtypeError, match="network is complex128"):
        TrainingStep(network.astype("complex128"), loss, adam)
    with pytest.raises(ArgumentError, match=r"loss returned .*must return \(loss, d_y\)"):
        TrainingStep(network, lambda *given: 1.0, adam)(inputs[0][0], inputs[0][1], rate=0.1, step=1)
    with pytest.raises(ArgumentError, match="network"):
        TrainingStep(loss, network, adam)


@needs_core
def test_a_read_only_vector_is_refused_in_words():
    network, loss, inputs = problem()
    network.vector.flags.writeable = False
    step = TrainingStep(network, loss, OPTIMIZERS["sgd"])
    with pytest.raises(ArgumentError, match="vector is read-only"):
        by_a_step(step, (*inputs[0][:5], None, None, 1))


@needs_core
def test_a_step_within_a_step_does_not_disturb_it():
    """A loss of one's own may use the same object: between the core's forward and its update."""
    network, loss, inputs = problem()
    x, label, *_ = inputs[0]
    expected = network.copy()
    by_a_step(TrainingStep(expected, loss, OPTIMIZERS["sgd"]), (x, label, None, None, None, None, None, 1))

    def own(y, label, weight):
        if not within:
            within.append(True)
            step(inputs[1][0], inputs[1][1], rate=0.0, step=1)
        return loss(y, label, weight)

    within = []
    step = TrainingStep(network, own, OPTIMIZERS["sgd"])
    by_a_step(step, (x, label, None, None, None, None, None, 1))
    assert network.vector.tobytes() == expected.vector.tobytes()


@needs_core
def test_threads_of_python_may_share_a_step():
    network, loss, inputs = problem("mse", "layers", N=40, T=40, hidden=40)
    step = TrainingStep(network, loss, OPTIMIZERS["sgd"])
    x, label = inputs[0][:2]
    losses = []
    threads = [
        Thread(target=lambda: losses.extend(step(x, label, rate=0.0, step=1).loss for _ in range(20)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({*losses}) == 1
    assert len(losses) == 80


@needs_core
def test_what_it_was_given_is_left_as_it_was():
    network, loss, inputs = problem("mse", "steps-and-all", data="all")
    *given, _, seed, number = inputs[0]
    before = copy.deepcopy(given)
    step = TrainingStep(network, loss, OPTIMIZERS["adam"])
    first = by_a_step(step, (*given, None, seed, number))
    state = copy.deepcopy(first.last)
    by_a_step(step, (*given, first.last, seed, number + 1))
    for was, now in zip(before, given, strict=True):
        np.testing.assert_array_equal(was, now)
    for cells, cells_now in zip(state, first.last, strict=True):
        for pair, pair_now in zip(cells, cells_now, strict=True):
            np.testing.assert_array_equal(pair, pair_now)
