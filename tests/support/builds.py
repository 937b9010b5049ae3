"""Other builds of the compiled core, for tests: with linear activations, or from a broken copy of cpp/.

Each has a directory of its own and is rebuilt only where its sources have changed.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path

from paths import ROOT, SUPPORT

BUILDS = ROOT / "build" / "tests"


def build(directory: Path, source: Path = ROOT, **options: str) -> Path:
    """Bring the build in `directory` up to date and return the path of its `_core`. Options are CMake's."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:  # pytest may have several workers
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / "build.ninja").is_file():
            _run("cmake", "-S", source, "-B", directory, "-G", "Ninja", *_settings(options))
        _run("cmake", "--build", directory)
    (module,) = directory.glob("_core.*.so")
    return module


def _settings(options: dict[str, str]) -> list[str]:
    nanobind = importlib.util.find_spec("nanobind")
    if nanobind is None or nanobind.origin is None:
        raise AssertionError("nanobind is not installed; `make test` installs it")
    all_options = {
        "CMAKE_BUILD_TYPE": "Release",
        "SKBUILD_PROJECT_VERSION": "0.0.0",
        "Python_EXECUTABLE": sys.executable,
        "Python_INCLUDE_DIR": sysconfig.get_path("include"),
        "nanobind_DIR": str(Path(nanobind.origin).parent / "cmake"),
        "CMAKE_MAKE_PROGRAM": _tool("ninja"),
    } | options
    return [f"-D{name}={value}" for name, value in all_options.items()]


def _tool(name: str) -> str:
    """The path of a program of this environment, which need not be activated."""
    return str(Path(sysconfig.get_path("scripts")) / name)


def _run(program: str, *arguments: object) -> None:
    command = [_tool(program), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"{' '.join(command)}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")


def load(module: Path, name: str):
    """The module at this path, under a name of its own."""
    spec = importlib.util.spec_from_file_location(f"{name}._core", module)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def environment(**changes: str | None) -> dict[str, str]:
    """This process's environment for another one: None takes a variable away."""
    changed = os.environ | changes
    return {name: value for name, value in changed.items() if value is not None}


def with_core(module: Path) -> dict[str, str]:
    """What to change in the environment for a process to use the compiled core at this path."""
    return {"PYTHONPATH": str(SUPPORT / "other_core"), "GATEWISE_TEST_CORE": str(module)}


def run_python(code: str, *, timeout: float = 60, **changes: str | None) -> str:
    """What the code prints in a process of its own, which must end well and in time."""
    helpers = f"import sys; sys.path.append({str(SUPPORT)!r})\n"
    done = subprocess.run(
        [sys.executable, "-c", helpers + textwrap.dedent(code)],
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, f"exit code {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout.strip()
