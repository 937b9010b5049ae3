"""Files last: what gatewise 0.1.0 wrote is read today, to the same numbers, or refused by its format in a sentence."""

import csv
import json
import shutil
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pytest

import gatewise
from gatewise.teach.exercises import mark, read_answers, read_key
from gatewise.train.run.checkpoint import FORMAT, CheckpointError, load

WRITTEN = Path(__file__).parent / "0.1"
# Predictions in float32, perhaps of another instruction set than that which made the files.
FLOAT32 = 1e-4
# As it stands in the JSON within the JSON of a safetensors file's header.
FORMAT_WRITTEN = rb"\"format\": 1"


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A copy of the files, in which commands run: what is written there is thrown away."""
    shutil.copytree(WRITTEN, tmp_path / "files")
    monkeypatch.chdir(tmp_path / "files")
    return tmp_path / "files"


def forecast_of(path):
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["time"] for row in rows], np.array([float(row["level"]) for row in rows])


def assert_same_forecast(found, expected):
    times, values = forecast_of(found)
    expected_times, expected_values = forecast_of(expected)
    assert times == expected_times
    assert len(values) == 3
    np.testing.assert_allclose(values, expected_values, rtol=0, atol=FLOAT32)


@pytest.mark.parametrize("what", ["run", "run/model.safetensors"])
def test_a_run_folder_and_its_model_predict_as_they_did(files, run_here, what):
    assert run_here("predict", what, "table.csv", "-o", "again.csv")[0] == 0
    assert_same_forecast(files / "again.csv", files / "forecast.csv")
    model = gatewise.load(files / what)
    assert model.results == json.loads((files / "run" / "results.json").read_text())
    assert len(model.history) == 2


def test_a_run_that_was_stopped_goes_on_from_its_checkpoint(files, run_here):
    code, _, err = run_here("fit", "--resume", "-o", "unfinished")
    assert code == 0, err
    assert "epoch 4/6" in err
    assert "epoch 3/6" not in err
    assert run_here("predict", "unfinished", "table.csv", "-o", "again.csv")[0] == 0
    assert_same_forecast(files / "again.csv", files / "forecast-resumed.csv")


def test_a_key_marks_its_own_solution_in_full(files):
    key = read_key((files / "fill-3-1.key.json").read_text("utf-8"))
    ((answers, _),) = read_answers(files / "fill-3-1.key.json", [key])
    marks = mark(key, answers.given)
    assert marks.out_of > 20
    assert marks.percent == 100


def test_a_problem_file_gives_the_sheet_it_gave(files):
    problem = gatewise.load_problem("problem.toml")
    sheet = gatewise.worksheet(
        problem.params,
        problem.x,
        problem.label,
        learning_rate=problem.learning_rate,
        digits=6,
        texts=problem.texts,
    )
    before = json.loads((files / "sheet.json").read_text("utf-8"))
    after = json.loads(str(sheet.render("json")))
    assert [line["id"] for line in after["lines"]] == [line["id"] for line in before["lines"]]
    for now, then in zip(after["lines"], before["lines"], strict=True):
        for shown, before_that in zip(now["displayed"], then["displayed"], strict=True):
            if "e" in before_that and "e" not in shown:  # 0.1 wrote powers of ten beside any tiny entry
                shortened = Decimal(before_that).quantize(Decimal("1e-6"), ROUND_HALF_UP)
                assert Decimal(shown) == shortened != 0, now["id"]
            else:
                assert shown == before_that, now["id"]
        np.testing.assert_allclose(
            np.array(now["value"], dtype=float), np.array(then["value"], dtype=float), rtol=1e-12, atol=1e-15
        )


def test_a_sheet_of_then_is_checked_without_a_mistake(files):
    report = gatewise.check((files / "worked-example.json").read_text("utf-8"), name="worked-example.json")
    assert report.ok
    assert report.unread == 0
    assert len(report.numbers) > 100


@pytest.mark.parametrize("name", ["run/run.json", "unfinished/run.json"])
def test_a_later_format_is_refused_by_its_number(files, run_here, name):
    path = files / name
    document = json.loads(path.read_text()) | {"format": FORMAT + 1, "gatewise": "9.9.9"}
    path.write_text(json.dumps(document))
    said = rf"gatewise 9\.9\.9 in format {FORMAT + 1}; this is gatewise {gatewise.__version__}, which reads formats up to"
    with pytest.raises(CheckpointError, match=said):
        gatewise.load(path.parent)
    code, _, err = run_here("fit", "--resume", "-o", path.parent.name)
    assert code == 2
    assert f"in format {FORMAT + 1}" in err


def test_a_key_of_a_later_schema_is_refused_by_its_number(files):
    text = (files / "fill-3-1.key.json").read_text("utf-8")
    document = json.loads(text)
    document["schema"] += 1
    with pytest.raises(gatewise.GatewiseError, match=rf"schema {document['schema']}"):
        read_key(json.dumps(document))


def test_a_sheet_of_a_later_schema_is_refused_by_its_number(files, run_here):
    path = files / "worked-example.json"
    path.write_text(path.read_text("utf-8").replace('"schema": 1', '"schema": 2', 1), encoding="utf-8")
    code, out, err = run_here("check", path.name)
    assert (code, out) == (2, "")
    assert "the sheet has schema 2; this version of gatewise reads schema 1" in err


@pytest.mark.parametrize("name", ["run/model.safetensors", "unfinished/checkpoint.safetensors"])
def test_a_file_of_a_later_format_is_refused_by_its_number(files, name):
    path = files / name
    written = path.read_bytes()
    assert written.count(FORMAT_WRITTEN) == 1
    # One digit for another, so that the header keeps the length that the file says it has.
    path.write_bytes(written.replace(FORMAT_WRITTEN, FORMAT_WRITTEN.replace(b"1", b"%d" % (FORMAT + 1))))
    with pytest.raises(CheckpointError, match=f"in format {FORMAT + 1}; this is gatewise"):
        load(path)
