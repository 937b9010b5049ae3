"""Which compilers build the core: without a warning, and with the same numbers. What the builds contain: test_native_build.py."""

import re
import shutil
import subprocess
import sys

import pytest
from builds import BUILDS, build, environment, with_core
from paths import ROOT

# The engine's numerical tests, as they stand, on the other compiler's core.
NUMERICAL = [
    "engine/test_gradients.py", "engine/test_lengths.py", "engine/test_native_numerics.py", "engine/test_stepper.py",
    "engine/test_strides_dtypes.py", "engine/test_worked_example.py", "learn/test_train_steps.py",
]  # fmt: skip
COMPILERS = {"clang++": "clang", "g++-11": "g++-11"}  # and Debian's packages of them


def strictly_built(compiler):
    """A build in which a warning is an error: CMakeLists.txt asks for -Wall -Wextra in gatewise's own files alone."""
    return build(
        BUILDS / f"strict-{compiler.replace('+', 'p')}",
        CMAKE_CXX_COMPILER=compiler,
        CMAKE_COMPILE_WARNING_AS_ERROR="ON",
    )


@pytest.mark.slow  # .ci/run compiles the package itself so
def test_gcc_gives_no_warning():
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed; it comes with g++")
    strictly_built("g++")


@pytest.mark.slow
@pytest.mark.parametrize("compiler", COMPILERS)
def test_another_compiler_gives_no_warning_and_the_same_numbers(compiler):
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed; it comes with {COMPILERS[compiler]}")
    module = strictly_built(compiler)
    tests = [str(ROOT / "tests" / name) for name in NUMERICAL]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-x", "-m", "not slow", *tests],
        cwd=ROOT,
        env=environment(**with_core(module)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


@pytest.mark.parametrize(("compiler", "lowest"), [("g++", "g++ 11"), ("clang++", "clang++ 14")])
def test_an_older_compiler_is_refused_in_words(compiler, lowest, tmp_path):
    """CMake reads a compiler's version from what it defines."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed; it comes with {COMPILERS.get(compiler, compiler)}")
    name = "__GNUC__" if compiler == "g++" else "__clang_major__"
    with pytest.raises(AssertionError) as refused:
        build(tmp_path, CMAKE_CXX_COMPILER=compiler, CMAKE_CXX_FLAGS=f"-w -U{name} -D{name}=9")
    words = re.sub(r"\s+", " ", str(refused.value))
    assert f"gatewise needs {lowest} or newer; this is {compiler} 9." in words
