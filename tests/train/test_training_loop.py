"""The training loop over arrays: what it learns, that it goes on to the same bits, and what it says of NaN."""

from dataclasses import replace

import numpy as np
import pytest

from gatewise.learn.network import Architecture, Network, forward
from gatewise.train.config import FitConfig
from gatewise.train.data.windows.origins import Walk
from gatewise.train.loop.batches import Batch, InOrder, Shuffled, Walks
from gatewise.train.loop.loop import mean_loss, train
from gatewise.train.loop.non_finite import NonFiniteError
from gatewise.train.loop.recipe import make_recipe
from gatewise.train.loop.state import TrainingState

N, T, D, H, P = 37, 6, 3, 5, 2
RNG = np.random.default_rng(3)
X = RNG.standard_normal((N, T, D)).astype("float32")
LABEL = np.cumsum(X, axis=1)[:, -1, :P]
ALL = np.arange(N)


def batch_of(numbers):
    return Batch(X[numbers], LABEL[numbers])


class Stop(Exception):
    pass


def make(steps=None, **keys):
    """A state, a recipe and batches."""
    keys = {"hidden": H, "epochs": 4, "batch": 8, "learning_rate": 0.01, "recurrent_dropout": 0.0, **keys}
    config = FitConfig.make(keys)
    batches = Shuffled(ALL, config.batch, config.seed, batch_of)
    recipe = make_recipe(config, 0, batches.count())
    architecture = Architecture(
        input_size=D, hidden_size=H, outputs=P, output_dropout=config.output_dropout,
        recurrent_dropout=config.recurrent_dropout, bidirectional=config.bidirectional,
    )  # fmt: skip
    network = Network.init(architecture, seed=config.seed)
    return TrainingState.new(network, recipe.memory(network.size, network.dtype)), recipe, batches


def validate_with(recipe):
    return lambda network: {"loss": mean_loss(network, recipe, InOrder(ALL[:9], 4, batch_of))}


@pytest.mark.parametrize("keys", [
    {}, {"optimizer": "sgd"}, {"schedule": "plateau", "schedule_options": {"patience": 0}},
    {"schedule": "one_cycle", "optimizer": "momentum"}, {"output_dropout": 0.3, "recurrent_dropout": 0.3},
])  # fmt: skip
def test_a_run_goes_on_from_any_step_to_the_same_bits(keys):
    whole, recipe, batches = make(**keys)
    train(whole, recipe, batches, validate=validate_with(recipe))
    for stop in (1, 5, 11, 17):  # 5 batches in an epoch: within one, at its last and first

        def after(state, stop=stop):
            if state.step == stop:
                raise Stop

        first, recipe, batches = make(**keys)
        with pytest.raises(Stop):
            train(first, recipe, batches, validate=validate_with(recipe), after_step=after)
        second, recipe, batches = make(**keys)
        second.restore({name: array.copy() for name, array in first.arrays().items()}, first.document())
        train(second, recipe, batches, validate=validate_with(recipe))
        assert second.network.vector.tobytes() == whole.network.vector.tobytes()
        assert second.history == whole.history


def by_functions(recipe):
    """The same recipe with an optimizer that the compiled core does not know."""
    return replace(recipe, update=lambda *given: recipe.update(*given))


@pytest.mark.parametrize("keys", [
    {}, {"optimizer": "rmsprop", "clip": 0.1}, {"loss": "pinball", "quantiles": [0.5], "optimizer": "adamw"},
    {"loss": "huber", "schedule": "one_cycle", "optimizer": "nesterov"},
    {"output_dropout": 0.3, "recurrent_dropout": 0.3, "bidirectional": True, "loss": "mse"},
])  # fmt: skip
def test_a_run_in_the_core_has_the_bits_of_one_by_the_functions(keys):
    found = []
    for change in (lambda recipe: recipe, by_functions):
        state, recipe, batches = make(**keys)
        recipe = change(recipe)
        train(state, recipe, batches, validate=validate_with(recipe), after_step=lambda state: state.arrays())
        found.append((state.document(), {name: array.tobytes() for name, array in state.arrays().items()}))
    assert found[0] == found[1]


@pytest.mark.parametrize("of", ["the loss is", "the gradient is not finite"])
def test_what_is_not_finite_is_said_in_the_same_words(of):
    said = []
    for change in (lambda recipe: recipe, by_functions):
        state, recipe, batches = make()
        state.network.views["layer0.W"][:] = 0
        state.network.views["layer0.U"][:] = 1e30 if "gradient" in of else np.nan
        state.network.views["head.W"][:] = 1e30
        with np.errstate(all="ignore"), pytest.raises(NonFiniteError, match=of) as caught:
            train(state, change(recipe), batches)
        said.append(str(caught.value))
    assert said[0] == said[1]


def test_it_learns_the_sum():
    state, recipe, batches = make(epochs=150, patience=150)
    train(state, recipe, batches)
    y = forward(state.network, X).y
    naive = np.abs(LABEL - np.median(LABEL, axis=0)).mean()
    assert np.abs(y - LABEL).mean() < 0.35 * naive


def test_every_epoch_takes_each_sequence_once_in_an_order_of_its_own():
    seen = []
    batches = Shuffled(ALL, 8, 0, lambda numbers: seen.append(numbers) or batch_of(numbers))
    assert batches.count() == 5
    for epoch in (0, 1, 0):
        list(batches.epoch(epoch))
    first, second, again = (np.concatenate(seen[5 * k : 5 * k + 5]) for k in range(3))
    assert sorted(first) == sorted(second) == list(ALL)
    assert (first != second).any()
    assert (first == again).all()


def test_early_stopping_keeps_the_best_weights():
    losses = iter([3.0, 1.0, 2.0, 2.5, 9.9])
    vectors = []

    def validate(network):
        vectors.append(network.vector.copy())
        return {"loss": next(losses)}

    state, recipe, batches = make(epochs=50, patience=2)
    train(state, recipe, batches, validate=validate)
    assert [row["best"] for row in state.history] == [True, True, False, False]
    assert (state.network.vector == vectors[1]).all()
    assert (vectors[1] != vectors[3]).any()


def test_a_walk_carries_the_state_from_chunk_to_chunk():
    series = RNG.standard_normal((2, 10, D)).astype("float32")
    label = np.full((2, 10, P), np.nan, "float32")
    made = []

    def make_chunk(walk):
        steps = walk.rows
        rows = np.where(steps < 0, 0, steps)
        lengths = (steps >= 0).sum(axis=1)
        made.append(steps)
        return Batch(series[np.arange(2)[:, None], rows], label[np.arange(2)[:, None], rows], lengths=lengths)

    steps = np.stack([np.arange(10), np.where(np.arange(10) < 7, np.arange(10), -1)])
    architecture = Architecture(input_size=D, hidden_size=H, outputs=P, head="steps")
    network = Network.init(architecture)
    pieces, carried = [], None
    for batch in Walks(Walk(steps, steps >= 0), 4, make_chunk).epoch(0):
        run = forward(network, batch.x, None if batch.fresh else carried, batch.lengths)
        carried = run.last
        pieces.append(run.y)
    whole = forward(network, series, lengths=np.array([10, 7])).y
    assert np.concatenate(pieces, axis=1)[:, :10].tobytes() == whole.tobytes()


@pytest.mark.parametrize(("where", "said"), [
    ("layer0.U", r"layer 0, step 0, forget gate f, unit 2 .*The weights layer0\.U were not finite"),
    ("layer0.b", r"layer 0, step 0, forget gate f, unit 2 .*The weights layer0\.b"),
    ("head.W", r"the head's output y, sequence \d+, output 1"),
])  # fmt: skip
def test_a_loss_that_is_not_a_number_is_traced_to_where_it_began(where, said):
    state, recipe, batches = make()
    view = state.network.views[where]
    view[(2 * H + 2, 0) if where == "layer0.U" else (2 * H + 2,) if where == "layer0.b" else (1, 0)] = np.nan
    with pytest.raises(NonFiniteError, match=rf"epoch 1, step 1: the loss is nan\. It began at {said}"):
        train(state, recipe, batches)


def test_the_reverse_direction_goes_wrong_at_the_step_that_it_reads_first():
    state, recipe, batches = make(bidirectional=True)
    state.network.views["layer0.reverse.b"][2 * H + 2] = np.nan
    said = rf"It began at layer 0, reading backwards, step {T - 1}, forget gate f, unit 2"
    with pytest.raises(NonFiniteError, match=said):
        train(state, recipe, batches)


def test_a_gradient_that_is_not_finite_is_traced_to_where_it_began():
    state, recipe, batches = make()
    # U of 1e38 saturates the gates forwards, and overflows on the way back, one step before the last.
    state.network.views["layer0.U"][:] = 1e38
    state.network.views["layer0.W"][:] *= 1e-3
    state.network.views["head.W"][:] = 1e20
    with pytest.raises(
        NonFiniteError, match=r"the gradient is not finite\. It began at layer 0, step \d, d_"
    ):
        train(state, recipe, batches)


def test_nan_in_the_input_is_named_as_such():
    state, recipe, _ = make()
    x = X.copy()
    x[4, 2, 1] = np.nan
    batches = Shuffled(ALL, 37, 0, lambda numbers: Batch(x[numbers], LABEL[numbers]))
    with pytest.raises(NonFiniteError, match="the input x, sequence 4, step 2, feature 1, which is nan"):
        train(state, recipe, batches)


def test_too_high_a_rate_says_when_and_where():
    state, recipe, batches = make(learning_rate=1e39, optimizer="sgd", clip=0.0, schedule="constant")
    with pytest.raises(NonFiniteError, match=r"epoch 1, step 2: .*It began at layer 0, step 0"):
        train(state, recipe, batches)


def test_the_best_weights_survive_a_stop():
    losses = [1.0, 2.0, 3.0, 4.0]

    def after(state):
        if state.step == 12:  # in the third epoch; the first was the best
            raise Stop

    first, recipe, batches = make(epochs=50, patience=3)
    with pytest.raises(Stop):
        train(first, recipe, batches, validate=lambda _: {"loss": losses[first.epoch]}, after_step=after)
    best = first.best.copy()
    second, recipe, batches = make(epochs=50, patience=3)
    second.restore(first.arrays(), first.document())
    train(second, recipe, batches, validate=lambda network: {"loss": losses[second.epoch]})
    assert len(second.history) == 4
    assert (second.network.vector == best).all()


def test_training_along_a_series_goes_on_from_the_state_before():
    """With a step size of nothing, the loss of all chunks is that of the whole series read in one go."""
    series = RNG.standard_normal((2, 12, D)).astype("float32")
    label = RNG.standard_normal((2, 12, P)).astype("float32")
    rows = np.arange(2)[:, None]
    steps = np.stack([np.arange(12)] * 2)
    batches = Walks(
        Walk(steps, steps >= 0), 4, lambda walk: Batch(series[rows, walk.rows], label[rows, walk.rows])
    )
    config = FitConfig.make(
        {"learning_rate": 1e-30, "optimizer": "sgd", "epochs": 1, "recurrent_dropout": 0.0}
    )
    recipe = make_recipe(config, 0, batches.count())
    network = Network.init(
        Architecture(input_size=D, hidden_size=H, outputs=P, head="steps"), forget_bias=3.0
    )
    state = TrainingState.new(network, {})
    train(state, recipe, batches)
    whole, _ = recipe.loss(forward(network, series).y, label)
    assert state.history[0]["loss"] == pytest.approx(float(whole), rel=1e-6)
    chunks = [float(recipe.loss(forward(network, b.x).y, b.label)[0]) for b in batches.epoch(0)]
    assert abs(np.mean(chunks) - whole) > 1e-4


def test_every_epoch_s_loss_is_the_mean_over_its_own_sequences():
    """At a rate of almost nothing all epochs have the loss of the first weights."""
    state, recipe, batches = make(epochs=3, learning_rate=1e-30, patience=9)
    at_first = mean_loss(state.network, recipe, InOrder(ALL, N, batch_of))
    train(state, recipe, batches)
    assert [row["loss"] for row in state.history] == [pytest.approx(at_first, rel=1e-5)] * 3
