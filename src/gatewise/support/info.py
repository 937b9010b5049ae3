"""What is installed and what this machine can run, for bug reports and for choosing an engine.

`info()` collects; `gatewise info` prints. Which instruction set to use is decided in cpp/dispatch.cpp.
"""

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

from gatewise.compiled import core, missing, without_it
from gatewise.errors import EngineError

# Packages that gatewise works with where they are installed.
OPTIONAL = (
    "typst",
    "pyarrow",
    "narwhals",
    "safetensors",
    "torch",
    "jax",
    "keras",
    "tensorflow",
    "onnx",
    "onnxruntime",
    "scikit-learn",
    "pandas",
    "polars",
    "matplotlib",
)


def info() -> dict[str, Any]:
    """Describe this installation and machine.

    Returns
    -------
    dict
        `version`, `python`, `numpy`, `platform`; `core` ("compiled", or why it is missing and how to get it),
        `build` (how it was compiled), `instruction_sets` (those that can run here, best first) and
        `instruction_set` (the one in use, or None); `cpu` with `model`,
        `logical` (CPUs of the machine) and `available` (CPUs this process may use); `packages`, the optional
        ones found, with versions. All of it can be written as JSON.

    Raises
    ------
    EngineError
        If the environment variable GATEWISE_ISA names an instruction set that cannot run here.
    """
    try:
        chosen = core.instruction_set() if missing is None else None
    except ValueError as error:
        raise EngineError(str(error)) from None
    return {
        "version": metadata.version("gatewise"),
        "python": platform.python_version(),
        "numpy": metadata.version("numpy"),
        "platform": platform.platform(),
        "core": "compiled" if missing is None else without_it("runs"),
        "build": dict(core.build()) if missing is None else {},
        "instruction_sets": core.instruction_sets() if missing is None else [],
        "instruction_set": chosen,
        "cpu": {"model": _cpu_model(), "logical": os.cpu_count(), "available": _available_cpus()},
        "packages": _packages(),
    }


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        lines = []
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()


def _available_cpus() -> int:
    # A container or taskset may allow fewer CPUs than the machine has. macOS has no such call.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _packages() -> dict[str, str]:
    found = {}
    for name in OPTIONAL:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
