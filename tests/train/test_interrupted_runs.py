"""Runs that are stopped or killed part way and go on: the same bits as if nothing had happened."""

import random
import shlex
import signal
import subprocess
import sys
import time

import pytest
from series_files import bits, command, series, write_csv

from gatewise.train.run import checkpoint
from gatewise.train.run.folder import Run


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return write_csv(tmp_path_factory.mktemp("table") / "load.csv", series())


def changed(file):
    """When a file was last written, in ns; 0 where there is none."""
    return file.stat().st_mtime_ns if file.exists() else 0


def kill_and_go_on(count, table, tmp_path, **more):
    """Kill a run at random moments, each time going on where it was; compare its end with an undisturbed one.

    Each step is a checkpoint, so that a kill meets writing as often as computing. Three of four kills come
    after the first step, so early that they spread over the run; the fourth while it starts.
    """
    more["checkpoint_every"] = 0.0
    began = time.time_ns()
    ended = subprocess.run(command(table, tmp_path / "whole", **more), capture_output=True)
    assert ended.returncode == 0, ended.stderr
    whole, killed = Run(tmp_path / "whole"), Run(tmp_path / "killed")
    starts = (changed(whole.facts) - began) / 1e9
    trains = (changed(whole.metrics) - changed(whole.facts)) / 1e9
    moments, steps = random.Random(4), set()
    for number in range(count):
        before = changed(killed.checkpoint)
        process = subprocess.Popen(
            command(table, killed.path, resume=killed.facts.exists(), **more), stderr=subprocess.PIPE
        )
        if number % 4 == 3:
            time.sleep(moments.uniform(0, starts))
        else:
            while process.poll() is None and changed(killed.checkpoint) == before:
                time.sleep(0.001)
            time.sleep(moments.uniform(0, 2 * trains / count))
        process.kill()
        said = process.communicate()[1].decode()
        assert process.returncode in (-9, 0), said
        steps.add(checkpoint.load(killed.checkpoint)[1]["step"])
    assert len(steps) > count / 2, "the kills did not spread over the run"
    ended = subprocess.run(command(table, killed.path, resume=True), capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert [entry.name for entry in killed.path.iterdir() if entry.name.startswith(".")] == []
    assert bits(killed) == bits(whole)


def test_a_killed_run_goes_on_to_the_same_bits(table, tmp_path):
    kill_and_go_on(3, table, tmp_path, epochs=20, patience=20)


@pytest.mark.slow
def test_a_run_killed_twenty_times_goes_on_to_the_same_bits(table, tmp_path):
    kill_and_go_on(20, table, tmp_path, epochs=60, patience=60)


def test_ctrl_c_on_the_command_line_says_how_to_go_on(table, tmp_path):
    path = tmp_path / "run"
    process = subprocess.Popen(
        command(table, path, epochs=100000, patience=100000),
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not (path / "run.json").exists():
        time.sleep(0.02)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    assert f"Go on with: gatewise fit --resume -o {path}" in said
    assert "Traceback" not in said
    assert checkpoint.load(path / "checkpoint.safetensors")[1]["step"] > 0


@pytest.fixture(scope="module")
def undisturbed(table, tmp_path_factory):
    run = Run(tmp_path_factory.mktemp("undisturbed") / "run")
    subprocess.run(command(table, run.path), check=True, capture_output=True)
    return run


@pytest.mark.parametrize(("shell", "code"), [
    ("{} | head -1", 141), ("{} 2>&1 | head -1", 141), ("{} 2>&1 | true", 141), ("{} 2>&-", 0),
])  # fmt: skip
def test_a_run_that_nobody_listens_to_goes_on_to_its_end(table, undisturbed, tmp_path, shell, code):
    run = Run(tmp_path / "run")
    fit = shell.format(f"{shlex.join(command(table, run.path))}")
    ended = subprocess.run(["bash", "-c", f"{fit}; exit ${{PIPESTATUS[0]}}"], capture_output=True, text=True)
    assert ended.returncode in (0, code), ended  # 0 if all was written before the reader went
    assert "Traceback" not in ended.stdout + ended.stderr
    assert "Error" not in ended.stdout + ended.stderr
    assert run.results.exists()
    assert bits(run) == bits(undisturbed)


@pytest.mark.slow
def test_the_weather_gives_the_same_bits_again_and_when_it_was_stopped(tmp_path):
    """The whole command on the data that come with gatewise, as it is by default but for fewer epochs."""
    found = {}
    for threads in (1, 2):
        fit = [sys.executable, "-m", "gatewise", "fit", "--epochs", "2", "--threads", str(threads)]
        runs = [Run(tmp_path / f"{name}-{threads}") for name in ("one", "two", "stopped")]
        for run in runs[:2]:
            subprocess.run([*fit, "-o", str(run.path)], check=True, capture_output=True)
        stopped = runs[2]
        process = subprocess.Popen([*fit, "-o", str(stopped.path)], stderr=subprocess.PIPE, text=True)
        while not (stopped.metrics.exists() and stopped.metrics.read_text()):  # an epoch's end
            assert process.poll() is None
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        said = process.communicate()[1]
        assert process.returncode == 130, said
        assert "stopped in epoch 2 after step " in said
        assert not stopped.model.exists()
        subprocess.run([*fit[:4], "--resume", "-o", str(stopped.path)], check=True, capture_output=True)
        for file in ("model", "results", "metrics"):
            assert len({getattr(run, file).read_bytes() for run in runs}) == 1, file
        found[threads] = bits(stopped)
    assert found[1] == found[2]
