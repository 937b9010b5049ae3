"""What the help says at any width is whole, and the shell completes commands, options and their values."""

import os
import subprocess
import sys

import pytest

from gatewise.cells import CELLS
from gatewise.cli.app import app
from gatewise.learn.optimizers import OPTIMIZERS
from gatewise.learn.schedules import SCHEDULES
from gatewise.teach.explain.lists import ids

COMMANDS = [command.name or command.callback.__name__ for command in app.registered_commands]


def typed(words, **environment):
    return subprocess.run(
        [sys.executable, "-m", "gatewise", *words],
        capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **environment},
    )  # fmt: skip


def completed(line):
    """What the shell offers at the end of a line, a word each."""
    result = typed(
        [], _GATEWISE_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=str(len(line.split(" ")) - 1)
    )
    assert "Traceback" not in result.stderr, result.stderr
    return result.stdout.split()


@pytest.mark.share(2)
@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_no_line_of_help_is_cut(command, width):
    result = typed([*command.split(), "--help"], COLUMNS=str(width), PYTHONUTF8="1")
    assert result.returncode == 0
    usage, *lines = result.stdout.splitlines()
    assert usage.startswith("Usage: gatewise")
    assert [
        line for line in lines if line.endswith(("...", "…")) or (len(line) > width and len(line.split()) > 2)
    ] == []


def test_the_list_of_commands_has_their_whole_first_sentence(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    words = " ".join(run("--help")[1].split())
    assert (
        "work Work an LSTM or another cell out, step by step: forward, loss, backward, gradients, update. explore"
        in words
    )
    assert (
        "fit Train a network on a table: CSV or Parquet, or without one the weather that comes with" in words
    )
    assert "-V, --version" in words


def test_help_is_a_command_too(run):
    assert run("help") == run("--help")
    assert run("help", "work") == run("work", "--help")
    assert run("help", "fit") == run("fit", "--help")
    assert "Did you mean 'work'?" in run("help", "wrok")[2]
    assert run("-V") == run("--version")


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("gatewise ", COMMANDS),
        ("gatewise ex", ["explore", "explain", "exercise"]),
        ("gatewise explain ari", ["arithmetic"]),
        ("gatewise explain B0/", [id for id in ids() if id.startswith("B0/")]),
        ("gatewise explain --cell gr", ["gru", "gru-reset-after"]),
        ("gatewise check --rea", ["--reading"]),
        ("gatewise work --not", ["--notation"]),
        ("gatewise work --to ", ["text", "md", "tex", "html", "json", "pdf"]),
        ("gatewise work --detail re", ["results", "reasons"]),
        ("gatewise check --format s", ["sarif"]),
        ("gatewise fit --tar", ["--target"]),
        ("gatewise fit --loss m", ["mse", "mae"]),
        ("gatewise fit --cell ", list(CELLS)),
        ("gatewise fit --cell gr", ["gru", "gru-reset-after"]),
        ("gatewise fit --optimizer ad", [name for name in OPTIMIZERS if name.startswith("ad")]),
        ("gatewise fit --schedule ", list(SCHEDULES)),
        ("gatewise fit --task ", ["forecast", "regress", "classify"]),
        ("gatewise fit --dtype float6", ["float64"]),
        ("gatewise --inst", ["--install-completion"]),
    ],
)
def test_the_shell_completes(line, offered):
    assert completed(line) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_installed_where_the_shell_reads_it(shell, tmp_path):
    where = {"HOME": str(tmp_path), "ZDOTDIR": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    off = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    result = typed(["--install-completion", shell], **where, **off)
    assert result.returncode == 0, result.stderr
    assert f"{shell} completion installed in {tmp_path}" in result.stdout
    assert any("_GATEWISE_COMPLETE" in path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    shown = typed(["--show-completion", shell], **where, **off)
    assert "_GATEWISE_COMPLETE" in shown.stdout


def test_completion_brings_nothing_heavy():
    code = (
        "import os, sys; os.environ |= {'_GATEWISE_COMPLETE': 'complete_bash', 'COMP_CWORD': '2',\n"
        "    'COMP_WORDS': 'gatewise work --to'}\n"
        "from gatewise.cli import main; main([])\n"
        "heavy = {'gatewise.train', 'jinja2', 'typst', 'pyarrow', 'matplotlib'} & set(sys.modules)\n"
        "print(*heavy, file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stdout.split() == ["--to"]
    assert result.stderr.split() == []
