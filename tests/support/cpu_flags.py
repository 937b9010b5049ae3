"""What the CPU can do, as Linux says it, and what each instruction set needs of it."""

import platform
from pathlib import Path

import pytest

# The flags of /proc/cpuinfo that each set's objects are compiled for. Linux lists a flag only if it has
# switched the registers on.
NEEDED_FLAGS = {
    "avx2": {"avx2", "fma", "bmi1", "bmi2"},
    "avx512": {"avx2", "fma", "bmi1", "bmi2", "avx512f", "avx512dq", "avx512bw", "avx512vl"},
    "portable": set(),
}


def cpu_flags() -> set[str]:
    cpuinfo = Path("/proc/cpuinfo")
    if platform.machine() != "x86_64" or not cpuinfo.is_file():
        pytest.skip("no x86-64 /proc/cpuinfo to compare with")
    for line in cpuinfo.read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "flags":
            return set(value.split())
    pytest.skip("/proc/cpuinfo lists no flags")
