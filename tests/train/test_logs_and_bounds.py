"""--log and --non-negative: what is learned, and that everything else stays in the target's own units."""

import re

import numpy as np
import pytest
from series_files import SMALL, bits, series, write_csv

import gatewise
from gatewise.data import Baselines, Preparation, Windows, read
from gatewise.train.config import ConfigError
from gatewise.train.data.data_error import DataError
from gatewise.train.report.observed import band_of
from gatewise.train.run.folder import Run

pytest.importorskip("pyarrow", reason="pyarrow is not installed; pip install 'gatewise[train]'")

QUICK = {**SMALL, "epochs": 1}


def river(rows=260, seed=0):
    """A discharge of many sizes, never below 0; some days are dry."""
    table = series(rows, seed)
    level = np.exp(2 * table["load"] + np.random.default_rng(seed).standard_normal(rows))
    level[::17] = 0.0
    return {**table, "load": level.round(3)}


def windows_of(table, **how):
    return Windows.fit(read(table, target="load", time="time"), window=12, horizon=3, calendar=False, **how)


def test_labels_and_the_own_past_are_scaled_logarithms():
    table = river()
    windows = windows_of(table, log=True, change=False)
    logs = np.log1p(table["load"])
    train = logs[: windows.train[-1] + 4]
    prepared = windows.preparation
    np.testing.assert_allclose((prepared.mean[0], prepared.scale[0]), (train.mean(), train.std()), rtol=1e-12)
    batch = windows.batch([100])
    np.testing.assert_allclose(
        batch.x[0, :, 0], (logs[89:101] - train.mean()) / train.std(), rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(
        batch.label[0], (logs[101:104] - train.mean()) / train.std(), rtol=1e-4, atol=1e-6
    )
    np.testing.assert_array_equal(
        batch.x[0, :, 1], windows_of(table).batch([100]).x[0, :, 1]
    )  # features are as ever


@pytest.mark.parametrize("change", [True, False])
def test_what_is_restored_is_in_the_own_units(change):
    table = river()
    windows = windows_of(table, log=True, change=change, dtype="float64")
    numbers = windows.test
    labels = windows.batch(numbers).label
    truth = windows.truth(numbers)
    np.testing.assert_array_equal(truth[:, 0, 0], table["load"][numbers + 1])
    np.testing.assert_allclose(
        windows.restore(labels.reshape(truth.shape), numbers), truth, rtol=1e-9, atol=1e-9
    )


def test_changes_are_scaled_by_the_changes_of_logarithms():
    windows = windows_of(river(), log=True, dtype="float64")
    labels = windows.batch(windows.train).label
    assert 0.8 < np.sqrt((labels**2).mean()) < 1.2


def test_baselines_are_in_the_own_units():
    table = river()
    windows = windows_of(table, log=True)
    found = Baselines.fit(windows).predict(windows, windows.test)
    np.testing.assert_array_equal(found["last value"][:, 0, 0], table["load"][windows.test])
    assert found["ridge"].min() > -1  # exp(…) - 1, whatever ridge says of the logarithm
    plain = Baselines.fit(windows_of(table)).predict(windows_of(table), windows.test)["ridge"]
    assert plain.min() < found["ridge"].min()


def test_without_any_last_value_the_mean_stands_in_in_own_units():
    table = river()
    table["load"][60:90] = np.nan
    windows = windows_of(table, log=True, change=True)
    np.testing.assert_allclose(
        windows.last_values(np.array([80])), [[np.expm1(windows.preparation.label_mean[0])]]
    )


@pytest.mark.parametrize("how", [{}, {"change": False}, {"loss": "pinball"}, {"non_negative": True}], ids=str)
def test_the_stepper_says_bit_for_bit_what_predict_says(how):
    table = river()
    model = gatewise.fit(table, **QUICK, log=True, **how)
    said, stepper = model.predict(table), model.stepper()
    for row in range(248, 260):
        ahead = stepper.step({name: table[name][row] for name in ("load", "warmth")}, table["time"][row])
    names = [f"load_{column}" for column in ("q0.1", "q0.5", "q0.9")] if "loss" in how else ["load"]
    np.testing.assert_array_equal(ahead[:, 0], np.stack([said[name] for name in names], axis=-1))


def test_results_are_in_the_own_units():
    table = river()
    results = gatewise.fit(table, **QUICK, log=True).results["targets"]["load"]
    plain = gatewise.fit(table, **QUICK).results["targets"]["load"]
    assert results["last value"] == plain["last value"]
    assert results["LSTM"]["mae"] != plain["LSTM"]["mae"]


def test_a_regression_learns_logarithms_too():
    table = river()
    keys = {name: value for name, value in QUICK.items() if name != "horizon"}
    model = gatewise.fit(table, **keys, task="regress", log=True)
    assert model.preparation.mean == gatewise.fit(table, **keys, task="regress").preparation.mean
    np.testing.assert_allclose(
        model.preparation.label_mean[0], np.log1p(table["load"][:182]).mean(), rtol=1e-12
    )
    assert (model.predict(table)["load"] > -1).all()


# Not below 0 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["mae", "pinball", "gaussian"])
def test_no_prediction_is_below_0_and_spreads_are_as_they_were(loss):
    table = {**series(), "load": np.maximum(series()["load"], 0)}
    model = gatewise.fit(table, **QUICK, loss=loss, non_negative=True)
    free = gatewise.fit(table, **QUICK, loss=loss)
    np.testing.assert_array_equal(model.network.vector, free.network.vector)
    said, others = (each.predict(table, rolling=True) for each in (model, free))
    assert min(column.min() for name, column in others.items() if name.startswith("load")) < 0
    for name, column in said.items():
        if name.startswith("load"):
            np.testing.assert_array_equal(
                column, others[name] if name.endswith("_sd") else np.maximum(others[name], 0)
            )


@pytest.mark.filterwarnings("ignore:.*rows that training has seen")
@pytest.mark.parametrize("loss", ["pinball", "gaussian"])
def test_no_quantile_is_below_0_and_the_metrics_are_of_those(loss):
    table = {**series(), "load": np.maximum(series()["load"], 0)}
    model = gatewise.fit(table, **QUICK, loss=loss, non_negative=True, metric="pinball")
    free = gatewise.fit(table, **QUICK, loss=loss, metric="pinball")
    windows = model.windows(table, "labelled")
    said = model.forecast(windows, windows.test)
    quantiles, truth = model.quantiles(said), windows.truth(windows.test)
    others = free.quantiles(free.forecast(free.windows(table, "labelled"), windows.test))
    assert others.min() < 0 == quantiles.min()
    there = ~np.isnan(truth)
    quantiles, truth = quantiles[there], truth[there]
    wrong, levels = truth[:, np.newaxis] - quantiles, np.array([0.1, 0.5, 0.9])
    loss_by_hand = np.maximum(levels * wrong, (levels - 1) * wrong).mean()
    inside = (truth >= quantiles[:, 0]) & (truth <= quantiles[:, 2])
    found = model.evaluate(table)["targets"]["load"]["LSTM"]
    assert found["pinball"] == pytest.approx(loss_by_hand, rel=1e-9)
    assert found["width_0.1-0.9"] == pytest.approx((quantiles[:, 2] - quantiles[:, 0]).mean(), rel=1e-9)
    assert found["inside_0.1-0.9"] == pytest.approx(inside.mean(), rel=1e-9)
    assert found["pinball"] < free.evaluate(table)["targets"]["load"]["LSTM"]["pinball"]
    assert (
        model.history[0]["validation_pinball"] < free.history[0]["validation_pinball"]
    )  # early stopping's, too


@pytest.mark.parametrize("loss", ["pinball", "gaussian"])
def test_no_band_of_the_report_is_below_0(loss):
    table = {**series(), "load": np.maximum(series()["load"], 0)}
    for bounded in (False, True):
        model = gatewise.fit(table, **QUICK, loss=loss, non_negative=bounded)
        windows = model.windows(table, "labelled")
        said = model.forecast(windows, windows.test)
        low, _ = band_of(model, said, 0, said[..., 0, 0])
        assert (low.min() >= 0) == bounded


def test_ridge_beside_it_is_not_below_0_either():
    table = {**series(), "load": np.maximum(series()["load"], 0)}
    free, kept = windows_of(table), windows_of(table, non_negative=True)
    plain = Baselines.fit(free).predict(free, free.test)["ridge"]
    assert plain.min() < 0
    np.testing.assert_array_equal(Baselines.fit(kept).predict(kept, kept.test)["ridge"], np.maximum(plain, 0))


def test_targets_below_0_are_noted_where_no_prediction_is():
    below = (series()["load"][:182] < 0).sum()
    note = f"load is below 0 in {below} training rows; with non_negative no prediction is"
    assert note in windows_of(series(), non_negative=True).notes


# Kept, and refused --------------------------------------------------------------------------------------------


def test_both_are_kept_with_the_model_and_a_run_goes_on_with_them(tmp_path):
    table = write_csv(tmp_path / "t.csv", river())
    keys = QUICK | {"log": True, "non_negative": True}
    model = gatewise.fit(table, **keys, run=tmp_path / "run")
    again = gatewise.load(tmp_path / "run")
    assert again.preparation == model.preparation
    assert (again.config.log, again.config.non_negative) == (True, True)
    assert again.predict(table)["load"].tolist() == model.predict(table)["load"].tolist()
    gatewise.fit(table, **keys, run=tmp_path / "again", threads=2)
    assert bits(Run(tmp_path / "run")) == bits(Run(tmp_path / "again"))
    assert rb"\"format\": 3" in (tmp_path / "run" / "model.safetensors").read_bytes()


def test_a_document_of_before_is_read_and_one_without_is_written_as_before():
    document = windows_of(river()).preparation.to_dict()
    assert not {"log", "non_negative"} & {*document}
    made = Preparation.from_dict(document)
    assert (made.log, made.non_negative) == (False, False)


@pytest.mark.parametrize("key", ["log", "non_negative"])
@pytest.mark.parametrize("value", [1, "yes", None])
def test_a_forged_document_is_refused(key, value):
    document = windows_of(river(), log=True, non_negative=True).preparation.to_dict()
    with pytest.raises(DataError, match=f"the preparation is damaged: {key}"):
        Preparation.from_dict(document | {key: value})


@pytest.mark.parametrize("value", [-0.5, -1.0, -9999.0, -1e99])
def test_a_target_below_0_is_refused_with_its_row(tmp_path, value):
    table = river()
    table["load"][41] = value
    path = write_csv(tmp_path / "t.csv", table)
    message = rf"column load, row 42 \(2024-01-02 17:00\): {re.escape(f'{value:g}')} is below 0; log learns .* --na "
    with pytest.raises(DataError, match=message):
        windows_of(path, log=True)
    model = gatewise.fit(river(), **QUICK, log=True)
    predicting = (
        r"row 42 .* is below 0; this model learned .* leave the cell empty; .* train a model without log"
    )
    with pytest.raises(DataError, match=predicting):
        model.predict(path)
    with pytest.raises(DataError, match=r"column load of the row is .*; the model learned"):
        model.stepper().step({"load": value, "warmth": 0.0}, table["time"][0])


def test_missing_and_huge_targets_are_no_trouble():
    table = river()
    table["load"][40:44] = np.nan
    table["load"][50] = 1e99
    windows = windows_of(table, log=True)
    assert np.isfinite(windows.batch(windows.train).x).all()
    assert np.isfinite(gatewise.fit(table, **QUICK, log=True).predict(table)["load"]).all()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"log": True, "loss": "gaussian"},
            r"loss=gaussian says a standard deviation, .* loss pinball gives",
        ),
        ({"log": True, "loss": "negative_binomial"}, "loss=negative_binomial says"),
        (
            {"log": True, "task": "classify"},
            "log and non_negative are for numbers; task classify has classes",
        ),
        ({"non_negative": True, "task": "classify"}, "log and non_negative are for numbers"),
        ({"log": "yes"}, "log"),
    ],
)
def test_what_does_not_go_together_is_refused(keys, message):
    given = {name: value for name, value in QUICK.items() if name != "horizon" or "task" not in keys}
    with pytest.raises(ConfigError, match=message):
        gatewise.fit(river(), **given, **keys)


def test_windows_refuse_logarithms_of_classes():
    dataset = read(river(), target="load", time="time")
    with pytest.raises(DataError, match="log and non_negative are for numbers, not for classes"):
        Windows.fit(dataset, task="classify", window=12, log=True)
    with pytest.raises(DataError, match="log is 'yes'; it must be True or False"):
        windows_of(river(), log="yes")
