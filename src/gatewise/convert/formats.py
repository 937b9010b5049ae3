"""`FORMATS`: every format by name: its suffixes, and the module that reads and writes it, imported late.

A module of a format has `read(path, choices) -> Opened`, `write(opened, choices) -> (bytes, notes)`, or both.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from gatewise.convert.tensors import own_document
from gatewise.errors import ArgumentError, ConvertError
from gatewise.support.files import named
from gatewise.support.given import brief


class Choices(NamedTuple):
    """What a user may say beside the two files; a format that has no use for one of them refuses it.

    Attributes
    ----------
    dtype : str or None
        "float32" or "float64" of what is written; that of the source if None.
    layers : tuple of str
        Which layers of the source to take, in order, by the names that the file has for them; all if empty.
    layer : int
        Which recurrent layer becomes a problem file, from 0.
    reverse : bool
        Whether that is its reverse direction.
    gate_order : str
        The library of `GATE_ORDERS` in whose order a safetensors file is written.
    name : str
        What the C names begin with.
    lengths : bool
        Whether an ONNX model has an input for the lengths of series.
    scan : bool
        Whether an ONNX model has its layers' equations as Scan nodes where ONNX has nodes of their own, too.
    """

    dtype: str | None = None
    layers: tuple[str, ...] = ()
    layer: int | None = None
    reverse: bool = False
    gate_order: str | None = None
    name: str | None = None
    lengths: bool = False
    scan: bool = False


class FileFormat(NamedTuple):
    """A format.

    Attributes
    ----------
    title : str
        What a sentence calls it.
    suffixes : tuple of str
        By which a file is known; several formats may share one, and then the file itself says which.
    module : str
    reads, writes : bool
    takes : tuple of str
        The choices that writing it has a use for.
    written_as : tuple of str
        The suffixes of what is written, where not all of `suffixes` are.
    """

    title: str
    suffixes: tuple[str, ...]
    module: str
    reads: bool = True
    writes: bool = True
    takes: tuple[str, ...] = ()
    written_as: tuple[str, ...] = ()

    @property
    def targets(self) -> tuple[str, ...]:
        """The suffixes of a file that is written."""
        return self.written_as or self.suffixes

    def load(self) -> Any:
        """Import and return its module."""
        return import_module(self.module)


_HERE = "gatewise.convert"
FORMATS: Mapping[str, FileFormat] = {
    "torch": FileFormat(
        "a torch state_dict (safetensors, or .pt without pickled code)", (".safetensors", ".pt", ".pth"),
        f"{_HERE}.torch_file", takes=("dtype",), written_as=(".safetensors",),
    ),
    "safetensors": FileFormat(
        "layers in safetensors, with their gate order", (".safetensors",), f"{_HERE}.layers_file",
        takes=("dtype", "gate_order"),
    ),
    "keras": FileFormat("a Keras 3 model", (".keras",), f"{_HERE}.keras_file", takes=("dtype",)),
    "keras-weights": FileFormat(
        "weights of a Keras 3 model", (".weights.h5", ".h5"), f"{_HERE}.keras_weights", takes=("dtype",)
    ),
    "onnx": FileFormat("an ONNX model", (".onnx",), f"{_HERE}.onnx_file", takes=("dtype", "lengths", "scan")),
    "toml": FileFormat(
        "a problem file", (".toml",), f"{_HERE}.problem_file", takes=("layer", "reverse")
    ),
    "run": FileFormat("a run of gatewise fit", (), f"{_HERE}.run_folder", writes=False),
    "c": FileFormat("a C header", (".h",), f"{_HERE}.c_header", reads=False, takes=("dtype", "name")),
}  # fmt: skip
"""Every format by name. A new one is a row here, and a module."""


def format_named(option: str, name: str, does: str) -> str:
    """Return the name of a format that a user gave, refused if there is none or it does not read or write."""
    able = [key for key, row in FORMATS.items() if getattr(row, does)]
    if name not in able:
        raise ArgumentError(f"{option}={brief(name)} is not known. Known: {', '.join(able)}.")
    return name


def format_to_write(path: Path) -> str:
    """Return the format that the suffix of a file to be written stands for.

    Raises
    ------
    ConvertError
        If none does; the message lists them.
    """
    whole = path.name.lower()
    # A .safetensors file may be either; gatewise's own says what is in it.
    for key in ("keras-weights", "safetensors", *FORMATS):
        row = FORMATS[key]
        if row.writes and whole.endswith(row.targets):
            return key
    known = sorted({suffix for row in FORMATS.values() if row.writes for suffix in row.targets})
    raise ConvertError(
        f"{named(path)}: what format it should be cannot be told by its name. Known are {', '.join(known)}; "
        "or say to=FORMAT (--to)."
    )


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
        if row.reads and whole.endswith(row.suffixes):
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
