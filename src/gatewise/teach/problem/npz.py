"""Arrays from the .npz files that a problem file names: no pickles, bounds on sizes, refusals in words.

Besides arrays such a file may hold `cell`, the text that says whose they are: a name, or the TOML of a cell.
"""

from __future__ import annotations

import lzma
import math
import struct
import sys
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatewise.cells.own.cell_file import LIMIT
from gatewise.support.files import named, open_input
from gatewise.teach.problem.written import ProblemFileError

DAMAGE = (
    ValueError, TypeError, EOFError, MemoryError, NotImplementedError, RuntimeError, OverflowError, KeyError,
    SyntaxError, IndexError, AttributeError, struct.error, zlib.error, lzma.LZMAError, tokenize.TokenError,
)  # fmt: skip
"""What zipfile and NumPy raise for files that are not as they should be."""
MAX_BYTES = 1 << 30  # of all arrays together, unpacked: a file of some MB can claim to hold terabytes


class Stored(NamedTuple):
    """What an .npz file holds: arrays by name, and the text of the cell that they are of, if it says."""

    source: str
    arrays: dict[str, NDArray[Any]]
    cell: str | None

    def check_names(self, known: Sequence[str]) -> None:
        """Refuse arrays that are none of those known."""
        for name in self.arrays:
            if name not in known:
                raise ProblemFileError(f"{self.source} holds {name}, which is not one of {', '.join(known)}.")


def read_npz(key: str, path: Path) -> Stored:
    """Read the .npz file that stands under `key`."""
    source = f'{key} = "{named(path)}"'
    try:
        with open_input(path) as file:
            size = _unpacked_size(file)
            arrays = _load(file) if size <= MAX_BYTES else {}
    except zipfile.BadZipFile:
        raise ProblemFileError(f"{source} is not an .npz file as numpy.savez writes it.") from None
    except OSError as error:
        raise ProblemFileError(f"{source} cannot be read: {error.strerror or error}.") from None
    except DAMAGE as error:
        reason = str(error.args[0] if error.args else error).partition("\n")[0].rstrip(".")
        raise ProblemFileError(f"{source} cannot be read: {reason}.") from None
    if size > MAX_BYTES:
        raise ProblemFileError(f"{source} unpacks to {size} bytes; {MAX_BYTES} is the most.")
    cell = _cell_in(arrays.pop("cell"), source) if "cell" in arrays else None
    for name, array in arrays.items():
        _check(name, array, source)
    return Stored(source, arrays, cell)


def _cell_in(array: Any, source: str) -> str:
    """Return the one text that `cell` holds."""
    one_text = isinstance(array, np.ndarray) and array.dtype.kind == "U" and array.shape == ()
    if not one_text or array.dtype.itemsize > 4 * LIMIT.most:
        kind = f"{array.dtype} {array.shape}" if isinstance(array, np.ndarray) else "something else"
        raise ProblemFileError(
            f"cell in {source} is {kind}; it must be one text of at most {LIMIT.most:,} characters."
        )
    order = {"<": "le", ">": "be"}.get(array.dtype.byteorder, sys.byteorder[0] + "e")
    stored: bytes = array.tobytes()
    try:  # not str(array), which fails in NumPy where the characters are none
        return stored.decode(f"utf-32-{order}").rstrip("\0")
    except UnicodeDecodeError:
        raise ProblemFileError(
            f"cell in {source} is no text: it has characters that Unicode has not."
        ) from None


def _unpacked_size(file: BinaryIO) -> int:
    with zipfile.ZipFile(file) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def _load(file: BinaryIO) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # NumPy's, of what Python 2 wrote: it is read as well
        return _arrays_in(file)


def _arrays_in(file: BinaryIO) -> dict[str, Any]:
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            if entry.filename.endswith(".npy"):
                with archive.open(entry) as array:
                    _check_header(entry, array)
    file.seek(0)
    with np.load(file, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def _check_header(entry: zipfile.ZipInfo, array: IO[bytes]) -> None:
    """Refuse an array that says it is larger than what is there: its room is taken before it is read."""
    version = np.lib.format.read_magic(array)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(array)
    if (said := math.prod(shape) * dtype.itemsize) > entry.file_size and not dtype.hasobject:
        raise ValueError(f"{entry.filename} says it has {said:,} bytes, and {entry.file_size:,} are there")


def _check(name: str, array: Any, source: str) -> None:
    kind = array.dtype if isinstance(array, np.ndarray) else "something else than an array"
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "iuf" or array.dtype.itemsize > 8:
        raise ProblemFileError(f"{name} in {source} is {kind}; it must hold real numbers of at most 64 bits.")
