"""`gatewise evaluate`: how good a run's predictions are on other data, beside the baselines."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import Annotated

import typer

from gatewise.cli.output import warnings_told, write_stdout
from gatewise.cli.tables import given_table


def evaluate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")],
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="DATA", help="A table with targets, - for standard input [the test of the training]."
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print JSON, with the error of each step ahead.")
    ] = False,
    threads: Annotated[
        int | None, typer.Option("--threads", help="Threads at most.", show_default=False, min=1)
    ] = None,
) -> None:
    """Compare predictions with what came, beside the last value, the season before and a ridge regression."""
    from gatewise.cli.results import results_table  # too heavy for every other command, as what follows
    from gatewise.train import load

    with warnings_told(), given_table(data) as source:
        model = load(run)
        results = model.evaluate(source, threads=threads)
    written = json_module.dumps(results, indent=2, allow_nan=False) + "\n" if json else ""
    write_stdout((written or results_table(results, model.predictor)).encode())
