"""Standard output: what to do where it is closed, full, or nobody reads it. Files: gatewise/files.py."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import typer

from gatewise.files import OutputError


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
        # What is left in the buffer must not be tried again when Python ends.
        with contextlib.suppress(OSError), Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise typer.Exit(141) from None
        raise OutputError(f"standard output cannot be written: {error.strerror}.") from None
