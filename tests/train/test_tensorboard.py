"""--tensorboard: an event file with the numbers of metrics.jsonl, read back from its bytes."""

import json
import os
import signal
import struct
import sys

import numpy as np
import pytest
from series_files import SMALL, flags, series, write_csv

from gatewise.cli import main
from gatewise.train.fit_run import fit_run
from gatewise.train.run.folder import Run, RunError
from gatewise.train.run.interrupt import Stopped
from gatewise.train.run.progress import Silent

pytestmark = pytest.mark.usefixtures("no_report")


@pytest.fixture
def table(tmp_path):
    return write_csv(tmp_path / "load.csv", series())


def events(folder):
    """The scalars of all event files: (tag, step) → value. A record is length, checksum, bytes, checksum."""
    event = pytest.importorskip("tensorboardX.proto.event_pb2", reason="tensorboardX is not installed").Event
    found = {}
    for file in folder.iterdir():
        data, place = file.read_bytes(), 0
        while place < len(data):
            (length,) = struct.unpack("<Q", data[place : place + 8])
            read = event.FromString(data[place + 12 : place + 12 + length])
            place += 16 + length
            for value in read.summary.value:
                assert (value.tag, read.step) not in found
                found[value.tag, read.step] = value.simple_value
    return found


def expected(run):
    rows = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    return {
        (tag, row["step"]): float(np.float32(value))
        for row in rows
        for tag, value in row.items()
        if tag != "step"
    }


class StopAt(Silent):
    def step(self, state):
        if state.step == 20:
            os.kill(os.getpid(), signal.SIGINT)


def test_the_events_are_those_of_the_metrics(table, tmp_path):
    pytest.importorskip("tensorboardX", reason="tensorboardX is not installed")
    run = Run(tmp_path / "run")
    assert main(["fit", str(table), *flags(SMALL), "--tensorboard", "-q", "-o", str(run.path)]) == 0
    found = events(run.tensorboard)
    assert found == expected(run)
    assert len(found) == 3 * 5  # epochs times epoch, loss, validation_loss, rate, best


def test_a_run_that_goes_on_has_each_epoch_once(table, tmp_path):
    pytest.importorskip("tensorboardX", reason="tensorboardX is not installed")
    run = Run(tmp_path / "run")
    with pytest.raises(Stopped):
        fit_run(run, {**SMALL, "data": str(table), "tensorboard": True}, listener=StopAt())
    assert len(events(run.tensorboard)) == 5
    fit_run(run, {}, resume=True)
    assert events(run.tensorboard) == expected(run)


def test_what_is_missing_is_said_before_anything_is_written(table, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    assert main(["fit", str(table), *flags(SMALL), "--tensorboard", "-o", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err
    assert "--tensorboard needs the package tensorboardX. " in said
    assert "pip install 'gatewise[tensorboard]'" in said
    assert not (tmp_path / "run").exists()


def test_it_needs_a_folder(table):
    with pytest.raises(RunError, match="tensorboard needs a run folder"):
        fit_run(None, {**SMALL, "data": str(table), "tensorboard": True})
