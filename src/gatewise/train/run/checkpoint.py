"""Arrays and a JSON document in one safetensors file, written in one step and checked when it is read.

What a checkpoint or a model holds is decided in training/. One file, not two side by side: so the arrays and
what is said of them can never be of different moments.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from gatewise.errors import GatewiseError
from gatewise.support.arrays import FloatArray
from gatewise.support.extras import need
from gatewise.support.files import write_file

VERSION = metadata.version("gatewise")
FORMAT = 1
"""Of the files and of the run folder. Raised when an older gatewise could not use a newer file."""
KEY = "gatewise"
"""Of the one entry in the file's metadata."""


class CheckpointError(GatewiseError):
    """A file of a run folder cannot be used."""


def save(
    path: Path, arrays: Mapping[str, FloatArray], document: Mapping[str, Any], *, previous: Path | None = None
) -> None:
    """Write `arrays` and `document` in one step; the file that is replaced stays at `previous`.

    Raises
    ------
    OutputError
        If it cannot be written; the old file is then as it was.
    """
    library = need("safetensors.numpy", "train", "a checkpoint")
    whole = {name: np.ascontiguousarray(array) for name, array in sorted(arrays.items())}
    text = json.dumps(document)
    head = {"gatewise": VERSION, "format": FORMAT, "checksum": _checksum(whole, text), "document": text}
    # Under one key: safetensors writes several in another order each time, and equal runs have equal files.
    write_file(path, library.save(whole, {KEY: json.dumps(head)}), previous=previous)


def load(path: Path) -> tuple[dict[str, FloatArray], dict[str, Any]]:
    """Read what `save` wrote.

    Raises
    ------
    CheckpointError
        If the file is missing, cut short, damaged, of something else, or of a later version.
    """
    library = need("safetensors", "train", "a checkpoint")
    if not path.is_file():
        raise CheckpointError(f"{path} does not exist.")
    _check_kind(path)
    try:
        with library.safe_open(path, framework="np") as file:
            head = json.loads((file.metadata() or {}).get(KEY, "{}"))
            check_format(head, path)
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (no iterator)
    except (library.SafetensorError, ValueError) as error:
        raise CheckpointError(f"{path} is damaged or cut short: {error}.") from None
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror or error}.") from None
    if head["checksum"] != _checksum(arrays, head["document"]):
        raise CheckpointError(f"{path} is damaged: its checksum is not that of its contents.")
    return arrays, json.loads(head["document"])


def _check_kind(path: Path) -> None:
    """Refuse what is no safetensors file at all: a table, a report. It has 8 bytes for a size, then JSON."""
    try:
        with path.open("rb") as file:
            start = file.read(9)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror or error}.") from None
    if start[8:] not in (b"{", b""):
        raise CheckpointError(f"{path} is no run folder and no model that gatewise wrote.")


def check_format(written: Any, path: Path) -> None:
    """Refuse what a later version wrote, and what is not gatewise's at all: `written` is read from JSON."""
    made = isinstance(written, dict) and "gatewise" in written and isinstance(written.get("format"), int)
    if not made:
        raise CheckpointError(f"{path} was not written by gatewise.")
    if written["format"] > FORMAT:
        raise CheckpointError(
            f"{path} was written by gatewise {written['gatewise']} in format {written['format']}; this is "
            f"gatewise {VERSION}, which reads formats up to {FORMAT}. Use that version or a later one."
        )


def _checksum(arrays: Mapping[str, FloatArray], text: str) -> int:
    total = zlib.crc32(text.encode())
    for name in sorted(arrays):
        total = zlib.crc32(arrays[name].tobytes(), zlib.crc32(name.encode(), total))
    return total
