"""What a file is by its first bytes, whatever it is called."""

from __future__ import annotations

import re
from pathlib import Path

from gatewise.support.files.reading import open_input

_LOOKED_AT = 1 << 16  # bytes of each end
_ZIP, _HDF5 = b"PK\x03\x04", b"\x89HDF\r\n\x1a\n"
_LFS = b"version https://git-lfs.github.com"
# Field 1 of a ModelProto, its small number of a version, and the tag of one of the fields that follow it.
_ONNX = re.compile(rb"\x08[\x01-\x1f][\x12\x1a\x22\x28\x32\x3a\x42\x72]")
_TOML = re.compile(r"\[[\w .\"'-]+\]|[\w.\"'-]+ *=")
_HTML = re.compile(rb"\s*<(!doctype|html|\?xml)", re.IGNORECASE)

NO_MODEL = {
    "empty": "an empty file",
    "lfs": "a pointer of Git LFS and not the file itself; git lfs pull fetches that",
    "html": "a web page, as is saved where a download was refused",
    "npz": "arrays of NumPy, .npz, which say no layers",
    "zip": "a zip of something else",
    "gzip": "packed with gzip; unpack it first",
    "json": "JSON",
}
"""What a sentence calls the kinds of file that hold no model."""


def kind_of(path: Path) -> str | None:
    """Return what a file is: safetensors, torch, keras, hdf5, onnx, toml, a key of NO_MODEL, or None.

    None is what cannot be told, and what cannot be read.
    """
    try:
        with open_input(path) as file:
            start = file.read(_LOOKED_AT)
            size = file.seek(0, 2)
            file.seek(max(size - _LOOKED_AT, 0))
            end = file.read(_LOOKED_AT)
    except (OSError, ValueError):
        return None
    if start.startswith(_ZIP):
        return _of_zip(start + end)
    return _of_start(start, size)


def _of_start(start: bytes, size: int) -> str | None:
    if not start:
        return "empty"
    if start.startswith(_HDF5):
        return "hdf5"
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    if start.startswith(_LFS):
        return "lfs"
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") <= max(size - 8, 0):
        return "safetensors"
    if start[0] == 0x80 and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "torch"  # a pickle, as torch saved before its zip
    if _ONNX.match(start):
        return "onnx"
    if _HTML.match(start):
        return "html"
    return _of_text(start)


def _of_text(start: bytes) -> str | None:
    text = start.decode("utf-8", "replace")
    if "\0" in text or "\ufffd" in text[:-4]:
        return None
    if text.lstrip().startswith("{"):
        return "json"
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return "toml" if _TOML.match(first) else None


def _of_zip(seen: bytes) -> str:
    """Return whose zip it is by names in its first bytes and its last, where a zip lists what it holds."""
    if b"model.weights.h5" in seen:
        return "keras"
    if b"/data.pkl" in seen:
        return "torch"
    return "npz" if b".npy" in seen[:100] else "zip"
