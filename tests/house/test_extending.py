"""docs/extending.md is true: each recipe, carried out in a copy of the sources, works, and needs no other file."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from builds import BUILDS, build
from paths import DOCS, PACKAGE, ROOT

TEXT = (DOCS / "extending.md").read_text("utf-8")
_STEP = re.compile(
    r"^(?:New file `(?P<new>[^`\n]+)`|In `(?P<file>[^`\n]+)`, (?P<where>after|before|in place of) `(?P<anchor>[^\n]+)`):\n\n"
    r"```\w+\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
RECIPES = {part.partition("\n")[0]: part for part in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]}


class Case(NamedTuple):
    """How many files a recipe touches in all, and code that fails unless it works."""

    files: int
    tried: str


CASES = {
    "A loss": Case(2, """
import numpy as np
from gatewise.losses import LOSSES
y = np.array([[0.3], [-2.0], [5.0]]); label = np.array([[0.1], [1.0], [np.nan]])
loss, delta = LOSSES["log_cosh"](y, label)
assert np.isclose(loss, np.mean(np.log(np.cosh([0.2, -3.0]))))
step = 1e-20
for k in range(2):
    moved = y.astype(complex); moved[k] += 1j * step
    assert np.isclose(LOSSES["log_cosh"](moved, label)[0].imag / step, delta[k, 0])
assert gatewise.fit({"y": np.sin(np.arange(60.0))}, target="y", loss="log_cosh", hidden=2, epochs=1, window=4, horizon=2)
"""),
    "An optimizer": Case(1, """
import numpy as np
from gatewise.optimizers import OPTIMIZERS
vector = np.array([1.0, 2.0, 3.0]); row = OPTIMIZERS["sign_descent"]
row(vector, np.array([0.5, -4.0, 0.0]), row.memory(3, vector.dtype), 0.1, 1)
assert vector.tolist() == [0.9, 2.1, 3.0]
assert gatewise.fit({"y": np.sin(np.arange(60.0))}, target="y", optimizer="sign_descent", hidden=2, epochs=1, window=4, horizon=2)
"""),
    "A schedule": Case(1, """
from gatewise.schedules import SCHEDULES
assert SCHEDULES["inverse"](10, 100, 2.0, half=10) == 1.0
command("fit", "--help", says="inverse")
"""),
    "A format of a worksheet": Case(2, """
assert gatewise.worksheet(*problem()).render("ids").split()[:2] == ["F1", "F2"]
command("work", "--to", "ids", says="B2@t=0")
"""),
    "A format of a check's report": Case(2, """
command("check", "document.md", "--format", "counts", says="exact")
"""),
    "A reader of documents": Case(2, """
text = Path("document.md").read_text().replace("# ", "* ")
Path("document.org").write_text(text)
command("check", "document.org", "--format", "json", says="verdict")
"""),
    "A kind of exercise": Case(2, """
command("exercise", "--kind", "last-out", "--seed", "3", "-o", "sheets")
command("mark", "sheets/last-out-3-1.key.json", "sheets/last-out-3-1.key.json", says="1")
sheet = gatewise.exercises.exercise("last-out", 3)
assert [item.id for part in sheet.parts for item in part.items] == ["F6@t=1"]
"""),
    "A command": Case(2, """
command("gates", says="i o f c")
command("--help", says="gates")
"""),
    "A library": Case(1, """
import numpy as np
from gatewise.cells.gate_orders import from_library, to_library
rows = np.arange(8)
assert to_library("mine", rows).tolist() == [6, 7, 4, 5, 2, 3, 0, 1]
assert (from_library("mine", to_library("mine", rows)) == rows).all()
"""),
}  # fmt: skip

BEGIN = """
import subprocess, sys
from pathlib import Path
import gatewise

def command(*words, says="", code=None):
    done = subprocess.run([sys.executable, "-m", "gatewise", *words], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == (code or 0), done.stderr
    assert says in done.stdout + done.stderr, done.stdout[:2000] + done.stderr

def problem():
    found = gatewise.load_problem()
    return found.params, found.x, found.label

Path("document.md").write_text(gatewise.worksheet(*problem(), detail="results").render("md"))
"""


def carry_out(recipe, copy):
    """Do what a recipe says in a copy of the checkout; gives the files that it touches."""
    touched = set()
    steps = list(_STEP.finditer(RECIPES[recipe]))
    assert len(steps) == RECIPES[recipe].count("```") / 2, "a block without its line of where to put it"
    for step in steps:
        path = copy / (step["new"] or step["file"])
        touched.add(path)
        if step["new"]:
            assert not path.exists(), f"{path.name} is there already"
            path.write_text(step["code"], encoding="utf-8")
            continue
        whole = path.read_text("utf-8")
        anchor = step["anchor"] + "\n"
        assert whole.count("\n" + anchor) == 1, f"{path.name} has changed: {step['anchor']}"
        start = whole.index("\n" + anchor) + 1
        end = start + len(anchor)
        first, last = {"after": (end, end), "before": (start, start), "in place of": (start, end)}[
            step["where"]
        ]
        path.write_text(whole[:first] + step["code"] + whole[last:], encoding="utf-8")
    return touched


def test_every_recipe_is_tried():
    assert set(RECIPES) == {*CASES, "An instruction set"}


@pytest.mark.parametrize("recipe", CASES)
def test_a_recipe_works_in_a_copy(tmp_path, recipe):
    copy = tmp_path / "copy"
    shutil.copytree(PACKAGE, copy / "src" / "gatewise", ignore=shutil.ignore_patterns("__pycache__"))
    core = Path(sys.modules["gatewise._core"].__file__)
    shutil.copy(core, copy / "src" / "gatewise" / core.name)
    assert len(carry_out(recipe, copy)) == CASES[recipe].files
    work = tmp_path / "work"
    work.mkdir()
    # The installation of this checkout finds gatewise before any path: it is told to look no further than the copy.
    start = f"import sys; sys.path.insert(0, {str(copy / 'src')!r})\n"
    (copy / "src" / "sitecustomize.py").write_text(
        "import sys\nsys.meta_path[:] = [f for f in sys.meta_path if 'editable' not in type(f).__module__.lower() + repr(f).lower()]\n"
    )
    code = (
        start
        + BEGIN
        + "assert str(Path(gatewise.__file__)).startswith("
        + repr(str(copy))
        + ")\n"
        + CASES[recipe].tried
    )
    environment = {**os.environ, "PYTHONPATH": str(copy / "src")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=work, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_a_recipe_whose_anchor_is_gone_fails(tmp_path):
    path = tmp_path / "src" / "gatewise" / "learn" / "schedules.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        (PACKAGE / "learn" / "schedules.py").read_text("utf-8").replace("ROWS = (", "ROWS = [", 1)
    )
    with pytest.raises(AssertionError, match=r"schedules\.py has changed"):
        carry_out("A schedule", tmp_path)


def copy_of_engine(folder):
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "cpp", folder / "cpp")
    shutil.copy(ROOT / "CMakeLists.txt", folder)
    assert len(carry_out("An instruction set", folder)) == 2
    return folder


def test_a_default_build_compiles_the_new_instruction_set(tmp_path):
    """CMake skips a set whose name is not in the default list."""
    text = (copy_of_engine(tmp_path / "copy") / "CMakeLists.txt").read_text("utf-8")
    (default,) = re.findall(r"^set\(GATEWISE_INSTRUCTION_SETS (.+) CACHE", text, re.MULTILINE)
    assert set(re.findall(r"^ +gatewise_kernels\((\w+)", text, re.MULTILINE)) <= set(default.split())


@pytest.mark.slow
def test_an_instruction_set_is_built_and_chosen():
    copy = copy_of_engine(BUILDS / "extending")
    sets = {"GATEWISE_INSTRUCTION_SETS": "portable;level3", "GATEWISE_OPTIMIZE": "-O1"}
    module = build(copy / "build", copy, **sets, CMAKE_CXX_FLAGS_RELEASE="-O0")
    code = "import importlib.util, sys\n"
    code += f"spec = importlib.util.spec_from_file_location('gatewise._core', {str(module)!r})\n"
    code += "core = importlib.util.module_from_spec(spec); spec.loader.exec_module(core); print(*core.instruction_sets())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split()[0] == "level3", done.stderr
