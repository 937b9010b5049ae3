"""A table that a command is given: a file as it is, or standard input, copied to a file while it is read."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gatewise.cli.output import STDIN, open_stdin


@contextmanager
def given_table(data: str | None) -> Iterator[Any]:
    """Give what `fit`, `predict` and `evaluate` read: `data`, and for - what standard input has."""
    if data != str(STDIN):
        yield data
        return
    from gatewise.train.data.reading.tables import NamedFile  # too heavy for every other command

    with tempfile.NamedTemporaryFile(prefix="gatewise-") as copy:
        shutil.copyfileobj(open_stdin(), copy)
        copy.flush()
        yield NamedFile(Path(copy.name), "standard input")
