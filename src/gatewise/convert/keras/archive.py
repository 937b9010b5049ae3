"""A .keras file: a zip of config.json, metadata.json and model.weights.h5, read within bounds and written."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gatewise.convert.tensors import read_weights
from gatewise.errors import ConvertError
from gatewise.support.files import JsonError, named, parse_json
from gatewise.support.given import one_line

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
MOST_CONFIG = 5_000_000  # bytes; that of a model of a thousand layers has two million
MOST_RATIO = (
    100  # of what is unpacked to what is packed: weights are hardly compressed, and Keras does not try
)
_SMALL = 1 << 20
_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip can say: the same model gives the same bytes


def unpacked(path: Path) -> tuple[dict[str, Any], bytes]:
    """Return the configuration and the bytes of the weights of a .keras file.

    Raises
    ------
    ConvertError
        If it is no such file, is damaged, or would unpack to far more than it holds.
    """
    data = read_weights(path)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            config = _member(path, archive, CONFIG, len(data))
            weights = _member(path, archive, WEIGHTS, len(data))
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OSError,
        ValueError,
    ) as e:
        if isinstance(e, ConvertError):
            raise
        raise ConvertError(
            f"{named(path)} is no .keras file, or damaged: {one_line(e).rstrip('.')}. Keras 3 writes one "
            "with "
            'model.save("model.keras").'
        ) from None
    try:
        found = parse_json(config)
    except JsonError as error:
        raise ConvertError(f"{named(path)}: in {CONFIG}, {error}.") from None
    if not isinstance(found, dict):
        raise ConvertError(f"{named(path)}: {CONFIG} is no table.")
    return found, weights


def _member(path: Path, archive: zipfile.ZipFile, name: str, whole: int) -> bytes:
    try:
        about = archive.getinfo(name)
    except KeyError:
        raise ConvertError(
            f"{named(path)} is a zip without {name}; a .keras file has {CONFIG} and {WEIGHTS}. Weights in "
            "several "
            "files (max_shard_size) are not read: save them as one."
        ) from None
    most = MOST_CONFIG if name == CONFIG else max(_SMALL, MOST_RATIO * min(about.compress_size, whole))
    if about.file_size > most:
        raise ConvertError(
            f"{named(path)}: {name} would unpack from {about.compress_size:,} to {about.file_size:,} bytes; "
            "at most "
            f"{most:,} are read."
        )
    if about.flag_bits & 1:
        raise ConvertError(f"{named(path)}: {name} is encrypted.")
    return archive.read(about)


def packed(config: Mapping[str, Any], weights: bytes) -> bytes:
    """Return the bytes of a .keras file."""
    file = io.BytesIO()
    metadata = {"keras_version": "3.3.0", "date_saved": "1980-01-01@00:00:00"}
    parts: dict[str, str | bytes] = {
        METADATA: json.dumps(metadata),
        CONFIG: json.dumps(config),
        WEIGHTS: weights,
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), data)
    return file.getvalue()
