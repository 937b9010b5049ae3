"""The argument fuzzer sees faults of the compiled engine: two are planted, one at a time, in a copy that is sanitized.

Minutes: run by `make test-slow`. Faults in Python are planted in test_fuzz_arguments.py.
"""

import shutil
import subprocess
import sys

import pytest
from builds import BUILDS
from paths import ROOT, SUPPORT

pytestmark = pytest.mark.slow

FAULTS = {
    "lengths beyond the end are taken": (
        "bindings.cpp", "if (!copied(lengths, s.N, s.T, ends)) return nb::none();",
        "if (!copied(lengths, s.N, s.T + 1000000, ends)) return nb::none();", r"gatewise\.forward$",
        ("the process ended", "heap-buffer-overflow"),
    ),
    "a slope is wrong": (
        "kernels/backward.hpp", "d_state * a * i * (T(1) - i)", "d_state * a * (T(1) - i * i)", r"gatewise\.backward$",
        ("and the reference engine differ: d_",),
    ),
}  # fmt: skip


@pytest.fixture
def copied():
    copy = BUILDS / "fuzz-broken-source"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    # Times are not copied: what an earlier fault was built from is newer than its source was.
    shutil.copytree(ROOT / "cpp", copy / "cpp", copy_function=shutil.copy)
    shutil.copy(ROOT / "CMakeLists.txt", copy)
    return copy


@pytest.mark.parametrize(("file", "old", "new", "only", "said"), FAULTS.values(), ids=FAULTS)
def test_a_planted_fault_is_found(copied, file, old, new, only, said):
    path = copied / "cpp" / file
    whole = path.read_text()
    assert whole.count(old) == 1, f"{file} has changed: {old!r}"
    path.write_text(whole.replace(old, new))
    command = [sys.executable, str(SUPPORT / "fuzz_run.py"), "arguments", "--by", "seeds", "--seconds", "120"]
    command += ["--source", str(copied), "--only", only, "--examples", "1500"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 1, done.stdout[-2000:]
    for words in said:
        assert words in done.stdout
