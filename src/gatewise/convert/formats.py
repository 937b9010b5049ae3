"""`FORMATS`: every format by name: its suffixes, and the module that reads and writes it, imported late.

A module of a format has `read(path, choices) -> Opened`, `write(opened, choices) -> (bytes, notes)`, or both.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from gatewise.convert.tensors import STATE_DICT, own_document
from gatewise.errors import ArgumentError, ConvertError
from gatewise.support.files import NO_MODEL, kind_of, named
from gatewise.support.options import spelled


class Choices(NamedTuple):
    """What a user may say beside the two files; a format that has no use for one of them refuses it.

    Attributes
    ----------
    dtype : str or None
        "float32" or "float64" of what is written; that of the source if None.
    layers : tuple of str
        Which layers of the source to take, in order, by the names that the file has for them; all if empty.
    layer : int or str
        Which recurrent layer becomes a problem file: its number, from 0, or its name.
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
    returns : str
        What the last recurrent layer gives, one of `RETURNS`, where the source does not say.
    functions : dict
        The function after each of these layers, where the source does not say.
    """

    dtype: str | None = None
    layers: tuple[str, ...] = ()
    layer: int | str | None = None
    reverse: bool = False
    gate_order: str | None = None
    name: str | None = None
    lengths: bool = False
    scan: bool = False
    returns: str | None = None
    functions: Mapping[str, str] = MappingProxyType({})


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
    asks : tuple of str
        The choices that say what such a file leaves open when it is read.
    kinds : tuple of str
        What `kind_of` finds such a file to be by its first bytes.
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
    asks: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    @property
    def targets(self) -> tuple[str, ...]:
        """The suffixes of a file that is written."""
        return self.written_as or self.suffixes

    def load(self) -> Any:
        """Import and return its module."""
        return import_module(self.module)


_HERE = "gatewise.convert"
_OPEN = ("returns", "functions")
FORMATS: Mapping[str, FileFormat] = {
    "torch": FileFormat(
        "a torch state_dict (safetensors, or .pt without pickled code)", (".safetensors", ".pt", ".pth"),
        f"{_HERE}.torch_file", takes=("dtype",), written_as=(".safetensors",), asks=_OPEN,
        kinds=("safetensors", "torch"),
    ),
    "safetensors": FileFormat(
        "layers in safetensors, with their gate order", (".safetensors",), f"{_HERE}.layers_file",
        takes=("dtype", "gate_order"), kinds=("safetensors",),
    ),
    "keras": FileFormat(
        "a Keras 3 model", (".keras",), f"{_HERE}.keras_file", takes=("dtype",), kinds=("keras",)
    ),
    "keras-weights": FileFormat(
        "weights of a Keras 3 model", (".weights.h5", ".h5", ".hdf5"), f"{_HERE}.keras_weights",
        takes=("dtype",), written_as=(".weights.h5",), asks=_OPEN, kinds=("hdf5",),
    ),
    "onnx": FileFormat(
        "an ONNX model", (".onnx",), f"{_HERE}.onnx_file", takes=("dtype", "lengths", "scan"),
        kinds=("onnx",),
    ),
    "toml": FileFormat(
        "a problem file", (".toml",), f"{_HERE}.problem_file", takes=("layer", "reverse"), kinds=("toml",)
    ),
    "run": FileFormat(
        "a run of gatewise fit", (), f"{_HERE}.run_folder", writes=False, kinds=("safetensors",)
    ),
    "c": FileFormat("a C header", (".h",), f"{_HERE}.c_header", reads=False, takes=("dtype", "name")),
}  # fmt: skip
"""Every format by name. A new one is a row here, and a module."""


def format_named(option: str, name: str, does: str) -> str:
    """Return the name of a format that a user gave, refused if there is none or it does not read or write."""
    able = [key for key, row in FORMATS.items() if getattr(row, does)]
    if name not in able:
        raise ArgumentError(f"{spelled(option, name)} is not known. Known: {', '.join(able)}.")
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
    read = next((row for row in FORMATS.values() if row.reads and whole.endswith(row.suffixes)), None)
    why = "what format it should be cannot be told by its name"
    if read is not None:
        why = f"{path.suffix} is read and not written"
    raise ConvertError(
        f"{named(path)}: {why}. Written are {', '.join(known)}; or say which with {spelled('to')}."
    )


def format_to_read(path: Path, option: str) -> str:
    """Return the format of a file or folder; `option` is what says it otherwise.

    Raises
    ------
    ConvertError
        If there is nothing, or nothing of a format that gatewise reads; the message lists them.
    """
    if path.is_dir():
        return "run"
    if not path.exists():
        raise ConvertError(f"{named(path)} does not exist.")
    whole, kind = path.name.lower(), kind_of(path)
    written = next((row for row in FORMATS.values() if not row.reads and whole.endswith(row.suffixes)), None)
    if written is not None:
        raise ConvertError(
            f"{named(path)} is {written.title}, which is written and never read. Give the model that it was "
            "made from."
        )
    by_name = [key for key, row in FORMATS.items() if row.reads and whole.endswith(row.suffixes)]
    if by_name:
        held = {kind for key in by_name for kind in FORMATS[key].kinds}
        if "torch" in held:  # which has two kinds of file
            held = {"safetensors" if whole.endswith(".safetensors") else "torch"}
        _check_kind(path, kind, held, FORMATS[by_name[0]].title, option)
    if kind == "safetensors":
        return _of_safetensors(path)
    if found := by_name or [key for key, row in FORMATS.items() if row.reads and kind in row.kinds]:
        return found[0]
    known = sorted({suffix for row in FORMATS.values() if row.reads for suffix in row.suffixes})
    why = f"is {NO_MODEL[kind]}" if kind in NO_MODEL else "says by neither name nor first bytes what it is"
    raise ConvertError(
        f"{named(path)} {why}. Read are run folders and {', '.join(known)}; or say which with "
        f"{spelled(option)}."
    )


def holds_weights(path: Path) -> bool:
    """Say whether a path is one of a run or of a file of weights, and not of a problem file."""
    if path.is_dir():
        return (path / "config.toml").exists()  # as every run has from its start
    rows = [row for key, row in FORMATS.items() if key != "toml"]  # those that are only written, to say so
    if any(path.name.lower().endswith(row.suffixes) for row in rows):
        return True
    return path.is_file() and any(kind_of(path) in row.kinds for row in rows)


def check_named(path: Path, key: str, option: str) -> None:
    """Refuse a file that `option` says to be of a format, and that by its first bytes is of another.

    Raises
    ------
    ConvertError
    """
    if not path.is_dir():
        _check_kind(path, kind_of(path), set(FORMATS[key].kinds), FORMATS[key].title, option)


def _check_kind(path: Path, kind: str | None, held: Set[str], title: str, option: str) -> None:
    """Refuse a file whose first bytes are not of the kinds that a file of its name holds."""
    if kind is None or kind in held:
        return
    if kind in NO_MODEL:
        raise ConvertError(f"{named(path)} is {NO_MODEL[kind]}, and not {title}.")
    key = next(key for key, row in FORMATS.items() if row.reads and kind in row.kinds)
    suffix, really = FORMATS[key].suffixes[0], FORMATS[key].title
    if kind == "safetensors":
        key, really = _of_safetensors(path), "a safetensors file"
    elif kind == "torch":
        suffix, really = ".pt", "a file that torch saved"
    elif kind == "hdf5":
        suffix, really = ".h5", "weights or a model of Keras in HDF5"
    raise ConvertError(
        f"{named(path)} is {really} by its first bytes, and not {title}: say {spelled(option, key)}, or "
        f"rename it to end in {suffix}."
    )


def _of_safetensors(path: Path) -> str:
    """Return whose names a safetensors file has: a run's model, layers of gatewise, or a torch state_dict."""
    document = own_document(path)
    if document is None or STATE_DICT in document:
        return "torch"
    return "safetensors" if "layers" in document else "run"
