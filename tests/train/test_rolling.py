"""Rolling forecasts that can be judged: cutoff, step and truth; ranges of cutoffs; metrics of those alone."""

import csv
import json
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from series_files import SMALL, flags, series, write_csv

import gatewise
from gatewise.cli import main
from gatewise.errors import ArgumentError
from gatewise.train.config import ConfigError
from gatewise.train.data.data_error import DataError, DataWarning

TABLE = series()
HOUR = np.timedelta64(1, "h")
QUICK = {**SMALL, "epochs": 1}


@pytest.fixture(scope="module")
def model():
    return gatewise.fit(TABLE, **QUICK)


def test_cutoff_step_and_truth_stand_beside_each_forecast(model):
    found = model.predict(TABLE, rolling=True)
    assert list(found) == ["cutoff", "step", "time", "load", "truth"]
    assert (found["time"] == found["cutoff"] + found["step"] * HOUR).all()
    known = dict(zip(TABLE["time"].astype("datetime64[us]").tolist(), TABLE["load"].tolist(), strict=True))
    expected = [known.get(time, np.nan) for time in found["time"].tolist()]
    np.testing.assert_array_equal(found["truth"], expected)
    assert np.isnan(found["truth"]).sum() == 1 + 2 + 3


def test_a_forecast_at_a_cutoff_knows_nothing_after_it(model):
    found = model.predict(TABLE, rolling=True, start="2024-01-05 03:00", end="2024-01-05 03:00")
    rows = int(np.flatnonzero(TABLE["time"] == np.datetime64("2024-01-05T03:00:00"))[0]) + 1
    cut = {name: column[:rows] for name, column in TABLE.items()}
    assert found["load"].tobytes() == model.predict(cut)["load"].tobytes()


@pytest.mark.parametrize(("keys", "first", "last", "cutoffs"), [
    ({"start": "2024-01-10"}, "2024-01-10T00", "2024-01-11T19", 44),
    ({"end": "2024-01-02"}, "2024-01-01T11", "2024-01-02T23", 37),  # a day is meant whole
    ({"end": "2024-01-02 00:00"}, "2024-01-01T11", "2024-01-02T00", 14),
    ({"start": "2024-01-03 05:00", "end": "2024-01-04", "every": 24}, "2024-01-03T05", "2024-01-04T05", 2),
    ({"start": date(2024, 1, 11)}, "2024-01-11T00", "2024-01-11T19", 20),
    ({"start": np.datetime64("2024-01-11T18")}, "2024-01-11T18", "2024-01-11T19", 2),
    ({"start": datetime(2024, 1, 11, 18), "end": datetime(2024, 1, 11, 18)}, "2024-01-11T18", "2024-01-11T18", 1),
    ({"end": "2024-01", "every": 100}, "2024-01-01T11", "2024-01-09T19", 3),
    ({"end": "2024", "every": 100}, "2024-01-01T11", "2024-01-09T19", 3), ({"end": "Jan 2024"}, "2024-01-01T11", "2024-01-11T19", 249),
])  # fmt: skip
def test_a_range_has_its_cutoffs(model, keys, first, last, cutoffs):
    found = np.unique(model.predict(TABLE, rolling=True, **keys)["cutoff"])
    assert (found[0], found[-1], len(found)) == (np.datetime64(first), np.datetime64(last), cutoffs)


@pytest.mark.parametrize(("keys", "said"), [
    ({"start": "2025-01-01"}, r'start="2025-01-01" leaves no cutoff: those of .* go from 2024-01-01 11:00 to 2024-01-11 19:00'),
    ({"end": "2023-12-31"}, "leaves no cutoff"),
    ({"start": "2024-01-05", "end": "2024-01-04"}, r'start="2024-01-05" is after end="2024-01-04"'),
    ({"start": "soon"}, 'start="soon" is no time such as 2013-11-01'),
    ({"start": "now"}, 'start="now" is no time such as 2013-11-01'), ({"start": ""}, "is no time"), ({"start": "2024-13-01"}, "is no time"),
    ({"start": 1.5}, "start is 1.5; it must be a time"),
    ({"start": "2024-01-05T00:00Z"}, "has an offset from UTC; the times of the data have none"),
    ({"every": 0}, "every=0; it must be a whole number of at least 1"),
    ({"every": 2.0}, "every=2.0; it must be a whole number"),
])  # fmt: skip
def test_a_bad_range_is_refused_with_what_the_data_have(model, keys, said):
    with pytest.raises((DataError, ArgumentError), match=said.replace('"', "['\"]")):
        model.predict(TABLE, rolling=True, **keys)


@pytest.mark.parametrize("keys", [{"start": "2024-01-05"}, {"end": "2024-01-05"}, {"every": 2}])
def test_a_range_without_rolling_is_refused(model, keys):
    for call in (model.predict, model.evaluate):
        with pytest.raises(ArgumentError, match="is for rolling forecasts; set rolling=True"):
            call(TABLE, **keys)


@pytest.mark.filterwarnings("ignore:.*rows that training has seen")
def test_the_evaluation_is_of_those_cutoffs_alone(model):
    results, found = model.backtest(TABLE, start="2024-01-05", end="2024-01-08", every=6)
    assert results == model.evaluate(TABLE, rolling=True, start="2024-01-05", end="2024-01-08", every=6)
    assert results["rolling"] == {
        "cutoffs": 16,
        "first": "2024-01-05",
        "last": "2024-01-08 18:00",
        "every": 6,
    }
    error = found["load"] - found["truth"]
    assert results["targets"]["load"]["LSTM"]["bias"] == pytest.approx(error.mean(), rel=1e-12)
    steps = [np.abs(error[found["step"] == h]).mean() for h in (1, 2, 3)]
    assert results["by_step"]["load"]["LSTM"] == pytest.approx(steps, rel=1e-12)
    assert results["windows"] == 16
    assert results["targets"]["load"]["ridge"]["mae"] > 0


def test_without_data_the_cutoffs_are_those_of_the_test(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "t.csv", TABLE)
    model = gatewise.fit("t.csv", **QUICK)
    results = model.evaluate(rolling=True)
    kept = {name: value for name, value in results.items() if name != "rolling"}
    assert kept == model.results
    assert model.evaluate(rolling=True, every=5)["windows"] == 8
    with pytest.warns(DataWarning, match=r"[\d,]+ of [\d,]+ cutoffs are in rows that training has seen"):
        of = model.evaluate(rolling=True, start="2024-01-03", end="2024-01-11")
    assert of["of"] == "the training's own data"
    assert of["rolling"]["first"] == "2024-01-03"
    given = gatewise.fit(TABLE, **QUICK)
    with pytest.raises(ConfigError, match="given from Python; give them again"):
        given.evaluate(rolling=True)


@pytest.mark.parametrize("keys", [
    {"split": "group", "validation": 0.34, "test": 0.34}, {"test": 0}, {"test": 0, "validation": 0, "stride": 1}, {"test": "2024-01-09"},
])  # fmt: skip
def test_the_test_of_the_training_is_found_again_however_it_was_split(keys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    many = [series(seed=seed) for seed in range(3)]
    table = {name: np.concatenate([one[name] for one in many]) for name in TABLE}
    write_csv(tmp_path / "t.csv", {**table, "who": np.repeat(["a", "b", "c"], 260)})
    model = gatewise.fit("t.csv", **QUICK, series="who", **keys)
    results = model.evaluate(rolling=True)
    del results["rolling"]
    assert results == model.results


@pytest.mark.filterwarnings("ignore:.*rows that training has seen")
def test_series_are_cut_at_the_same_times(model):
    """One begins five hours later; every 24 rows means the same hours of both."""
    many = gatewise.fit(two_series(), **QUICK, series="who")
    found = many.predict(two_series(), rolling=True, every=24)
    assert len(np.unique(found["cutoff"].astype("datetime64[h]").astype(int) % 24)) == 1
    assert set(found["who"]) == {"a", "b"}
    results = many.evaluate(two_series(), rolling=True, every=24)
    assert [row["values"] for row in results["by_series"]["load"]] == [30, 30] or len(
        results["by_series"]["load"]
    ) == 2


def two_series():
    late = {name: column[5:] for name, column in series(seed=4).items()}
    table = {name: np.concatenate([TABLE[name], late[name]]) for name in TABLE}
    return {**table, "who": np.repeat(["a", "b"], [260, 255])}


def test_rows_without_a_time_are_counted_from_0():
    table = {"y": np.sin(np.arange(80) / 3)}
    model = gatewise.fit(table, target="y", window=6, horizon=2, hidden=2, epochs=1)
    found = model.predict(table, rolling=True, start=20, end=30, every=5)
    assert found["cutoff"].tolist() == [20, 20, 25, 25, 30, 30]
    assert found["row"].tolist() == [21, 22, 26, 27, 31, 32]
    assert found["truth"] == pytest.approx(table["y"][found["row"]])
    with pytest.raises(DataError, match=r"leaves no cutoff: those of .* go from row 5 to row 79"):
        model.predict(table, rolling=True, start=100)
    with pytest.raises(DataError, match="must be a row of the series, from 0"):
        model.predict(table, rolling=True, start="2024-01-01")


def test_numbers_that_are_the_time_are_given_as_numbers():
    table = {"t": np.arange(80) * 5, "y": np.sin(np.arange(80) / 3)}
    model = gatewise.fit(table, target="y", time="t", window=6, horizon=2, hidden=2, epochs=1)
    found = model.predict(table, rolling=True, start=103, end="120")
    assert np.unique(found["cutoff"]).tolist() == [105, 110, 115, 120]


def test_times_are_by_the_clocks_of_the_zone_of_the_data():
    table = {**TABLE, "time": [f"{moment}+02:00" for moment in TABLE["time"]]}
    model = gatewise.fit(table, **QUICK)
    one = {"start": "2024-01-05 06:00", "end": "2024-01-05 06:00"}
    found = model.predict(table, rolling=True, **one)["cutoff"]
    assert (found == np.datetime64("2024-01-05T04:00")).all()  # in UTC, as arrays have it
    utc = {"start": "2024-01-05 04:00Z", "end": datetime(2024, 1, 5, 4, tzinfo=UTC)}
    assert (model.predict(table, rolling=True, **utc)["cutoff"] == found).all()


def test_columns_of_the_table_s_own_keep_their_names():
    table = {"step": TABLE["time"], "truth": TABLE["load"]}
    model = gatewise.fit(table, target="truth", time="step", window=12, horizon=3, hidden=2, epochs=1)
    with pytest.warns(
        DataWarning,
        match="column (step|truth) of their own; that of the rolling forecast is called forecast_",
    ):
        found = model.predict(table, rolling=True)
    assert list(found) == ["cutoff", "forecast_step", "step", "truth", "forecast_truth"]
    assert (found["step"] == found["cutoff"] + found["forecast_step"] * HOUR).all()
    assert model.empty_in(found) == ["forecast_truth"]


def test_several_targets_have_a_truth_each_and_one_step_has_its_step():
    model = gatewise.fit(TABLE, **{**QUICK, "target": ["load", "warmth"], "horizon": 1, "loss": "pinball"})
    found = model.predict(TABLE, rolling=True)
    assert list(found)[:4] == ["cutoff", "step", "time", "load"]
    assert list(found)[-2:] == ["load_truth", "warmth_truth"]
    assert set(found["step"]) == {1}


@pytest.mark.filterwarnings("ignore:.*rows that training has seen")
def test_of_other_tasks_a_cutoff_is_the_row_that_is_predicted():
    kind = np.where(TABLE["load"] > 0, "up", "down").astype(object)
    table = {**TABLE, "kind": kind}
    model = gatewise.fit(table, **{**QUICK, "target": ["kind"], "task": "classify", "horizon": None})
    found = model.predict(table, rolling=True, start="2024-01-05", every=2)
    assert list(found) == ["time", "kind", "kind_p_down", "kind_p_up", "truth"]
    assert found["time"][0] == np.datetime64("2024-01-05")
    assert (np.diff(found["time"]) == 2 * HOUR).all()
    rows = np.searchsorted(TABLE["time"], found["time"])
    assert (found["truth"] == kind[rows]).all()
    right = float(np.mean(found["truth"] == found["kind"]))
    results = model.evaluate(table, rolling=True, start="2024-01-05", every=2)
    assert results["targets"]["kind"]["LSTM"]["accuracy"] == pytest.approx(right)
    without = {name: column for name, column in table.items() if name != "kind"}
    assert model.predict(without, rolling=True)["truth"].tolist() == [None] * 249
    regress = gatewise.fit(TABLE, **{**QUICK, "task": "regress", "horizon": None})
    assert list(regress.predict(TABLE, rolling=True)) == ["time", "load", "truth"]
    assert list(regress.predict(TABLE)) == ["time", "load"]


@pytest.mark.filterwarnings("ignore:.*rows that training has seen")
def test_a_frame_comes_back_with_the_truth_missing_where_it_is():
    pandas = pytest.importorskip("pandas", reason="pandas is not installed; pip install 'gatewise[test]'")
    frame = pandas.DataFrame(TABLE)
    model = gatewise.fit(frame, **QUICK)
    found = model.predict(frame, rolling=True, start=pandas.Timestamp("2024-01-11 18:00"))
    assert found["truth"].isna().tolist() == [False, True, True, True, True, True]
    results, table = model.backtest(frame, every=7)
    assert list(table.columns) == ["cutoff", "step", "time", "load", "truth"]
    assert results["rolling"]["every"] == 7


# On the command line ---------------------------------------------------------------------------------------------------


@pytest.fixture
def run_in(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "t.csv", TABLE)
    assert main(["fit", "t.csv", *flags(QUICK), "-q", "-o", "run"]) == 0
    capsys.readouterr()
    return tmp_path


def rows_of(path):
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_predict_writes_an_empty_truth_where_none_is_known(run_in, capsys):
    words = ["predict", "run", "t.csv", "--rolling", "--from", "2024-01-11 18:00", "-o", "r.csv"]
    assert main(words) == 0
    rows = rows_of("r.csv")
    assert list(rows[0]) == ["cutoff", "step", "time", "load", "truth"]
    assert [row["truth"] == "" for row in rows] == [False, True, True, True, True, True]
    assert float(rows[0]["truth"]) == TABLE["load"][-1]
    assert main(["predict", "run", "t.csv", "--from", "2024-01-11"]) == 2
    assert "--from 2024-01-11 is for rolling forecasts; add --rolling." in capsys.readouterr().err


def test_evaluate_says_the_cutoffs_and_writes_the_table(run_in, capsys):
    words = [
        "evaluate",
        "run",
        "t.csv",
        "--rolling",
        "--from",
        "2024-01-10",
        "--to",
        "2024-01-11",
        "--every",
        "12",
    ]
    assert main([*words, "-o", "b.csv", "--metric", "nse"]) == 0
    out, err = capsys.readouterr()
    assert "4 cutoffs, 2024-01-10 to 2024-01-11 12:00, every 12 rows" in out
    assert "wrote 12 rows of cutoff, step, time, load, truth to b.csv" in err
    assert len(rows_of("b.csv")) == 12
    assert main([*words, "--json"]) == 0
    results = json.loads(capsys.readouterr().out)
    assert len(results["by_step"]["load"]["LSTM"]) == 3
    assert main(["evaluate", "run", "--rolling"]) == 0
    assert capsys.readouterr().out.startswith("test: 37 windows")


@pytest.mark.parametrize(("words", "said"), [
    (["--every", "2"], "--every 2 is for rolling forecasts; add --rolling."),
    (["-o", "b.csv"], "-o is for --rolling"),
    (["--rolling", "-o", "t.csv"], "t.csv is read here, and would be overwritten"),
    (["--rolling", "-o", "b.xlsx"], "a table is written as .csv or .parquet, not as .xlsx."),
    (["--rolling", "--from", "2030-01-01"], "those of t.csv go from 2024-01-01 11:00 to 2024-01-11 18:00"),
    (["--rolling", "--every", "0"], "--every"),
])  # fmt: skip
def test_what_evaluate_cannot_do_is_said_in_a_line(run_in, words, said, capsys):
    assert main(["evaluate", "run", "t.csv", *words]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err
    assert not Path("b.csv").exists()


@pytest.fixture(scope="module")
def run(model, tmp_path_factory):
    """A run folder, the data that it was trained on, and a model file."""
    folder = tmp_path_factory.mktemp("typed")
    model.save(folder / "model.safetensors")
    return folder / "model.safetensors", write_csv(folder / "t.csv", TABLE)


@pytest.mark.parametrize("command", ["predict", "evaluate"])
@pytest.mark.parametrize(("typed", "said"), [
    (["--from", "2030"], '--from="2030" leaves no cutoff: those of'),
    (["--from", "2030", "--to", "2031"], '--from="2030" and --to="2031" leaves no cutoff'),
    (["--from", "May"], '--from="May" is no time such as 2013-11-01.'),
    (["--to", "2024-01-05T00:00Z"], '--to="2024-01-05T00:00Z" has an offset'),
    (["--from", "2024-01-05", "--to", "2024-01-04"], '--from="2024-01-05" is after --to="2024-01-04".'),
])  # fmt: skip
def test_on_the_command_line_a_range_is_refused_by_what_was_typed(run, capsys, command, typed, said):
    assert main([command, *map(str, run), "--rolling", *typed]) == 2
    told = " ".join(capsys.readouterr().err.split()).replace("'", '"')
    assert said in told
    assert "start" not in told
