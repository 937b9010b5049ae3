"""Optimizers and schedules: against float64 written out number by number, in the table's own terms; refusals.

tests/with_torch compares with torch.
"""

import math
from itertools import pairwise

import numpy as np
import pytest
from optimizer_cases import OPTIONS, problem, run

from gatewise.compiled import missing
from gatewise.errors import ArgumentError, ShapeError
from gatewise.learn.optimizers import OPTIMIZERS, clip_by_norm
from gatewise.learn.schedules import PLATEAU, SCHEDULES, plateau_after

# 30 steps of a few operations each, in another order than the table's. Measured: 2e-15.
STEPS_FLOAT64 = 1e-13
STEPS_FLOAT32 = 2e-6  # likewise; eps is 1.2e-7


def by_hand(
    name,
    w,
    gradients,
    rates,
    momentum=0.9,
    decay=0.99,
    epsilon=1e-8,
    beta1=0.9,
    beta2=0.999,
    weight_decay=0.01,
):
    """One parameter through all steps, in Python's own numbers."""
    v = m = s = 0.0
    for t, (g, rate) in enumerate(zip(gradients, rates, strict=True), start=1):
        if name == "sgd":
            w = w - rate * g
        elif name == "momentum":
            v = momentum * v + g
            w = w - rate * v
        elif name == "nesterov":
            v = momentum * v + g
            w = w - rate * g - rate * momentum * v
        elif name == "rmsprop":
            s = decay * s + (1 - decay) * g**2
            w = w - rate * g / (math.sqrt(s) + epsilon)
        else:
            if name == "adamw":
                w = w - rate * weight_decay * w
            m = beta1 * m + (1 - beta1) * g
            s = beta2 * s + (1 - beta2) * g**2
            m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
            w = w - rate * m_hat / (math.sqrt(s_hat) + epsilon)
    return w


@pytest.mark.parametrize("dtype", ["float32", "float64", "longdouble"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_thirty_steps_by_hand(name, dtype):
    vector, gradients, rates = problem()
    options = OPTIONS.get(name, {})
    after, _ = run(name, vector.astype(dtype), gradients, rates, **options)
    expected = [
        by_hand(name, w, g, rates, **options)
        for w, g in zip(vector.tolist(), gradients.T.tolist(), strict=True)
    ]
    assert after.dtype == dtype
    np.testing.assert_allclose(
        after.astype("float64"), expected, rtol=0, atol=STEPS_FLOAT32 if dtype == "float32" else STEPS_FLOAT64
    )


@pytest.mark.skipif(missing is not None, reason="there is no compiled core here")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [1, 7, 64, 1001])
def test_compiled_adam_gives_the_bits_of_the_equations(monkeypatch, dtype, size):
    vector, gradients, rates = problem(size)
    compiled = run("adam", vector.astype(dtype), gradients, rates)
    monkeypatch.setattr("gatewise.learn.optimizers.table._core.adam", lambda *arguments: False)
    plain = run("adam", vector.astype(dtype), gradients, rates)
    np.testing.assert_array_equal(compiled[0], plain[0])
    for name in ("first", "second"):
        np.testing.assert_array_equal(compiled[1][name], plain[1][name])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_memory_is_all_that_is_remembered(name):
    """Ten steps, then twenty from copies of vector and memory: the bits of thirty in a row."""
    vector, gradients, rates = problem()
    row = OPTIMIZERS[name]
    expected, _ = run(name, vector, gradients, rates)
    after, memory = run(name, vector, gradients[:10], rates[:10])
    memory = {key: array.copy() for key, array in memory.items()}
    for step in range(10, 30):
        row(after, gradients[step], memory, rates[step], step + 1)
    np.testing.assert_array_equal(after, expected)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_strided_vector_is_updated_in_place(name):
    vector, gradients, rates = problem()
    wide = np.zeros(2 * vector.size)
    wide[::2] = vector
    row = OPTIMIZERS[name]
    row(wide[::2], gradients[0], row.memory(vector.size, "float64"), rates[0], 1)
    np.testing.assert_array_equal(wide[::2], run(name, vector, gradients[:1], rates[:1])[0])


def test_a_vector_that_may_not_be_written_is_not():
    vector = np.ones(3)
    vector.flags.writeable = False
    for name, row in OPTIMIZERS.items():
        with pytest.raises(ValueError, match="read-only"):
            row(vector, np.ones(3), row.memory(3, "float64"), 0.1, 1)
        assert (vector == 1).all(), name


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("sgd", {"momentum": 0.9}, "optimizer sgd has no option momentum. Its options: none"),
        ("adam", {"beta1": 1.0}, "beta1=1.0; .* below 1"),
        ("adam", {"epsilon": -1e-8}, "epsilon=-1e-08"),
        ("momentum", {"momentum": float("nan")}, "momentum=nan"),
        ("adamw", {"weight_decay": float("inf")}, "weight_decay=inf"),
    ],
)
def test_options_are_refused(name, options, message):
    row = OPTIMIZERS[name]
    with pytest.raises(ArgumentError, match=message):
        row(np.ones(3), np.ones(3), row.memory(3, "float64"), 0.1, 1, **options)


def test_what_does_not_fit_is_refused():
    row = OPTIMIZERS["adam"]
    memory = row.memory(3, "float64")
    with pytest.raises(ShapeError, match=r"vector is \(3,\), gradient \(4,\)"):
        row(np.ones(3), np.ones(4), memory, 0.1, 1)
    with pytest.raises(ShapeError, match="adam remembers first, second"):
        row(np.ones(3), np.ones(3), {}, 0.1, 1)
    with pytest.raises(ArgumentError, match=r"rate=-0\.1"):
        row(np.ones(3), np.ones(3), memory, -0.1, 1)
    with pytest.raises(ArgumentError, match="step=0; steps are counted from 1"):
        row(np.ones(3), np.ones(3), memory, 0.1, 0)


# Clipping


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_clipping_keeps_the_direction(dtype):
    gradient = np.array([3, -4, 12], dtype)
    assert clip_by_norm(gradient, 6.5) == 13
    np.testing.assert_array_equal(gradient, np.array([1.5, -2, 6], dtype))
    assert clip_by_norm(gradient, 6.5) == 6.5
    np.testing.assert_array_equal(gradient, np.array([1.5, -2, 6], dtype))


def test_clipping_what_overflows_when_squared():
    gradient = np.array([3e30, 4e30], "float32")
    assert clip_by_norm(gradient, 5.0) == pytest.approx(5e30, rel=1e-6)
    np.testing.assert_allclose(gradient, [3, 4], rtol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_norm_that_is_not_finite_is_told_and_nothing_done(bad):
    gradient = np.array([1, bad, 3])
    assert not math.isfinite(clip_by_norm(gradient, 1.0))
    np.testing.assert_array_equal(gradient, [1, bad, 3])


def test_clipping_refuses_a_norm_of_nothing():
    with pytest.raises(ArgumentError, match="largest=0"):
        clip_by_norm(np.ones(3), 0)


# Schedules


def test_constant_and_step():
    assert SCHEDULES["constant"](7, 10, 0.3) == 0.3
    rates = [SCHEDULES["step"](k, 9, 1.0, every=3, factor=0.5) for k in range(9)]
    assert rates == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25]


def test_cosine():
    rates = [SCHEDULES["cosine"](k, 8, 2.0, least=0.4) for k in range(8)]
    expected = [0.4 + 1.6 * (1 + math.cos(math.pi * k / 8)) / 2 for k in range(8)]
    np.testing.assert_allclose(rates, expected, rtol=1e-15)
    warm = [SCHEDULES["cosine"](k, 12, 2.0, warmup=4) for k in range(12)]
    np.testing.assert_allclose(warm[:5], [0.4, 0.8, 1.2, 1.6, 2.0], rtol=1e-15)
    assert all(a > b for a, b in pairwise(warm[4:]))


def test_one_cycle_rises_to_the_rate_and_falls_below_where_it_began():
    rates = [SCHEDULES["one_cycle"](k, 100, 1.0) for k in range(100)]
    assert rates[0] == pytest.approx(1 / 25, rel=1e-12)
    assert max(rates) == rates[29] == 1
    assert rates[-1] == pytest.approx(1 / 25e4, rel=1e-9)


EXTREMES = {
    "constant": [{}],
    "step": [{"every": every, "factor": factor} for every in (1, 2, 1000) for factor in (1e-3, 1.0)],
    "cosine": [{"warmup": warmup, "least": least} for warmup in (0, 1, 2, 5) for least in (0.0, 1e-3, 0.1)],
    "one_cycle": [
        {"rise": rise, "start": start, "end": end}
        for rise in (1e-9, 0.05, 0.1, 1 / 7, 0.2, 0.5, 0.9, 1 - 1e-16)
        for start in (1, 25)
        for end in (1, 1e4)
    ],
    "plateau": [{"scale": scale} for scale in (1e-4, 1.0)],
}


@pytest.mark.parametrize("steps", [1, 2, 3, 5, 7, 10, 13])
@pytest.mark.parametrize("name", SCHEDULES)
def test_options_at_their_extremes_give_a_rate_at_every_step(name, steps):
    for options in EXTREMES[name]:
        if options.get("warmup", 0) >= steps:
            continue  # refused
        for step in range(steps):
            rate = SCHEDULES[name](step, steps, 0.1, **options)
            assert 0 <= rate <= 0.1 * (1 + 1e-12), (step, options)  # above by rounding alone


@pytest.mark.parametrize("steps", [1, 2, 3, 7])
@pytest.mark.parametrize("name", SCHEDULES)
def test_every_step_of_a_short_training_has_a_rate(name, steps):
    rates = [SCHEDULES[name](k, steps, 0.1) for k in range(steps)]
    assert all(0 < rate <= 0.1 for rate in rates)


def test_plateau_waits_and_falls():
    known, scales = dict(PLATEAU), []
    for loss in [5, 4, 4, 3.9999, float("nan"), 3, 3, 3, 3, 3]:
        known = plateau_after(loss, known, factor=0.5, patience=2, threshold=1e-3)
        scales.append(known["scale"])
    assert scales == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25]
    assert SCHEDULES["plateau"](3, 10, 0.4, scale=known["scale"]) == 0.1
    for _ in range(100):
        known = plateau_after(9, known, patience=0, least_scale=0.01)
    assert known["scale"] == 0.01


def test_plateau_sees_an_improvement_below_zero():
    known = plateau_after(-5.0, PLATEAU)
    assert plateau_after(-5.1, known)["waited"] == 0
    assert plateau_after(-5.0001, known)["waited"] == 1


@pytest.mark.parametrize(
    ("name", "arguments", "options", "message"),
    [
        ("constant", (10, 10, 0.1), {}, "step=10 of steps=10"),
        ("constant", (0, 10, 0.1), {"every": 3}, "schedule constant has no option every"),
        ("step", (0, 10, 0.1), {"every": 0}, "every=0"),
        ("cosine", (0, 10, 0.1), {"warmup": 10}, "warmup=10"),
        ("one_cycle", (0, 10, 0.1), {"rise": 1.0}, "rise=1.0"),
    ],
)
def test_schedules_refuse(name, arguments, options, message):
    with pytest.raises(ArgumentError, match=message):
        SCHEDULES[name](*arguments, **options)
    with pytest.raises(ArgumentError, match="factor=2"):
        plateau_after(1.0, PLATEAU, factor=2)


@pytest.mark.parametrize("rise", [0.01, 0.1, 0.3, 0.5, 0.99])
@pytest.mark.parametrize("steps", [1, 2, 3, 10, 100])
def test_a_cycle_of_any_length_rises_to_the_rate_and_falls_from_it(steps, rise):
    rates = [SCHEDULES["one_cycle"](step, steps, 1.0, rise=rise) for step in range(steps)]
    assert all(0 < rate <= 1 for rate in rates)
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    if rise * steps == 1:
        assert rates[0] == 1.0  # the only step of the rise is the top
