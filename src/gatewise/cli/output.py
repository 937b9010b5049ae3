"""Where results go: standard output, also where it is closed, full or nobody reads it, and files."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from gatewise.support.files import OutputError, write_file
from gatewise.support.streams import silence, tell


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
