"""The metrics of the trade: each by hand, against scikit-learn, by step and by series, and what decides by them."""

import json

import numpy as np
import pytest
from series_files import SMALL, flags, series, write_csv

import gatewise
from gatewise.cli import main
from gatewise.cli.results import results_table
from gatewise.data import Windows, read
from gatewise.errors import ArgumentError
from gatewise.train.config import ConfigError, FitConfig
from gatewise.train.data.data_error import DataWarning
from gatewise.train.fit_run import fit_run
from gatewise.train.metrics import METRICS, score
from gatewise.train.metrics import measured as measured_module
from gatewise.train.metrics.classes import of_classes
from gatewise.train.metrics.measured import measured
from gatewise.train.metrics.sums import Scales
from gatewise.train.metrics.table import CHOOSING, main_of
from gatewise.train.model.forecasts import quantiles_of
from gatewise.train.model.metrics_text import against, compared
from gatewise.train.model.scales import KeptScales, season_of
from gatewise.train.report import words
from gatewise.train.run.folder import Run
from gatewise.train.run.progress import Silent

TRUTH = np.array([[1.0, 2.0], [4.0, np.nan], [3.0, 5.0]])
PREDICTED = np.array([[2.0, 2.0], [3.0, 9.0], [3.0, 8.0]])
Y, P = np.array([1.0, 2, 4, 3, 5]), np.array([2.0, 2, 3, 3, 8])


def by_hand():
    e = P - Y
    r, alpha, beta = np.corrcoef(P, Y)[0, 1], P.std() / Y.std(), P.mean() / Y.mean()
    efficiency = 1 - (e**2).sum() / ((Y - Y.mean()) ** 2).sum()
    return {
        "mae": 5 / 5, "rmse": np.sqrt(11 / 5), "bias": 3 / 5,
        "mape": 100 * (1 / 1 + 1 / 4 + 3 / 5) / 5, "smape": 100 * (2 / 3 + 2 / 7 + 6 / 13) / 5, "mase": 1 / 0.5,
        "r2": efficiency, "nse": efficiency,
        "kge": 1 - np.sqrt((r - 1) ** 2 + (alpha - 1) ** 2 + (beta - 1) ** 2),
    }  # fmt: skip


def one_series(scale=0.5):
    return Scales(np.zeros(3, int), np.array([[scale]]))


@pytest.mark.parametrize("name", by_hand())
def test_a_metric_is_what_its_formula_says(name):
    found = measured(PREDICTED, TRUTH, one_series())
    assert found.together[name] == pytest.approx(by_hand()[name], rel=1e-12)
    assert found.reasons == {}
    assert score(name, PREDICTED[..., None], TRUTH[..., None], one_series()) == found.together[name]


def test_scikit_learn_agrees():
    sklearn = pytest.importorskip(
        "sklearn.metrics", reason="scikit-learn is not installed; pip install 'gatewise[sklearn]'"
    )
    found = measured(PREDICTED, TRUTH, one_series()).together
    assert found["r2"] == pytest.approx(sklearn.r2_score(Y, P), rel=1e-12)
    assert found["mape"] == pytest.approx(100 * sklearn.mean_absolute_percentage_error(Y, P), rel=1e-12)
    rng = np.random.default_rng(0)
    for classes in (2, 3):
        truth = rng.integers(0, classes, 200)
        chances = rng.dirichlet(np.ones(classes), 200).round(1)  # with ties
        chances /= chances.sum(axis=1, keepdims=True)
        found = of_classes(chances, truth.astype(float))
        said = chances.argmax(axis=1)
        assert found["balanced_accuracy"] == pytest.approx(sklearn.balanced_accuracy_score(truth, said))
        assert found["f1"] == pytest.approx(sklearn.f1_score(truth, said, average="macro"))
        area = sklearn.roc_auc_score(
            truth, chances[:, 1] if classes == 2 else chances, multi_class="raise" if classes == 2 else "ovr"
        )
        assert found["auc"] == pytest.approx(area)


@pytest.mark.parametrize(("truth", "predicted", "without", "said"), [
    ([0.0, 1, 2], [1.0, 1, 1], {"mape", "kge", "mase"}, {"mape": "1 of 3 truths are 0", "kge": "predictions are constant"}),
    ([4.0, 4, 4], [4.1, 4, 4], {"r2", "nse", "kge", "mase"}, {"nse": "the truth is constant"}),
    ([0.1, 0.1, 0.1], [0.2, 0.1, 0.1], {"r2", "nse", "kge", "mase"}, {"r2": "the truth is constant"}),
    ([7.0], [8.0], {"r2", "nse", "kge", "mase"}, {"r2": "there is one value", "mase": "no series has a scale"}),
    ([-1.0, 1.0], [0.0, 1.0], {"kge", "mase"}, {"kge": "the mean of the truth is 0"}),
    ([np.nan, np.nan], [0.0, 1.0], set(METRICS), {"mae": "no truth is known", "nse": "no truth is known"}),
    ([1.0, 2.0], [np.nan, 1.0], set(METRICS), {"mae": "no finite numbers", "mase": "no finite numbers"}),
    ([1.0, 2.0], [1e200, 1.0], {"rmse", "r2", "nse", "kge", "mase"}, {"rmse": "too large"}),
])  # fmt: skip
def test_what_has_no_value_is_none_with_a_reason_and_never_infinite(truth, predicted, without, said):
    found = measured(np.array(predicted)[:, None], np.array(truth)[:, None], Scales.none(len(truth), 1))
    none = {name for name, value in found.together.items() if value is None}
    assert none == set(found.reasons) == without & set(found.together)
    for name, reason in said.items():
        assert reason in found.reasons[name], name
    assert all(np.isfinite(value) for value in found.together.values() if value is not None)


def test_series_are_brought_together_each_in_its_own_way():
    """MASE is the mean over series, NSE and KGE the median; a constant series is left out of all three."""
    rng = np.random.default_rng(1)
    whose = np.repeat([0, 1, 2, 3], 20)
    size = np.array([1.0, 100.0, 1e6, 1.0])
    truth = size[whose, None] * (5 + rng.standard_normal((80, 2)))
    truth[whose == 3] = 7.0
    predicted = (
        truth + size[whose, None] * rng.standard_normal((80, 2)) * np.array([0.3, 1, 2, 1])[whose, None]
    )
    scale = np.array([[2.0], [200.0], [2e6], [np.nan]])
    found = measured(predicted, truth, Scales(whose, scale))
    alone = [
        measured(predicted[whose == s], truth[whose == s], Scales(np.zeros(20, int), scale[s : s + 1]))
        for s in range(4)
    ]
    for name in ("mae", "rmse", "bias", "smape", "nse", "kge", "mase"):
        each = [one.together[name] for one in alone]
        np.testing.assert_allclose(found.by_series[name], np.array(each, float), rtol=1e-9)
        known = [value for value in each if value is not None]
        together = {"mase": np.mean(known), "nse": np.median(known), "kge": np.median(known)}
        if name in together:
            assert len(known) == 3
            assert found.together[name] == pytest.approx(together[name], rel=1e-9)
    flat = truth.ravel()
    assert found.together["r2"] == pytest.approx(
        1 - ((predicted - truth) ** 2).sum() / ((flat - flat.mean()) ** 2).sum(), rel=1e-9
    )
    second = measured(predicted[:, 1:], truth[:, 1:], Scales(whose, scale))
    for name in ("mae", "mase", "r2", "mape"):
        assert found.by_step[name][1] == pytest.approx(second.together[name], rel=1e-12)


def test_digits_are_kept_far_from_zero():
    """An efficiency of values near 1e9 that differ by 1: squares of the values themselves would lose it."""
    truth = 1e9 + np.random.default_rng(2).standard_normal((500, 1))
    found = measured(truth + 0.5, truth, Scales.none(500, 1))
    assert found.together["nse"] == pytest.approx(
        1 - 0.25 * 500 / ((truth - truth.mean()) ** 2).sum(), rel=1e-6
    )


def test_a_score_is_the_mean_over_targets_and_refuses_what_it_has_not():
    two = np.stack([TRUTH, 10 * TRUTH], axis=-1)
    said = np.stack([PREDICTED, 10 * PREDICTED], axis=-1)
    assert score("mae", said, two) == pytest.approx((1 + 10) / 2)
    assert score("mase", said, two) is None
    assert score("mase", said, two, Scales(np.zeros(3, int), np.array([[0.5, 10.0]]))) == pytest.approx(
        (2 + 1) / 2
    )
    quantiles = np.stack([said - 1, said + 1], axis=-1)
    assert score("pinball", quantiles, two, levels=(0.1, 0.9)) > 0
    assert score("accuracy", np.eye(2)[[0, 1, 1]], np.array([0.0, 1.0, 0.0])) == pytest.approx(2 / 3)
    for metric, why in (("mea", "mae, rmse"), ("inside", "is not offered")):
        with pytest.raises(ArgumentError, match=why):
            score(metric, said, two)
    with pytest.raises(ArgumentError, match="levels"):
        score("pinball", quantiles, two)


@pytest.mark.parametrize("name", METRICS)
def test_every_row_says_what_it_is(name):
    row = METRICS[name]
    assert row.title
    assert row.source
    assert name == row.name
    assert row.better in ("smaller", "larger", "level")
    assert row.unit in ("target", "percent", "scaled", "share", "score", "nats")
    assert row.of in ("value", "class", "quantile")
    assert (name in CHOOSING) == (row.better != "level")


# MASE's scale --------------------------------------------------------------------------------------------------------


def months(sizes, rows=60, first="2015-01"):
    """A noisy year in series of different size; 0 is constant."""
    rng = np.random.default_rng(3)
    time = np.tile((np.datetime64(first) + np.arange(rows)).astype("datetime64[D]"), len(sizes))
    wave = 3 + np.sin(np.arange(rows) * 2 * np.pi / 12)
    y = np.concatenate(
        [size * (wave + 0.3 * rng.standard_normal(rows)) if size else np.full(rows, 4.0) for size in sizes]
    )
    return {"when": time, "who": np.repeat([f"s{k}" for k in range(len(sizes))], rows), "y": y}


MONTHS = {
    "tune": False,
    "target": "y",
    "time": "when",
    "series": "who",
    "window": 12,
    "horizon": 3,
    "hidden": 3,
    "epochs": 1,
}


@pytest.fixture(scope="module")
def sized():
    table = months([1, 1000, 0])
    return table, gatewise.fit(table, **MONTHS)


def test_the_scale_is_the_seasonal_difference_of_the_training_rows(sized):
    table, model = sized
    y = table["y"][:60]
    first = next(place for place, row in enumerate(model.results["by_series"]["y"]) if row["series"] == "s0")
    trained = y[:42]  # 70 % of 60
    expected = np.abs(trained[12:] - trained[:-12]).mean()
    assert model.scales.season == 12
    assert model.scales.by_series["s0"] == [pytest.approx(expected, rel=1e-12)]
    assert model.results["by_series"]["y"][first]["scale"] == model.scales.by_series["s0"][0]
    assert model.scales.by_series["s2"] == [None]
    assert gatewise.fit(months([1], rows=30), **MONTHS).scales.by_series["s0"] != [None]


def test_a_series_too_short_for_a_season_is_scaled_by_its_steps():
    table = months([1, 2])
    kept = np.r_[0:60, 60 + 36 : 120]  # the second series begins 36 months later
    table = {name: column[kept] for name, column in table.items()}
    windows = Windows.fit(read(table, target="y", time="when", series="who"), window=12, horizon=3)
    (_, _), (first, end) = windows.trained
    assert 2 <= end - first <= 12
    scales = KeptScales.fit(windows)
    assert scales.by_series["s1"] == [pytest.approx(np.abs(np.diff(table["y"][first:end])).mean(), rel=1e-12)]
    first, end = windows.trained[0]
    y = table["y"][first:end]
    assert scales.by_series["s0"] == [pytest.approx(np.abs(y[12:] - y[:-12]).mean(), rel=1e-12)]


@pytest.mark.parametrize(("step", "rows"), [
    ("1h", 24), ("1D", 7), ("7D", 52), ("1M", 12), ("3M", 4), ("30m", 1), ("12M", 1), ("weekday", 1), ("number", 1),
])  # fmt: skip
def test_a_season_follows_from_the_time_step(step, rows):
    if step == "number":
        time = np.arange(60)
    elif step == "weekday":
        time = np.busday_offset("2024-01-01", np.arange(60)).astype("datetime64[us]")
    else:
        size, unit = int(step[:-1]), step[-1]
        time = np.datetime64("2015-01-01", unit) + size * np.arange(60)
        time = time.astype("datetime64[us]")
    dataset = read({"t": time, "y": np.arange(60.0) % 7}, target="y", time="t")
    assert season_of(dataset.step) == rows


def test_a_new_series_is_scaled_by_its_own_rows_before_its_first_window_ends(sized):
    _, model = sized
    new = months([50], rows=40)
    new["who"] = np.full(40, "new")
    found = model.evaluate(new)
    y = new["y"][:12]
    naive = np.abs(np.diff(y)).mean()  # 12 rows have no two a year apart
    row = found["targets"]["y"]["LSTM"]
    assert row["mase"] == pytest.approx(row["mae"] / naive, rel=1e-9)
    new["y"][12:] *= 3  # what comes later does not change it
    assert model.scales.of(model.windows(new, "labelled"), np.array([11])).scale == pytest.approx(naive)


def test_of_many_series_the_scaled_error_decides_and_a_constant_one_is_left_out(sized):
    _, model = sized
    results = model.results
    assert results["metric"] == "mase"
    rows = {row["series"]: row for row in results["by_series"]["y"]}
    scaled = [rows[name]["metrics"]["LSTM"]["mase"] for name in ("s0", "s1")]
    assert results["targets"]["y"]["LSTM"]["mase"] == pytest.approx(np.mean(scaled), rel=1e-12)
    assert rows["s2"]["metrics"]["LSTM"]["mase"] is None
    assert results["left_out"] == {"y": {"mase": 1, "nse": 1, "kge": 1}}
    assert [row["series"] for row in results["by_series"]["y"]][-1] == "s2"
    assert len(results["by_step_metric"]["y"]["ridge"]) == 3
    told = results_table(results)
    assert "y: mase is over 2 of 3 series; the training rows of s2 are constant, or few\n" in told
    assert "worst of 3 series, mase" in told
    assert "KGE" not in told
    said = words.verdict("y", results["targets"]["y"], "test", "LSTM", results["metric"])
    assert said.startswith("y: mean absolute scaled error ")


def test_at_most_five_series_are_shown_and_all_are_kept():
    model = gatewise.fit(months([1, 2, 3, 4, 5, 6, 7]), **MONTHS)
    lines = results_table(model.results).splitlines()
    head = next(place for place, line in enumerate(lines) if "worst of 7 series" in line)
    assert [line[:1] for line in lines[head + 1 :]] == ["s"] * 5
    rows = model.results["by_series"]["y"]
    values = [row["metrics"]["LSTM"]["mase"] for row in rows]
    assert values == sorted(values, reverse=True)
    assert len(rows) == 7


# What decides --------------------------------------------------------------------------------------------------------

TABLE = series()


def test_early_stopping_goes_by_the_metric_in_the_targets_units():
    """Loss mse and metric mae see another best epoch in turn; the model is that of the metric's."""
    keys = {**SMALL, "epochs": 6, "learning_rate": 0.05, "loss": "mse", "seed": 3}
    model = gatewise.fit(TABLE, **keys, metric="mae")
    rows = model.history
    best = max(k for k, row in enumerate(rows) if row["best"])
    values = [row["validation_mae"] for row in rows]
    assert best == int(np.argmin(values))
    windows = Windows.fit(read(TABLE, target=["load"], time="time"), window=12, horizon=3)
    numbers = windows.validation
    said = model.forecast(windows, numbers)[..., 0]
    assert np.abs(said - windows.truth(numbers)).mean() == pytest.approx(values[best], rel=1e-12)
    plain = gatewise.fit(TABLE, **keys)
    assert [row["loss"] for row in plain.history] == [row["loss"] for row in rows][: len(plain.history)]
    assert "validation_mae" not in plain.history[0]


def test_where_more_is_better_the_largest_is_the_best():
    model = gatewise.fit(TABLE, **{**SMALL, "epochs": 6, "patience": 6, "learning_rate": 0.3}, metric="nse")
    values = [row["validation_nse"] for row in model.history]
    best = max(k for k, row in enumerate(model.history) if row["best"])
    assert best == int(np.argmax(values)) != 0
    assert model.results["metric"] == next(iter(model.results["targets"]["load"]["LSTM"])) == "nse"


@pytest.mark.parametrize("keys", [
    {"stateful": True, "batch": 2, "metric": "rmse"}, {"loss": "pinball", "metric": "pinball"}, {"loss": "gaussian", "metric": "pinball"},
    {"target": ["load", "warmth"], "metric": "kge"}, {"task": "regress", "horizon": None, "metric": "r2"}, {"metric": "mase"},
])  # fmt: skip
def test_every_kind_of_training_has_its_metric(keys):
    model = gatewise.fit(TABLE, **{**SMALL, "epochs": 2, **keys})
    assert f"validation_{keys['metric']}" in model.history[0]
    assert next(iter(next(iter(model.results["targets"].values()))["LSTM"])) == keys["metric"]


def test_classes_have_their_metric():
    table = {**TABLE, "kind": np.where(TABLE["load"] > 0, "up", "down")}
    keys = {**SMALL, "target": ["kind"], "task": "classify", "horizon": None}
    model = gatewise.fit(table, **keys, metric="auc")
    assert "validation_auc" in model.history[0]
    assert model.results["metric"] == "auc"
    assert results_table(model.results).splitlines()[2].split()[:3] == ["kind", "auc", "accuracy"]


@pytest.mark.parametrize(("keys", "said"), [
    ({"metric": "maee"}, "metric='maee' is not offered. Choose from: mae, rmse, mape, smape, mase, r2, nse, kge."),
    ({"metric": "bias"}, "metric='bias' is not offered. Choose from: mae, rmse"),
    ({"metric": "maee", "loss": "pinball"}, "r2, nse, kge, pinball."),
    ({"metric": "maee", "task": "regress", "window": 0}, "mae, rmse, mape, smape, r2, nse, kge."),
    ({"metric": "f", "task": "classify"}, "Choose from: accuracy, log_loss, balanced_accuracy, f1, auc."),
    ({"metric": "accuracy"}, "metric=accuracy is of classes; the task is forecast, which has mae,"),
    ({"metric": "mae", "task": "classify"}, "metric=mae is of numbers; task classify has accuracy, log_loss"),
    ({"metric": "pinball"}, "metric=pinball needs quantiles, which loss mae does not give; take loss pinball."),
    ({"metric": "mase", "task": "regress", "window": 0}, "with window=0 each series is one value"),
])  # fmt: skip
def test_a_metric_that_cannot_be_is_refused(keys, said):
    with pytest.raises(ConfigError) as told:
        FitConfig.make(keys)
    assert said in str(told.value)


@pytest.mark.parametrize(
    ("written", "name"), [("NSE", "nse"), ("R²", "r2"), ("R2", "r2"), ("sMAPE", "smape")]
)
def test_a_metric_is_read_as_tables_print_it(written, name, sized):
    assert FitConfig.make({"metric": written}).metric == name
    with pytest.warns(DataWarning, match="takes the data of the training"):
        assert sized[1].evaluate(metric=written)["metric"] == name


def test_of_a_regression_kge_stands_beside_nse_which_of_one_series_is_r2():
    there = ["mae", "rmse", "bias", "r2", "nse", "kge"]
    assert main_of("regress", "nse", there) == ["nse", "mae", "rmse", "bias", "kge"]
    assert main_of("regress", "mae", there) == ["mae", "rmse", "bias", "r2"]
    assert main_of("forecast", "nse", there) == ["nse", "mae", "rmse", "bias"]


def test_a_metric_without_a_value_is_refused_before_training(tmp_path):
    table = {**TABLE, "load": np.where(np.arange(260) == 200, 0.0, TABLE["load"])}
    with pytest.raises(
        ConfigError, match=r"mape has no value on the \d+ validation windows: 3 of \d+ truths are 0"
    ):
        gatewise.fit(table, **SMALL, metric="mape", run=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_file_without_a_metric_is_as_before_and_one_with_it_comes_back(tmp_path):
    plain, chosen = FitConfig.make({}), FitConfig.make({"metric": "kge"})
    assert "metric" not in plain.to_dict()
    assert chosen.to_dict()["metric"] == "kge"
    assert 'metric = "kge"' in chosen.to_toml()
    model = gatewise.fit(months([1, 5, 0]), **MONTHS, run=tmp_path / "run", metric="smape")
    again = gatewise.load(tmp_path / "run")
    assert again.scales == model.scales
    assert again.results == model.results == json.loads((tmp_path / "run" / "results.json").read_text())
    assert again.config.metric == "smape"


@pytest.mark.filterwarnings("ignore:.*rows that training has seen")
def test_another_metric_is_shown_on_request(tmp_path, monkeypatch, capsys, sized):
    table, model = sized
    with pytest.warns(DataWarning, match=r"not told by rmse: .* were given from Python; give them again"):
        again = model.evaluate(metric="rmse")
    assert again["metric"] == "rmse"
    assert "by_step_metric" not in again
    rows = [row["metrics"]["LSTM"]["rmse"] for row in again["by_series"]["y"]]
    assert rows == sorted(rows, reverse=True)
    anew = model.evaluate(table, metric="nse")
    assert anew["metric"] == "nse"
    rows = [row["metrics"]["LSTM"]["nse"] for row in anew["by_series"]["y"]]
    assert rows[0] < rows[1]  # less is worse
    assert rows[2] is None
    with pytest.raises(ArgumentError, match="is of classes"):
        model.evaluate(metric="auc")
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "t.csv", TABLE)
    assert main(["fit", "t.csv", *flags({**SMALL, "epochs": 1}), "--metric", "rmse", "-q", "-o", "run"]) == 0
    assert main(["evaluate", "run", "--metric", "kge"]) == 0
    assert capsys.readouterr().out.splitlines()[2].split()[:2] == ["load", "KGE"]
    assert main(["evaluate", "run", "--metric", "kgee"]) == 2
    assert "metric='kgee' is not offered. Choose from: mae," in capsys.readouterr().err


@pytest.mark.parametrize("measure", ["kge", "rmse", "mae", "mase", "r2"])
def test_another_metric_of_stored_results_has_its_errors_by_step_and_by_series(
    tmp_path, monkeypatch, measure
):
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "t.csv", months([1, 5, 30]))
    model = gatewise.fit("t.csv", **MONTHS)
    chosen = gatewise.fit("t.csv", **MONTHS, metric=measure).results  # of one epoch: the same weights
    found = model.evaluate(metric=measure)
    assert found == chosen
    assert next(iter(found["targets"]["y"]["LSTM"])) == found["metric"] == measure
    assert all(measure in row["metrics"]["LSTM"] for row in found["by_series"]["y"])
    assert ("by_step_metric" in found) == (measure != "mae")


def test_without_the_data_what_is_kept_is_told_with_a_warning(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "t.csv", months([1, 5, 30]))
    model = gatewise.fit("t.csv", **MONTHS)
    whole = model.evaluate(metric="kge")
    (tmp_path / "t.csv").unlink()
    with pytest.warns(DataWarning, match=r"not told by kge: that takes the data of the training\. .*t\.csv"):
        found = model.evaluate(metric="kge")
    assert found["targets"] == whole["targets"]
    assert "by_step_metric" not in found
    by_mae = [row["metrics"]["LSTM"]["mae"] for row in found["by_series"]["y"]]
    assert by_mae == sorted(by_mae, reverse=True)


def test_results_of_before_are_measured_anew_by_a_metric_that_they_have_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "t.csv", TABLE)
    model = gatewise.fit("t.csv", **SMALL)
    whole = dict(model.results)
    old = {name: value for name, value in whole.items() if name not in ("metric", "reasons")}
    old["targets"] = {
        "load": {
            who: {name: row[name] for name in ("mae", "rmse")}
            for who, row in whole["targets"]["load"].items()
        }
    }
    model.results = old
    assert model.evaluate() is old
    anew = model.evaluate(metric="mase")
    assert (anew["windows"], anew["from"], anew["to"]) == (whole["windows"], whole["from"], whole["to"])
    for who, row in whole["targets"]["load"].items():
        assert anew["targets"]["load"][who] == row


@pytest.mark.parametrize(("measure", "ours", "theirs", "sentence", "cell"), [
    ("nse", 0.81, 0.62, "0.19 better than", "0.19 better"), ("kge", -3.0, 0.5, "3.5 worse than", "3.5 worse"),
    ("r2", 0.5, 0.50001, "as good as", "as good"), ("auc", 0.9, 0.8, "10.0 points better than", "10.0 points better"),
    ("mase", 0.5, 1.0, "50.0 % better than", "50.0 % better"), ("f1", 0.2, 0.0, "20.0 points better than", "20.0 points better"),
])  # fmt: skip
def test_each_metric_is_compared_in_its_own_way(measure, ours, theirs, sentence, cell):
    assert compared(measure, ours, theirs) == sentence
    assert against(measure, ours, theirs) == cell


def test_a_distribution_has_an_interval():
    loss = type("L", (), {"name": "gaussian"})
    said = np.array([[[[10.0, 2.0]]]])
    assert quantiles_of(said, loss, {}, non_negative=False)[0, 0, 0] == pytest.approx(
        [10 - 2 * 1.2815515655446004, 10, 10 + 2 * 1.2815515655446004]
    )
    found = gatewise.fit(TABLE, **{**SMALL, "loss": "gaussian"}).results["targets"]["load"]
    assert 0 <= found["LSTM"]["inside_0.1-0.9"] <= 1
    assert found["LSTM"]["width_0.1-0.9"] > 0
    assert found["ridge"]["pinball"] == pytest.approx(found["ridge"]["mae"] * 0.5, rel=0.5)


def test_counts_have_the_quantiles_of_their_distribution():
    stats = pytest.importorskip("scipy.stats", reason="scipy is not installed; pip install 'gatewise[train]'")
    loss = type("L", (), {"name": "negative_binomial"})
    found = quantiles_of(np.array([[[[5.0, 3.0]]]]), loss, {}, non_negative=False)[0, 0, 0]
    assert found.tolist() == stats.nbinom.ppf([0.1, 0.5, 0.9], 25 / 4, 5 / 9).tolist()
    poisson = quantiles_of(np.array([[[[5.0, 2.0]]]]), loss, {}, non_negative=False)[
        0, 0, 0
    ]  # a spread below Poisson's
    assert poisson.tolist() == stats.poisson.ppf([0.1, 0.5, 0.9], 5).tolist()


class Enough(Exception):
    pass


class Stops(Silent):
    """Ends a run in the middle, after two epochs."""

    def epoch(self, state):
        if state.epoch == 2:
            raise Enough


def test_a_run_that_goes_on_keeps_what_was_best_by_the_metric(tmp_path):
    keys = {**SMALL, "epochs": 4, "metric": "nse"}
    whole = gatewise.fit(TABLE, **keys, run=tmp_path / "whole")

    with pytest.raises(Enough):
        fit_run(Run(tmp_path / "cut"), {**keys, "checkpoint_every": 0.0}, TABLE, listener=Stops())
    again = gatewise.fit(TABLE, run=tmp_path / "cut", resume=True)
    assert again.history == whole.history
    assert again.network.vector.tobytes() == whole.network.vector.tobytes()


def test_pieces_of_windows_add_up(monkeypatch):
    rng = np.random.default_rng(5)
    truth = rng.standard_normal((100, 2)) + 5
    truth[rng.random((100, 2)) < 0.1] = np.nan
    predicted = rng.standard_normal((100, 2)) + 5
    scales = Scales(np.repeat([0, 1], 50), np.array([[1.0], [2.0]]))
    whole = measured(predicted, truth, scales)
    monkeypatch.setattr(measured_module, "PIECE", 1)
    cut = measured(predicted, truth, scales)
    assert cut.together == pytest.approx(whole.together, rel=1e-12)
    assert cut.known.tolist() == whole.known.tolist()
