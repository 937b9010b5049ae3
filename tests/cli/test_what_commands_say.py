"""What `fit`, `predict` and `evaluate` say beside their tables: rows without a prediction, what to do next."""

import subprocess
import sys

import numpy as np
import pytest
from series_files import SMALL, flags, series, write_csv

from gatewise.cli import main

pytest.importorskip("pyarrow", reason="pyarrow is not installed; pip install 'gatewise[train]'")

QUICK = {**SMALL, "epochs": 1}
REGRESS = {name: value for name, value in QUICK.items() if name != "horizon"} | {"task": "regress"}


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write_csv(tmp_path / "load.csv", series())


def run(*words):
    return main([str(word) for word in words])


def test_rows_that_a_regression_does_not_predict_are_told(table, capsys):
    assert run("fit", table, *flags(REGRESS), "-q", "-o", "run") == 0
    said = (
        "the first 11 rows (11 of 260) have no prediction: one reads 12 rows, the window. gatewise fit --window "
        "takes fewer\n"
    )
    capsys.readouterr()
    assert run("predict", "run", table, "-o", "o.csv") == 0
    assert capsys.readouterr().err == said + "wrote 249 rows of time, load to o.csv\n"
    assert run("evaluate", "run", table) == 0
    assert said in capsys.readouterr().err
    assert run("evaluate", "run", "--metric", "nse") == 0  # of the test alone
    assert capsys.readouterr().err == ""
    assert run("predict", "run", table, "-o", "o.csv", "-q") == 0
    assert capsys.readouterr().err == ""


def test_one_row_is_written_in_the_singular(table, capsys):
    assert run("fit", table, *flags({**QUICK, "horizon": 1}), "-q", "-o", "run") == 0
    assert run("predict", "run", table, "-o", "o.csv") == 0
    assert "wrote 1 row of time, load to o.csv" in capsys.readouterr().err


def test_steps_that_are_filled_in_are_told_of_the_trainings_own_data_too(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    whole = series()
    table = write_csv(
        tmp_path / "gaps.csv", {name: np.delete(column, range(90, 110)) for name, column in whole.items()}
    )
    assert run("fit", table, *flags(REGRESS), "-q", "-o", "run") == 0
    said = "20 of 260 steps of 1 hour are not in "
    for words in (("predict", "run", table, "-o", "o.csv"), ("evaluate", "run", table)):
        capsys.readouterr()
        assert run(*words) == 0
        assert capsys.readouterr().err.count(said) == 1


def test_the_next_command_after_a_fit_with_what_is_known_ahead_can_be_run(table, capsys):
    assert run("fit", table, *flags(QUICK), "--future", "warmth", "-o", "run") == 0
    *_, command, hint = capsys.readouterr().err.splitlines()
    assert hint == (
        "  of what comes after the end: without --rolling, from a table that has warmth in the 3 rows after it, "
        "the other columns empty"
    )
    assert command.split()[0] == "gatewise"
    assert run(*command.split()[1:]) == 0
    assert run(*[word for word in command.split()[1:] if word != "--rolling"]) == 2  # needs rows past the end


def test_an_evaluation_of_the_trainings_own_file_warns_of_rows_that_training_has_seen(
    table, tmp_path, capsys
):
    assert run("fit", table, *flags(QUICK), "-q", "-o", "run") == 0
    seen = "cutoffs are in rows that training has seen; there it is better than it will be on others."
    for words in ((table,), (table, "--rolling"), ("--rolling", "--from", "2024-01-01")):
        assert run("evaluate", "run", *words) == 0
        out, err = capsys.readouterr()
        assert out.startswith("the training's own data: ")
        assert (seen.replace("cutoffs", "windows") if len(words) == 1 else seen) in err
    other = series(seed=1)
    assert run("evaluate", "run", write_csv(tmp_path / "other.csv", other)) == 0
    out, err = capsys.readouterr()
    assert (out[:15], err) == ("the data given:", "")


@pytest.mark.parametrize("words", [(), ("load.csv",)])
def test_cutoffs_that_are_all_in_the_test_are_named_the_test(table, capsys, words):
    assert run("fit", table, *flags(QUICK), "-q", "-o", "run") == 0
    assert run("evaluate", "run", *words, "--rolling", "--from", "2024-01-11 00:00") == 0
    out, err = capsys.readouterr()
    assert out.startswith("test: ")
    assert err == ""


@pytest.mark.parametrize(
    ("rate", "schedule", "said"), [(0.01, "constant", 1), (0.01, "cosine", 0), (1e-6, "constant", 0)]
)
def test_more_epochs_are_suggested_only_where_the_loss_still_fell_to_be_seen(
    table, capsys, rate, schedule, said
):
    words = flags({**QUICK, "epochs": 2, "learning_rate": rate, "schedule": schedule})
    assert run("fit", table, *words, "-o", "run") == 0
    assert capsys.readouterr().err.count("the validation loss still fell in the last epoch") == said


def test_ctrl_c_while_the_commands_are_imported_ends_quietly():
    code = """
import sys, gatewise
class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == "gatewise.cli.app":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupts())
from gatewise.cli import main
sys.exit(main(["info"]))
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")
