"""The engine's tests on a build that watches every access and every overflow. Called by `make sanitize`.

Address and undefined-behaviour sanitizer, in build/tests/sanitize. Arguments go to pytest. Left out are tests that
measure time or memory, which this build changes, those that build a core of their own, and the fork in the midst of other
threads' work: the allocator of GCC 12's sanitizer may hang in such a child, locked by a thread that is not there.
"""

import subprocess
import sys
from pathlib import Path

from builds import BUILDS, ROOT, build, environment, with_core

TESTS = [
    "engine/test_core.py", "engine/test_engine_errors.py", "engine/test_gradients.py", "engine/test_lengths.py",
    "engine/test_native_concurrency.py", "engine/test_native_determinism.py", "engine/test_native_limits.py",
    "engine/test_native_numerics.py", "engine/test_stepper.py", "engine/test_strides_dtypes.py", "engine/test_trace.py",
    "engine/test_variants.py", "engine/test_worked_example.py", "learn/test_derivatives.py",
    "learn/test_network_of_cells.py", "learn/test_train_steps.py", "learn/test_training_step.py",
]  # fmt: skip
LEFT_OUT = (
    "beyond_all_memory or memory_of_a_forward or memory_is_given_back or cost_no_time or float32_errors or build_report"
    " or fork_while_other_threads"
)
OPTIONS = {
    # Python keeps memory to its end, and refuses sizes beyond all memory by itself.
    "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1:abort_on_error=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "PYTHONMALLOC": "malloc",
    "OPENBLAS_NUM_THREADS": "1",
}


def library(name: str) -> str:
    """The path of one of the compiler's libraries."""
    return subprocess.run(
        ["g++", f"-print-file-name={name}"], capture_output=True, text=True, check=True
    ).stdout.strip()


def sanitized(source: Path = ROOT, directory: str = "sanitize", **options: str) -> dict[str, str]:
    """What to change in the environment for a process to use a sanitized core, which is built first."""
    flags = {"GATEWISE_SANITIZE": "address,undefined", "GATEWISE_OPTIMIZE": "-O1", **options}
    module = build(BUILDS / directory, source, **flags)
    # The sanitizer must come first in a process, and it needs the C++ library whose exceptions it watches.
    preloaded = {"LD_PRELOAD": f"{library('libasan.so')} {library('libstdc++.so.6')}"}
    return {**with_core(module), **OPTIONS, **preloaded}


def main() -> int:
    tests = [str(ROOT / "tests" / name) for name in TESTS]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "--capture=sys",
        "-q",
        "-k",
        f"not ({LEFT_OUT})",
    ]
    return subprocess.run(
        [*command, *tests, *sys.argv[1:]],
        cwd=ROOT,
        env=environment(**sanitized()),
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
