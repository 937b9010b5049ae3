"""Arrays that may be larger than memory: in memory up to a limit, else in a scratch file that is mapped.

A scratch file has no name once it is open, so nothing is left behind however the process ends.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from gatewise.support.files import as_path
from gatewise.support.options import as_whole
from gatewise.train.data.data_error import DataError


class Store:
    """Decides where arrays live.

    Parameters
    ----------
    memory : int
        Bytes of data kept in memory; what goes beyond is in a file.
    scratch : Path, optional
        The folder of such files; the system's own for temporary files if None.
    """

    def __init__(self, memory: int, scratch: Path | None) -> None:
        self.left = as_whole("memory", memory, 0)
        self.scratch = None if scratch is None else as_path("scratch", scratch, "a folder")

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Return an array to be filled."""
        size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
        if size <= self.left or size == 0:
            self.left -= size
            return np.empty(shape, dtype)
        try:
            with self.file(size) as file:
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file.fileno(), 0, size)  # a full disk is met here, not as SIGBUS later
                else:
                    file.truncate(size)
                return np.memmap(file, dtype, "r+", shape=shape)
        except OSError as error:
            raise self.disk_error(error, size) from None

    def file(self, size: int) -> Any:
        """Open a scratch file for at least `size` bytes."""
        try:
            return tempfile.TemporaryFile(dir=self.scratch)
        except OSError as error:
            raise self.disk_error(error, size) from None

    def disk_error(self, error: OSError, size: int) -> DataError:
        """Say that a scratch file cannot be written."""
        folder = self.scratch or tempfile.gettempdir()
        return DataError(
            f"the scratch file of {size / 1e6:.0f} MB in {folder} cannot be written: {error.strerror}. "
            f"Give a folder "
            "with more room (TMPDIR=…)."
        )


class Rows:
    """Rows that arrive in pieces and become one array."""

    def __init__(self, store: Store) -> None:
        self._store, self._pieces, self._size = store, list[NDArray[Any]](), 0
        self._file: Any = None

    def append(self, piece: NDArray[Any]) -> None:
        """Add rows; they all have the same width and dtype."""
        self._size += piece.nbytes
        if self._pieces and piece.dtype != self._pieces[0].dtype:
            self._pieces = [each.astype(piece.dtype) for each in self._pieces]
        self._pieces.append(piece)
        # The pieces and the array made of them are in memory together for a moment.
        if self._file is None and 2 * self._size > self._store.left:
            self._file = self._store.file(self._size)
        if self._file is not None:
            self._spill()

    def _spill(self) -> None:
        try:
            for piece in self._pieces:
                self._file.write(np.ascontiguousarray(piece).view(np.uint8))
        except OSError as error:
            raise self._store.disk_error(error, self._size) from None
        self._pieces = [self._pieces[0][:0]]

    def array(self) -> NDArray[Any]:
        """Return all rows."""
        if self._file is None:
            self._store.left -= self._size
            return np.concatenate(self._pieces)
        first = self._pieces[0]
        width = first.shape[1:]
        rows = self._size // (first.itemsize * int(np.prod(width, dtype=np.int64)))
        with self._file:
            self._file.flush()
            return np.memmap(self._file, first.dtype, "r+", shape=(rows, *width))
