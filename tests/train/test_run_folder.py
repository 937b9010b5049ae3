"""A run and its folder: what lies there, going on after a stop or a kill to the same bits, and what goes wrong."""

import json
import os
import resource
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from series_files import SMALL, bits, command, flags, series, write_csv

import gatewise
from gatewise.cli import main
from gatewise.errors import ArgumentError
from gatewise.train.config import FitConfig
from gatewise.train.fit_run import fit_run
from gatewise.train.run import checkpoint
from gatewise.train.run.checkpoint import CheckpointError
from gatewise.train.run.folder import Run, RunError
from gatewise.train.run.interrupt import Stopped
from gatewise.train.run.progress import Silent


@pytest.fixture
def table(tmp_path):
    return write_csv(tmp_path / "load.csv", series())


def keys_of(table, **more):
    return {**SMALL, "data": str(table), **more}


def whole(table, path, **more):
    run = Run(path)
    fit_run(run, keys_of(table, **more))
    return run


class StopAt(Silent):
    """Asks to stop after some step, as Ctrl-C does."""

    def __init__(self, step):
        self.at = step

    def step(self, state):
        if state.step == self.at:
            os.kill(os.getpid(), signal.SIGINT)


def test_a_run_leaves_everything_behind(table, tmp_path):
    run = whole(table, tmp_path / "run")
    rows = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert rows == gatewise.load(run.path).history
    assert FitConfig.make(FitConfig.read(run.config)) == gatewise.load(run.path).config
    results = json.loads(run.results.read_text())
    assert {"LSTM", "last value", "ridge"} <= set(results["targets"]["load"])
    assert len(results["by_step"]["load"]["LSTM"]) == SMALL["horizon"]
    assert results == gatewise.load(run.path).evaluate()


def test_a_second_run_has_the_same_bits(table, tmp_path):
    assert (
        whole(table, tmp_path / "one").model.read_bytes() == whole(table, tmp_path / "two").model.read_bytes()
    )
    other = bits(whole(table, tmp_path / "three", seed=1))
    assert other != bits(Run(tmp_path / "one"))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("more", [
    {}, {"stateful": True, "batch": 2}, {"output_dropout": 0.2, "schedule": "plateau", "optimizer": "momentum"},
])  # fmt: skip
def test_a_stopped_run_goes_on_to_the_same_bits(table, tmp_path, more, threads):
    undisturbed = bits(whole(table, tmp_path / "whole", threads=1, **more))
    run = Run(tmp_path / "stopped")
    with pytest.raises(Stopped, match=r"after step 3, with a checkpoint\. Go on with: gatewise fit --resume"):
        fit_run(run, keys_of(table, threads=threads, **more), listener=StopAt(3))
    with pytest.raises(Stopped, match="after step 5"):
        fit_run(run, {}, resume=True, listener=StopAt(5))
    fit_run(run, {"threads": threads}, resume=True)
    arrays, history, results = bits(run)
    assert (arrays, history, results) == undisturbed


def test_a_run_in_the_way_is_not_touched(table, tmp_path, capsys):
    run = whole(table, tmp_path / "run")
    before = {path.name: path.read_bytes() for path in run.path.iterdir()}
    assert main(["fit", str(table), *flags(SMALL), "-o", str(run.path)]) == 2
    assert (
        f"{run.path} has a run in it. Go on with it: gatewise fit --resume -o {run.path}"
        in capsys.readouterr().err
    )
    assert {path.name: path.read_bytes() for path in run.path.iterdir()} == before


def test_a_folder_with_other_things_is_refused(table, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "cat.jpg").write_bytes(b"cat")
    with pytest.raises(RunError, match=r"photos is not empty: it has cat\.jpg"):
        whole(table, folder)
    assert [path.name for path in folder.iterdir()] == ["cat.jpg"]


def test_two_processes_do_not_share_a_folder(table, tmp_path, capsys):
    run = whole(table, tmp_path / "run")
    with run.lock():
        assert main(["fit", "--resume", "-o", str(run.path)]) == 2
    assert f"another process writes in {run.path}: process {os.getpid()}." in capsys.readouterr().err
    fit_run(run, {}, resume=True)  # the lock's file is still there, and holds nobody off


def test_bad_data_leave_no_folder(tmp_path, capsys):
    table = series()
    table["load"] = ["x", *table["load"][1:]]
    path = write_csv(tmp_path / "bad.csv", table)
    assert main(["fit", str(path), *flags(SMALL), "-o", str(tmp_path / "run")]) == 2
    assert "load" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_changed_data_are_noticed(table, tmp_path):
    run = Run(tmp_path / "run")
    with pytest.raises(Stopped):
        fit_run(run, keys_of(table), listener=StopAt(3))
    text = table.read_text()
    table.write_text(text[: text.rindex(",")] + ",9.5\n")
    with pytest.raises(RunError, match=r"the data have changed since .* began: their fingerprint was"):
        fit_run(run, {}, resume=True)
    table.write_text(text)
    fit_run(run, {}, resume=True)


def test_data_may_lie_elsewhere_when_a_run_goes_on(table, tmp_path, capsys):
    run = Run(tmp_path / "run")
    with pytest.raises(Stopped):
        fit_run(run, keys_of(table), listener=StopAt(3))
    moved = table.rename(tmp_path / "moved.csv")
    assert main(["fit", "--resume", "-o", str(run.path)]) == 2
    assert str(table) in capsys.readouterr().err
    assert main(["fit", str(moved), "--resume", "-o", str(run.path), "-q"]) == 0


def test_another_configuration_is_not_mixed_in(table, tmp_path):
    run = Run(tmp_path / "run")
    with pytest.raises(Stopped):
        fit_run(run, keys_of(table), listener=StopAt(3))
    with pytest.raises(RunError, match=r"hidden is 4 in .*run, and 5 was given\. A run goes on as it began"):
        fit_run(run, {"hidden": 5}, resume=True)


@pytest.mark.parametrize("size", [0, 7, 300, -1])
def test_a_checkpoint_cut_short_is_refused_and_the_one_before_works(table, tmp_path, size):
    run = Run(tmp_path / "run")
    with pytest.raises(Stopped):
        fit_run(run, keys_of(table), listener=StopAt(4))
    data = run.checkpoint.read_bytes()
    run.checkpoint.write_bytes(data[:size])
    with pytest.raises(
        CheckpointError, match=r"damaged or cut short.*The one before it is whole, of step \d.*mv "
    ):
        fit_run(run, {}, resume=True)
    run.previous.replace(run.checkpoint)
    fit_run(run, {}, resume=True)
    assert bits(run) == bits(whole(table, tmp_path / "whole"))


def test_a_damaged_header_is_told_in_a_short_message(table, tmp_path):
    """The library that reads the file repeats what it met, however long."""
    run = whole(table, tmp_path / "run")
    header = json.dumps({"__metadata__": "x" * 9000}).encode()
    run.model.write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(CheckpointError, match="damaged or cut short") as told:
        gatewise.load(run.path)
    assert len(str(told.value)) < 500


def test_a_changed_bit_is_noticed(table, tmp_path):
    run = whole(table, tmp_path / "run")
    data = bytearray(run.model.read_bytes())
    data[-5] ^= 1
    run.model.write_bytes(bytes(data))
    with pytest.raises(CheckpointError, match="its checksum is not that of its contents"):
        gatewise.load(run.path)


def test_every_changed_byte_of_a_model_is_noticed(table, tmp_path):
    run = whole(table, tmp_path / "run")
    data = run.model.read_bytes()
    for place in range(0, len(data), 97):
        run.model.write_bytes(data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :])
        with pytest.raises(CheckpointError, match=r"damaged|was not written by gatewise"):
            gatewise.load(run.path)


def test_a_run_of_a_later_version_is_refused(table, tmp_path, capsys, monkeypatch):
    with monkeypatch.context() as later:
        later.setattr("gatewise.train.run.checkpoint.FORMAT", 4)
        later.setattr("gatewise.train.run.checkpoint.format_of", lambda *_: 4)
        later.setattr("gatewise.train.run.checkpoint.VERSION", "7.0.0")
        later.setattr("gatewise.train.run.folder.VERSION", "7.0.0")
        run = whole(table, tmp_path / "run", cell="rnn")
    for words in (["fit", "--resume", "-o"], ["predict"], ["evaluate"]):
        assert main([*words, str(run.path)]) == 2
        assert (
            f"was written by gatewise 7.0.0 in format 4; this is gatewise {gatewise.__version__}"
            in capsys.readouterr().err
        )
    with pytest.raises(CheckpointError, match=r"gatewise 7\.0\.0 in format 4"):
        gatewise.load(run.model)


@pytest.mark.parametrize("facts", ['{"gatewise": "1.0", "format": "x"}', "[1]", '{"format": 1}', "1"])
def test_what_gatewise_did_not_write_is_refused(table, tmp_path, facts):
    run = whole(table, tmp_path / "run")
    run.facts.write_text(facts)
    with pytest.raises(CheckpointError, match=r"run\.json was not written by gatewise"):
        gatewise.load(run.path)


@pytest.mark.parametrize(("path", "said"), [
    ("nothing", "is not a run folder: there is no such folder"),
    (".", r"is not a run folder: it has no run\.json"),
])  # fmt: skip
def test_what_is_no_run_is_refused(tmp_path, path, said):
    with pytest.raises(RunError, match=said):
        gatewise.load(tmp_path / path)


@pytest.mark.share(3)
@pytest.mark.parametrize(
    "left", [["lock"], ["lock", "config.toml"], ["lock", "config.toml", "tuning.json"]], ids=len
)
def test_a_run_that_was_killed_before_it_had_begun_is_to_be_started_again(table, tmp_path, capsys, left):
    run = whole(table, tmp_path / "run")
    for name in run._own() - {*left}:
        (run.path / name).unlink(missing_ok=True)
    if "tuning.json" in left:
        run.tuning.write_text('{"given": [], "trials": [], "chosen": null, "stopped": false}')
    assert main(["fit", "--resume", "-o", str(run.path)]) == 2
    said = "has no run.json. A run ended here before anything of it was kept; start it again, without"
    assert said in " ".join(capsys.readouterr().err.split())
    again = whole(table, run.path)
    assert bits(again) == bits(whole(table, tmp_path / "other"))
    assert not again.tuning.exists()
    fit_run(again, {}, resume=True)  # it had no search, and has none


def test_a_folder_of_other_things_is_not_taken_for_a_run_that_was_killed(tmp_path):
    (tmp_path / "config.toml").write_text("")
    (tmp_path / "mine.txt").write_text("")
    with pytest.raises(RunError, match=r"it has no run\.json\.$"):
        Run(tmp_path).check()


@pytest.mark.parametrize("given", [3, None, b"run", "", "a\0b", ["run"]])
def test_what_is_no_path_is_refused_in_words(table, tmp_path, given):
    with pytest.raises(
        ArgumentError, match=r"^run is .*path of a run folder or of a model file|^run is .*no path"
    ):
        gatewise.load(given)
    with pytest.raises(ArgumentError, match=r"^path is .*path of the file to write|^path is .*no path"):
        gatewise.load(whole(table, tmp_path / "run").path).save(given)


def test_a_run_that_has_not_ended_has_no_model(table, tmp_path):
    run = Run(tmp_path / "run")
    with pytest.raises(Stopped):
        fit_run(run, keys_of(table), listener=StopAt(1))
    with pytest.raises(
        CheckpointError, match=r"has no model yet, for its training has not ended\. Go on with it"
    ):
        gatewise.load(run.path)
    with pytest.raises(CheckpointError, match="is a checkpoint, not a model"):
        gatewise.load(run.checkpoint)


def limited(command, size):
    """Run with a limit on the size of files, which a full disk is like: writes fail half-way."""

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return subprocess.run(command, capture_output=True, text=True, preexec_fn=limit)


def test_a_full_disk_loses_nothing(table, tmp_path):
    run = Run(tmp_path / "run")
    with pytest.raises(Stopped):
        fit_run(run, keys_of(table), listener=StopAt(4))
    before = run.checkpoint.read_bytes()
    ended = limited(command(table, run.path, resume=True), 2000)
    assert ended.returncode == 2
    assert "checkpoint.safetensors cannot be written: File too large." in ended.stderr
    assert "Traceback" not in ended.stderr
    assert run.checkpoint.read_bytes() == before
    fit_run(run, {}, resume=True)
    assert bits(run) == bits(whole(table, tmp_path / "whole"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_named(table, tmp_path, capsys):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    assert main(["fit", str(table), *flags(SMALL), "-o", str(folder / "run")]) == 2
    assert "cannot be written: Permission denied." in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_named(table, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["fit", str(table), *flags(SMALL), "-o", str(tmp_path / "file" / "run")]) == 2
    assert "file/run cannot be " in capsys.readouterr().err


def test_the_folder_names_are_its_own(table, tmp_path):
    run = whole(table, tmp_path / "run", report=True)
    assert {path.name for path in run.path.iterdir()} <= {
        "config.toml", "run.json", "model.safetensors", "checkpoint.safetensors", "metrics.jsonl",
        "checkpoint.previous.safetensors", "results.json", "lock", "report.html",
        "explore.html",
    }  # fmt: skip


def test_weights_have_their_names_in_the_file(table, tmp_path):
    arrays, _ = checkpoint.load(whole(table, tmp_path / "run").model)
    assert arrays["weights.layer0.U"].shape == (16, 4)
    assert np.isfinite(arrays["weights.head.W"]).all()


def test_the_path_may_be_a_text(table, tmp_path):
    assert gatewise.load(str(whole(table, tmp_path / "run").path)).config.hidden == 4
    assert gatewise.load(Path(tmp_path / "run" / "model.safetensors")).config.hidden == 4


def test_a_report_is_drawn_unless_it_is_not_wanted_and_later_where_it_is(table, tmp_path):
    keys = {name: value for name, value in keys_of(table).items() if name != "report"}
    asked, bare = Run(tmp_path / "asked"), Run(tmp_path / "bare")
    fit_run(asked, keys)
    fit_run(bare, {**keys, "report": False})
    assert asked.report.exists()
    assert asked.explore.exists()
    assert not bare.report.exists()
    assert not bare.explore.exists()
    assert bits(bare) == bits(asked)
    fit_run(bare, {"report": True}, resume=True)
    assert bare.explore.exists()
    assert bare.report.read_text("utf-8").replace("bare", "asked") == asked.report.read_text("utf-8")
