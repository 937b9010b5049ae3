"""`gatewise cells`: the cells that there are, and the derivation of one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gatewise.cells import CELLS, Cell
from gatewise.cells.known.names import OPTIONS
from gatewise.cells.own.cell_file import find_cell
from gatewise.cli.options import COLOURS, appearance, chosen_format, completing, option
from gatewise.cli.output import check_no_input, check_stdout, deliver, write_stdout
from gatewise.engine.variant import variant_of
from gatewise.errors import ArgumentError
from gatewise.teach.derivation import derivation
from gatewise.teach.derivation.page import FORMATS

_SUFFIXES = {kind.suffix: name for name, kind in FORMATS.items()}
_SUFFIXES |= {".markdown": "md", ".htm": "html", ".text": "text"}


def cells(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="A cell, as gru or lstm+no-bias, or the TOML file of one's own [list all].",
            autocompletion=completing(CELLS),
            show_default=False,
        ),
    ] = None,
    derive: Annotated[
        bool, typer.Option("--derive", help="Its backward pass and gradients, and why.")
    ] = False,
    to: Annotated[
        str | None, option("--to", "The format [by the suffix of FILE, else text].", FORMATS)
    ] = None,
    output: Annotated[Path | None, option("--output -o", "Where to write [standard output].", "FILE")] = None,
    ascii: Annotated[bool, option("--ascii", "Text without letters beyond ASCII.")] = False,
    width: Annotated[int | None, option("--width", "Columns of text [those of the terminal].")] = None,
    colour: Annotated[
        str | None, option("--colour --color", "Text in colour [auto: on a terminal].", COLOURS)
    ] = None,
) -> None:
    """List the cells, or show one: its equations and, with --derive, its backward pass."""
    if output is None:
        check_stdout()
    if name is None:
        if derive or to is not None or output is not None:
            raise ArgumentError("--derive, --to and -o are for one cell: gatewise cells gru --derive")
        write_stdout(_listed().encode())
        return
    if name not in CELLS:
        check_no_input(output, Path(name))
    cell = find_cell(name)
    format = chosen_format("--to", to, output, _SUFFIXES)
    if format == "pdf" and output is None and sys.stdout.isatty():
        raise ArgumentError("A PDF is binary and this is a terminal. Name a file: -o cell.pdf")
    looks = appearance(format, output, ascii, width, colour)
    deliver(derivation(cell, derived=derive).render(format, **looks), output)


def _listed() -> str:
    """Return a line for each cell: its name, what it is, its gates, and the engines that run it."""
    rows = [("cell", "", "gates", "engines"), *(_row(cell) for cell in CELLS.values())]
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    lines = (
        "  ".join([*(text.ljust(width) for text, width in zip(row[:3], widths, strict=True)), row[3]])
        for row in rows
    )
    more = (
        "gatewise cells gru --derive shows how a backward pass follows from the equations.\n"
        f"Options are joined by +, as in peephole+coupled and lstm+clip=3: {', '.join(OPTIONS)}.\n"
        "Cells that are no LSTM have no-bias alone."
    )
    return "\n".join(lines) + f"\n\n{more}\n"


def _row(cell: Cell) -> tuple[str, str, str, str]:
    engines = "compiled, reference" if variant_of(cell) is not None else "reference"
    return cell.name, cell.title, " ".join(cell.gates) or "none", engines
