"""`gatewise evaluate`: how good a run's predictions are on other data, beside the baselines."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import Annotated, Any

import typer

from gatewise.cli.cutoffs import EVERY, FROM, TO, check_rolling, ranges_by_flags
from gatewise.cli.output import check_no_input, tell_all, tell_table, warnings_told, write_stdout
from gatewise.cli.tables import given_table
from gatewise.errors import ArgumentError


def _metrics(incomplete: str) -> list[str]:
    """Complete the name of a metric; the table of them is too heavy for every other command."""
    from gatewise.train.metrics.table import CHOOSING

    return [name for name in CHOOSING if name.startswith(incomplete)]


def evaluate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")],
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="DATA", help="A table with targets, - for standard input [the test of the training]."
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric",
            help="What comes first and decides, such as mase or nse [that of the run].",
            show_default=False,
            autocompletion=_metrics,
        ),
    ] = None,
    rolling: Annotated[
        bool, typer.Option("--rolling", help="From a range of cutoffs; without DATA those of the test.")
    ] = False,
    start: FROM = None,
    end: TO = None,
    every: EVERY = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            help="With --rolling: every forecast beside the truth, a .csv or .parquet file.",
            show_default=False,
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print JSON, with the errors of each step ahead and each series.")
    ] = False,
    threads: Annotated[
        int | None, typer.Option("--threads", help="Threads at most.", show_default=False, min=1)
    ] = None,
) -> None:
    """Compare predictions with what came, beside the last value, the season before and a ridge regression."""
    from gatewise.cli.results import results_table  # too heavy for every other command, as what follows
    from gatewise.support.files import write_file
    from gatewise.train import load
    from gatewise.train.model.tables import check_suffix, table_bytes

    check_rolling(rolling, start, end, every)
    if output is not None and not rolling:
        raise ArgumentError(
            "-o is for --rolling, whose forecasts it takes; add it, or use gatewise predict -o."
        )
    check_no_input(output, data)
    suffix = check_suffix(output)
    with warnings_told(), given_table(data) as source, ranges_by_flags():
        model = load(run)
        table: Any = None
        if not rolling:
            results = model.evaluate(source, metric=metric, threads=threads)
        else:
            results, table = model.backtest(
                source, metric=metric, start=start, end=end, every=every, threads=threads,
                table=output is not None,
            )  # fmt: skip
    tell_all(model.remarks)
    if output is not None:
        write_file(output, table_bytes(table, suffix, model.preparation.zone, model.empty_in(table)))
        tell_table(table, output)
    written = json_module.dumps(results, indent=2, allow_nan=False) + "\n" if json else ""
    write_stdout((written or results_table(results, model.predictor)).encode())
