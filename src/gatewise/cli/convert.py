"""`gatewise convert`: a model from one format to another, or what a file holds; see gatewise.convert."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gatewise.cells.gate_orders import GATE_ORDERS
from gatewise.cli.options import completing, number_or_name, option
from gatewise.cli.output import check_stdout, write_stdout
from gatewise.convert.formats import FORMATS
from gatewise.errors import ArgumentError
from gatewise.learn.sequential import RETURNS
from gatewise.support.options import as_flags, spelled
from gatewise.support.streams import tell

_FLAGS = {"of": "--from", "format": "--from"} | {
    name: f"--{name.replace('_', '-')}"
    for name in (
        "to", "layers", "returns", "functions", "dtype", "gate_order", "layer", "reverse", "name", "lengths",
        "scan",
    )
}  # fmt: skip
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
        str | None,
        option(
            "--layers",
            "Which layers of A to take, first to last, by the names that convert A lists.",
            "NAME,NAME",
        ),
    ] = None,
    returns: Annotated[
        str | None,
        option(
            "--returns",
            "For weights of torch or Keras, which do not say: what a Linear or Dense after recurrent layers "
            "reads, every step, each direction's last outs, or the last row of both [last].",
            RETURNS,
        ),
    ] = None,
    functions: Annotated[
        str | None,
        option(
            "--functions",
            "For the same: the function after a Linear or Dense, linear, sigmoid, tanh, relu or softmax "
            "[linear]; that of an RNN, tanh or relu [tanh].",
            "NAME=FUNCTION,…",
        ),
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
        str | None,
        option(
            "--layer", "For toml, which holds one cell: the recurrent layer, from 0 or by name.", "N|NAME"
        ),
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
    with as_flags(_FLAGS):
        notes = _convert(
            a, b, of=of, layers=_names(layers), returns=returns, functions=_functions(functions), to=to,
            dtype=dtype, gate_order=gate_order, layer=number_or_name(layer), reverse=reverse, name=name,
            lengths=lengths, scan=scan,
        )  # fmt: skip
    for note in notes:
        tell(f"note: {note}")
    if b is not None:
        tell(f"wrote {b}")


def _convert(a: Path, b: Path | None, *, of: str | None, **said: Any) -> tuple[str, ...]:
    """List what A holds, or write B; return the notes."""
    from gatewise.convert import model, read

    if b is not None:
        if b.exists() and a.exists() and b.samefile(a):
            raise ArgumentError(f"{b} is read here, and would be overwritten; name another file.")
        return model(a, b, of=of, **said)
    reading = {name: said.pop(name) for name in ("layers", "returns", "functions")}
    for name, value in said.items():
        if value is not None and value is not False:
            raise ArgumentError(
                f"{spelled(name)} is for a file to write, and none is named: gatewise convert A B"
            )
    check_stdout()
    from gatewise.convert.listing import listing

    opened = read(a, format=of, **reading)
    write_stdout(listing(opened).encode())
    return opened.notes


def _names(text: str | None) -> tuple[str, ...]:
    """Read NAME,NAME."""
    found = () if text is None else tuple(each.strip() for each in text.split(",") if each.strip())
    if text is not None and not found:
        raise ArgumentError("--layers names no layer; write the names with commas between them.")
    return found


def _functions(text: str | None) -> dict[str, str] | None:
    """Read NAME=FUNCTION,NAME=FUNCTION."""
    if text is None:
        return None
    found: dict[str, str] = {}
    for part in text.split(","):
        name, equals, function = part.rpartition("=")
        if not equals or not name.strip() or not function.strip():
            raise ArgumentError(f'--functions has "{part}"; write NAME=FUNCTION, as in fc1=relu,fc2=sigmoid.')
        if name.strip() in found:
            raise ArgumentError(f"--functions names {name.strip()} twice.")
        found[name.strip()] = function.strip()
    return found
