"""Run folders and models as hostile input: forged sizes, missing parts, links, weights that are no numbers."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from series_files import SMALL, series, write_csv

import gatewise
from gatewise.cli import main
from gatewise.errors import GatewiseError
from gatewise.train.data.data_error import DataWarning
from gatewise.train.run import checkpoint
from gatewise.train.run.folder import RunError

TABLE = series(160)
QUICK = {"target": "load", "time": "time", **SMALL}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forged") / "run"
    gatewise.fit(TABLE, run=folder, **QUICK)
    return folder


@pytest.fixture
def run(made, tmp_path):
    shutil.copytree(made, tmp_path / "run")
    return tmp_path / "run"


def forge(run, change):
    """Write the model again with another content and the checksum that belongs to it."""
    path = run / "model.safetensors"
    arrays, document = checkpoint.load(path)
    arrays = dict(arrays)
    document = change(arrays, document) or document
    checkpoint.save(path, arrays, document)


def without(*keys):
    def change(_arrays, document):
        inner = document
        for key in keys[:-1]:
            inner = inner[key]
        del inner[keys[-1]]

    return change


def setting(*keys, to):
    def change(_arrays, document):
        inner = document
        for key in keys[:-1]:
            inner = inner[key]
        inner[keys[-1]] = to

    return change


def drop_a_weight(arrays, _document):
    del arrays[min(name for name in arrays if name.startswith("weights"))]


def deep():
    inner = []
    for _ in range(400):
        inner = [inner]
    return inner


CHANGES = {
    "layers": setting("architecture", "layers", to=30_000_000), "units": setting("architecture", "hidden_size", to=2**40),
    "no units": setting("architecture", "hidden_size", to=0), "text for units": setting("architecture", "hidden_size", to="7"),
    "none": setting("architecture", to=None), "a list": setting("architecture", to=[1]),
    "a weight is gone": drop_a_weight,
    "a weight of another shape": lambda arrays, _: arrays.update({name: np.zeros(3, np.float32) for name in arrays if name.startswith("weights")}),
    "no config": without("config"), "no preparation": without("preparation"), "no history": without("history"),
    "no results": without("results"), "config is a list": setting("config", to=[]), "preparation is a text": setting("preparation", to="x"),
    "no mean": without("preparation", "mean"), "mean is a text": setting("preparation", "mean", to="x"), "deep": setting("preparation", "step", to=deep()),
    "scales are a text": setting("scales", to="x"), "a scale of 0": setting("scales", "by_series", to={"0": [0.0]}),
    "a scale too many": setting("scales", "by_series", to={"0": [1.0, 2.0]}), "a metric that is none": setting("results", "metric", to="guess"),
    "series without a network": setting("results", "by_series", to={"load": [{"series": "a", "values": 1, "metrics": {}}]}),
    "another task": setting("config", "task", to="guess"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_forged_model_is_refused_in_a_line(run, tmp_path, change, capsys):
    """Its checksum is right. 3e7 layers took memory without bound, a missing key was a traceback."""
    forge(run, change)
    table = write_csv(tmp_path / "table.csv", TABLE)
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    code = main(["predict", str(run), str(table), "-o", str(tmp_path / "out.csv")])
    err = capsys.readouterr().err
    assert code == 2, err
    assert len(err.splitlines()) == 1
    assert err.startswith("gatewise: ")
    assert not (tmp_path / "out.csv").exists()
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before


def test_weights_that_are_no_numbers_are_said(run, tmp_path, capsys):
    def spoil(arrays, _):
        name = next(name for name in sorted(arrays) if name.startswith("weights"))
        arrays[name] = np.full_like(arrays[name], np.nan)

    forge(run, spoil)
    with pytest.warns(DataWarning, match=r"of the \d+ weights in .*model\.safetensors are NaN or infinite"):
        gatewise.load(run)
    table = write_csv(tmp_path / "table.csv", TABLE)
    assert main(["predict", str(run), str(table), "-o", str(tmp_path / "out.csv")]) == 0
    assert capsys.readouterr().err.count("are NaN or infinite; so will predictions be") == 1
    assert main(["evaluate", str(run), str(table), "--json"]) == 0
    results = json.loads(capsys.readouterr().out)
    assert set(results["targets"]["load"]["LSTM"].values()) == {None}
    assert "no finite numbers" in results["reasons"]["load"]["LSTM"]["mae"]


@pytest.mark.filterwarnings("ignore:.*rows that training has seen")
def test_weights_that_became_no_numbers_are_said_when_they_are_used(run):
    model = gatewise.load(run)
    model.network.vector[3] = np.inf
    for use in (lambda: model.predict(TABLE), model.stepper, lambda: model.evaluate(TABLE)):
        model._told_not_finite = 0
        with (
            pytest.warns(DataWarning, match=r"1 of the \d+ weights are NaN or infinite"),
            np.errstate(all="ignore"),
        ):
            use()


@pytest.mark.parametrize("name", ["lock", "report.html", "results.json", "metrics.jsonl", "config.toml", "checkpoint.safetensors"])  # fmt: skip
def test_no_link_is_followed_in_a_run_folder(run, tmp_path, name):
    """A link in place of the report led the report over another file."""
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (run / name).unlink(missing_ok=True)
    (run / name).symlink_to(victim)
    with pytest.raises((RunError, GatewiseError)):
        gatewise.fit(TABLE, run=run, resume=True, progress=False)
    assert victim.read_text() == "mine"


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "."])
def test_weights_are_read_from_files_alone(tmp_path, device, capsys):
    if not Path(device).exists():
        pytest.skip(f"{device} is not here")
    (tmp_path / "my.toml").write_text(f"weights = {json.dumps(device)}\nx = [[1.0, 2.0]]\n")
    assert main(["work", str(tmp_path / "my.toml")]) == 2
    assert " cannot be read: it is a d" in capsys.readouterr().err
