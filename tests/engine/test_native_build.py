"""How the compiled core was built: no kernel leaks out of its instruction set, and each set runs on the CPUs it is for."""

import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from builds import BUILDS, build, environment, run_python, with_core
from cpu_flags import NEEDED_FLAGS, cpu_flags
from paths import ROOT, SUPPORT

from gatewise.engine.passes import available

OBJECTS = sorted(ROOT.glob("build/cp*/CMakeFiles/*.dir/cpp/**/*.cpp.o"))
KERNELS = [path for path in OBJECTS if "/kernels_" in str(path)]
# What the compiler may call for by itself, and what a part says that waits for others (parts.hpp).
ALLOWED = {"memcpy", "memset", "memmove", "_GLOBAL_OFFSET_TABLE_", "__stack_chk_fail", "sched_yield"}


def target_of(path):
    """The CMake target that an object belongs to: _core, kernels_avx2."""
    return next(part for part in path.parts if part.endswith(".dir")).removesuffix(".dir")


def instruction_set_of(path):
    return target_of(path).removeprefix("kernels_")


def name_of(path):
    return f"{path.relative_to(ROOT).parts[1]}-{target_of(path)}-{path.stem}"


def tool(program, *arguments):
    if not OBJECTS:
        pytest.skip("no objects under build/: this installation was built elsewhere")
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed; it comes with binutils")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=True).stdout


def test_every_instruction_set_has_an_object():
    built = {instruction_set_of(path) for path in KERNELS}
    if not OBJECTS:
        pytest.skip("no objects under build/: this installation was built elsewhere")
    assert built == (set(NEEDED_FLAGS) if platform.machine() == "x86_64" else {"portable"})


@pytest.mark.parametrize("path", KERNELS, ids=name_of)
def test_kernels_share_no_symbol(path):
    """One definition rule: of a weak symbol the linker keeps one copy, perhaps that with AVX-512 in it."""
    symbols = [line.split()[-2:] for line in tool("nm", str(path)).splitlines()]
    assert [name for kind, name in symbols if kind in "WwVvuC"] == []
    isa = instruction_set_of(path)
    assert [name for kind, name in symbols if kind.isupper() and kind != "U"] == [f"gatewise_kernels_{isa}"]
    assert {name for kind, name in symbols if kind == "U"} <= ALLOWED


@pytest.mark.parametrize("path", OBJECTS, ids=name_of)
def test_no_wider_registers_than_meant(path):
    if platform.machine() != "x86_64":
        pytest.skip("the names of x86-64 registers")
    code = tool("objdump", "-d", "--no-show-raw-insn", str(path))
    target = target_of(path)
    assert bool(re.search(r"%zmm\d", code)) == (target == "kernels_avx512")
    assert bool(re.search(r"%ymm\d", code)) == (target in ("kernels_avx512", "kernels_avx2"))


def test_every_set_that_the_cpu_can_run_is_tested():
    """The engine fixture runs what `available` lists; nothing that could run may be missing from it."""
    flags = cpu_flags()
    runnable = {f"native-{name}" for name, needed in NEEDED_FLAGS.items() if needed <= flags}
    assert set(available()) == {"native", "reference", *runnable}


# Flags of the user ----------------------------------------------------------------------------------------------------

WITH_FLAGS = """
import warnings
import numpy as np
from gatewise import _core
from gatewise.engine.passes import available, backward, forward
from gatewise.learn.losses import l2
from helpers import assert_same, everything, random_problem
assert np.float64(1e-310) / 2 != 0, "denormal numbers are off"
for dtype, rounding in (("float32", 1e-5), ("float64", 1e-12)):
    params, x, *rest = problem = random_problem(1, 7, 5, 3, 19, dtype=dtype)
    expected = everything(*problem, engine="reference")
    for engine in available():
        assert_same(everything(*problem, engine=engine), expected, rtol=rounding)
    spoilt = np.array(x)
    spoilt[0, 2] = np.nan
    for engine in available():
        out = forward(params, spoilt, engine=engine).out
        assert np.isfinite(out[0, :2]).all() and np.isnan(out[0, 2:]).all() and np.isfinite(out[1:]).all()
print(*_core.instruction_sets())
"""


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() != "x86_64", reason="flags and registers of x86-64")
def test_the_user_s_flags_do_not_reach_the_kernels():
    """-ffast-math broke NaN and missing labels and turned denormals off; -march=native put AVX-512 into "avx2"."""
    flags = "-ffast-math -march=native" if "avx512f" in cpu_flags() else "-ffast-math -mavx512f"
    module = build(BUILDS / "flags", CMAKE_CXX_FLAGS=flags, GATEWISE_OPTIMIZE="-O2")
    for target in ("portable", "avx2"):
        (path,) = (BUILDS / "flags").glob(f"CMakeFiles/kernels_{target}.dir/cpp/**/*.cpp.o")
        code = tool("objdump", "-d", "--no-show-raw-insn", str(path))
        assert not re.search(r"%zmm\d", code)
        assert bool(re.search(r"%ymm\d", code)) == (target == "avx2")
    if "avx512f" in cpu_flags():
        assert "avx2" in run_python(WITH_FLAGS, **with_core(module))


# Other CPUs, emulated -------------------------------------------------------------------------------------------------

COMPARE = """
from gatewise import _core
from gatewise.engine.passes import available
from helpers import assert_same, everything, random_problem
for dtype, rounding in (("float32", 1e-5), ("float64", 1e-12)):
    problem = random_problem(1, 7, 5, 3, 19, dtype=dtype)
    expected = everything(*problem, engine="reference")
    for engine in available():
        assert_same(everything(*problem, engine=engine), expected, rtol=rounding)
print(_core.instruction_set(), *available())
"""

EMULATED = {"Nehalem": ["portable"], "Haswell": ["avx2", "portable"]}


def test_the_comparison_runs_here():
    assert run_python(COMPARE).split()[1:] == list(available())


@pytest.mark.slow
@pytest.mark.parametrize("cpu", EMULATED)
def test_on_an_emulated_cpu(cpu):
    """x86-64-v2 and -v3: the right set is chosen, and it computes; anything wider would be an illegal instruction."""
    emulator = shutil.which("qemu-x86_64") or shutil.which("qemu-x86_64-static")
    if emulator is None or platform.machine() != "x86_64":
        pytest.skip("qemu-x86_64 is not installed; it comes with qemu-user")
    code = f"import sys; sys.path.append({str(SUPPORT)!r})\n{COMPARE}"
    done = subprocess.run(
        [emulator, "-cpu", cpu, str(Path(sys.executable).absolute()), "-c", code],
        # A matrix kernel that is forced upon NumPy for this CPU may not run on that one.
        env=environment(GATEWISE_ISA=None, OPENBLAS_CORETYPE=None, OPENBLAS_NUM_THREADS="1"),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    names = EMULATED[cpu]
    assert done.stdout.split() == [names[0], "native", "reference", *(f"native-{name}" for name in names)]
