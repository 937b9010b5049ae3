"""What a fitted model gives: predictions with the right columns, measures, one row at a time, on any task."""

import json

import numpy as np
import pytest
from series_files import SMALL, series, write_csv

import gatewise
from gatewise.cli.results import results_table
from gatewise.errors import ArgumentError
from gatewise.train.metrics.classes import of_classes
from gatewise.train.metrics.measured import of_values
from gatewise.train.metrics.quantiles import of_quantiles

QUICK = {**SMALL, "epochs": 2}
TABLE = series()


def fit(table=TABLE, **keys):
    return gatewise.fit(table, **{**QUICK, **keys})


def test_a_forecast_goes_on_where_the_data_end():
    model = fit()
    table = model.predict(TABLE)
    hour = np.timedelta64(1, "h")
    assert list(table) == ["time", "load"]
    assert (table["time"] == TABLE["time"][-1] + hour * np.arange(1, 4)).all()
    assert np.isfinite(table["load"]).all()


def test_the_last_value_and_the_scale_are_put_back():
    """A network of zeros predicts no change: the last value known."""
    model = fit()
    model.network.vector[:] = 0
    assert model.predict(TABLE)["load"] == pytest.approx([TABLE["load"][-1]] * 3)
    model = fit(change=False)
    model.network.vector[:] = 0
    trained = TABLE["load"][: round(len(TABLE["load"]) * 0.7)]
    assert model.predict(TABLE)["load"] == pytest.approx([trained.mean()] * 3, abs=0.02)


@pytest.mark.parametrize(("keys", "columns"), [
    ({"loss": "pinball", "quantiles": [0.2, 0.5, 0.8]}, ["load", "load_q0.2", "load_q0.5", "load_q0.8"]),
    ({"loss": "gaussian"}, ["load", "load_mean", "load_sd"]),
    ({"loss": "huber", "loss_options": {"delta": 0.5}}, ["load"]),
    ({"target": ["load", "warmth"]}, ["load", "warmth"]),
])  # fmt: skip
def test_the_columns_are_those_of_the_loss(keys, columns):
    table = fit(**keys).predict(TABLE)
    assert list(table) == ["time", *columns]
    assert all(len(column) == 3 for column in table.values())
    if "load_q0.2" in table:
        assert (table["load_q0.2"] <= table["load_q0.5"]).all()
        assert (table["load_q0.5"] <= table["load_q0.8"]).all()
        assert (table["load"] == table["load_q0.5"]).all()
    if "load_sd" in table:
        assert (table["load_sd"] > 0).all()


def test_quantiles_hold_their_share():
    model = fit(series(900), loss="pinball", epochs=25, patience=25, hidden=8)
    found = model.results["targets"]["load"]["LSTM"]
    assert 0.6 < found["inside_0.1-0.9"] < 0.95  # 0.8 asked, of a few hundred hours the network never saw
    assert found["pinball"] < found["mae"]


def test_counts_have_their_own_likelihood():
    rng = np.random.default_rng(0)
    t = np.arange(300)
    table = {"time": TABLE["time"][0] + 3600 * t, "sold": rng.poisson(3 + 2 * np.sin(t / 4))}
    model = fit(table, target="sold", loss="negative_binomial", learning_rate=0.02, epochs=8)
    predicted = model.predict(table)
    assert list(predicted) == ["time", "sold", "sold_mean", "sold_sd"]
    assert (predicted["sold"] == predicted["sold_mean"]).all()
    assert (predicted["sold"] > 0.5).all()
    assert (predicted["sold"] < 8).all()
    assert (predicted["sold_sd"] > np.sqrt(predicted["sold"]) * 0.99).all()


@pytest.mark.parametrize("names", [("low", "high"), (0, 1)])
def test_classes_come_with_their_probabilities(names):
    up = np.diff(TABLE["warmth"], prepend=0) > 0
    table = {"time": TABLE["time"], "x": TABLE["warmth"], "way": np.where(up, names[1], names[0])}
    model = fit(
        table, target="way", task="classify", horizon=None, epochs=30, patience=30, learning_rate=0.02
    )
    predicted = model.predict(table)
    assert list(predicted) == ["time", "way", *(f"way_p_{name}" for name in sorted(names))]
    chances = np.stack([predicted[f"way_p_{name}"] for name in sorted(names)], axis=1)
    assert np.allclose(chances.sum(axis=1), 1, atol=1e-6)
    assert (predicted["way"] == np.array(sorted(names))[chances.argmax(axis=1)]).all()
    found = model.results["targets"]["way"]
    assert found["LSTM"]["accuracy"] > found["most frequent"]["accuracy"] + 0.2


def test_regression_predicts_each_window():
    model = fit(task="regress", horizon=None, features=["warmth"], epochs=20, learning_rate=0.02)
    predicted = model.predict(TABLE)
    assert (predicted["time"] == TABLE["time"][11:]).all()
    found = model.results["targets"]["load"]
    assert found["LSTM"]["mae"] < found["mean"]["mae"]


def test_whole_series_of_their_own_lengths_are_classified():
    rng = np.random.default_rng(1)
    rows = [
        (k, rng.standard_normal() + (k % 2) * 2, k % 2) for k in range(60) for _ in range(rng.integers(3, 9))
    ]
    ids, x, kind = (np.array(column) for column in zip(*rows, strict=True))
    model = fit(
        {"who": ids, "x": x, "kind": kind}, target="kind", task="classify", series="who", time=None, window=0,
        horizon=None, split="group", epochs=20, learning_rate=0.02,
    )  # fmt: skip
    assert model.results["targets"]["kind"]["LSTM"]["accuracy"] > 0.8
    assert len(model.predict({"who": ids, "x": x})["kind"]) == 60


def test_rolling_forecasts_start_at_every_row():
    model = fit()
    rolling = model.predict(TABLE, rolling=True)
    origins = len(TABLE["load"]) - SMALL["window"] + 1
    assert list(rolling) == ["cutoff", "step", "time", "load", "truth"]
    assert len(rolling["load"]) == 3 * origins
    assert rolling["load"][-3:].tobytes() == model.predict(TABLE)["load"].tobytes()
    assert list(rolling["step"][:4]) == [1, 2, 3, 1]


def test_evaluation_on_new_data_has_the_same_ridge_beside_it(tmp_path):
    model = fit(run=tmp_path / "run")
    new = series(200, seed=5)
    found = gatewise.load(tmp_path / "run").evaluate(new)
    assert found == model.evaluate(new)
    assert found["windows"] == 200 - 12  # every one of which something is known that came after it
    predicted = model.predict(new, rolling=True)["load"].reshape(-1, 3)[:-1]
    known = np.append(new["load"], [np.nan, np.nan])
    truth = np.stack([known[k : k + 188] for k in (12, 13, 14)], axis=1)
    assert found["targets"]["load"]["LSTM"]["mae"] == pytest.approx(np.nanmean(np.abs(predicted - truth)))
    last = np.nanmean(np.abs(new["load"][11:199, None] - truth))
    assert found["targets"]["load"]["last value"]["mae"] == pytest.approx(last)
    assert len(found["by_step"]["load"]["ridge"]) == 3


@pytest.mark.parametrize("keys", [
    {}, {"layers": 2, "loss": "pinball"}, {"loss": "gaussian", "change": False}, {"target": ["load", "warmth"]},
    {"dtype": "float64"}, {"skip": 5}, {"stateful": True, "batch": 2},
])  # fmt: skip
def test_step_by_step_it_says_the_same_to_the_bit(keys):
    model = fit(**keys)
    windows = model.windows(TABLE, "every")
    numbers = windows.test[:1] if not keys.get("stateful") else windows.test
    said = model.forecast(windows, numbers)
    names = model.preparation.inputs
    last = len(TABLE["load"]) if keys.get("stateful") else SMALL["window"]
    stepper = model.stepper()
    steps = [stepper.step({name: TABLE[name][t] for name in names}, TABLE["time"][t]) for t in range(last)]
    assert np.array(steps[SMALL["window"] - 1 :]).tobytes() == said.tobytes()


def test_a_model_that_needs_the_future_does_not_step():
    model = fit(bidirectional=True)
    with pytest.raises(ArgumentError, match="reads from both ends"):
        model.stepper()


def test_a_loaded_model_predicts_the_same_bits(tmp_path):
    model = fit(run=tmp_path / "run")
    again = gatewise.load(tmp_path / "run")
    assert again.predict(TABLE)["load"].tobytes() == model.predict(TABLE)["load"].tobytes()
    assert (
        again.predict(TABLE, threads=2)["load"].tobytes() == model.predict(TABLE, threads=1)["load"].tobytes()
    )
    assert (again.config, again.preparation, again.history) == (
        model.config,
        model.preparation,
        model.history,
    )


def test_a_file_and_a_dict_give_the_same_model(tmp_path):
    path = write_csv(tmp_path / "load.csv", TABLE)
    assert gatewise.fit(path, **QUICK).network.vector.tobytes() == fit().network.vector.tobytes()


def test_measures_by_hand():
    truth = np.array([[1.0, np.nan], [3.0, 2.0]])
    predicted = np.array([[2.0, 9.0], [3.0, 0.0]])
    assert of_values(predicted, truth) == {"mae": 1.0, "rmse": pytest.approx((5 / 3) ** 0.5)}
    quantiles = np.stack([truth - 1, truth + 0.5], axis=-1)
    found = of_quantiles(quantiles, (0.1, 0.9), truth)
    assert found == {
        "pinball": pytest.approx((0.1 * 1 + 0.1 * 0.5) / 2),
        "inside_0.1-0.9": 1.0,
        "width_0.1-0.9": pytest.approx(1.5),
    }
    chances = np.array([[0.8, 0.2], [0.4, 0.6], [0.5, 0.5]])
    found = of_classes(chances, np.array([0.0, 0.0, np.nan]))
    usual = {name: found[name] for name in ("accuracy", "log_loss")}
    assert usual == {"accuracy": 0.5, "log_loss": pytest.approx(-(np.log(0.8) + np.log(0.4)) / 2)}


def test_a_row_that_does_not_fit_is_named():
    stepper = fit().stepper()
    with pytest.raises(
        ValueError, match=r"column warmth of the row is 'mild'; it must be a number, or None\."
    ):
        stepper.step({"load": 1.0, "warmth": "mild"}, TABLE["time"][0])
    with pytest.raises(ValueError, match="the row has 3 values; it needs 2: load, warmth"):
        stepper.step(np.ones(3), TABLE["time"][0])


@pytest.mark.parametrize("loss", ["mae", "pinball"])
def test_without_a_truth_there_is_no_error_and_results_are_json(tmp_path, loss):
    """The second target is missing where the test is: its errors are null, not NaN and not 0."""
    table = {**TABLE, "gone": np.where(np.arange(len(TABLE["load"])) < 200, TABLE["load"], np.nan)}
    model = fit(table, target=["load", "gone"], loss=loss, skip=2, run=tmp_path / "run", report=True)

    def refuse(word):
        raise AssertionError(f"{word} is not JSON")

    results = json.loads((tmp_path / "run" / "results.json").read_text(), parse_constant=refuse)
    assert set(results["targets"]["gone"]["LSTM"].values()) == {None}
    assert results["by_step"]["gone"]["ridge"] == [None] * 3
    assert results["targets"]["load"]["LSTM"]["mae"] > 0
    assert "none known" in results_table(results)
    page = (tmp_path / "run" / "report.html").read_text()
    assert "gone: no value is known in the test, so nothing can be compared." in page
    assert "12 steps, 7 inputs, the last 2 steps also past the LSTM, straight into the head; predicts" in page
    assert model.evaluate() == results


def test_a_row_of_a_stream_that_is_too_large_is_named():
    stepper = fit().stepper()
    with pytest.raises(ValueError, match=r"column load of the row is 1e\+300, infinite or too large"):
        stepper.step({"load": 1e300, "warmth": 0.0}, TABLE["time"][0])
