"""Files and pipes are read, within bounds; devices, sockets, directories and pipes in other places are refused in a line."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from io import BytesIO
from pathlib import Path

import paths
import pytest

from gatewise.cli import tables
from gatewise.support.files import Limit, open_input, read_bounded, read_input, write_file

SMALL = Limit(10, "give less")
EXAMPLE = paths.PACKAGE / "teach" / "problem" / "worked-example.toml"
TABLE = ("t,y,z\n" + "".join(f"{n},{n % 7},{n % 5}\n" for n in range(120))).encode()
KEYS = ["--target", "y", "--time", "t", "--window", 6, "--horizon", 2, "--hidden", 2, "--epochs", 1, "-q"]


def pipe(path, data, late=0.0):
    """A named pipe into which a thread writes `data`, after a while."""
    os.mkfifo(path)

    def write():
        time.sleep(late)
        with path.open("wb") as file:
            file.write(data)

    threading.Thread(target=write, daemon=True).start()
    return path


def test_a_limit_is_said_with_the_size_and_what_to_do(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(10))
    assert read_input(path, SMALL) == bytes(10)
    path.write_bytes(bytes(11))
    with pytest.raises(OSError, match="it has 11 bytes, and at most 10 are read; give less") as refused:
        read_input(path, SMALL)
    assert refused.value.filename == str(path)
    with pytest.raises(OSError, match="it has over 10 bytes, and at most 10 are read"):
        read_bounded(BytesIO(bytes(10_000)), SMALL)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="there is no /proc here")
def test_a_file_that_says_it_is_empty_and_is_not_is_read_within_the_limit():
    assert os.stat("/proc/self/maps").st_size == 0  # noqa: PTH116
    assert len(read_input(Path("/proc/self/maps"), Limit(1 << 30, ""))) > 100
    with pytest.raises(OSError, match="it has over 10 bytes"):
        read_input(Path("/proc/self/maps"), SMALL)


def test_what_is_no_file_is_refused_before_it_is_opened(tmp_path):
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "socket"))
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("socket")
    for name, words in {
        "socket": "a socket",
        "link": "a socket",
        "pipe": "a pipe",
        ".": "a directory",
        "/dev/zero": "a device",
    }.items():
        with pytest.raises(OSError, match=f"it is {words}"):
            open_input(tmp_path / name)
    with pytest.raises(OSError, match="it is a link, and links are not followed here"):
        open_input(tmp_path / "link", link=False)
    for name in ("a\0b", "\ud800"):
        with pytest.raises(OSError, match="its name cannot be that of a file"):
            open_input(Path(name))
    server.close()


def test_a_pipe_named_on_the_command_line_is_read_whenever_its_writer_comes(run, tmp_path):
    sheet = run("work", EXAMPLE)[1]
    assert run("work", pipe(tmp_path / "m", EXAMPLE.read_bytes(), late=0.3)) == (0, sheet, "")
    assert run("check", pipe(tmp_path / "d", sheet.encode()))[0] == 0
    run("exercise", "--kind", "fill", "-o", ".")
    (tmp_path / "a.json").write_text(json.dumps({"B1@t=0": 1}))
    key = tmp_path / "fill-0-1.key.json"
    assert run("mark", pipe(tmp_path / "k", key.read_bytes()), "a.json") == run("mark", key, "a.json")
    assert run("mark", key, pipe(tmp_path / "a", (tmp_path / "a.json").read_bytes()))[0] == 0


def test_a_table_from_a_pipe_is_that_of_a_file(run, tmp_path):
    (tmp_path / "t.csv").write_bytes(TABLE)
    assert run("fit", "t.csv", *KEYS, "-o", "file")[0] == 0
    assert run("fit", pipe(tmp_path / "p", TABLE), *KEYS)[0] == 0
    assert run("predict", "runs/stdin-1", pipe(tmp_path / "q", TABLE)) == run("predict", "file", "t.csv")
    code, _, err = run("fit", pipe(tmp_path / "r", b"t,y\n1,2\n2,3,4\n"), *KEYS)
    assert code == 2
    assert f"{tmp_path / 'r'}, line 3 has 3 cells" in err


def test_a_table_from_a_pipe_has_a_bound(run, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "LIMIT", Limit(100, "save it in a file"))
    for words in (["fit", "-", *KEYS], ["fit", pipe(tmp_path / "p", TABLE), *KEYS]):
        code, _, err = run(*words, stdin=TABLE)
        assert code == 2
        assert "cannot be read: it has over 100 bytes, and at most 100 are read; save it in a file." in err


def test_a_pipe_that_another_file_names_is_refused_at_once(run, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "fit.toml").write_text('data = "pipe"\ntarget = ["y"]\n')
    (tmp_path / "m.toml").write_text('weights = "pipe"\nx = [[1.0]]\n')
    run("exercise", "--kind", "fill", "-o", "keys")
    (tmp_path / "handed-in").mkdir()
    os.mkfifo(tmp_path / "handed-in" / "a.md")
    for words in (["fit", "--config", "fit.toml"], ["work", "m.toml"], ["mark", "keys", "handed-in"]):
        code, _, err = run(*words)
        assert code == 2
        assert "it is a pipe" in err or "it is no file" in err


@pytest.mark.parametrize(
    "words", [["work"], ["check"], ["mark", "keys"], ["fit", "--target", "y"]], ids=" ".join
)
def test_who_waits_for_the_writer_of_a_pipe_hears_ctrl_c(run, tmp_path, words):
    run("exercise", "--kind", "fill", "-o", "keys")
    os.mkfifo(tmp_path / "pipe")
    waiting = subprocess.Popen(
        [sys.executable, "-m", "gatewise", words[0], *words[1:2], "pipe"]
        if words[0] == "mark"
        else [sys.executable, "-m", "gatewise", words[0], "pipe", *words[1:]],
        cwd=tmp_path,
    )
    began = time.monotonic()
    while "poll" not in Path(f"/proc/{waiting.pid}/wchan").read_text() and time.monotonic() < began + 60:
        time.sleep(0.1)
    assert waiting.poll() is None
    waiting.send_signal(signal.SIGINT)
    assert waiting.wait(10) == 130


def test_a_run_s_files_replace_links_and_never_follow_them(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "results.json").symlink_to(victim)
    write_file(tmp_path / "results.json", b"{}", link=False)
    assert victim.read_text() == "mine"
    assert (tmp_path / "results.json").read_bytes() == b"{}"
    assert not (tmp_path / "results.json").is_symlink()
