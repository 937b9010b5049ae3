"""The commands joined to one program, and what it does at its end.

Exit codes: 0 done; 1 done, but something did not verify or is wrong; 2 not done, stderr says why;
130 stopped by Ctrl-C, as asked.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from gatewise import __version__
from gatewise.cli.cells import cells
from gatewise.cli.check import check
from gatewise.cli.commands import LATE, CommandGroup, command_of
from gatewise.cli.convert import convert
from gatewise.cli.evaluate import evaluate
from gatewise.cli.exercise import exercise
from gatewise.cli.explain import explain
from gatewise.cli.explore import explore
from gatewise.cli.info import info
from gatewise.cli.mark import mark
from gatewise.cli.output import write_stdout
from gatewise.cli.predict import predict
from gatewise.cli.work import work
from gatewise.errors import GatewiseError
from gatewise.support.streams import tell

app = typer.Typer(
    help="An LSTM that shows its work.",
    cls=CommandGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command()(work)
app.command()(explore)
app.command()(check)
app.command()(explain)
app.command()(cells)


@app.command("fit")
def _fit() -> None:
    """Train a network on a table: CSV or Parquet, or without one the weather that comes with gatewise."""


def _real_fit() -> Any:
    from gatewise.cli.fit import fit  # its options are made of FitConfig, too heavy for every other command

    return command_of("fit", fit, context_settings=app.info.context_settings)


LATE["fit"] = _real_fit
app.command()(predict)
app.command()(evaluate)
app.command()(convert)
app.command()(exercise)
app.command()(mark)
app.command()(info)


def _version(asked: bool) -> None:
    if asked:
        write_stdout(f"gatewise {__version__}\n".encode())
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", "-V", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, `sys.argv` by default, and return the exit code."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if arguments[:1] == ["help"]:  # as git and others have it
        arguments = [*arguments[1:], "--help"]
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
