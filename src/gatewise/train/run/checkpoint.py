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
from gatewise.support.files import JsonError, Limit, open_input, parse_json, read_bounded, write_file
from gatewise.support.given import one_line

VERSION = metadata.version("gatewise")
FORMAT = 3
"""Of the files and of the run folder. Raised when an older gatewise could not use a newer file.

1: of an LSTM, then as now. 2: of another cell, which 0.1 did not know. 3: of data prepared in a way
that 0.2 did not know: categories, logarithms, a scaling of each series.
"""
LIMIT = Limit(
    1 << 34, "no model of gatewise has so many weights"
)  # 10^9 weights with what Adam keeps of them
MOST_DIGITS = 20  # with a sign
KEY = "gatewise"
"""Of the one entry in the file's metadata."""


class CheckpointError(GatewiseError):
    """A file of a run folder cannot be used."""


def format_of(cell: Any, later: bool = False) -> int:
    """Return the format of what is written of a cell, by the key that a configuration has of it.

    `later` says whether its data are prepared in a way that 0.2 did not know; see `Preparation.later`.
    """
    if later:
        return FORMAT
    return 1 if cell == "lstm" else 2


def save(
    path: Path, arrays: Mapping[str, FloatArray], document: Mapping[str, Any], *,
    previous: Path | None = None, link: bool = False, format: int = 1,
) -> None:  # fmt: skip
    """Write `arrays` and `document` in one step; the file that is replaced stays at `previous`.

    A `link` is followed only where the user named it.

    Raises
    ------
    OutputError
        If it cannot be written; the old file is then as it was.
    """
    library = need("safetensors.numpy", "train", "a checkpoint")
    whole = {name: np.ascontiguousarray(array) for name, array in sorted(arrays.items())}
    text = json.dumps(document)
    head = {"gatewise": VERSION, "format": format, "checksum": _checksum(whole, text), "document": text}
    # Under one key: safetensors writes several in another order each time, and equal runs have equal files.
    write_file(path, library.save(whole, {KEY: json.dumps(head)}), previous=previous, link=link)


def load(path: Path, *, link: bool = False) -> tuple[dict[str, FloatArray], dict[str, Any]]:
    """Read what `save` wrote; a `link` is followed only where the user named it.

    Raises
    ------
    CheckpointError
        If the file is missing, cut short, damaged, of something else, or of a later version.
    """
    data = _contents(path, link)
    library = need("safetensors.numpy", "train", "a checkpoint")
    damage = (
        need("safetensors", "train", "a checkpoint").SafetensorError,
        JsonError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,  # a list stands where a table should
    )
    try:
        metadata = parse_json(data[8 : 8 + int.from_bytes(data[:8], "little")]).get("__metadata__") or {}
        head = parse_json(metadata.get(KEY, "{}"))
        check_format(head, path)
        arrays = library.load(data)
        if head["checksum"] != _checksum(arrays, head["document"]):
            raise CheckpointError(f"{path} is damaged: its checksum is not that of its contents.")
        document = parse_json(head["document"], parse_int=_whole)
    except damage as error:
        raise CheckpointError(f"{path} is damaged or cut short: {one_line(error)}.") from None
    if not isinstance(document, dict):
        raise CheckpointError(f"{path} is damaged: what is said of its arrays is no table.")
    return arrays, document


def _whole(digits: str) -> int:
    """Read a whole number of a document; none that gatewise writes has more digits than 64 bits hold."""
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"a whole number has {len(digits)} digits")
    return int(digits)


def _contents(path: Path, link: bool) -> bytes:
    """Return what is in a file, if it begins as safetensors does: 8 bytes for a size, then JSON."""
    try:
        with open_input(path, link=link) as file:
            start = file.read(9)
            if start[8:] not in (b"{", b""):
                raise CheckpointError(f"{path} is no run folder and no model that gatewise wrote.")
            file.seek(0)
            return read_bounded(file, LIMIT)
    except FileNotFoundError:
        raise CheckpointError(f"{path} does not exist.") from None
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror or error}.") from None


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
