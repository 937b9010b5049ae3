"""What an HDF5 file holds, in a process of its own: its library may never return from a damaged file.

Run as a script by hdf5.py, with the file's bytes on standard input. It writes the length of a table, the
table as JSON, and the arrays' numbers. It imports nothing of gatewise, so that it starts quickly. No link but
a hard one is followed, and no array is read that the file cannot hold.
"""

from __future__ import annotations

import io
import json
import math
import sys
from typing import Any

import h5py
import numpy as np

DEEPEST = 20  # groups within one another
MOST_GROUPS = 4000
MOST_RATIO = 100  # of all that is read to the size of the file: Keras compresses nothing
ADVICE = "Save the weights once more with Keras."
MOST_SHOWN = 60  # characters of a name in a message
_DAMAGE = (
    OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError,
    MemoryError, NotImplementedError, RecursionError, SystemError,
)  # fmt: skip
_UNREAD = ("optimizer", "optimizer_weights")  # as many numbers again, of which none is a layer's


class UnreadableError(Exception):
    """Something in the file is not read, for the reason that it says."""


class _WholeFileError(UnreadableError):
    """Nothing in the file is read."""


class _Contents:
    """The groups, attributes and arrays of a file, as they are gone through."""

    def __init__(self, size: int) -> None:
        self.arrays: list[np.ndarray[Any, Any]] = []
        self._left, self._groups, self._end = MOST_RATIO * size, 0, 0
        # By place in the file: an array with two names is read once.
        self._read: dict[int, dict[str, Any]] = {}

    def member(self, group: Any, name: str, depth: int) -> dict[str, Any]:
        """Describe a member of a group, or say why it is not read."""
        try:
            _check_link(type(group.get(name, getlink=True)).__name__, name)
            found = group[name]
            return self.group(found, depth) if hasattr(found, "keys") else self._array(found)
        except _WholeFileError:
            raise
        except UnreadableError as refused:
            return {"refused": str(refused)}
        except _DAMAGE as error:
            return {"refused": damage(error)}

    def group(self, group: Any, depth: int) -> dict[str, Any]:
        """Describe a group with all that is in it."""
        self._groups += 1
        if self._groups > MOST_GROUPS:
            raise _WholeFileError(f"it has more than {MOST_GROUPS:,} groups, or groups that hold themselves.")
        if depth > DEEPEST:
            raise UnreadableError(f"its groups are nested by more than {DEEPEST} levels.")
        names = [str(name) for name in group if depth or name not in _UNREAD]
        names.sort(key=lambda name: _place(group, name))
        attributes = {str(name): self._attribute(group, name) for name in group.attrs}
        return {
            "members": {name: self.member(group, name, depth + 1) for name in names},
            "attributes": {name: value for name, value in attributes.items() if value is not None},
        }

    def _attribute(self, group: Any, name: str) -> Any:
        about = group.attrs.get_id(name)
        self._take(name, math.prod(about.shape or ()) * about.dtype.itemsize)
        value = group.attrs[name]
        return (
            [_text(each) for each in value.ravel().tolist()]
            if isinstance(value, np.ndarray)
            else _text(value)
        )

    def _array(self, found: Any) -> dict[str, Any]:
        """Describe an array: float64 as it is, narrower ones as float32."""
        if found.external or found.is_virtual:
            raise UnreadableError(
                f"{_brief(found.name)} is kept in another file; such data are not read. {ADVICE}"
            )
        place = h5py.h5o.get_info(found.id).addr
        if place in self._read:
            return self._read[place]
        self._take(found.name, int(found.size or 0) * found.dtype.itemsize)
        if _text(found.attrs.get("dtype")) == "bfloat16" and found.dtype.itemsize == 2:
            numbers, dtype = np.ascontiguousarray(found[()]), "bfloat16"
        elif found.shape is None or found.dtype.kind != "f" or found.dtype.itemsize not in (2, 4, 8):
            raise UnreadableError(
                f"{_brief(found.name)} is of {found.dtype}; weights are real numbers of 16, 32 or 64 "
                "bits. Quantized ones must be made such first."
            )
        else:
            dtype = "<f8" if found.dtype.itemsize == 8 else "<f4"
            numbers = np.ascontiguousarray(found[()], dtype)
        self.arrays.append(numbers)
        about = {
            "at": self._end, "bytes": numbers.nbytes, "shape": list(numbers.shape), "dtype": dtype,
        }  # fmt: skip
        self._end += numbers.nbytes
        self._read[place] = about
        return about

    def _take(self, name: str, size: int) -> None:
        if size > self._left:
            raise UnreadableError(
                f"{_brief(name)} is said to have {size:,} bytes, more than the file can hold."
            )
        self._left -= size


def damage(error: BaseException) -> str:
    """Say in a line what the library said."""
    words = " ".join(str(error).split())[:200].rstrip(".")
    return f"its weights are no HDF5, or damaged: {words or type(error).__name__}."


def contents(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the groups of an HDF5 file as a table, and the numbers of its arrays one after the other."""
    read = _Contents(len(data))
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            table = read.group(file, 0)
    except UnreadableError as refused:
        table = {"refused": str(refused)}
    except _DAMAGE as error:
        table = {"refused": damage(error)}
    return table, b"".join(array.tobytes() for array in read.arrays)


def _place(group: Any, name: str) -> float:
    """Return where in the file a member begins: they were written in that order, not in the alphabet's."""
    try:
        return float(h5py.h5o.get_info(group.id, name.encode()).addr)
    except _DAMAGE:  # as of a link to nowhere
        return math.inf


def _check_link(link: str, name: str) -> None:
    if link != "HardLink":
        raise UnreadableError(
            f"{_brief(name)} is no data but a link ({link}); links are not followed. {ADVICE}"
        )


def _brief(name: str) -> str:
    """Quote a name, cut where it is long."""
    return repr(name if len(name) <= MOST_SHOWN else name[:MOST_SHOWN] + "…")


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8")
    return value if isinstance(value, str) else None


def _compute_at_most(seconds: int) -> None:
    """End this process after so many seconds of computing, where the system can."""
    try:
        import resource
    except ImportError:  # not on Windows, where the process is waited for, and ended
        return
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def main() -> None:
    """Read a file from standard input and write what it holds to standard output."""
    _compute_at_most(int(sys.argv[3]))
    table, numbers = contents(sys.stdin.buffer.read())
    text = json.dumps(table).encode()
    for part in (len(text).to_bytes(8, "little"), text, numbers):
        sys.stdout.buffer.write(part)


if __name__ == "__main__":
    main()
