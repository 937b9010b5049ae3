"""Time gatewise on this machine: starting up, forward, backward. Run by `make bench`.

Prints a Markdown table below the machine and the versions, so that a number copied from it can be repeated.
The sizes go from the worked example's to a batch of long sequences.
"""

import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

import gatewise
from gatewise.info import info

SIZES = {  # name: N, T, D, H
    "seed": (1, 2, 2, 1),
    "tiny": (1, 32, 4, 16),
    "small": (32, 50, 8, 32),
    "medium": (64, 100, 64, 128),
}
SECONDS_EACH = 0.5


def best_ms(run: Callable[[], object]) -> float:
    """Shortest of as many runs as fit into SECONDS_EACH, at least three, in milliseconds."""
    times: list[float] = []
    while len(times) < 3 or sum(times) < SECONDS_EACH:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return 1000 * min(times)


def start_ms(code: str) -> float:
    """How long a fresh Python takes for `code`."""
    return best_ms(lambda: subprocess.run([sys.executable, "-c", code], check=True))


def size_ms(sizes: tuple[int, int, int, int], dtype: str) -> tuple[float, float]:
    """Milliseconds of forward, and of backward, on random data."""
    n, t, d, h = sizes
    rng = np.random.default_rng(0)
    params = gatewise.Params.init(d, h, seed=0, dtype=dtype)
    x = rng.standard_normal((n, t, d)).astype(dtype)
    delta = rng.standard_normal((n, t, h)).astype(dtype)
    trace = gatewise.forward(params, x)
    return (
        best_ms(lambda: gatewise.forward(params, x)),
        best_ms(lambda: gatewise.backward(params, trace, delta)),
    )


def main() -> None:
    facts = info()
    print(
        f"gatewise {facts['version']}, Python {facts['python']}, NumPy {facts['numpy']}, {facts['platform']}"
    )
    print(f"{facts['cpu']['model']}, {facts['cpu']['available']} CPUs, {facts['instruction_set']}\n")
    started = start_ms("pass")
    imported = start_ms("import gatewise") - start_ms("import numpy")
    print(f"Python starts in {started:.0f} ms; `import gatewise` adds {imported:.0f} ms to NumPy's import.\n")
    print("| size | N×T×D×H | dtype | forward ms | backward ms |\n|---|---|---|---|---|")
    for name, sizes in SIZES.items():
        for dtype in ("float32", "float64"):
            forward, backward = size_ms(sizes, dtype)
            print(f"| {name} | {'×'.join(map(str, sizes))} | {dtype} | {forward:.3f} | {backward:.3f} |")


if __name__ == "__main__":
    main()
