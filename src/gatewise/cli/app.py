"""The program `gatewise`: its commands put together, and how it ends.

Exit codes: 0 done; 1 done, but something did not verify or is wrong; 2 not done, stderr says why;
130 stopped by Ctrl-C, as asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from gatewise import __version__
from gatewise.cli import check, evaluate, exercise, info, mark, predict, work
from gatewise.cli.output import write_stdout
from gatewise.errors import GatewiseError
from gatewise.support.streams import tell

app = typer.Typer(
    help="An LSTM that shows its work.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command()(work.work)
app.command()(check.check)


@app.command(
    "fit",
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def _fit(context: typer.Context) -> None:
    """Train a network on a table: CSV or Parquet, or without one the weather that comes with gatewise."""
    from gatewise.cli.fit import fit  # its options are made of FitConfig, too heavy for every other command

    alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    alone.command(context_settings=app.info.context_settings)(fit)
    code = typer.main.get_command(alone).main(
        args=context.args, prog_name=context.command_path, standalone_mode=False
    )
    if code:
        raise typer.Exit(code)


app.command()(predict.predict)
app.command()(evaluate.evaluate)
app.command()(exercise.exercise)
app.command()(mark.mark)
app.command()(info.info)


def _version(requested: bool) -> None:
    if requested:
        write_stdout(f"gatewise {__version__}\n".encode())
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, `sys.argv` by default, and return the exit code."""
    try:
        app(arguments, prog_name="gatewise")
    except SystemExit as end:  # how Typer ends, in success too
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        return 130
    except MemoryError as error:
        tell(f"gatewise: there is not enough memory: {_one_line(error) or 'Python could get no more'}.")
        return 2
    except (GatewiseError, OSError) as error:
        tell(f"gatewise: {_one_line(error)}")
        return 2
    return 0


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."
    return " ".join(str(error).split())
