"""A table that a command is given: a file as it is, or a pipe, copied to a file while it is read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gatewise.cli.output import STDIN, open_stdin
from gatewise.errors import GatewiseError
from gatewise.support.files import Limit, copy_bounded, open_input

LIMIT = Limit(  # it is copied to TMPDIR, which may be memory, and a pipe may never end
    1 << 31, "save it in a file and name that, which may have any size"
)


def is_piped(data: str | None) -> bool:
    """Return whether what a command line names as its table is a pipe: - or one such as <(…)."""
    return data is not None and (data == str(STDIN) or Path(data).is_fifo())


@contextmanager
def given_table(data: str | None) -> Iterator[Any]:
    """Give what `fit`, `predict` and `evaluate` read: `data`, and of a pipe what comes through it."""
    if data is None or not is_piped(data):
        yield data
        return
    from gatewise.train.data.reading.tables import NamedFile  # too heavy for every other command

    name = "standard input" if data == str(STDIN) else data
    with tempfile.NamedTemporaryFile(prefix="gatewise-") as copy:
        try:
            if data == str(STDIN):
                copy_bounded(open_stdin(), copy, LIMIT)
            else:
                with open_input(Path(data), pipe=True) as source:
                    copy_bounded(source, copy, LIMIT)
        except OSError as error:
            raise GatewiseError(f"{name} cannot be read: {error.strerror}.") from None
        copy.flush()
        yield NamedFile(Path(copy.name), name)
