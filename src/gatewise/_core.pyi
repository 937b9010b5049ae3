"""The compiled part of gatewise. Built from cpp/; see CMakeLists.txt."""

from typing import TypedDict

class Build(TypedDict):
    version: str
    compiler: str
    compiler_version: str
    build_type: str
    flags: str
    stable_abi: bool

def build() -> Build:
    """How this module was compiled."""

def instruction_sets() -> list[str]:
    """Names of the instruction sets that this build, CPU and operating system can run, best first."""

def vector_bytes() -> dict[str, int]:
    """For each of `instruction_sets()`, the width of the vector registers its kernels were compiled for."""

def instruction_set() -> str:
    """Name of the instruction set in use: the best, or the one that GATEWISE_ISA names.

    Decided at the first call and kept. Raises ValueError, with the list, if GATEWISE_ISA names one that
    cannot run here.
    """
