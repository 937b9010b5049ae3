"""Where results go: standard output, also where it is closed, full or nobody reads it, and files."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import typer

from gatewise.errors import ArgumentError, GatewiseError
from gatewise.support.files import OutputError, write_file
from gatewise.support.streams import silence, tell

STDIN = Path("-")  # what stands for standard input


def open_stdin(arguments: Sequence[Path | None] = ()) -> BinaryIO:
    """Return standard input; at most one of the `arguments` may stand for it.

    Raises
    ------
    GatewiseError
        If it is closed, or asked for twice.
    """
    if list(arguments).count(STDIN) > 1:
        raise ArgumentError(
            "- stands for standard input, which holds one document. Name a file for the other."
        )
    if sys.stdin is None:
        raise GatewiseError("standard input is closed; name a file, or pipe one in.")
    return sys.stdin.buffer


@contextmanager
def warnings_told(quiet: bool = False) -> Iterator[None]:
    """Write what is warned of data as a line on standard error, without the place in the program."""
    from gatewise.train.data.data_error import DataWarning

    shown = warnings.showwarning

    def show(
        message: Warning | str, category: type[Warning], filename: str, lineno: int,
        file: TextIO | None = None, line: str | None = None,
    ) -> None:  # fmt: skip
        if not issubclass(category, DataWarning):
            shown(message, category, filename, lineno, file, line)
        elif not quiet:
            tell(str(message))

    with warnings.catch_warnings():
        warnings.simplefilter("always", DataWarning)
        warnings.showwarning = show
        yield


def tell_all(remarks: Iterable[str]) -> None:
    """Write each remark as a line on standard error."""
    for remark in remarks:
        tell(remark)


def tell_table(table: Any, output: Path) -> None:
    """Say which columns were written, and how many rows."""
    rows = len(next(iter(table.values())))
    tell(f"wrote {rows:,} row{'' if rows == 1 else 's'} of {', '.join(table)} to {output}")


def check_no_input(output: Path | None, *inputs: Path | str | None) -> None:
    """Refuse to write over what is read: the file would be lost."""
    for given in inputs:
        if output is None or given is None or not output.exists() or not Path(given).exists():
            continue
        if output.samefile(given):
            raise OutputError(f"{output} is read here, and would be overwritten; name another file with -o.")


def check_stdout() -> None:
    """Refuse to go on if there is no standard output, as after >&-."""
    if sys.stdout is None:
        raise OutputError("standard output is closed.")


def write_stdout(data: bytes) -> None:
    """Write to standard output; if its reader has gone, end quietly as a program killed by SIGPIPE would."""
    check_stdout()
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    except OSError as error:
        silence(sys.stdout)
        if isinstance(error, BrokenPipeError):
            raise typer.Exit(141) from None
        raise OutputError(f"standard output cannot be written: {error.strerror}.") from None


def deliver(rendered: str | bytes, output: Path | None) -> None:
    """Write to the file, or to standard output in its own encoding."""
    encoding = sys.stdout.encoding if output is None else "utf-8"
    data = rendered if isinstance(rendered, bytes) else rendered.encode(encoding, "replace")
    if output is None:
        write_stdout(data)
    else:
        write_file(output, data)
        tell(f"wrote {output}")
