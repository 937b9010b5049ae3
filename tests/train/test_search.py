"""The search for settings: judged without the test, within its budget, the same however it is interrupted."""

import json
import os
import signal

import numpy as np
import pytest
from series_files import SMALL, series

import gatewise
from gatewise.cli.results import results_table
from gatewise.train.config import FitConfig
from gatewise.train.data import Windows, read
from gatewise.train.fit_run import completed, fit_run, windows_of
from gatewise.train.run.checkpoint import CheckpointError
from gatewise.train.run.folder import Run
from gatewise.train.run.interrupt import Stopped
from gatewise.train.run.progress import Silent
from gatewise.train.search import search as searching
from gatewise.train.search.blocks import BLOCKS, parts_of, sizes_of_series
from gatewise.train.search.search import Search, SearchRecord, SearchStopped

pytest.importorskip("pyarrow")

TABLE = series(500)
KEYS = {name: value for name, value in SMALL.items() if name not in ("epochs", "tune", "report")} | {
    "window": 24
}


@pytest.fixture(autouse=True)
def few_steps(monkeypatch):
    """A search as it is, with fewer steps in a trial, and a short training after it."""
    monkeypatch.setattr(searching, "MOST_STEPS", 12)
    monkeypatch.setattr(searching, "FEWEST_STEPS", 12)
    monkeypatch.setattr(searching, "MOST_EPOCHS", 2)


class Heard(Silent):
    """Keeps what is said; `when` acts on each step."""

    def __init__(self):
        self.lines = []

    def say(self, text):
        self.lines.append(text)

    def warn(self, text):
        self.lines.append(text)


def search_of(table=TABLE, given=(), **keys):
    dataset, config, _ = completed(FitConfig.make({**KEYS, **keys, "data": "(given from Python)"}), table)
    return Search(
        config,
        windows_of(config, dataset),
        lambda settings: windows_of(settings, dataset),
        SearchRecord(sorted(given)),
    )


def nothing(*_):
    pass


def tried(record):
    return [(trial.settings, trial.score) for trial in record.trials]


def test_the_rows_of_the_test_change_nothing():
    """What is tried and chosen is the same, to the bit, whatever the test's rows hold."""
    first, other = search_of(), search_of()
    changed = {name: values.copy() for name, values in TABLE.items()}
    changed["load"][-70:] = 40 * np.random.default_rng(1).standard_normal(70)  # the last 15 % are 75 rows
    later = search_of(changed)
    for search in (first, other, later):
        search.run(nothing, nothing)
    assert len(first.record.trials) > 4
    assert tried(first.record) == tried(other.record) == tried(later.record)
    assert first.record.chosen == later.record.chosen


@pytest.mark.parametrize("horizon", [1, 12])
def test_no_label_of_a_window_to_learn_from_lies_in_a_block(horizon):
    dataset = read(series(900), target="load", time="time")
    windows = Windows.fit(dataset, window=24, horizon=horizon)
    parts = parts_of(windows)
    assert len(parts.blocks) == 1 + len(BLOCKS)
    ahead = np.arange(1, horizon + 1)
    for block in parts.blocks:
        judged = set((block[:, np.newaxis] + ahead).ravel().tolist())
        assert not judged & set((parts.learned[:, np.newaxis] + ahead).ravel().tolist())
    assert max(block.max() for block in parts.blocks) + horizon < windows.test.min() + horizon


@pytest.mark.parametrize("given", [{"learning_rate": 0.002}, {"season": 0, "past": "values"}, {"epochs": 1}])
def test_what_is_given_is_not_tried(given):
    model = gatewise.fit(TABLE, **{**KEYS, **given})
    assert {name: getattr(model.config, name) for name in given} == given


def test_when_all_is_given_nothing_is_tried():
    given = {"learning_rate": 0.001, "season": 0, "past": "values", "skip": 0, "recurrent_dropout": 0.0,
             "output_dropout": 0.0, "epochs": 2, "patience": 2, "loss": "mae", "scale": "table"}  # fmt: skip
    tuned, plain = (gatewise.fit(TABLE, **KEYS, **given, tune=tune) for tune in (True, False))
    assert np.array_equal(tuned.network.vector, plain.network.vector)


def test_a_search_keeps_to_its_budget(monkeypatch):
    search = search_of()
    cheapest = min(search._judging(24), search._steps * search._step_of(24))
    monkeypatch.setattr(searching, "BUDGET", 5 * cheapest)
    small = search_of()
    small.run(nothing, nothing)
    assert 1 <= len(small.record.trials) < 6
    assert sum(trial.work for trial in small.record.trials[1:]) <= 5 * cheapest


def test_an_interrupted_search_goes_on_to_the_same_bits(tmp_path, monkeypatch):
    whole = gatewise.fit(TABLE, **KEYS, run=tmp_path / "whole")
    made = 0
    save = searching.SearchRecord.to_dict

    def die(record):
        nonlocal made
        made = len(record.trials)
        if made == 3:
            raise MemoryError
        return save(record)

    monkeypatch.setattr(searching.SearchRecord, "to_dict", die)
    with pytest.raises(MemoryError):
        gatewise.fit(TABLE, **KEYS, run=tmp_path / "killed")
    monkeypatch.setattr(searching.SearchRecord, "to_dict", save)
    assert len(json.loads((tmp_path / "killed" / "tuning.json").read_text())["trials"]) == 2
    resumed = gatewise.fit(TABLE, run=tmp_path / "killed", resume=True)
    assert np.array_equal(resumed.network.vector, whole.network.vector)
    for name in ("tuning.json", "config.toml", "results.json"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_the_threads_change_nothing(tmp_path):
    one, two = (
        gatewise.fit(TABLE, **KEYS, threads=threads, run=tmp_path / str(threads)) for threads in (1, 2)
    )
    assert np.array_equal(one.network.vector, two.network.vector)
    assert (tmp_path / "1" / "tuning.json").read_bytes().replace(b'"threads",', b"") == (
        tmp_path / "2" / "tuning.json"
    ).read_bytes().replace(b'"threads",', b"")


@pytest.mark.parametrize(("number", "trains"), [(signal.SIGINT, True), (signal.SIGTERM, False)])
def test_ctrl_c_takes_the_best_so_far_and_another_signal_stops(tmp_path, monkeypatch, number, trains):
    record = searching.SearchRecord.to_dict

    def ask(made):
        if len(made.trials) == 3 and not made.stopped and made.chosen is None:
            os.kill(os.getpid(), number)
        return record(made)

    monkeypatch.setattr(searching.SearchRecord, "to_dict", ask)
    heard, run = Heard(), Run(tmp_path / "run")
    if trains:
        model = fit_run(run, KEYS, TABLE, listener=heard)
        kept = json.loads(run.tuning.read_text())
        assert kept["stopped"]
        assert len(kept["trials"]) == 3
        assert "the search was stopped; this is the best so far" in heard.lines
        assert model.results["windows"] > 0
        return
    with pytest.raises(
        Stopped, match=r"stopped in the search for settings, after 3 trials, which are kept. Go on with"
    ):
        fit_run(run, KEYS, TABLE, listener=heard)
    monkeypatch.setattr(searching.SearchRecord, "to_dict", record)
    assert gatewise.fit(TABLE, run=run.path, resume=True).results["windows"] > 0


def test_what_was_tried_and_chosen_is_said_in_five_lines_and_kept(tmp_path):
    heard, run = Heard(), Run(tmp_path / "run")
    model = fit_run(run, {**KEYS, "skip": 0}, TABLE, listener=heard)
    first = next(place for place, line in enumerate(heard.lines) if "never on the test" in line)
    said = heard.lines[first : first + 5]
    assert said[1].startswith("tried, by the error beside the defaults: season 24 ")
    assert said[2].startswith("chosen: ")
    assert f"epochs {model.config.epochs}" in said[2]
    assert said[3] == "given, and so not tried: skip, window"
    kept = json.loads(run.tuning.read_text())
    assert kept["trials"][0]["settings"] == {}
    assert kept["given"] == sorted([*KEYS, "skip"])
    for name, value in kept["chosen"].items():
        assert getattr(model.config, name) == value
    assert FitConfig.of_file(FitConfig.read(run.config, own=True), "the run") == model.config


@pytest.mark.parametrize(("text", "said"), [
    ("{", ""),
    ('{"given": [], "trials": [{}], "chosen": null, "stopped": false}', "trials"),
    ('{"given": [], "trials": [], "chosen": {"hidden": -1}, "stopped": false}', "hidden.? is not what a search chooses"),
    ('{"given": [], "trials": [], "chosen": {"hiddn": 3}, "stopped": false}', "hiddn.? is not what a search chooses"),
    ('{"given": [], "trials": [], "chosen": {"epochs": -1}, "stopped": false}', "epochs is -1"),
    ('{"given": [], "trials": [{"settings": {"season": "x"}, "times": 1, "score": null, "at": 0, "work": 0.0}],'
     ' "chosen": null, "stopped": false}', "season is"),
])  # fmt: skip
def test_a_damaged_record_is_refused(tmp_path, text, said):
    gatewise.fit(TABLE, **KEYS, epochs=1, tune=False, run=tmp_path / "run")
    (tmp_path / "run" / "tuning.json").write_text(text)
    for _ in ("training has begun", "in the search"):
        with pytest.raises(CheckpointError, match=rf"tuning\.json is damaged: .*{said}"):
            gatewise.fit(TABLE, run=tmp_path / "run", resume=True)
        (tmp_path / "run" / "checkpoint.safetensors").unlink(missing_ok=True)


def test_a_run_that_tunes_goes_on_after_its_search(tmp_path):
    whole = gatewise.fit(TABLE, **KEYS, run=tmp_path / "run")
    again = gatewise.fit(TABLE, run=tmp_path / "run", resume=True)
    assert np.array_equal(again.network.vector, whole.network.vector)


def test_series_of_different_size_count_alike():
    """An error of a large series is divided by how much it changes, as that of a small one is."""
    times = np.datetime64("2015-01") + np.arange(60)
    course = np.random.default_rng(0).standard_normal(60)
    table = {
        "id": np.repeat(["small", "large"], 60),
        "time": np.concatenate([times, times]).astype("datetime64[s]"),
        "y": np.concatenate([course, 1000 * course]),
    }
    windows = Windows.fit(read(table, target="y", time="time", series="id"), window=6, horizon=2)
    small, large = sizes_of_series(windows)[:, 0]
    assert large == pytest.approx(1000 * small)
    assert small == pytest.approx(np.sqrt(2) * course.std(), rel=0.3)


def test_with_hardly_any_training_windows_nothing_is_tried_and_it_is_said(tmp_path):
    short = {name: column[:42] for name, column in TABLE.items()}
    heard = Heard()
    keys = {**KEYS, "epochs": 1, "validation": 0.0, "test": 0.0, "window": 36, "tune": True}
    model = fit_run(Run(tmp_path / "run"), keys, short, listener=heard)
    assert (
        heard.lines.count(
            "4 training windows: fewer than 10 tell no settings apart, so the plain defaults are taken"
        )
        == 1
    )
    assert not any("choosing settings" in line for line in heard.lines)
    record = json.loads((tmp_path / "run" / "tuning.json").read_text())
    assert (record["trials"], record["chosen"]) == ([], {})
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "Tried: nothing, for there are fewer than 10 training windows." in page
    said = "There is no test: these are windows that training has learned from"
    assert said in page
    assert said in results_table(model.results)


def test_without_validation_the_search_says_that_it_judges_on_training_windows(tmp_path):
    heard = Heard()
    fit_run(
        Run(tmp_path / "run"), {**KEYS, "epochs": 1, "validation": 0.0, "tune": True}, TABLE, listener=heard
    )
    assert any(
        line.startswith("choosing settings on training windows, for there is no validation")
        for line in heard.lines
    )
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "On windows of the training part, in short trainings, for there is no validation;" in page


def test_a_search_that_is_stopped_before_its_first_trial_says_that_nothing_was_tried(tmp_path, monkeypatch):
    def stopped(*_):
        raise SearchStopped

    monkeypatch.setattr(searching, "run_trial", stopped)
    heard = Heard()
    fit_run(Run(tmp_path / "run"), {**KEYS, "epochs": 1, "tune": True}, TABLE, listener=heard)
    assert "nothing was tried; training with the defaults; Ctrl-C again ends it" in heard.lines
    assert not any(line.startswith("chosen") for line in heard.lines)
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "Tried: nothing, for the search was stopped." in page
