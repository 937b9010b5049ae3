"""The most multiply-adds this machine can do: a loop of nothing else, compiled here for this CPU.

Without a compiler NumPy's matrix product stands in for it, and the result says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = r"""
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

// 12 independent sums: enough to hide the latency of a multiply-add (4 cycles) on two units. Each is a name
// of its own, for an array would live in memory; the empty assembly keeps the compiler from solving the loop.
#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)
#define DECLARE(k) V s##k = V{} + T(k);
#define MULTIPLY_ADD(k) s##k = s##k * x + y;
#define KEEP(k) asm volatile("" : "+x"(s##k));

template <typename T> double work(double seconds) {
    constexpr int bytes = VECTOR_BYTES, sums = 12, inner = 4096;
    typedef T V __attribute__((vector_size(bytes)));
    V x = V{} + T(0.999), y = V{} + T(1e-3);
    EACH(DECLARE)
    asm volatile("" : "+x"(x), "+x"(y));
    const auto begin = std::chrono::steady_clock::now();
    double done = 0, passed = 0;
    while (passed < seconds) {
        for (int n = 0; n < inner; ++n) { EACH(MULTIPLY_ADD) EACH(KEEP) }
        done += 2.0 * inner * sums * (bytes / sizeof(T));
        passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    }
    return done / passed * 1e-9;
}

int main(int, char** arguments) {
    const bool is_double = std::atoi(arguments[1]) == 8;
    const int threads = std::atoi(arguments[2]);
    const double seconds = std::atof(arguments[3]);
    std::vector<double> rates(threads);
    std::vector<std::thread> all;
    for (int k = 0; k < threads; ++k)
        all.emplace_back([&, k] { rates[k] = is_double ? work<double>(seconds) : work<float>(seconds); });
    double sum = 0;
    for (int k = 0; k < threads; ++k) { all[k].join(); sum += rates[k]; }
    std::printf("%.3f\n", sum);
}
"""
SIZE = {"float32": 4, "float64": 8}
SGEMM = """
import sys, time, numpy as np
dtype, n = sys.argv[1], 1024
a = np.ones((n, n), dtype); b = a @ a; best = 9e9
for _ in range(10):
    begin = time.perf_counter(); a @ a; best = min(best, time.perf_counter() - begin)
print(2 * n**3 / best * 1e-9)
"""


class Peak:
    """Measures the peak, as often as asked."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which(os.environ.get("CXX", "g++"))
        self._program = folder / "peak"
        self.how = "NumPy's matrix product: no compiler was found"
        self._compiled = compiler is not None and self._compile(compiler, folder)

    def _compile(self, compiler: str, folder: Path) -> bool:
        source = folder / "peak.cpp"
        source.write_text(SOURCE, encoding="utf-8")
        asked = [compiler, "-march=native", "-dM", "-E", "-x", "c++", "/dev/null"]
        macros = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
        width = 64 if "__AVX512F__" in macros else 32 if "__AVX__" in macros else 16
        flags = ["-O2", "-march=native", "-pthread", f"-DVECTOR_BYTES={width}"]
        made = subprocess.run([compiler, *flags, str(source), "-o", str(self._program)], check=False)
        if made.returncode == 0:
            self.how = f"a multiply-add loop, {Path(compiler).name} {' '.join(flags)}"
        return made.returncode == 0

    def measure(self, dtype: str, threads: int, seconds: float = 0.05) -> float:
        """GFLOP/s, now."""
        if self._compiled:
            command = [str(self._program), str(SIZE[dtype]), str(threads), str(seconds)]
        else:
            command = [sys.executable, "-c", SGEMM, dtype]
        limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
        said = subprocess.run(
            command, capture_output=True, text=True, check=True, env={**os.environ, **limits}
        )
        return float(said.stdout)
