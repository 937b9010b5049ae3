"""bench/tasks compares like with like: the same series, steps and times, the file's own truth, the same losses."""

import dataclasses
import importlib

import numpy as np
import pandas as pd
import pytest
from paths import BENCH

import gatewise

pytestmark = pytest.mark.skipif(not BENCH.is_dir(), reason="needs the repository's bench/")


@pytest.fixture(autouse=True)
def bench_on_the_path(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))


def module(name):
    return importlib.import_module(f"tasks.{name}")


@pytest.fixture
def toy(tmp_path):
    """A task of two series of days with a week's course, one a thousand times as large; two rows are missing."""
    listed = module("listed")
    rng = np.random.default_rng(0)
    days = pd.date_range("2020-01-01", periods=200, freq="D")
    tables = []
    for name, size in (("a", 1.0), ("b", 1000.0)):
        y = size * (5 + np.sin(2 * np.pi * np.arange(200) / 7) + rng.normal(0, 0.1, 200))
        tables.append(pd.DataFrame({"shop": name, "day": days, "sold": y, "rain": rng.normal(size=200)}))
    tables[0] = tables[0].drop([50, 185])
    task = listed.Task(
        name="toy", wheel="", member="", target="sold", time="day", series="shop", test="2020-06-01",
        horizon=7, periods=(7,), metric="mase", about="",
    )  # fmt: skip
    pd.concat(tables).to_csv(tmp_path / task.file, index=False)
    return task, tmp_path


def test_the_obvious_command_names_data_target_time_series_task_and_test_and_nothing_else():
    tasks = module("listed").TASKS
    assert len({task.name for task in tasks}) == 6
    assert {key for task in tasks for key in task.options} == {"target", "time", "series", "task", "test"}
    assert tasks[1].command == (
        "gatewise fit sea-temperature.csv --target 'temperature (celsius)' --time 'time (UTC)' --test 2017-01-20"
    )


def test_a_missing_row_is_a_missing_value_and_the_parts_begin_where_gatewise_has_them(toy):
    a, b = module("series").read_series(*toy)
    assert len(a.y) == len(b.y) == 200
    assert np.flatnonzero(np.isnan(a.y)).tolist() == [50, 185]
    assert (a.test, b.test) == (152, 152)
    model = gatewise.fit(toy[1] / "toy.csv", **toy[0].options, epochs=1, hidden=2, window=7, horizon=1)
    _, windows = importlib.import_module("gatewise.train.fit_run").make_windows(model.config)
    _, times = windows.where(windows.validation)
    assert abs((times.min() - a.times[a.validation]) / np.timedelta64(1, "D")) <= 1


def test_the_scaled_error_is_the_mean_over_series_of_errors_in_their_own_units():
    key = {"step": 1, "time": pd.Timestamp("2020-01-01")}
    truth = pd.DataFrame([{"series": "a", "value": 1.0, **key}, {"series": "b", "value": 100.0, **key}])
    said = truth.assign(value=[2.0, 150.0])
    found = module("scores").errors_of(truth, said, {"a": 0.5, "b": 100.0})
    assert found == {"mae": 25.5, "rmse": pytest.approx(np.sqrt((1 + 2500) / 2)), "mase": (2 + 0.5) / 2}


def test_a_forecast_that_is_missing_is_not_left_out_of_the_comparison():
    truth = pd.DataFrame({"series": "a", "step": 1, "time": pd.date_range("2020", periods=2), "value": 1.0})
    with pytest.raises(SystemExit, match="1 of 2 rows have no forecast"):
        module("scores").errors_of(truth, truth[:1], {"a": 1.0})


def test_the_seasonal_naive_forecast_is_the_value_whole_periods_before_and_known():
    naive = module("naive")
    y = np.arange(30.0)
    said = naive._a_season_ago(y, np.array([20]), 7, 10)
    assert said.tolist() == [[14, 15, 16, 17, 18, 19, 20, 14, 15, 16]]


def test_trees_see_no_row_after_the_cutoff(toy):
    """What comes after the cutoff is changed; the features of the forecast are not."""
    pytest.importorskip("sklearn")
    trees, (a, _) = module("trees"), module("series").read_series(*toy)
    rows = np.array([100, 120])
    before = trees._features(toy[0], a, rows, 1.0, 5)
    frame = a.frame.copy()
    frame.iloc[121:] = 99.0
    other = dataclasses.replace(a, y=frame["sold"].to_numpy(), frame=frame)
    assert not np.array_equal(other.y, a.y)
    assert trees._features(toy[0], other, rows, 1.0, 5).equals(before)
    assert not trees._features(toy[0], other, rows + 1, 1.0, 5).equals(
        trees._features(toy[0], a, rows + 1, 1.0, 5)
    )


def test_a_run_measures_what_the_model_measures_and_every_predictor_on_the_same_rows(toy):
    task, folder = toy
    runner = module("run")
    series = module("series").read_series(task, folder)
    module("naive").seasonal_naive(task, series).to_parquet(folder / "toy.seasonal naive.parquet")
    keys = {"epochs": 2, "hidden": 4, "window": 14, "horizon": 7}
    found = runner.run(task, folder, 0, 1, keys, with_torch=False)
    model = gatewise.fit(folder / task.file, seed=0, **task.options, **keys)
    theirs = model.results["targets"]["sold"]
    assert found["errors"]["gatewise"]["mae"] == pytest.approx(theirs["LSTM"]["mae"])
    assert found["errors"]["ridge"]["rmse"] == pytest.approx(theirs["ridge"]["rmse"])
    assert found["errors"]["seasonal naive"]["mae"] == pytest.approx(theirs["seasonal 7"]["mae"], rel=0.05)
    assert found["more keys"] == keys


def test_a_truth_that_is_not_the_files_stops_the_run(toy):
    runner, series = module("run"), module("series").read_series(*toy)
    truth = pd.DataFrame(
        {"series": "a", "step": 1, "time": series[0].times[:1], "value": series[0].y[:1] + 1}
    )
    with pytest.raises(SystemExit, match="not the file's"):
        runner._check_truth(truth, series)


LOSSES = {
    "mae": {}, "mse": {}, "huber": {"delta": 0.5}, "pinball": {"quantiles": (0.1, 0.5, 0.9)},
    "gaussian": {"least": 1e-4}, "negative_binomial": {"least": 1e-6},
}  # fmt: skip


@pytest.mark.parametrize("name", LOSSES)
def test_the_losses_of_the_loop_in_torch_are_those_of_gatewise(name):
    torch = pytest.importorskip("torch")
    loop, rng, options = module("torch_loop"), np.random.default_rng(0), LOSSES[name]
    loss = gatewise.losses.LOSSES[name]
    label = rng.poisson(3, (6, 4)).astype(np.float32)
    label[2, 1] = np.nan
    y = rng.normal(size=(6, 4 * loss.outputs(**options))).astype(np.float32)
    ours, _ = loss(y, label, **options)
    theirs = loop.mean_cost(name, options, torch.tensor(y), torch.tensor(label))
    assert float(theirs) == pytest.approx(float(ours), rel=1e-5)


def test_the_loop_in_torch_learns_the_windows_of_a_run(toy):
    pytest.importorskip("torch")
    task, folder = toy
    keys = {"epochs": 20, "hidden": 4, "window": 14, "horizon": 7}
    found = module("run").run(task, folder, 0, 1, keys)
    theirs, ours = (found["errors"][who]["mase"] for who in ("torch LSTM", "gatewise"))
    assert theirs != ours, "the forecasts of one stand for the other's"
    assert theirs < ours * 1.2
    assert set(found["torch"]["rates"]) == {"0.0003", "0.001", "0.003"}


def test_the_summary_says_who_is_better_by_three_digits(toy):
    summary, (task, _) = module("summary"), toy

    def run(ours, torch, naive):
        of = {"gatewise": ours, "torch LSTM": torch, "seasonal naive": naive}
        return {"errors": {who: {"mae": value, "mase": value} for who, value in of.items()}}

    results = {task: [run(1.0, 1.0004, 0.9), run(1.2, 1.0, 0.9), run(1.0002, 0.8, 0.9)]}
    lines = summary.verdicts(results)
    assert lines[0] == "- not worse than the seasonal naive: 0 of 1; not toy"
    assert lines[1] == "- at least as good as torch: 1 of 1"
    assert "| toy | MASE | 1 (1 to 1.2) | 1 (0.8 to 1) | **0.9** |" in summary.table(results, "decides")[2]
