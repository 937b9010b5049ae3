"""A run of `gatewise fit`, or its model file: read only, for a run is more than weights."""

from __future__ import annotations

from pathlib import Path

from gatewise.convert.formats import Choices
from gatewise.convert.opened import Opened
from gatewise.errors import ConvertError
from gatewise.support.files import named
from gatewise.support.options import spelled


def read(path: Path, choices: Choices) -> Opened:
    """Read the model of a run folder, or a model file."""
    from gatewise.train import load

    if choices.layers:
        raise ConvertError(
            f"{named(path)} is a run, which is taken whole; {spelled('layers', choices.layers)} is of no use."
        )
    return Opened(path=path, format="run", run=load(path))
