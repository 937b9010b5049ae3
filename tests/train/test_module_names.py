"""No module is hidden: what stands under a module's name in its package is the module, not a function in it."""

import importlib
import pkgutil
import sys

import pytest

import gatewise


@pytest.mark.parametrize("wing", ["cli", "sklearn", "train"])
def test_every_module_is_found_under_its_name(wing):
    package = importlib.import_module(f"{gatewise.__name__}.{wing}")
    names = [each.name for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    assert names
    for name in names:
        importlib.import_module(name)
    hidden = []
    for name in names:
        parent, _, child = name.rpartition(".")
        if getattr(sys.modules[parent], child) is not sys.modules[name]:
            hidden.append(name)
    assert hidden == []
