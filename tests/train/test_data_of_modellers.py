"""What modellers met with tables of their own: new data unlike the training's, gaps, cuts at a date, streams."""

import datetime
import warnings

import numpy as np
import pytest
from series_files import SMALL, series, write_csv

import gatewise
from gatewise.cli import main
from gatewise.errors import ArgumentError, GatewiseError
from gatewise.train.data import read
from gatewise.train.data.data_error import DataWarning
from gatewise.train.data.windows.defaults import default_lengths
from gatewise.train.fit_run import fit_run
from gatewise.train.run.checkpoint import CheckpointError
from gatewise.train.run.folder import Run
from gatewise.train.run.interrupt import Interrupt, Stopped

TABLE = series(240)
QUICK = {"target": "load", "time": "time", **SMALL}
SIZES = {key: value for key, value in SMALL.items() if key not in ("target", "time")}
SHARES = {"skip": 0, "split": "time", "validation": 0.15, "test": 0.15, "seed": 0}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    gatewise.fit(TABLE, run=folder, **QUICK | {"report": True})
    return folder


@pytest.mark.parametrize(("write", "said"), [
    (lambda value: f"{1000 + value:,.1f}", r"write numbers without marks between thousands"),
    (lambda value: f"{value:.1f}".replace(".", ","), r"write a decimal point"),
    (lambda value: "n/a!", r'target load is text \("n/a!"\): the model was trained on numbers'),
])  # fmt: skip
def test_new_data_with_a_target_of_texts_are_refused_as_in_training(run, write, said):
    """They were taken as classes 0, 1, 2, … and predicted from, without a word."""
    model = gatewise.load(run)
    texts = {**TABLE, "load": np.array([write(value) for value in TABLE["load"]])}
    for use in (model.predict, model.evaluate):
        with pytest.raises(GatewiseError, match=said):
            use(texts)


@pytest.mark.parametrize("after", [0, 3, 5, 30, 60])
def test_rows_after_a_gap_do_not_decide_the_lengths(after):
    """Five rows between a long gap and the end of training made window 2 and horizon 1 of 1,800 rows before."""
    hours = np.arange(2880)
    cut = int(0.7 * 2680) - after
    kept = np.delete(hours, np.s_[cut : cut + 200])
    table = {"y": np.sin(kept / 3), "time": np.datetime64("2023-02-01", "h") + kept}
    dataset = read(table, target="y", time="time")
    assert default_lengths(dataset, by_step=True, horizon=None, **SHARES) == (168, 24)


@pytest.mark.parametrize("rows", [8, 40, 121, 160])
def test_a_test_has_more_than_one_window_by_default(rows):
    table = {"y": np.sin(np.arange(rows) / 3), "time": np.datetime64("1900", "Y") + np.arange(rows)}
    table["time"] = table["time"].astype("datetime64[s]")
    model = gatewise.fit(table, target="y", time="time", hidden=2, epochs=1)
    assert model.results["windows"] > rows * 0.15 / 4
    short = [note for note in model.notes if "as long as the rows in one stretch have room for" in note]
    assert bool(short) == (model.config.horizon < 12)


@pytest.mark.parametrize("place", [20, 230])
def test_nines_far_from_the_rest_are_told_of_in_training_and_in_new_data(run, place, capsys, tmp_path):
    """Of a target of wide spread -9999 is no outlier by spreads, and in the test no row of the training."""
    spoilt = {**TABLE, "load": 3000 + 800 * TABLE["load"]}
    spoilt["load"][place] = -9999
    note = f"load is -9999 once, in row {place + 1}"
    assert any(each.startswith(note) and "--na -9999" in each for each in gatewise.fit(spoilt, **QUICK).notes)
    model = gatewise.load(run)
    with pytest.warns(DataWarning, match=note):
        model.evaluate(spoilt)
    path = write_csv(tmp_path / "spoilt.csv", spoilt)
    assert main(["evaluate", str(run), str(path)]) == 0
    assert note in capsys.readouterr().err
    assert main(["predict", str(run), str(path), "-q", "-o", str(tmp_path / "p.csv")]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("value", [99.0, 999.0])
def test_nines_among_their_like_are_numbers(value):
    table = {**TABLE, "load": np.linspace(0, 1000, len(TABLE["load"]))}
    table["load"][17] = value
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not any("load is" in note for note in gatewise.fit(table, **QUICK).notes)


def test_a_model_keeps_the_notes_of_its_data(run, tmp_path):
    table = {**TABLE, "remark": np.array(["fine"] * len(TABLE["load"]))}
    model = gatewise.fit(table, run=tmp_path / "run", **QUICK)
    assert model.notes[0].startswith(
        "columns without numbers are left out: remark; if remark holds categories"
    )
    assert gatewise.load(tmp_path / "run").notes == model.notes
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of the same table no note is said twice
        warnings.filterwarnings("ignore", ".*rows that training has seen")
        model.evaluate(table)


YEARS = {
    "time": (np.datetime64("1900", "Y") + np.arange(121)).astype("datetime64[s]"),
    "y": np.sin(np.arange(121) / 3),
}


@pytest.mark.parametrize("test", [
    2000, 2000.0, "2000", "2000-01-01", "2000 Q1", "31.12.1999", datetime.date(2000, 1, 1),
    datetime.datetime(2000, 1, 1), np.datetime64("2000-01-01"),
])  # fmt: skip
def test_a_cut_is_named_as_the_times_of_a_table_are(test):
    model = gatewise.fit(YEARS, target="y", time="time", window=4, horizon=2, hidden=2, epochs=1, test=test)
    assert model.results["windows"] == 20  # of the 21 years from 2000 on


@pytest.mark.parametrize(("form", "cut"), [("{d}/{m}/2013", "5/4/2013"), ("{m}/{d}/2013", "4/5/2013")])
def test_a_cut_has_day_and_month_as_the_table_has_them(form, cut):
    days = np.datetime64("2013-01-01") + np.arange(200)
    written = [form.format(d=each.day, m=each.month) for each in days.tolist()]
    table = {"time": np.array(written), "y": np.sin(np.arange(200) / 3)}
    model = gatewise.fit(table, target="y", time="time", window=4, horizon=1, hidden=2, epochs=1, test=cut)
    assert model.results["windows"] == 200 - 94  # 5 April is the 95th day


def test_among_numbers_a_cut_is_a_number():
    table = {"time": np.arange(1900, 2021), "y": YEARS["y"]}
    model = gatewise.fit(table, target="y", time="time", window=4, horizon=2, hidden=2, epochs=1, test=2000)
    assert model.results["windows"] == 20


@pytest.mark.parametrize(("test", "said"), [
    ("1905", r"5 of 121 rows come before the test, and validation takes 18 of them"),
    ("soon", r'test="soon" is neither a share nor a time'),
    (1.5, r"are shares: each at least 0"),
    ("2031", r"test=2031 is not within the times of the data, 1900-01-01 to 2020-01-01"),
])  # fmt: skip
def test_a_cut_that_cannot_be_is_refused_with_the_numbers(test, said):
    with pytest.raises(GatewiseError, match=said):
        gatewise.fit(YEARS, target="y", time="time", window=4, horizon=2, hidden=2, epochs=1, test=test)


def test_columns_may_be_named_by_number():
    array = np.stack([TABLE["load"], TABLE["warmth"]], axis=1)
    model = gatewise.fit(array, target=0, features=[1], **SIZES)
    assert (model.preparation.targets, model.preparation.features) == (("0",), ("1",))
    for wrong, said in ((1.5, "target is 1.5"), ([None], "target has None"), (True, "target has True")):
        with pytest.raises(ArgumentError, match=said):
            gatewise.fit(array, target=wrong, **SIZES)


@pytest.mark.parametrize("name", ["report.html", "table.csv"])
def test_what_is_no_model_is_not_called_damaged(run, tmp_path, name):
    path = run / name if name == "report.html" else write_csv(tmp_path / name, TABLE)
    with pytest.raises(CheckpointError, match=r"is no run folder and no model that gatewise wrote\."):
        gatewise.load(path)


ZONED = {**TABLE, "time": [f"{time}+01:00" for time in TABLE["time"].astype("datetime64[s]")]}


def test_a_stream_takes_times_as_the_table_had_them():
    """A time without a zone was taken for UTC, and the calendar was wrong by the offset."""
    stepper = gatewise.fit(ZONED, calendar=["hour"], **QUICK).stepper()
    row = {"load": 1.0, "warmth": 2.0}
    said = []
    for time in (
        "2020-01-01T06:00+01:00", "2020-01-01T05:00Z", np.datetime64("2020-01-01T05:00"),
        datetime.datetime(2020, 1, 1, 7, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
    ):  # fmt: skip
        stepper.reset()
        said.append(stepper.step(row, time).tobytes())
    assert len(set(said)) == 1
    for time, words in (
        ("2020-01-01T06:00", "has no time zone; those of the training had one"),
        (datetime.datetime(2020, 1, 1, 6), "has no time zone"),
        ("hello", 'time is "hello"'), (3, "time is 3"), (np.datetime64("NaT"), "time is"),
    ):  # fmt: skip
        with pytest.raises(GatewiseError, match=words):
            stepper.step(row, time)
    plain = gatewise.fit(TABLE, calendar=["hour"], **QUICK).stepper()
    with pytest.raises(GatewiseError, match="has a time zone; those of the training had none"):
        plain.step(row, "2020-01-01T06:00+01:00")


@pytest.mark.parametrize("folder", [True, False])
def test_a_run_stopped_while_testing_says_that_nothing_is_lost(tmp_path, monkeypatch, folder):
    """It ended without a word, with a model and no report."""
    asked = {}
    began = Interrupt.at_once

    def remember(self, message):
        asked["interrupt"] = self
        return began(self, message)

    def stop(*_):
        asked["interrupt"]._ask(2, None)

    keys = {**{k: v for k, v in QUICK.items() if k != "target"}, "target": ["load"]}
    run = Run(tmp_path / "a run") if folder else None
    with monkeypatch.context() as patched:
        patched.setattr(Interrupt, "at_once", remember)
        patched.setattr("gatewise.train.fit_run.Baselines.fit", stop)
        with pytest.raises(
            Stopped, match="stopped while testing; " + ("training had ended" if folder else "without")
        ):
            fit_run(run, keys, TABLE)
    if run is not None:
        assert "gatewise fit --resume -o '" in run.resuming
        fit_run(run, {"report": True}, TABLE, resume=True)
        assert run.report.exists()


@pytest.mark.parametrize(("name", "said"), [
    ("when", "column when holds times: --time when makes it the time"),
    ("day of it", "column day of it holds times: --time 'day of it' makes it the time"),
    ("__index_level_0__", "column __index_level_0__ holds times: --time __index_level_0__ makes it the time"),
    ("", "the column without a name holds times: with a name of its own, --time makes it the time"),
])  # fmt: skip
def test_times_that_nobody_named_are_pointed_to(name, said):
    """A frame's index of times was left out as an index, and the model had no calendar."""
    table = {name: np.array([str(time) for time in TABLE["time"]]), "load": TABLE["load"]}
    assert said in read(table, target="load").notes
    numbers = {"count": np.arange(240), "kind": np.array(["a", "b"] * 120), "load": TABLE["load"]}
    assert not any("holds times" in note for note in read(numbers, target="load").notes)
