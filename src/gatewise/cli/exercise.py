"""`gatewise exercise`: sheets drawn from a seed, written to a folder with their keys beside them."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from gatewise.cells import LSTM
from gatewise.cells.own.cell_file import find_cell
from gatewise.cli.options import option
from gatewise.errors import ArgumentError
from gatewise.support.files import write_files
from gatewise.support.streams import tell
from gatewise.teach.exercises import FORMATS, KINDS, ExerciseSizes, render, write_key
from gatewise.teach.exercises import exercise as draw
from gatewise.teach.exercises.drawing import LIMITS
from gatewise.teach.exercises.formats.rendering import render_together

MOST_VARIANTS = 500


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """End by SIGTERM as by Ctrl-C, so that what is half written is taken away."""

    def end(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    try:
        before = signal.signal(signal.SIGTERM, end)
    except ValueError:  # not in the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _range(name: str) -> str:
    least, most = LIMITS[name]
    return f"{least} to {most}"


def exercise(
    kind: Annotated[str, option("--kind", "What is asked.", KINDS)],
    output: Annotated[Path, option("--output -o", "The folder to write to; made if it is not there.", "DIR")],
    seed: Annotated[int, option("--seed", "The same seed gives the same sheets [0].")] = 0,
    variants: Annotated[int, option("--variants", "How many different sheets [1].")] = 1,
    to: Annotated[str, option("--to", "The format [md].", FORMATS)] = "md",
    steps: Annotated[int, option("--steps", f"Time steps, {_range('steps')} [2].")] = 2,
    inputs: Annotated[int, option("--inputs", f"Inputs, {_range('inputs')} [2].")] = 2,
    units: Annotated[int, option("--units", f"Hidden units, {_range('units')} [1].")] = 1,
    digits: Annotated[int, option("--digits", f"Decimals to work with, {_range('digits')} [5].")] = 5,
    cell: Annotated[str, option("--cell", "A cell by name, or the TOML file of one's own [lstm].")] = "lstm",
) -> None:
    """Draw exercise sheets for a class, each with its key and a solved copy.

    DIR gets each sheet in the format, the same solved, and a .key.json for gatewise mark.
    """
    for name, value, offered in (("--kind", kind, KINDS), ("--to", to, FORMATS)):
        if value not in offered:
            raise ArgumentError(f"{name} {value} is not offered. Choose from: {', '.join(offered)}.")
    if not 1 <= variants <= MOST_VARIANTS:
        raise ArgumentError(f"--variants is {variants}; it can be 1 to {MOST_VARIANTS}.")
    sizes, worked = ExerciseSizes(steps, inputs, units, digits), find_cell(cell)
    format = FORMATS[to]

    def files() -> Iterator[tuple[str, bytes]]:
        sheets = []
        for variant in range(1, variants + 1):
            sheet = draw(kind, seed, variant, sizes, cell=worked)
            yield f"{sheet.name}.key.json", write_key(sheet).encode()
            if not format.together:
                yield f"{sheet.name}{format.suffix}", render(sheet, to).encode()
                yield f"{sheet.name}.solved{format.suffix}", render(sheet, to, solved=True).encode()
            sheets.append(sheet)
        if format.together:
            together = sheets[0].name.rpartition("-")[0]
            yield f"{together}{format.suffix}", render_together(sheets, to).encode()

    with _ended_by_sigterm():
        write_files(output, files(), kept=".key.json")  # by which sheets that were handed out are marked
    of = "" if worked is LSTM else f" of cell {worked.name}"
    tell(f"wrote {variants} of {kind}{of}, seed {seed}, with keys to {output}")
