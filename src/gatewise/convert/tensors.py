"""The tensors of a safetensors file: every dtype that weights come in, each as float32 or float64."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gatewise.errors import ConvertError
from gatewise.support.arrays import FloatArray, of_bfloat16
from gatewise.support.extras import need
from gatewise.support.files import JsonError, Limit, named, open_input, parse_json, read_input
from gatewise.support.given import listed, one_line

LIMIT = Limit(1 << 34, "that is more than gatewise reads of a file of weights")
MOST_HEAD = 100_000_000  # bytes of a header, as safetensors bounds it
STATE_DICT = "state_dict"  # where the document in the metadata says what a state_dict leaves open
_NARROW = {"F16": np.float16, "F32": np.float32, "F64": np.float64}


def read_weights(path: Path) -> bytes:
    """Return all bytes of a file of weights, within `LIMIT`.

    Raises
    ------
    ConvertError
        If it cannot be read, or is larger.
    """
    try:
        return read_input(path, LIMIT)
    except OSError as error:
        raise ConvertError(f"{named(path)} cannot be read: {error.strerror or error}.") from None


def read_tensors(path: Path) -> tuple[dict[str, FloatArray], dict[str, str]]:
    """Return the tensors of a file by name, in its order, and its metadata.

    float64 stays; float32, float16 and bfloat16 are read as float32, which holds their every number.

    Raises
    ------
    ConvertError
        If it is damaged, or has tensors that are no real numbers.
    """
    library = need("safetensors", "train", "a safetensors file")
    data = read_weights(path)
    try:
        stored = library.deserialize(data)
        head = parse_json(data[8 : 8 + int.from_bytes(data[:8], "little")])
    except (library.SafetensorError, ValueError) as error:
        raise ConvertError(f"{named(path)} is damaged or cut short: {one_line(error)}.") from None
    found = dict(stored)  # in no order of its own: that of the header is the file's
    tensors = {name: _array(path, name, found[name]) for name in head if name in found}
    return tensors, dict(head.get("__metadata__") or {})


def _array(path: Path, name: str, told: Mapping[str, Any]) -> FloatArray:
    raw, shape = bytes(told["data"]), tuple(told["shape"])
    if told["dtype"] == "BF16":
        return of_bfloat16(raw).reshape(shape)
    dtype = _NARROW.get(told["dtype"])
    if dtype is None:
        raise ConvertError(
            f"{named(path)}: {name} is of {told['dtype']}; weights are read of {listed([*_NARROW, 'BF16'])}. "
            "Quantized weights must be made real numbers first."
        )
    array = np.frombuffer(raw, dtype).reshape(shape)
    return array.astype(np.float64 if dtype is np.float64 else np.float32)


def one_dtype(tensors: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Return tensors in one dtype: float64 where any is."""
    wide = any(array.dtype == np.float64 for array in tensors.values())
    return {name: array.astype(np.float64 if wide else np.float32) for name, array in tensors.items()}


def written(tensors: Mapping[str, FloatArray], metadata: Mapping[str, str], dtype: str | None) -> bytes:
    """Return a safetensors file of some tensors."""
    library = need("safetensors.numpy", "train", "a safetensors file")
    whole = {name: np.ascontiguousarray(array, dtype or array.dtype) for name, array in tensors.items()}
    return _in_order(bytes(library.save(whole, dict(metadata))))


def _in_order(data: bytes) -> bytes:
    """Return a file with its metadata sorted, which safetensors writes in another order in each process."""
    end = 8 + int.from_bytes(data[:8], "little")
    head = json.loads(data[8:end])
    metadata = head.pop("__metadata__", {})
    text = json.dumps(
        {"__metadata__": dict(sorted(metadata.items()))} | head, ensure_ascii=False, separators=(",", ":")
    ).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data[end:]


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
    return document_in(head.get("__metadata__")) if isinstance(head, dict) else None


def document_in(metadata: Any) -> dict[str, object] | None:
    """Return what gatewise wrote into the metadata of a safetensors file, which may be anybody's."""
    try:
        own = parse_json(metadata["gatewise"])
    except (ValueError, TypeError, KeyError, RecursionError):  # JsonError is a ValueError
        return None
    return own if isinstance(own, dict) else None
