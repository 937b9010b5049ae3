"""Every kind of file that is read, damaged in every way: one message, exit code 2, nothing written; no traceback, hang or flood.

tests/support/damaged_files.py has the kinds and the damages, and runs the commands in processes with bounds of their own.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import damaged_files
import pytest

pytest.importorskip("safetensors", reason="safetensors is not installed; pip install 'gatewise[train]'")
pytest.importorskip("pyarrow", reason="pyarrow is not installed; pip install 'gatewise[train]'")

ALL = [*damaged_files.KINDS, *(f"forged {kind}" for kind in damaged_files.FORGED)]


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("damaged") / "sound"
    folder.mkdir()
    before = Path.cwd()
    os.chdir(folder)
    try:
        damaged_files.made(folder)
    finally:
        os.chdir(before)
    return folder


def outcomes(kind, sound, folder):
    (folder / "sound").symlink_to(sound)
    command = [sys.executable, damaged_files.__file__, kind, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def is_in_order(one):
    """A command ended by itself, and if it refused, with a line and nothing written."""
    if one["ended"] or one["code"] not in (0, 1, 2) or "Traceback" in one["err"]:
        return False
    refused = one["code"] == 2 and "not enough could be read" not in one["err"]
    lines = one["err"].splitlines()
    return not refused or (not one["written"] and bool(lines) and lines[-1].startswith("gatewise: "))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ALL)
def test_whatever_a_file_holds_the_command_computes_or_refuses_in_a_line(kind, sound, tmp_path):
    found = outcomes(kind, sound, tmp_path)
    assert len(found) > 10
    assert [one for one in found if not is_in_order(one)] == []
    assert (
        any(one["code"] == 2 for one in found) or "handed-in" in kind or "claims" in kind or "sheet" in kind
    )


@pytest.mark.parametrize("kind", ["fill-0-1.key.json", "run/run.json", "weights.npz"])
def test_the_kinds_of_file_that_are_quick_are_tried_always(kind, sound, tmp_path):
    assert [one for one in outcomes(kind, sound, tmp_path) if not is_in_order(one)] == []
