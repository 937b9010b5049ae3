"""- stands for standard input wherever a command reads one document."""

import gzip
import sys
from pathlib import Path

import paths
import pytest

import gatewise
from gatewise import cli

EXAMPLE = paths.PACKAGE / "teach" / "problem" / "worked-example.toml"
SHEET = paths.DOCUMENTS / "worked-example.md"


def test_work_reads_a_problem_file_from_standard_input(run):
    code, out, err = run("work", "-", stdin=EXAMPLE.read_bytes())
    assert code == 0
    assert out == run("work", EXAMPLE)[1]
    assert err == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "gatewise: standard input: "),
        (b"x = 1\nx = 2\n", "gatewise: standard input: this is not TOML: x is given twice"),
        (b"\xff\xfe", "gatewise: standard input: line 1 is not UTF-8"),
        (b"unknown = 1\n", "gatewise: standard input: unknown is not a key of a problem file"),
        (EXAMPLE.read_bytes() + b"batch = 3\n", "gatewise: standard input: worksheet.batch"),
    ],
)
def test_what_is_wrong_with_it_is_said_of_standard_input(run, text, words):
    code, out, err = run("work", "-", stdin=text)
    assert (code, out) == (2, "")
    assert err.startswith(words)


def test_the_model_of_a_check_may_come_from_standard_input(run):
    known = run("check", SHEET, "--model", EXAMPLE)
    assert run("check", SHEET, "--model", "-", stdin=EXAMPLE.read_bytes()) == known


def test_standard_input_is_one_document(run):
    code, out, err = run("check", "-", "--model", "-", stdin=b"")
    assert (code, out) == (2, "")
    assert "- stands for standard input, which holds one document" in err


@pytest.mark.parametrize(
    "command", [["work", "-"], ["check", "-"], ["check", SHEET, "--model", "-"], ["fit", "-"]]
)
def test_closed_standard_input_is_refused(monkeypatch, capsys, command):
    monkeypatch.setattr(sys, "stdin", None)
    assert cli.main(list(map(str, command))) == 2
    assert "standard input is closed" in capsys.readouterr().err


TABLE = ("t,y,z\n" + "".join(f"{n},{n % 7},{n % 5}\n" for n in range(120))).encode()
KEYS = ["--target", "y", "--time", "t", "--window", 6, "--horizon", 2, "--hidden", 2, "--epochs", 1]


def test_a_table_from_standard_input_is_that_of_a_file(run, tmp_path):
    (tmp_path / "t.csv").write_bytes(TABLE)
    file = run("fit", "t.csv", *KEYS, "-o", "file")
    piped = run("fit", "-", *KEYS, "-o", "piped", stdin=TABLE)
    assert piped[:2] == file[:2]
    assert piped[0] == 0
    assert "gatewise predict piped TABLE -o forecast.csv" in piped[2]
    for command in ("predict", "evaluate"):
        assert run(command, "piped", "-", stdin=TABLE) == run(command, "file", "t.csv")
    assert run("predict", "piped", "-", stdin=gzip.compress(TABLE)) == run("predict", "file")


def test_a_run_says_that_its_data_came_from_standard_input(run, tmp_path):
    assert run("fit", "-", *KEYS, "-q", stdin=TABLE)[0] == 0
    piped = Path("runs/stdin-1")
    assert 'data = "(standard input)"' in (piped / "config.toml").read_text()
    for words in (
        ["predict", piped],
        ["fit", "--resume", "-o", piped],
        ["fit", "--config", piped / "config.toml", "-o", "again"],
    ):
        code, _, err = run(*words)
        assert code == 2
        assert (
            "the data of this run came from standard input, and were not kept; name a file that has them"
            in err
        )
    (tmp_path / "t.csv").write_bytes(TABLE)
    assert run("fit", "t.csv", "--resume", "-o", piped)[0] == 0
    assert run("fit", "-", "--resume", "-o", piped, stdin=TABLE)[0] == 0
    code, _, err = run("fit", "-", "--resume", "-o", piped, stdin=TABLE.replace(b"6,6,1", b"6,5,1"))
    assert code == 2
    assert "the data have changed since" in err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "gatewise: standard input is empty."),
        (b"t,x\n1,2\n", "gatewise: standard input has no column y (target)"),
        (b"t,y\n1,2\n2,3,4\n", "gatewise: standard input, line 3 has 3 cells"),
        (b"PK\x03\x04", "gatewise: standard input is a zip or Excel file"),
        (b"PAR1", "gatewise: standard input is damaged"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_of_standard_input(run, text, words):
    code, out, err = run("fit", "-", *KEYS, stdin=text)
    assert (code, out) == (2, "")
    assert err.startswith(words)


def test_from_python_standard_input_has_no_name():
    with pytest.raises(gatewise.GatewiseError, match="- is standard input for the commands alone"):
        gatewise.fit("-", "y")
