"""Measure C headers of one LSTM layer: their size, and the time of a step beside gatewise.Stepper.

    python bench/convert/c_header.py                          H = 8, 16, 32, 64 of D = 8, float, gcc -O2
    python bench/convert/c_header.py --units 64 --dtype float64 --compiler clang --options=-O3

A step of C is timed inside its program, so that nothing but the step is in it; one of the Stepper with the
call from Python around it, as a program in Python has it. Each is the median of the rounds, which take turns.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

import gatewise
from gatewise.convert.c.plan import plan_of
from gatewise.convert.c.writing import Names
from gatewise.convert.c_header import header_of
from gatewise.learn.sequential import Recurrent, Sequential

PROGRAM = """
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "net.h"
int main(int count, char **words)
{
    const long steps = count > 1 ? atol(words[1]) : 1;
    net_state state;
    net_real x[net_inputs], y[net_outputs];
    struct timespec start, end;
    long n;
    int j;
    net_reset(&state);
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (n = 0; n < steps; ++n) {
        for (j = 0; j < net_inputs; ++j) {
            x[j] = (net_real)((n + j) % 7) / (net_real)7 - (net_real)0.5;
        }
        net_step(&state, x, y);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.17g %.9g\\n",
        ((double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec)) / (double)steps,
        (double)y[0]);
    return 0;
}
"""
UNIT = """
#include "net.h"
void go(net_state *state, const net_real *x, net_real *y);
void go(net_state *state, const net_real *x, net_real *y) { net_step(state, x, y); }
"""


class Measured(NamedTuple):
    """One size: bytes of the header and of the object's code and constants, and nanoseconds of a step."""

    header: int
    code: int
    constants: int
    in_c: float
    stepper: float


def sections(path: Path) -> tuple[int, int]:
    """Return the bytes of an object's code, and of its constants."""
    told = subprocess.run(["size", "-A", str(path)], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in told.splitlines() if line.startswith(".")]
    code = sum(int(row[1]) for row in rows if row[0].startswith(".text"))
    return code, sum(int(row[1]) for row in rows if row[0].startswith(".rodata"))


def measure(
    D: int, H: int, dtype: str, compiler: str, options: list[str], rounds: int, steps: int
) -> Measured:
    params = gatewise.Params.init(D, H, dtype=dtype)
    text = header_of(plan_of(Sequential([Recurrent([params])])), Names("net", dtype), "a layer")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "net.h").write_text(text, encoding="utf-8")
        for source, code in (("program", PROGRAM), ("unit", UNIT)):
            (folder / f"{source}.c").write_text(code, encoding="utf-8")
        command = [compiler, "-std=c99", *options]
        subprocess.run([*command, "program.c", "-o", "program", "-lm"], cwd=folder, check=True)
        subprocess.run([*command, "-c", "unit.c", "-o", "unit.o"], cwd=folder, check=True)
        stepper, x = gatewise.Stepper(params), np.zeros(D, dtype)
        in_c, in_python = [], []
        for _ in range(rounds):
            told = subprocess.run(
                [str(folder / "program"), str(steps)], capture_output=True, text=True, check=True
            )
            in_c.append(float(told.stdout.split()[0]))
            start = time.perf_counter()
            for _ in range(max(steps // 10, 1)):
                stepper.step(x)
            in_python.append((time.perf_counter() - start) / max(steps // 10, 1) * 1e9)
        code, constants = sections(folder / "unit.o")
        return Measured(
            len(text.encode()), code, constants, statistics.median(in_c), statistics.median(in_python)
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=8)
    parser.add_argument("--units", type=int, nargs="+", default=[8, 16, 32, 64])
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    parser.add_argument("--compiler", default="gcc")
    parser.add_argument("--options", default="-O2", help="between blanks")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=20_000)
    given = parser.parse_args()
    print(f"{given.compiler} {given.options}, {given.dtype}, D = {given.inputs}")
    print("| H | header, KB | code, bytes | constants, bytes | step in C, µs | Stepper from Python, µs |")
    print("|---|---|---|---|---|---|")
    for H in given.units:
        found = measure(
            given.inputs, H, given.dtype, given.compiler, given.options.split(), given.rounds, given.steps
        )
        print(
            f"| {H} | {found.header / 1000:.1f} | {found.code:,} | {found.constants:,} | "
            f"{found.in_c / 1000:.2f} | {found.stepper / 1000:.2f} |"
        )


if __name__ == "__main__":
    main()
