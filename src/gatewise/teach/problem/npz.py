"""Arrays from the .npz files that a problem file names: no pickles, bounds on sizes, refusals in words."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewise.teach.problem.written import ProblemFileError

MAX_BYTES = 1 << 30  # of all arrays together, unpacked: a file of some MB can claim to hold terabytes


_DAMAGE = (  # what zipfile, its decompressors and NumPy's reading of a header raise
    ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError, MemoryError, RuntimeError,
    SyntaxError, OverflowError, zlib.error, lzma.LZMAError, struct.error, TokenError,
)  # fmt: skip


def read_npz(key: str, path: Path, known: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Read all arrays of the .npz file that stands under `key`; their names must be among `known`."""
    source = f'{key} = "{path}"'
    if path.exists() and not path.is_file():
        what = "a directory" if path.is_dir() else "no file"
        raise ProblemFileError(f"{source} is {what}; it must be an .npz file as numpy.savez writes it.")
    try:
        size = _unpacked_size(path)
        arrays = _load(path) if size <= MAX_BYTES else {}
    except zipfile.BadZipFile:
        raise ProblemFileError(f"{source} is not an .npz file as numpy.savez writes it.") from None
    except OSError as error:
        raise ProblemFileError(f"{source} cannot be read: {error.strerror or error}.") from None
    except _DAMAGE as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise ProblemFileError(f"{source} cannot be read: {reason}.") from None
    if size > MAX_BYTES:
        raise ProblemFileError(f"{source} unpacks to {size} bytes; {MAX_BYTES} is the most.")
    for name, array in arrays.items():
        _check(name, array, source, known)
    return arrays


def _unpacked_size(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def _load(path: Path) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def _check(name: str, array: Any, source: str, known: Sequence[str]) -> None:
    if name not in known:
        raise ProblemFileError(f"{source} holds {name}, which is not one of {', '.join(known)}.")
    kind = array.dtype if isinstance(array, np.ndarray) else "something else than an array"
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "iuf" or array.dtype.itemsize > 8:
        raise ProblemFileError(f"{name} in {source} is {kind}; it must hold real numbers of at most 64 bits.")
