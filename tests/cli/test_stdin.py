"""- stands for standard input wherever a command reads one document."""

import sys

import paths
import pytest

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


@pytest.mark.parametrize("command", [["work", "-"], ["check", "-"], ["check", SHEET, "--model", "-"]])
def test_closed_standard_input_is_refused(monkeypatch, capsys, command):
    monkeypatch.setattr(sys, "stdin", None)
    assert cli.main(list(map(str, command))) == 2
    assert "standard input is closed" in capsys.readouterr().err
