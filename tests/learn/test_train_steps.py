"""Fused training steps: what forward, L2, backward and update give one after the other."""

import numpy as np
import pytest

from gatewise import ArgumentError, Params, ShapeError, backward, forward, losses, optimizers, train_steps

# Twenty steps in float64: rounding of 1e-16 a step, carried on by the updates.
TOLERANCE = 1e-12


def problem(seed=0, N=5, T=6, D=3, H=4, dtype=np.float64):
    rng = np.random.default_rng(seed)
    label = rng.uniform(-1, 1, size=(N, T, H)).astype(dtype)
    label[rng.random(label.shape) < 0.2] = np.nan
    return Params.init(D, H, seed=seed, dtype=dtype), rng.normal(size=(N, T, D)).astype(dtype), label


def by_hand(params, x, label, steps, update):
    """The same by the public functions, one call after the other."""
    found = []
    for _ in range(steps):
        trace = forward(params, x, engine="reference")
        loss, delta = losses.l2(trace.out, label)
        found.append(loss)
        params = update(params, backward(params, trace, delta))
    return params, np.array(found)


def test_sgd(engine):
    params, x, label = problem()
    done = train_steps(params, x, label, steps=20, learning_rate=0.1, engine=engine)
    expected, found = by_hand(params, x, label, 20, lambda p, g: optimizers.sgd(p, g, 0.1))
    np.testing.assert_allclose(done.losses, found, rtol=TOLERANCE)
    np.testing.assert_allclose(done.params.flat(), expected.flat(), rtol=TOLERANCE, atol=TOLERANCE)
    assert done.moments is None
    assert done.losses[-1] < done.losses[0]


def test_adam_by_the_authors_algorithm(engine):
    params, x, label = problem(1)
    done = train_steps(params, x, label, steps=20, optimizer="adam", learning_rate=0.01, engine=engine)
    first = second = np.zeros(params.size)
    seen = 0

    def update(params, grads):
        nonlocal first, second, seen
        seen += 1
        first = 0.9 * first + 0.1 * grads.flat()
        second = 0.999 * second + 0.001 * grads.flat() ** 2
        corrected = (first / (1 - 0.9**seen)) / (np.sqrt(second / (1 - 0.999**seen)) + 1e-8)
        return Params.from_flat(params.flat() - 0.01 * corrected, 3, 4)

    expected, found = by_hand(params, x, label, 20, update)
    np.testing.assert_allclose(done.losses, found, rtol=TOLERANCE)
    np.testing.assert_allclose(done.params.flat(), expected.flat(), rtol=TOLERANCE, atol=TOLERANCE)
    assert done.moments.steps == 20


def test_going_on_is_the_same_as_not_having_stopped(engine):
    params, x, label = problem(2)
    options = {"optimizer": "adam", "learning_rate": 0.01, "engine": engine}
    whole = train_steps(params, x, label, steps=8, **options)
    half = train_steps(params, x, label, steps=3, **options)
    rest = train_steps(half.params, x, label, steps=5, moments=half.moments, **options)
    np.testing.assert_array_equal(rest.params.flat(), whole.params.flat())
    np.testing.assert_array_equal(np.concatenate([half.losses, rest.losses]), whole.losses)


def test_batches_and_lengths(engine):
    params, x, label = problem(3)
    lengths = np.array([6, 2, 0, 5, 1])
    x[1, 2:] = np.nan  # past its length, nothing is read
    label[1, 2:] = 7.0
    batches = np.array([[0, 1], [3, 4], [1, 1], [2, 0]])
    done = train_steps(params, x, label, batches=batches, lengths=lengths, learning_rate=0.05, engine=engine)
    expected, found = params, []
    for chosen in batches:
        trace = forward(expected, x[chosen], lengths=lengths[chosen], engine="reference")
        inside = np.arange(6) < lengths[chosen][:, np.newaxis]
        loss, delta = losses.l2(trace.out, np.where(inside[..., np.newaxis], label[chosen], np.nan))
        found.append(loss)
        expected = optimizers.sgd(expected, backward(expected, trace, delta), 0.05)
    np.testing.assert_allclose(done.losses, found, rtol=TOLERANCE)
    np.testing.assert_allclose(done.params.flat(), expected.flat(), rtol=TOLERANCE, atol=TOLERANCE)


def test_threads_do_not_change_a_bit():
    params, x, label = problem(4, N=70, T=20, D=8, H=24, dtype=np.float32)
    results = [
        train_steps(params, x, label, steps=4, threads=threads).params.flat() for threads in (1, 2, 3, 8)
    ]
    for result in results[1:]:
        np.testing.assert_array_equal(result, results[0])


def test_arguments_are_left_as_they_were(engine):
    params, x, label = problem(5)
    before = [params.flat(), x.copy(), label.copy()]
    done = train_steps(params, x, label, steps=2, optimizer="adam", engine=engine)
    train_steps(done.params, x, label, steps=2, optimizer="adam", moments=done.moments, engine=engine)
    assert done.moments.steps == 2
    for was, now in zip(before, [params.flat(), x, label], strict=True):
        np.testing.assert_array_equal(was, now)


def test_stops_at_a_loss_that_is_not_finite(engine):
    params, x, label = problem(6)
    x[0, 0, 0] = np.nan
    done = train_steps(params, x, label, batches=[[1], [2], [0], [3]], engine=engine)
    assert np.isnan(done.losses[-1])
    assert len(done.losses) == 3
    assert np.isfinite(done.params.flat()).all()


def test_a_single_sequence(engine):
    params, x, label = problem(7, N=1)
    one = train_steps(params, x[0], label[0], steps=3, engine=engine)
    batch = train_steps(params, x, label, steps=3, engine=engine)
    np.testing.assert_array_equal(one.params.flat(), batch.params.flat())


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({}, ArgumentError, "either steps"),
        ({"steps": 0}, ArgumentError, "steps=0"),
        ({"steps": 2, "batches": [[0]]}, ArgumentError, "either steps"),
        ({"batches": [[5]]}, ArgumentError, "x has 5, 0 to 4"),
        ({"batches": [[-1]]}, ArgumentError, "sequences -1"),
        ({"steps": 1, "optimizer": "magic"}, ArgumentError, "Choose from: sgd, adam"),
        ({"steps": 1, "learning_rate": -1.0}, ArgumentError, "learning_rate=-1.0"),
        ({"steps": 1, "beta1": 1.0}, ArgumentError, "beta1=1.0"),
        ({"steps": 1, "threads": 0}, ArgumentError, "threads=0"),
        ({"steps": 1, "lengths": [7, 1, 1, 1, 1]}, ArgumentError, "lengths go from 1 to 7"),
        ({"steps": 1, "moments": optimizers.Moments(np.zeros(1), np.zeros(1), 1)}, ArgumentError, "Adam's"),
        (
            {"steps": 1, "optimizer": "adam", "moments": optimizers.Moments(np.zeros(1), np.zeros(1), 1)},
            ShapeError,
            r"moments\.first is \(1,\)",
        ),
    ],
)
def test_wrong_arguments(options, error, words):
    params, x, label = problem()
    with pytest.raises(error, match=words):
        train_steps(params, x, label, **options)


def test_wrong_data():
    params, x, label = problem()
    with pytest.raises(ShapeError, match="W was made for D = 3"):
        train_steps(params, x[..., :2], label, steps=1)
    with pytest.raises(ShapeError, match=r"label is \(5, 6, 3\); it must be \(5, 6, 4\)"):
        train_steps(params, x, label[..., :3], steps=1)
