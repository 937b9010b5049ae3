"""Which format a file is: by its name, and where several share one by its first bytes."""

from __future__ import annotations

import json
from pathlib import Path

from gatewise.convert.formats import FORMATS
from gatewise.errors import ConvertError
from gatewise.support.files import JsonError, named, open_input, parse_json

MOST_HEAD = 100_000_000  # bytes of a safetensors header, as that library bounds it


def format_to_read(path: Path) -> str:
    """Return the format of a file or folder.

    Raises
    ------
    ConvertError
        If there is nothing, or nothing of a format that gatewise reads; the message lists them.
    """
    if path.is_dir():
        return "run"
    if not path.exists():
        raise ConvertError(f"{named(path)} does not exist.")
    whole = path.name.lower()
    if whole.endswith(".safetensors"):
        return _of_safetensors(path)
    for key, row in FORMATS.items():
        if row.reads and any(whole.endswith(suffix) for suffix in row.suffixes):
            return key
    known = sorted({suffix for row in FORMATS.values() if row.reads for suffix in row.suffixes})
    raise ConvertError(
        f"{named(path)}: what format it is cannot be told by its name. Known are run folders and "
        f"{', '.join(known)}; or say which with of=FORMAT (--from)."
    )


def _of_safetensors(path: Path) -> str:
    """Return whose names a safetensors file has: a run's model, layers of gatewise, or a torch state_dict."""
    document = own_document(path)
    if document is None:
        return "torch"
    return "safetensors" if "layers" in document else "run"


def own_document(path: Path) -> dict[str, object] | None:
    """Return what gatewise wrote into the metadata of a safetensors file; None where it wrote nothing."""
    try:
        with open_input(path) as file:
            size = int.from_bytes(file.read(8), "little")
            head = parse_json(file.read(size)) if 2 <= size <= MOST_HEAD else {}
    except OSError as error:
        raise ConvertError(f"{named(path)} cannot be read: {error.strerror or error}.") from None
    except (JsonError, ValueError, RecursionError):
        return None  # its reader says what is wrong with it
    try:
        own = parse_json(head["__metadata__"]["gatewise"])
    except (JsonError, ValueError, TypeError, KeyError, RecursionError, json.JSONDecodeError):
        return None
    return own if isinstance(own, dict) else None
