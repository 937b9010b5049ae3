"""Second names of modules: `import gatewise.losses` gives gatewise.learn.losses itself, not a copy of it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class _Second(Loader):
    """Load a module under a second name by importing it under its own."""

    def __init__(self, home: str) -> None:
        self._home = home

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(self._home)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec  # the import system has put that of the second name in its place


class _Aliases(MetaPathFinder):
    def __init__(self, homes: Mapping[str, str]) -> None:
        self._homes = homes

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        for name, home in self._homes.items():
            if fullname == name or fullname.startswith(f"{name}."):
                return ModuleSpec(
                    fullname, _Second(home + fullname[len(name) :]), is_package=fullname == name
                )
        return None


def install(homes: Mapping[str, str]) -> None:
    """Make modules and what lies in them importable under second names.

    Parameters
    ----------
    homes : dict
        The module of each second name: {"gatewise.losses": "gatewise.learn.losses"}.
    """
    sys.meta_path.insert(0, _Aliases(homes))
