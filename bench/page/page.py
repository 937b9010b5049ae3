"""The page to play with, timed in Chromium: `python bench/page/page.py [--samples 15]`.

Needs node, web/node_modules (`make web-same`) and chromium on PATH. Pages are made anew, measured by
measure.mjs, and stand in a table with their sizes, beside their goals; medians.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from gatewise import __version__, cli

HERE = Path(__file__).parent
BUSY = 2.5  # processes that want a CPU: above what Chromium and node are alone, times are not to be trusted
# Inputs, units, steps; most milliseconds of script of an edit; most kilobytes.
CASES = {
    "worked example": (None, 16, 300),
    "H = 8, T = 20": ((3, 8, 20), 16, None),
    "H = 64, T = 168": ((8, 64, 168), 100, 3000),
}
MOST_PAINT = 500  # milliseconds


def make(folder: Path) -> dict[str, Path]:
    """Write the pages."""
    pages = {}
    for number, (name, (sizes, _, _)) in enumerate(CASES.items()):
        arguments = []
        if sizes is not None:
            inputs, units, steps = sizes
            problem = folder / f"{number}.toml"
            text = f'title = "{name}"\ninput_size = {inputs}\nhidden_size = {units}\nsteps = {steps}\n'
            problem.write_text(text, "utf-8")
            arguments = [str(problem)]
        pages[name] = folder / f"{number}.html"
        if cli.main(["explore", *arguments, "-o", str(pages[name]), "--no-open"]):
            sys.exit(f"gatewise explore could not write the page of {name}")
    return pages


def goal(value: float, most: float | None) -> str:
    """Return a number with its goal, and whether it is met."""
    if most is None:
        return f"{value:.0f}"
    return f"{value:.0f} of {most:.0f}{'' if value <= most else ', MISSED'}"


def table_of(measured: dict, pages: dict[str, Path], samples: int) -> Table:
    """Return the table of one measurement."""
    table = Table(title=f"The page to play with, medians of {samples}; ms and KB, “of” their goals")
    for column in ("page", "KB", "first paint", "view", "edit: script", "style, layout", "to the next frame"):
        table.add_column(column, justify="left" if column in ("page", "view") else "right")
    for name, (_, most_script, most_size) in CASES.items():
        found = measured["pages"][name]
        first = [
            name,
            goal(pages[name].stat().st_size / 1000, most_size),
            goal(median(found["paint"]), MOST_PAINT),
        ]
        for view, edits in found["edits"].items():
            script, layout, frame = (median(edits[of]) for of in ("script", "layout", "frame"))
            table.add_row(*first, view, goal(script, most_script), f"{layout:.0f}", f"{frame:.0f}")
            first = ["", "", ""]
    return table


def cpu() -> str:
    """Return the name of this machine's processor."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{named[0]}, {len(named)} CPUs" if named else platform.processor()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=15, help="at least 9 [15]")
    samples = max(9, parser.parse_args().samples)
    with tempfile.TemporaryDirectory() as folder:
        pages = make(Path(folder))
        asked = json.dumps({"pages": {name: str(path) for name, path in pages.items()}, "samples": samples})
        command = ["node", str(HERE / "measure.mjs")]
        done = subprocess.run(
            command, input=asked, stdout=subprocess.PIPE, text=True, check=True, timeout=900
        )
        measured = json.loads(done.stdout)
        console = Console(width=None if sys.stdout.isatty() else 120)
        console.print(table_of(measured, pages, samples))
    console.print(
        f"gatewise {__version__}, Chromium {measured['chromium']}, node {measured['node']}; {cpu()}; "
        f"{platform.system()} {platform.release()}. Load average at the end: {load()}."
    )
    if load() > BUSY:
        console.print("This machine was busy with other work, and times of a busy machine prove little.")


def load() -> float:
    """Return how many processes wanted a CPU in the last minute."""
    return float(Path("/proc/loadavg").read_text("utf-8").split()[0])


if __name__ == "__main__":
    main()
