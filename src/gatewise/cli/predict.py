"""`gatewise predict`: a run and data in, a table of predictions out."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated

import typer

from gatewise.cli.cutoffs import EVERY, FROM, TO, check_rolling, ranges_by_flags
from gatewise.cli.output import check_no_input, tell_all, tell_table, warnings_told, write_stdout
from gatewise.cli.tables import given_table
from gatewise.support.options import as_flags
from gatewise.support.streams import tell


def predict(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")],
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="DATA",
            help="A table with the columns it was trained on, - for standard input [those data].",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            help="A .csv or .parquet file [CSV on standard output].",
            show_default=False,
        ),
    ] = None,
    rolling: Annotated[
        bool, typer.Option("--rolling", help="A forecast from every row, not from each series' end only.")
    ] = False,
    start: FROM = None,
    end: TO = None,
    every: EVERY = None,
    inputs: Annotated[
        Path | None,
        typer.Option(
            "--inputs",
            metavar="FILE",
            help="Also write what an exported model reads of each window, as .npz.",
            show_default=False,
        ),
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", help="Threads at most.", show_default=False, min=1)
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing on standard error.")] = False,
) -> None:
    """Predict what comes after the data's end, or the value or class of each window."""
    from gatewise.support.files import write_file
    from gatewise.train import load
    from gatewise.train.data.data_error import DataWarning
    from gatewise.train.model.tables import check_npz, check_suffix, npz_bytes, table_bytes

    check_no_input(output, data)
    check_npz(inputs)
    check_rolling(rolling, start, end, every)
    suffix = check_suffix(output)
    flags = {"rolling": "--rolling", "every": "--every"}
    with warnings_told(quiet), given_table(data) as source, ranges_by_flags(), as_flags(flags):
        model = load(run)
        table = model.predict(source, rolling=rolling, start=start, end=end, every=every, threads=threads)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)  # predict has told them
            given = model.inputs(source, rolling=rolling, start=start, end=end, every=every) if inputs else {}
    if not quiet:
        tell_all(model.remarks)
    written = table_bytes(table, suffix, model.preparation.zone, model.empty_in(table) if rolling else ())
    if inputs is not None:
        write_file(inputs, npz_bytes(given))
        if not quiet:
            tell(f"wrote {', '.join(given)} of {len(given['lengths'])} windows to {inputs}")
    if output is None:
        write_stdout(written)
    else:
        write_file(output, written)
        if quiet:
            return
        tell_table(table, output)
