"""Every block of Python in README and docs passes mypy --strict and pyright, and runs as it stands.

What a block takes for granted, a table or a row, stands before it in `GIVEN`; everything else is the block's own.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import paths
import pytest

GIVEN = {
    "README-2": 'import gatewise\n\nrow, time = {"level": 1.0}, "2024-02-01 00:00"\n'
    'gatewise.fit("river.csv", target="level", time="time", hidden=4, epochs=1, run="runs/river-1")\n',
    "training-1": "import pandas as pd\n\nimport gatewise\n\n"
    'frame = pd.read_csv("river.csv")\nrows = [("2024-02-01 00:00", {"level": 1.0})]\n',
}
MYPY = "[mypy]\nstrict = true\n[mypy-sklearn.*,pandas.*]\nignore_missing_imports = true\n"


def blocks():
    # The lines of extending.md go into other files; test_extending.py carries them out there. torch.md is run by
    # with_torch/test_dropin_page.py, convert.md by convert/test_convert_page.py.
    elsewhere = ("extending.md", "torch.md", "convert.md")
    documents = [path for path in sorted(paths.DOCS.glob("*.md")) if path.name not in elsewhere]
    for document in (paths.README, *documents):
        found = re.findall(
            r"^```python\n(.*?)^```", document.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
        )
        for number, block in enumerate(found, start=1):
            name = f"{document.stem}-{number}"
            yield name, GIVEN.get(name, "") + block


BLOCKS = dict(blocks())
MISTAKES = """import gatewise

params = gatewise.Params.init(2, 1)
gatewise.forwrad(params, [[1.0, 2.0]])
gatewise.forward([[1.0, 2.0]], params)
page: str = gatewise.worksheet(params, [[1.0, 2.0]]).render("pdf")
data: bytes = gatewise.worksheet(params, [[1.0, 2.0]]).render("html")
gatewise.load("run").no_such_method()
"""


@pytest.fixture
def folder(tmp_path):
    """A folder with what the blocks read: a table and a sheet."""
    hours = np.datetime64("2024-01-01T00") + np.arange(700)
    levels = np.sin(np.arange(700) / 4)
    rows = (f"{hour},{level:.4f}\n" for hour, level in zip(hours, levels, strict=True))
    (tmp_path / "river.csv").write_text("time,level\n" + "".join(rows))
    (tmp_path / "sheet.md").write_bytes((paths.DOCUMENTS / "worked-example.md").read_bytes())
    return tmp_path


@pytest.fixture
def code(tmp_path):
    """A folder with a file for each block, and one of mistakes."""
    for name, block in {**BLOCKS, "mistakes": MISTAKES}.items():
        (tmp_path / f"{name.replace('-', '_').lower()}.py").write_text(block, encoding="utf-8")
    return tmp_path


def complaints_of_mypy(code):
    pytest.importorskip("mypy")
    (code / "mypy.ini").write_text(MYPY)
    files = sorted(path.name for path in code.glob("*.py"))
    command = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--no-error-summary", *files]
    run = subprocess.run(command, cwd=code, capture_output=True, text=True, check=False)
    assert run.stderr == ""
    return [line.partition(":")[::2] for line in run.stdout.splitlines() if " error: " in line]


def complaints_of_pyright(code):
    pytest.importorskip("basedpyright")
    settings = {"typeCheckingMode": "standard", "include": ["."], "extraPaths": [str(paths.PACKAGE.parent)]}
    (code / "pyrightconfig.json").write_text(json.dumps(settings | {"reportMissingTypeStubs": False}))
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", sys.executable]
    run = subprocess.run(command, cwd=code, capture_output=True, text=True, check=False)
    found = json.loads(run.stdout)["generalDiagnostics"]
    return [
        (Path(one["file"]).name, f"{one['range']['start']['line'] + 1}: {one['message']}")
        for one in found
        if one["severity"] == "error"
    ]


@pytest.mark.parametrize("complaints_of", [complaints_of_mypy, complaints_of_pyright])
def test_a_type_checker_takes_every_block_and_finds_mistakes(code, complaints_of):
    complaints = complaints_of(code)
    assert [one for one in complaints if one[0] != "mistakes.py"] == []
    lines = {int(text.partition(":")[0]) for file, text in complaints if file == "mistakes.py"}
    assert lines == {4, 5, 6, 7, 8}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * ("gatewise.fit(" in BLOCKS[name])) for name in BLOCKS],
)
def test_every_block_runs(folder, name):
    command = [sys.executable, "-X", "utf8", "-c", BLOCKS[name]]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stderr
