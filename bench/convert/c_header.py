"""Measure C headers of one LSTM layer: their size, and the time of a step beside gatewise.Stepper.

    python bench/convert/c_header.py                          H = 8, 16, 32, 64 of D = 8, float, gcc -O2
    python bench/convert/c_header.py --options=-O2 --options=-O3 --options="-O3 -march=native"
    python bench/convert/c_header.py --units 64 --dtype float64 --compiler clang --options=-O3

A step of C is timed inside its program, in time of the CPU, so that nothing but the step is in it; one of the
Stepper with the call from Python around it, as a program in Python has it. The last column is a step of C
whose exp and tanh are replaced by a few multiplications: what the rest of the step takes. Each is the median
of the rounds, which take turns.
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
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    for (n = 0; n < steps; ++n) {
        for (j = 0; j < net_inputs; ++j) {
            x[j] = (net_real)((n + j) % 7) / (net_real)7 - (net_real)0.5;
        }
        net_step(&state, x, y);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
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


WITHOUT_LIBM = """
static inline float cheap_exp(float z) { return 1.0f + z * z * 0.001f; }
static inline float cheap_tanh(float z) { return z * 0.01f; }
static inline double cheap_exp2(double z) { return 1.0 + z * z * 0.001; }
static inline double cheap_tanh2(double z) { return z * 0.01; }
#define expf cheap_exp
#define tanhf cheap_tanh
#define exp cheap_exp2
#define tanh cheap_tanh2
"""


class Measured(NamedTuple):
    """One size under some options: bytes of the header, its code, its constants; nanoseconds of a step."""

    header: int
    code: int
    constants: int
    in_c: float
    stepper: float
    without_libm: float


def sections(path: Path) -> tuple[int, int]:
    """Return the bytes of an object's code, and of its constants."""
    told = subprocess.run(["size", "-A", str(path)], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in told.splitlines() if line.startswith(".")]
    code = sum(int(row[1]) for row in rows if row[0].startswith(".text"))
    return code, sum(int(row[1]) for row in rows if row[0].startswith(".rodata"))


def measure(
    D: int, H: int, dtype: str, compiler: str, options: list[str], rounds: int, steps: int
) -> list[Measured]:
    """Return what is measured under each set of options."""
    params = gatewise.Params.init(D, H, dtype=dtype)
    text = header_of(plan_of(Sequential([Recurrent([params])])), Names("net", dtype), "a layer")
    stepper, x = gatewise.Stepper(params), np.zeros(D, dtype)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "net.h").write_text(text, encoding="utf-8")
        (folder / "program.c").write_text(PROGRAM, encoding="utf-8")
        (folder / "unit.c").write_text(UNIT, encoding="utf-8")
        cheap = PROGRAM.replace('#include "net.h"', "#include <math.h>" + WITHOUT_LIBM + '#include "net.h"')
        (folder / "cheap.c").write_text(cheap, encoding="utf-8")
        for n, each in enumerate(options):
            command = [compiler, "-std=c99", *each.split()]
            for source in ("program", "cheap"):
                made = [f"{source}.c", "-o", f"{source}{n}", "-lm"]
                subprocess.run([*command, *made], cwd=folder, check=True)
            subprocess.run([*command, "-c", "unit.c", "-o", f"unit{n}.o"], cwd=folder, check=True)
        in_c, without, in_python = [[] for _ in options], [[] for _ in options], list[float]()
        for _ in range(rounds):
            for n in range(len(options)):
                in_c[n].append(run(folder / f"program{n}", steps))
                without[n].append(run(folder / f"cheap{n}", steps))
            start = time.process_time()
            for _ in range(steps):
                stepper.step(x)
            in_python.append((time.process_time() - start) / steps * 1e9)
        middle = statistics.median
        return [
            Measured(
                len(text.encode()), *sections(folder / f"unit{n}.o"), middle(in_c[n]), middle(in_python),
                middle(without[n]),
            )
            for n in range(len(options))
        ]  # fmt: skip


def run(program: Path, steps: int) -> float:
    """Return the nanoseconds of a step."""
    told = subprocess.run([str(program), str(steps)], capture_output=True, text=True, check=True)
    return float(told.stdout.split()[0])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=8)
    parser.add_argument("--units", type=int, nargs="+", default=[8, 16, 32, 64])
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    parser.add_argument("--compiler", default="gcc")
    parser.add_argument("--options", action="append", help="between blanks; several times to compare them")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=20_000)
    given = parser.parse_args()
    options = given.options or ["-O2"]
    print(f"{given.compiler}, {given.dtype}, D = {given.inputs}")
    print(
        "| H | options | header, KB | code, bytes | constants, bytes | in C, µs | Stepper, µs | "
        "without libm, µs |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for H in given.units:
        found = measure(given.inputs, H, given.dtype, given.compiler, options, given.rounds, given.steps)
        for each, one in zip(options, found, strict=True):
            print(
                f"| {H} | {each} | {one.header / 1000:.1f} | {one.code:,} | {one.constants:,} | "
                f"{one.in_c / 1000:.2f} | {one.stepper / 1000:.2f} | {one.without_libm / 1000:.2f} |"
            )


if __name__ == "__main__":
    main()
