"""The house holds: few doors, small folders, no circles, no name twice, and packages that only hand on."""

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from paths import BENCH, PACKAGE, ROOT

import gatewise

MOST_DOORS = 16  # at the root of the package, with a wing for each library that another is converted to
MOST_FILES = 14  # side by side in a folder
# One small file per command, and tests/: a wing's tests stand side by side.
LARGER_FOLDERS = {"src/gatewise/cli"}
WINGS = ["expression", "cells", "engine", "learn", "train", "teach", "sklearn", "support", "cli"]
NOT_DOORS = {"__init__.py", "__main__.py", "_core.pyi", "py.typed"}


def tracked():
    """The files of the checkout; those that are ignored, as what is built, are none."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [Path(name) for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_few_doors_at_the_root():
    """Stubs are none: they tell type checkers of the namespaces that the face promises, and hold no code."""
    doors = {path.parts[2] for path in tracked() if path.parts[:2] == ("src", "gatewise")} - NOT_DOORS
    doors = {door for door in doors if not door.endswith(".pyi")}
    assert len(doors) <= MOST_DOORS, sorted(doors)
    assert set(WINGS) <= doors


def test_no_folder_is_a_heap():
    counts = Counter(path.parent.as_posix() for path in tracked())
    crowded = {
        folder: count
        for folder, count in counts.items()
        if count > MOST_FILES
        and folder.startswith(("src", "bench", "docs", "cpp"))
        and folder not in LARGER_FOLDERS
    }
    assert crowded == {}


# Circles --------------------------------------------------------------------------------------------------------------


def module_files(root, package):
    """Module name to file, for every module below a folder."""
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        found[".".join((package, *parts) if package else parts)] = path
    return found


def imports_of(path, files):
    """The modules that a file imports anywhere, also inside functions and for types alone, with the names it takes.

    The name is None where the module itself is taken, with all that it hands on.
    """
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names if alias.name in files)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: an import names its module in full"
            if node.module not in files:
                continue
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield (inner, None) if inner in files else (node.module, alias.name)


def homes_of(module, name, files):
    """The modules that define a name, or everything, of a module: a package only hands on what others define."""
    path = files[module]
    if path.name != "__init__.py":
        return {module}
    handed_on = [found for found in imports_of(path, files) if name in (None, found[1])]
    homes = {home for target, taken in handed_on for home in homes_of(target, taken, files)}
    return homes or {module}  # defined in the package's own file


def graph(files):
    """Which file imports which. Arrows lead to a package's own file only for what it defines itself."""
    return {
        module: {home for target, name in imports_of(path, files) for home in homes_of(target, name, files)}
        - {module}
        for module, path in files.items()
    }


def circle_in(edges):
    """A circle of imports, or None."""
    state, trail = {}, []

    def visit(module):
        state[module] = "open"
        trail.append(module)
        for target in sorted(edges.get(module, ())):
            if state.get(target) == "open":
                return [*trail[trail.index(target) :], target]
            if target not in state and (found := visit(target)):
                return found
        trail.pop()
        state[module] = "done"
        return None

    for module in sorted(edges):
        if module not in state and (found := visit(module)):
            return found
    return None


@pytest.mark.parametrize(("root", "package"), [(PACKAGE, "gatewise"), (BENCH, "")], ids=["src", "bench"])
def test_no_circle_of_imports(root, package):
    edges = graph(module_files(root, package))
    assert sum(map(len, edges.values())) > 15  # the reading of imports itself works
    assert circle_in(edges) is None


HANDED_ON = {"__init__.py": "from house.a import f", "a.py": "def f(): ...", "b.py": "from house import f"}
CIRCLES = {
    "through a third": {"a.py": "import house.b", "b.py": "import house.c", "c.py": "from house.a import f"},
    "inside a function": {"a.py": "from house import b", "b.py": "def g():\n    from house import a"},
    "for types alone": {
        "a.py": "from house import b",
        "b.py": "if TYPE_CHECKING:\n    from house.a import A",
    },
    "a name through its package": HANDED_ON | {"a.py": "from house.b import g\ndef f(): ..."},
    "a package as a whole": {
        "a.py": "from house import room",
        "room/__init__.py": "from house.room.b import g",
        "room/b.py": "from house.a import f",
    },
    "a package that defines": {"__init__.py": "from house.a import f\nX = 1", "a.py": "from house import X"},
}


def circle_of(files, folder):
    for name, text in ({"__init__.py": ""} | files).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return circle_in(graph(module_files(folder, "house")))


@pytest.mark.parametrize("files", CIRCLES.values(), ids=CIRCLES)
def test_a_circle_is_found(tmp_path, files):
    assert circle_of(files, tmp_path / "house")


def test_a_package_that_hands_on_makes_no_circle(tmp_path):
    assert circle_of(HANDED_ON, tmp_path / "house") is None


# Names ----------------------------------------------------------------------------------------------------------------


def test_no_public_class_name_stands_twice():
    classes = Counter(
        node.name
        for path in [*PACKAGE.rglob("*.py"), *PACKAGE.glob("*.pyi")]
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert len(classes) > 150
    # The drop-ins for torch's and for Keras' layer are called as the layers that they take the place of.
    assert [name for name, count in classes.items() if count > 1] == ["LSTM"]


def test_no_module_is_hidden_by_a_name_of_its_package():
    hidden = []
    for found in pkgutil.walk_packages(gatewise.__path__, "gatewise."):
        if found.name == "gatewise.__main__":
            continue
        try:
            module = importlib.import_module(found.name)
        except ImportError:
            if not found.name.startswith(("gatewise.torch", "gatewise.keras.", "gatewise.onnx")):
                raise  # the packages of these are not among the tests' own everywhere
            continue
        package, _, name = found.name.rpartition(".")
        if getattr(sys.modules[package], name, None) is not module:
            hidden.append(found.name)
    assert hidden == []


def test_packages_only_hand_on():
    working = []
    for path in PACKAGE.rglob("__init__.py"):
        if path.parent == PACKAGE:
            continue  # the face, whose names are imported late
        working += [
            f"{path.relative_to(PACKAGE)}: {node.name}"
            for node in ast.parse(path.read_text("utf-8")).body
            if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        ]
    assert working == []


RIDDLES = [
    "asked",
    "choosing",
    "glass",
    "lost",
    "rest",
    "later",
    "apart",
    "hidden",
    "kinds",
    "turned",
    "trouble",
    "row",
    "fused",
]


def test_no_module_has_a_name_that_only_its_docstring_explains():
    names = {path.stem for path in PACKAGE.rglob("*.py")}
    assert names & set(RIDDLES) == set()


# The contract ---------------------------------------------------------------------------------------------------------


def test_the_import_contract_names_every_wing_from_the_top_down():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (whole,) = (contract for contract in contracts if contract["containers"] == ["gatewise"])
    layers = [re.findall(r"\w+", layer) for layer in whole["layers"]]
    place = {name: number for number, layer in enumerate(layers) for name in layer}
    assert set(WINGS) <= set(place)
    order = [
        "cli",
        "convert",
        "keras",
        "torch",
        "train",
        "learn",
        "engine",
        "cells",
        "expression",
        "support",
        "errors",
    ]
    assert [place[name] for name in order] == sorted(place[name] for name in order)
    assert place["teach"] == place["train"]  # which do not know each other
    assert place["ray"] == place["keras"]
    assert place["torch"] == place["onnx"] == place["sklearn"]
    assert whole["exhaustive"]
