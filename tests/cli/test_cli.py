"""The command line: what it writes where, its exit codes, and no traceback for any mistake of a user."""

import importlib
import json
import os
import pty
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gatewise import __version__
from gatewise.errors import EngineError
from gatewise.support.files import OutputError, write_file
from gatewise.teach.worksheet import Verified, Worksheet
from gatewise.teach.worksheet.render import FORMATS

info_module = importlib.import_module("gatewise.cli.info")  # gatewise.cli.info is the command

ESCAPE = "\x1b"
LARGE = "input_size = 1\nhidden_size = 1\nsteps = 12\n"
BATCH = 'input_size = 1\nhidden_size = 2\nsteps = 4\nsequences = 3\nlearning_rate = "0.10"\n'


def refused(result, *fragments):
    """Exit code 2, nothing on stdout, one line on stderr with all fragments."""
    code, out, err = result
    assert (code, out) == (2, "")
    assert err.startswith("gatewise: ")
    assert err.count("\n") == 1
    for fragment in fragments:
        assert fragment in err


def program(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "gatewise", *map(str, arguments)],
        capture_output=True,
        timeout=60,
        check=False,
        **options,
    )


# gatewise work ----------------------------------------------------------------------------------------------


def test_without_a_file_the_worked_example(run):
    code, out, err = run("work")
    assert code == 0
    assert out.startswith("The worked example\n")
    assert "0.114910363059" in out
    assert "0.110880801307" in out
    assert ESCAPE not in out
    assert err.strip().startswith("Where to go next")
    assert err.count(" work ") == 3


def test_the_hint_is_for_the_worked_example_in_the_terminal_alone(run, tmp_path):
    (tmp_path / "model.toml").write_text(BATCH)
    assert run("work", "--to", "md")[2] == ""
    assert run("work", "model.toml")[2] == ""
    assert run("work", "-o", "sheet.txt")[2] == "wrote sheet.txt\n"


def test_same_result_from_file_and_standard_output(run, tmp_path):
    run("work", "-o", "sheet.md")
    assert (tmp_path / "sheet.md").read_text(encoding="utf-8") == run("work", "--to", "md")[1]


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("sheet.txt", "The worked example"),
        ("sheet.md", "# "),
        ("sheet.markdown", "# "),
        ("sheet.tex", "\\documentclass"),
        ("SHEET.HTML", "<!doctype html>"),
        ("sheet.htm", "<!doctype html>"),
        ("sheet.json", "{"),
    ],
)
def test_the_suffix_says_the_format(run, tmp_path, name, start):
    assert run("work", "-o", name)[0] == 0
    content = (tmp_path / name).read_text(encoding="utf-8").lstrip()
    assert content.lower().startswith((start.lower(), "%"))


def test_to_wins_over_the_suffix(run, tmp_path):
    assert run("work", "--to", "json", "-o", "sheet.txt")[0] == 0
    assert json.loads((tmp_path / "sheet.txt").read_text())["schema"] == 1


def test_pdf(run, tmp_path):
    pytest.importorskip("typst")
    assert run("work", "-o", "sheet.pdf")[0] == 0
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF")


def sheet_of(run, *options):
    code, out, _ = run("work", *options, "--to", "json")
    assert code == 0
    return json.loads(out)


def shown(sheet, id):
    return next(line["displayed"] for line in sheet["lines"] if line["id"] == id)


def test_options_win_over_the_model_file(run, tmp_path):
    (tmp_path / "model.toml").write_text(
        BATCH + '[worksheet]\ndigits = 4\nrounding = "hand"\nties = "truncate"'
    )
    by_file = sheet_of(run, "model.toml")
    assert (by_file["digits"], by_file["rounding"], by_file["ties"]) == (4, "hand", "truncate")
    by_option = sheet_of(run, "model.toml", "--digits", 3, "--rounding", "full", "--ties", "half-even")
    assert (by_option["digits"], by_option["rounding"], by_option["ties"]) == (3, "full", "half-even")


def test_learning_rate_keeps_its_digits(run, tmp_path):
    (tmp_path / "model.toml").write_text(BATCH)
    assert shown(sheet_of(run, "model.toml"), "learning_rate") == ["0.10"]
    sheet = sheet_of(run, "model.toml", "--learning-rate", "0.200")
    assert shown(sheet, "learning_rate") == ["0.200"]
    assert sheet["model"]["learning_rate"] == 0.2


def test_updates_and_batch(run, tmp_path):
    (tmp_path / "model.toml").write_text(BATCH)
    assert sheet_of(run, "model.toml", "--updates", 3)["model"]["updates"] == 3
    first, second = (sheet_of(run, "model.toml", "--batch", n) for n in (0, 1))
    assert shown(first, "x@t=0") != shown(second, "x@t=0")


@pytest.mark.parametrize("detail", ["results", "example", "products", "reasons"])
def test_each_detail_is_another_sheet(run, detail):
    assert run("work", "--detail", detail)[1] != run("work", "--detail", "example")[1] or detail == "example"


@pytest.mark.parametrize("notation", ["torch", "keras"])
def test_each_notation_is_another_sheet(run, notation):
    assert run("work", "--notation", notation)[1] != run("work")[1]


def test_steps_units_focus_and_line_budget_choose_what_is_shown(run, tmp_path):
    (tmp_path / "model.toml").write_text(LARGE.replace("hidden_size = 1", "hidden_size = 9"))
    _, out, _ = run("work", "model.toml", "--steps", "2,7-8", "--units", "5")
    assert [f"Forward @ t={t}" in out for t in (0, 2, 7, 8, 9)] == [False, True, True, True, False]
    assert "state₂[5]" in out or "[5]" in out
    assert (
        run("work", "model.toml", "--focus", "t=2,unit=5")[1]
        == run("work", "model.toml", "--steps", 2, "--units", 5)[1]
    )
    assert run("work", "model.toml", "--focus", "t=2")[1] == run("work", "model.toml", "--steps", 2)[1]
    assert run("work", "model.toml", "--focus", "unit=5")[1] == run("work", "model.toml", "--units", 5)[1]
    assert len(run("work", "model.toml", "--max-lines", 40)[1]) < len(run("work", "model.toml")[1])


def test_ascii_width_and_colour(run):
    assert run("work", "--ascii")[1].isascii()
    assert max(map(len, run("work", "--width", 50)[1].splitlines())) < max(
        map(len, run("work", "--width", 120)[1].splitlines())
    )
    assert ESCAPE in run("work", "--colour", "always")[1]
    assert ESCAPE in run("work", "--color", "always")[1]
    assert ESCAPE not in run("work", "--colour", "never")[1]
    assert run("work", "--colour", "auto")[1] == run("work")[1]


def test_exit_code_1_when_something_does_not_verify(run, monkeypatch):
    monkeypatch.setattr(Worksheet, "verified", Verified(derivatives=None, lines_shown=2, lines_reproduced=1))
    code, out, err = run("work", "--to", "json")
    assert code == 1
    assert json.loads(out)
    assert "not everything verified" in err


# What is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (["absent.toml"], ["absent.toml", "No such file"]),
        (["."], ["directory"]),
        (["bad.toml"], ["bad.toml: x[1][0] is nan"]),
        (["zeros.toml"], ["zeros.toml", "at most 4,000,000 are read"]),
        (["--digits", "0"], ["digits=0", "1 to 12"]),
        (["--digits", "99"], ["digits=99"]),
        (["--rounding", "ful"], ["rounding='ful'", "full, hand"]),
        (["--ties", "up"], ["ties='up'", "half-up"]),
        (["--detail", "all"], ["detail='all'", "products"]),
        (["--notation", "jax"], ["notation='jax'", "keras"]),
        (["--updates", "0"], ["updates=0"]),
        (["--batch", "1"], ["batch=1", "single sequence"]),
        (["--learning-rate", "fast"], ['--learning-rate is "fast"', "number"]),
        (["--learning-rate", "nan"], ["--learning-rate"]),
        (["--learning-rate", "-1"], ["--learning-rate=-1"]),
        (["--max-lines", "0"], ["--max-lines=0"]),
        (["--steps", "0,x"], ['--steps is "0,x"', "0,3,10-12"]),
        (["--steps", ""], ["--steps"]),
        (["--steps", "3-1"], ["--steps has 3-1"]),
        (["--steps", "0-999999999"], ["--steps has 0-999999999", "at most"]),
        (["--steps", "9"], ["steps: 9", "0 to 1"]),
        (["--units", "1"], ["units: 1", "0 to 0"]),
        (["--focus", "t3"], ['--focus is "t3"', "t=3,unit=2"]),
        (["--focus", ""], ["--focus"]),
        (["--focus", "t=1", "--steps", "0"], ["--focus t=1", "--steps 0"]),
        (["--to", "docx"], ["--to docx", "html"]),
        (["-o", "sheet.docx"], ["sheet.docx", "--to"]),
        (["-o", "sheet"], ["sheet", "--to"]),
        (["-o", "folder.md"], ["folder.md cannot be written", "directory"]),
        (["-o", "absent/sheet.md"], ["absent/sheet.md cannot be written", "folder does not exist"]),
        (["-o", "bad.toml/sheet.md"], ["bad.toml/sheet.md cannot be written"]),
        (["--to", "html", "--width", "80"], ["--width", "html"]),
        (["--to", "md", "--ascii"], ["--ascii", "md"]),
        (["-o", "s.tex", "--colour", "auto"], ["--colour", "tex"]),
        (["--colour", "red"], ["--colour red", "never"]),
        (["--width", "3"], ["--width is 3", "40"]),
    ],
    ids=" ".join,
)
def test_one_line_says_what_is_wrong(run, tmp_path, arguments, fragments):
    (tmp_path / "bad.toml").write_text("input_size = 1\nhidden_size = 1\nx = [[1], [nan]]")
    (tmp_path / "folder.md").mkdir()
    with (tmp_path / "zeros.toml").open("wb") as zeros:
        zeros.truncate(1 << 30)
    refused(run("work", *arguments), *fragments)
    assert {path.name for path in tmp_path.iterdir()} == {"bad.toml", "folder.md", "zeros.toml"}


@pytest.mark.parametrize(
    ("source", "fragments"),
    [
        ("worksheet.digits = 99", ["worksheet.digits=99", "1 to 12"]),
        ("worksheet.updates = 0", ["worksheet.updates=0"]),
        ("worksheet.batch = 3", ["worksheet.batch=3"]),
        ("worksheet.steps = [7]", ["worksheet.steps: 7", "0 to 1"]),
        ("worksheet.units = [7]", ["worksheet.units: 7", "0 to 0"]),
        ("worksheet.max_lines = 0", ["worksheet.max_lines=0"]),
        ("learning_rate = -1", ["learning_rate=-1"]),
        ('label = [["missing"], ["missing"]]', ["label is missing at every step"]),
    ],
)
def test_what_is_wrong_in_a_model_file_is_found_there(run, tmp_path, source, fragments):
    weights = "input_size = 1\nhidden_size = 1\nx = [[1], [2]]\n"
    (tmp_path / "mine.toml").write_text(weights + source)
    refused(run("work", "mine.toml"), *(f"mine.toml: {fragment}" for fragment in fragments[:1]), *fragments)


def test_what_is_wrong_on_the_command_line_is_not_blamed_on_the_file(run, tmp_path):
    (tmp_path / "mine.toml").write_text(
        "input_size = 1\nhidden_size = 1\nx = [[1], [2]]\nworksheet.digits = 3"
    )
    code, _, err = run("work", "mine.toml", "--digits", 99)
    assert (code, err) == (2, "gatewise: --digits=99; it must be a whole number from 1 to 12.\n")


@pytest.mark.parametrize(
    "arguments",
    [["wrok"], ["work", "--digit", "5"], ["work", "a", "b"], ["work", "--digits", "x"], ["--wrong"]],
)
def test_wrong_usage_is_exit_code_2(run, arguments):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert "Error: " in err


def test_interrupt_is_130(run, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(Worksheet, "render", interrupt)
    assert run("work")[0] == 130


# Files ------------------------------------------------------------------------------------------------------


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_failure_half_way_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "sheet.md"
    path.write_text("old")

    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OutputError, match=r"sheet\.md cannot be written: No space left on device"):
        write_file(path, b"new")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["sheet.md"]


def test_an_interrupt_half_way_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "sheet.md"
    path.write_text("old")

    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_file(path, b"new")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["sheet.md"]


def test_a_kill_half_way_leaves_the_old_file(tmp_path):
    path = tmp_path / "sheet.md"
    path.write_text("old")
    code = (
        "import os, signal, sys; from pathlib import Path; from gatewise.support import files\n"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "files.write_file(Path(sys.argv[1]), b'new')"
    )
    assert subprocess.run([sys.executable, "-c", code, path], check=False).returncode == -9
    assert path.read_text() == "old"


def test_permissions_are_kept_and_those_of_a_new_file_follow_the_umask(tmp_path):
    old, new = tmp_path / "old.md", tmp_path / "new.md"
    old.write_text("old")
    old.chmod(0o640)
    before = os.umask(0o027)
    try:
        write_file(old, b"new")
        write_file(new, b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert stat.S_IMODE(new.stat().st_mode) == 0o640
    assert old.read_bytes() == b"new"


def test_a_symbolic_link_is_followed(tmp_path):
    target, link = tmp_path / "target.md", tmp_path / "link.md"
    target.write_text("old")
    link.symlink_to(target)
    write_file(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_device_is_written_to_and_not_replaced():
    write_file(Path(os.devnull), b"new")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_what_is_write_protected_is_left_alone(tmp_path):
    path = tmp_path / "sheet.md"
    path.write_text("old")
    path.chmod(0o444)
    with pytest.raises(OutputError, match="write-protected"):
        write_file(path, b"new")
    tmp_path.chmod(0o555)
    with pytest.raises(OutputError, match="Permission denied"):
        write_file(tmp_path / "new.md", b"new")
    tmp_path.chmod(0o755)


# gatewise info, --version, --help ---------------------------------------------------------------------------


def test_info_lays_the_facts_out(run, monkeypatch):
    facts = {
        "version": "1.2",
        "instruction_sets": ["avx2", "portable"],
        "cpu": {"model": "fast", "logical": 2},
        "packages": {},
    }
    monkeypatch.setattr(info_module, "collect", lambda: facts)
    code, out, err = run("info")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "version           1.2",
        "instruction_sets  avx2, portable",
        "cpu.model         fast",
        "cpu.logical       2",
        "packages          none",
    ]
    assert json.loads(run("info", "--json")[1]) == facts


def test_info_passes_on_why_it_cannot(run, monkeypatch):
    def fail():
        raise EngineError("GATEWISE_ISA=neon cannot run here")

    monkeypatch.setattr(info_module, "collect", fail)
    refused(run("info"), "GATEWISE_ISA=neon cannot run here")


def test_version(run):
    code, out, _ = run("--version")
    assert code == 0
    assert out == f"gatewise {__version__}\n"


def test_help_names_every_choice(run):
    code, out, _ = run("work", "--help")
    assert code == 0
    for name in FORMATS:
        assert name in out
    assert run("--help")[1] == run("-h")[1]


# As a program -----------------------------------------------------------------------------------------------


def test_a_reader_that_goes_away_is_no_error():
    command = f"'{sys.executable}' -m gatewise work | head -n 1"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, timeout=60)
    assert result.stdout == "The worked example\n"
    assert "rror" not in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_said():
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "gatewise", "work"]
        result = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )
    assert result.returncode == 2
    assert result.stderr == "gatewise: standard output cannot be written: No space left on device.\n"


def test_closed_standard_output_is_said():
    command = f"'{sys.executable}' -m gatewise work >&-"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 2
    assert result.stderr == "gatewise: standard output is closed.\n"


def test_an_ascii_terminal_gets_ascii():
    result = program("work", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert result.returncode == 0
    assert result.stdout.isascii()


def test_a_pdf_does_not_go_to_a_terminal():
    reader, terminal = pty.openpty()
    command = [sys.executable, "-m", "gatewise", "work", "--to", "pdf"]
    result = subprocess.run(
        command, stdout=terminal, stderr=subprocess.PIPE, text=True, check=False, timeout=60
    )
    os.close(terminal)
    os.close(reader)
    assert result.returncode == 2
    assert "binary" in result.stderr


def test_a_bad_file_ends_the_program_with_2_and_one_line(tmp_path):
    (tmp_path / "model.toml").write_bytes(bytes(range(256)))
    result = program("work", tmp_path / "model.toml", text=True)
    assert result.returncode == 2
    assert (
        result.stderr
        == f"gatewise: {tmp_path}/model.toml: this is a binary file; a problem file is TOML text.\n"
    )


def test_help_brings_nothing_heavy():
    code = (
        "import sys; from gatewise.cli import main; main(['--help'])\n"
        "heavy = {'pydantic', 'rich', 'jinja2', 'typst'} & set(sys.modules); print(*heavy, file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stderr.split() == []
