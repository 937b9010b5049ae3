"""Words on standard error, also where nobody reads them any more: a closed pipe ends no work."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TextIO


def tell(text: str, stream: TextIO | None = None) -> None:
    """Write a line to `stream`, standard error by default; if its reader has gone, nothing, now and later."""
    stream = stream or sys.stderr
    if stream is None:  # closed, as after 2>&-
        return
    try:
        print(text, file=stream, flush=True)
    except OSError:
        silence(stream)


def silence(stream: TextIO) -> None:
    """Lead a stream to nowhere, with what is left in its buffer: Python must not try it again at its end."""
    with contextlib.suppress(OSError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())
