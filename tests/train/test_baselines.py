"""The baselines: each against its definition, ridge against scikit-learn, and kept as arrays."""

import os
import subprocess
import sys

import numpy as np
import pytest

from gatewise.train.data import Baselines, Windows, embedded, read
from gatewise.train.data.baselines import linear
from gatewise.train.data.baselines.seasonal import find_period

pytest.importorskip("pyarrow")
linear_model = pytest.importorskip("sklearn.linear_model")


def table(rows=600, seed=0, noise=0.3):
    rng = np.random.default_rng(seed)
    t = np.arange(rows)
    return {
        "time": np.datetime64("2024-01-01T00", "s") + 3600 * t,
        "y": 20 + 5 * np.sin(2 * np.pi * t / 24) + noise * rng.standard_normal(rows),
        "x": rng.standard_normal(rows),
    }


def windows_of(columns, **arguments):
    dataset = read(columns, target="y", time="time" if "time" in columns else None)
    return Windows.fit(dataset, **{"window": 30, "horizon": 5, **arguments})


def test_last_value_and_season_by_hand():
    columns = table()
    windows = windows_of(columns)
    baselines = Baselines.fit(windows)
    predicted = baselines.predict(windows, windows.test)
    assert list(predicted) == ["last value", "seasonal 24", "ridge"]
    for row, number in enumerate(windows.test):
        assert (predicted["last value"][row, :, 0] == columns["y"][number]).all()
        assert np.array_equal(
            predicted["seasonal 24"][row, :, 0], columns["y"][number + 1 - 24 : number + 6 - 24]
        )
    truth = windows.truth(windows.test)
    errors = {name: np.abs(values - truth).mean() for name, values in predicted.items()}
    assert errors["ridge"] < errors["seasonal 24"] < errors["last value"]


def test_a_season_longer_ago_than_a_horizon_and_gaps():
    columns = table()
    columns["y"][[100, 250, 570]] = np.nan
    windows = windows_of(columns, horizon=30, window=20)
    predicted = Baselines.fit(windows).predict(windows, windows.test)["seasonal 24"]
    for row, number in enumerate(windows.test):
        back = columns["y"][number + 1 - 24 : number + 1]
        expected = np.concatenate([back, back[:6]])
        last = columns["y"][number] if number != 570 else columns["y"][569]
        assert np.array_equal(predicted[row, :, 0], np.where(np.isnan(expected), last, expected))


def test_a_season_that_series_do_not_reach_back_to_is_left_out():
    """Twelve series of two days each: a day may be a season of theirs, a week may not, though the table is long."""
    t = np.arange(48)
    walk = (
        np.random.default_rng(0).standard_normal((12, 48)).cumsum(axis=1)
    )  # the last value beats yesterday's
    columns = {
        "time": np.tile(np.datetime64("2024-01-01T00", "s") + 3600 * t, 12),
        "y": walk.ravel(), "id": np.repeat(np.arange(12), 48),
    }  # fmt: skip
    dataset = read(columns, target="y", time="time", series="id")
    windows = Windows.fit(dataset, window=6, horizon=3, split="group")
    assert find_period(windows) in (None, 24)
    short = Windows.of(read({name: column[:20] for name, column in columns.items()}, target="y", time="time",
                            series="id"), windows.preparation)  # fmt: skip
    baselines = Baselines(Baselines.fit(windows).linear, 24)
    assert "seasonal 24" not in baselines.predict(short, short.test)


def test_ridge_is_scikit_learns():
    windows = windows_of(table())
    fit = linear.fit_ridge(windows)
    batch = windows.batch(windows.train)
    x = np.concatenate([batch.x.reshape(len(batch.x), -1), batch.extra], axis=1).astype(float)
    ridges = [
        linear_model.Ridge(alpha=penalty).fit(x, batch.label.astype(float)) for penalty in linear.PENALTIES
    ]
    judge = windows.batch(windows.validation)
    flat = np.concatenate([judge.x.reshape(len(judge.x), -1), judge.extra], axis=1)
    errors = [np.abs(ridge.predict(flat) - judge.label).mean() for ridge in ridges]
    best = ridges[int(np.argmin(errors))]
    assert fit.weights == pytest.approx(best.coef_.T, abs=1e-8)
    assert fit.offset == pytest.approx(best.intercept_, abs=1e-8)


def test_ridge_where_most_windows_miss_a_label():
    columns = table(noise=0.05)
    columns["y"][::3] = np.nan
    windows = windows_of(columns)
    truth = windows.truth(windows.test)
    assert np.isnan(windows.truth(windows.train)).any(axis=(1, 2)).all()
    predicted = Baselines.fit(windows).predict(windows, windows.test)
    errors = {name: np.nanmean(np.abs(values - truth)) for name, values in predicted.items()}
    assert errors["ridge"] < 0.2 * errors["last value"]


def test_no_gap_is_closed_with_what_comes_after_training():
    columns = table()
    columns["y"][::3] = np.nan
    other = {name: column.copy() for name, column in columns.items()}
    other["y"][510:] *= -1
    here, there = (windows_of(each, validation=0) for each in (columns, other))
    assert linear.fit_ridge(here).weights.tobytes() != linear.fit_ridge(windows_of(table())).weights.tobytes()
    assert (
        here.without_gaps(here.train).batch(here.train).label.tobytes()
        == there.without_gaps(there.train).batch(there.train).label.tobytes()
    )


PERIODS = {
    "day": (table(), 24),
    "no time": ({name: column for name, column in table().items() if name != "time"}, 24),
    "no season": ({"y": np.random.default_rng(1).standard_normal(600).cumsum()}, None),
    "months": ({"time": np.arange("1980-01", "2030-01", dtype="datetime64[M]"), "y": np.sin(np.arange(600) * np.pi / 6)}, 12),
    "weekdays": ({"time": np.busday_offset("2020-01-01", np.arange(600)), "y": np.tile([1.0, 2, 5, 3, 9], 120)}, 5),
}  # fmt: skip


@pytest.mark.parametrize("kind", PERIODS)
def test_the_period_is_found(kind):
    columns, period = PERIODS[kind]
    assert find_period(windows_of(columns)) == period


def test_regress_and_classify():
    columns = table()
    rng = np.random.default_rng(4)
    columns["y"] = np.convolve(columns["x"], [1, 0.5, 0.25])[:600] + 0.01 * rng.standard_normal(600)
    windows = windows_of(columns, task="regress", horizon=None)
    predicted = Baselines.fit(windows).predict(windows, windows.test)
    assert list(predicted) == ["mean", "ridge"]
    assert predicted["mean"][0, 0, 0] == pytest.approx(columns["y"][:420].mean())
    truth = windows.truth(windows.test)
    assert np.abs(predicted["ridge"] - truth).mean() < 0.3 * np.abs(predicted["mean"] - truth).mean()
    columns["y"] = np.where(columns["y"] > 0.5, "high", np.where(columns["y"] < -0.5, "low", "mid"))
    windows = windows_of(columns, task="classify", horizon=None)
    baselines = Baselines.fit(windows)
    predicted = baselines.predict(windows, windows.test)
    assert list(predicted) == ["most frequent", "logistic"]
    codes = windows.truth(windows.test).astype(int)
    for chances in predicted.values():
        assert chances.shape == (len(codes), 3)
        assert chances.sum(axis=1) == pytest.approx(1)
    accuracy = {name: (chances.argmax(axis=1) == codes).mean() for name, chances in predicted.items()}
    assert accuracy["logistic"] > 0.8 > accuracy["most frequent"]
    seen = np.bincount(windows.truth(windows.train).astype(int), minlength=3)
    assert predicted["most frequent"][0] == pytest.approx(seen / seen.sum())


def test_ragged_series():
    rng = np.random.default_rng(0)
    lengths = rng.integers(5, 15, 60)
    level = rng.standard_normal(60)
    sequences = [
        np.column_stack([level[k] + 0.1 * rng.standard_normal(n), np.full(n, level[k])])
        for k, n in enumerate(lengths)
    ]
    windows = Windows.fit(read(sequences, target="1"), task="regress", window=0, split="group")
    predicted = Baselines.fit(windows).predict(windows, windows.test)
    truth = windows.truth(windows.test)
    assert np.abs(predicted["ridge"] - truth).mean() < 0.5 * np.abs(predicted["mean"] - truth).mean()


@pytest.mark.parametrize("task", ["forecast", "regress", "classify"])
def test_they_are_kept_as_arrays(task):
    columns = table()
    if task == "classify":
        columns["y"] = np.array(["a", "b"])[(columns["x"] > 0).astype(int)]
    windows = windows_of(columns, task=task, horizon=5 if task == "forecast" else None)
    baselines = Baselines.fit(windows)
    kept = baselines.arrays()
    assert all(isinstance(array, np.ndarray) for array in kept.values())
    again = Baselines.from_arrays(kept).predict(windows, windows.test)
    for name, values in baselines.predict(windows, windows.test).items():
        assert again[name] == pytest.approx(values, rel=1e-5, abs=1e-5)  # weights are kept in float32


def test_on_the_embedded_weather_ridge_is_better_than_the_last_value():
    windows = Windows.fit(embedded(), window=24, horizon=12)
    predicted = Baselines.fit(windows).predict(windows, windows.test)
    truth = windows.truth(windows.test)
    error = {name: np.nanmean(np.abs(values - truth)) for name, values in predicted.items()}
    assert error["ridge"] < 0.75 * error["last value"]
    assert error["last value"] == pytest.approx(2.638, abs=0.001)  # °C


def test_baselines_are_the_same_bits_whatever_threads_the_blas_has():
    """Each in a process of its own, for the number of threads is read when NumPy is imported."""
    script = """
import hashlib, numpy as np
from gatewise.train.data import Baselines, Windows, read
rng = np.random.default_rng(0)
table = {"y": 100 + 20 * np.sin(np.arange(900) / 4) + rng.normal(size=900), "f": rng.normal(size=900)}
windows = Windows.fit(read(table, target="y", features=["f"]), window=100, horizon=8)
baselines = Baselines.fit(windows)
said = baselines.predict(windows, windows.test)["ridge"]
parts = (baselines.linear.weights, baselines.linear.offset, said)
print(hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)).hexdigest())
"""
    found = {
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=True, timeout=120,
            env={**os.environ, "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads},
        ).stdout
        for threads in ("1", "2")
    }  # fmt: skip
    assert len(found) == 1
