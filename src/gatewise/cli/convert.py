"""`gatewise convert`: a model from one format to another, or what a file holds; see gatewise.convert."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gatewise.cells.gate_orders import GATE_ORDERS
from gatewise.cli.options import completing, option
from gatewise.cli.output import check_stdout, write_stdout
from gatewise.convert.formats import FORMATS
from gatewise.errors import ArgumentError
from gatewise.support.streams import tell

_READ = [name for name, format in FORMATS.items() if format.reads]
_WRITTEN = [name for name, format in FORMATS.items() if format.writes]


def convert(
    a: Annotated[Path, typer.Argument(metavar="A", help="A file of a model, or the folder of a run.")],
    b: Annotated[
        Path | None,
        typer.Argument(metavar="B", help="The file to write [list what A holds].", show_default=False),
    ] = None,
    of: Annotated[str | None, option("--from", "What A is [by its name and first bytes].", _READ)] = None,
    to: Annotated[str | None, option("--to", "What B is to be [by its suffix].", _WRITTEN)] = None,
    layers: Annotated[
        str | None, option("--layers", "Which layers of A to take, in this order, by its names.", "A,B")
    ] = None,
    dtype: Annotated[
        str | None, option("--dtype", "Precision of what is written [that of A].", ["float32", "float64"])
    ] = None,
    gate_order: Annotated[
        str | None,
        typer.Option(
            "--gate-order",
            metavar="LIBRARY",
            help="For safetensors: whose order of gates [gatewise].",
            autocompletion=completing(GATE_ORDERS),
            show_default=False,
        ),
    ] = None,
    layer: Annotated[
        int | None, option("--layer", "For toml, which holds one cell: the recurrent layer, from 0.", "N")
    ] = None,
    reverse: Annotated[bool, typer.Option("--reverse", help="For toml: its reverse direction.")] = False,
    name: Annotated[
        str | None, option("--name", "For c: what its names begin with [the name of B].", "NAME")
    ] = None,
    lengths: Annotated[
        bool,
        typer.Option("--lengths", help="For onnx: an input for the lengths of series [of a run always]."),
    ] = False,
    scan: Annotated[
        bool, typer.Option("--scan", help="For onnx: layers by their equations, as Scan nodes, for OpenVINO.")
    ] = False,
) -> None:
    """Convert a model to another format: torch, Keras, ONNX, safetensors, a problem file, a C header."""
    from gatewise.convert import model, read

    chosen = () if layers is None else tuple(each.strip() for each in layers.split(",") if each.strip())
    if layers is not None and not chosen:
        raise ArgumentError("--layers names no layer; write the names with commas between them.")
    if b is None:
        writing = {
            "--to": to, "--dtype": dtype, "--gate-order": gate_order, "--layer": layer,
            "--reverse": reverse or None, "--name": name, "--lengths": lengths or None,
            "--scan": scan or None,
        }  # fmt: skip
        if given := [flag for flag, value in writing.items() if value is not None]:
            raise ArgumentError(f"{given[0]} is for a file to write, and none is named: gatewise convert A B")
        check_stdout()
        from gatewise.convert.listing import listing

        opened = read(a, format=of, layers=chosen)
        write_stdout(listing(opened).encode())
        notes = opened.notes
    else:
        if b.exists() and a.exists() and b.samefile(a):
            raise ArgumentError(f"{b} is read here, and would be overwritten; name another file.")
        notes = model(
            a, b, of=of, to=to, layers=chosen, dtype=dtype, gate_order=gate_order, layer=layer,
            reverse=reverse, name=name, lengths=lengths, scan=scan,
        )  # fmt: skip
    for note in notes:
        tell(f"note: {note}")
    if b is not None:
        tell(f"wrote {b}")
