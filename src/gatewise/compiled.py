"""The compiled core, `gatewise._core`, where this installation has one, and what is said where it has none.

The one place that imports it. Everything else takes `core` from here, and before it is used asks whether
something is `missing`: the reference engine and NumPy then do the same work.
"""

from __future__ import annotations

import platform
import sys
import warnings
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gatewise._core as core

__all__ = ["core", "how_to_get_it", "missing", "warn_of_slow_training", "without_it"]

missing: str | None = None
"""Why there is no core to be used, or None where there is one."""

if not TYPE_CHECKING:
    try:
        core = import_module("gatewise._core")
    except ModuleNotFoundError as error:
        core, missing = None, "this installation of gatewise has no compiled core"
        if error.name != "gatewise._core":
            missing += f" that can be loaded ({error})"
    except ImportError as error:  # it is there, and this system cannot load it
        core, missing = None, f"the compiled core of this installation cannot be loaded ({error})"


def is_promised() -> bool:
    """Say whether this is a system on which the core is promised to compile and run: README.md."""
    return sys.platform == "linux" and platform.machine().lower() in ("x86_64", "amd64", "aarch64", "arm64")


def how_to_get_it() -> str:
    """Say what to do for a compiled core, on this system."""
    if is_promised():
        return (
            "To have it: install g++ (11 or newer) and Python's headers (Debian and Ubuntu: apt install g++ "
            "python3-dev), then GATEWISE_CORE=1 pip install --no-cache-dir --force-reinstall gatewise (in a "
            "checkout: .), which stops where it fails."
        )
    return "It is promised on Linux, x86-64 and aarch64; elsewhere it may compile with g++ or clang++."


def without_it(does: str) -> str:
    """Say in one line what the reference engine does in its place, and how to change that."""
    return f"{missing}: the reference engine {does}, 15 to 400 times slower. {how_to_get_it()}"


def warn_of_slow_training(engine: str) -> None:
    """Warn who calls from Python and asked for engine="auto"; the command line says it on standard error."""
    if missing is not None and engine == "auto":
        warnings.warn(without_it("trains"), RuntimeWarning, stacklevel=3)
