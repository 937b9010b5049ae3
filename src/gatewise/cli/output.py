"""Where results go: a file that is either the old one or the whole new one, or standard output."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import sys
from pathlib import Path

import typer

from gatewise.errors import GatewiseError


class OutputError(GatewiseError):
    """A result cannot be written where it was asked for."""


def write_file(path: Path, data: bytes) -> None:
    """Write a file in one step: whatever fails or interrupts, it is left as it was.

    A symbolic link is followed, the permissions of an existing file are kept, and what is no file of its
    own (/dev/null, a pipe) is written to directly.
    """
    path_given, path = path, path.resolve()
    try:
        old = path.stat() if path.exists() else None
        if old is not None and not stat.S_ISREG(old.st_mode):
            path.write_bytes(data)  # for a directory, an OSError that says so
        elif old is not None and not os.access(path, os.W_OK):
            raise PermissionError(None, "the file is write-protected")
        else:
            _replace(path, data, None if old is None else stat.S_IMODE(old.st_mode))
    except OSError as error:
        reason = "its folder does not exist" if not path.parent.exists() else error.strerror or error
        raise OutputError(f"{path_given} cannot be written: {reason}.") from None


def _replace(path: Path, data: bytes, mode: int | None) -> None:
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}")
    try:
        # Created by name, not by tempfile, so that a new file gets the permissions the user's umask gives.
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


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
