"""The compiled module: its build report, and the choice of an instruction set.

What an instruction set computes is tested with the engine, not here.
"""

import os
import platform
import subprocess
import sys
from importlib import metadata

import pytest
from cpu_flags import NEEDED_FLAGS, cpu_flags

from gatewise import _core

BEST_FIRST = ["avx512", "avx2", "portable"]
REGISTER_BYTES = {"avx512": 64, "avx2": 32, "portable": 16}


def run_with_isa(name: str | None) -> subprocess.CompletedProcess[str]:
    """Ask a fresh process for the set in use: the choice is made once for each process."""
    environment = {key: value for key, value in os.environ.items() if key != "GATEWISE_ISA"}
    if name is not None:
        environment["GATEWISE_ISA"] = name
    code = "from gatewise import _core; print(_core.instruction_set())"
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)


def test_build_report_names_compiler_and_type():
    build = _core.build()
    assert build["version"] == metadata.version("gatewise")
    assert build["compiler"] in {"GNU", "Clang", "AppleClang"}
    assert build["compiler_version"].split(".")[0].isdigit()
    assert build["build_type"]
    assert "-O" in build["flags"]


def test_stable_abi_from_python_312_on():
    assert _core.build()["stable_abi"] == (sys.version_info >= (3, 12))


def test_sets_are_those_the_cpu_and_system_can_run():
    flags = cpu_flags()
    assert _core.instruction_sets() == [name for name in BEST_FIRST if NEEDED_FLAGS[name] <= flags]


def test_other_machines_get_the_portable_set():
    assert _core.instruction_sets()[-1] == "portable"
    if platform.machine() != "x86_64":
        assert _core.instruction_sets() == ["portable"]


def test_each_set_was_compiled_for_its_own_registers():
    """Guards the build: a lost compile flag would leave three copies of the portable kernels."""
    assert _core.vector_bytes() == {name: REGISTER_BYTES[name] for name in _core.instruction_sets()}


@pytest.mark.parametrize("name", [None, ""])
def test_the_best_set_is_the_default(name):
    assert run_with_isa(name).stdout.strip() == _core.instruction_sets()[0]


@pytest.mark.parametrize("name", _core.instruction_sets())
def test_a_set_can_be_forced_by_name(name):
    assert run_with_isa(name).stdout.strip() == name


@pytest.mark.parametrize("name", ["neon", "AVX2", "avx", "avx512 "])
def test_an_unknown_name_is_refused_with_the_list(name):
    result = run_with_isa(name)
    offered = ", ".join(_core.instruction_sets())
    assert result.returncode != 0
    assert (
        f"ArgumentError: GATEWISE_ISA={name} cannot run here; this build and CPU offer: {offered}"
        in result.stderr
    )
