"""The face of the package: what `gatewise` promises is there, by every way in which people import it."""

import subprocess
import sys
from importlib import import_module

import paths
import pytest

import gatewise

NAMESPACES = {
    "data": "gatewise.train.data",
    "derivatives": "gatewise.learn.derivatives",
    "exercises": "gatewise.teach.exercises",
    "losses": "gatewise.learn.losses",
    "network": "gatewise.learn.network",
    "optimizers": "gatewise.learn.optimizers",
    "schedules": "gatewise.learn.schedules",
}
WAYS = [
    "import gatewise.{name} as found",
    "from gatewise import {name} as found",
    "import gatewise; found = gatewise.{name}",
    "import importlib; found = importlib.import_module('gatewise.{name}')",
]


@pytest.mark.parametrize("way", WAYS)
def test_a_namespace_is_one_module_by_every_way(way):
    """In a process of its own: what an earlier import leaves behind would hide a failure."""
    code = ""
    for name, home in NAMESPACES.items():
        code += f"{way.format(name=name)}\nimport {home} as home\nassert found is home, found\n"
        code += f"assert home.__spec__.name == home.__name__ == {home!r}, home.__spec__\n"
    run = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_a_type_checker_is_told_of_every_namespace():
    stubs = {path.stem: path.read_text() for path in paths.PACKAGE.glob("*.pyi") if path.stem != "_core"}
    assert stubs.keys() == NAMESPACES.keys()
    for name, home in NAMESPACES.items():
        assert stubs[name].endswith(f"\nfrom {home} import *\n")


def test_what_lies_in_a_namespace_is_no_copy():
    from gatewise.losses.loss import Loss as SecondName

    from gatewise.learn.losses.loss import Loss

    assert SecondName is Loss


def test_dir_lists_what_is_promised_and_all_of_it_is_there():
    assert sorted(dir(gatewise)) == sorted(gatewise.__all__)
    for name in gatewise.__all__:
        assert getattr(gatewise, name) is not None, name


@pytest.mark.parametrize(("old", "new"), [("load_model", "load_problem"), ("training", "train")])
def test_an_old_name_works_and_says_the_new_one(old, new):
    with pytest.warns(DeprecationWarning, match=rf"gatewise\.{old} is called gatewise\.{new} since"):
        assert getattr(gatewise, old) is getattr(gatewise, new)


def test_no_other_name_is_there():
    with pytest.raises(AttributeError, match="has no attribute 'lossses'"):
        _ = gatewise.lossses
    with pytest.raises(ModuleNotFoundError, match=r"gatewise\.lossses"):
        import_module("gatewise.lossses")
