"""HDF5 within bounds: no link but a hard one is followed, and no array is read that the file cannot hold."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from gatewise.errors import ConvertError, GatewiseError
from gatewise.support.arrays import FloatArray
from gatewise.support.extras import need
from gatewise.support.files import named
from gatewise.support.given import brief, one_line

DEEPEST = 20  # groups within one another
MOST_GROUPS = 4000
MOST_RATIO = 100  # of all that is read to the size of the file: Keras compresses nothing
_ADVICE = "Save the weights once more with Keras."
_DAMAGE = (
    OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError,
    MemoryError,
    NotImplementedError, RecursionError, SystemError,
)  # fmt: skip


class WeightStore:
    """The groups and arrays of an HDF5 file.

    Raises
    ------
    ConvertError
        From its methods, where the file is damaged, links to elsewhere or declares more than it holds.
    """

    def __init__(self, path: Path, file: Any, size: int) -> None:
        self.path, self._file, self._left, self._groups = path, file, MOST_RATIO * size, 0

    def refuse(self, why: str) -> ConvertError:
        """Return an error that names the file."""
        return ConvertError(f"{named(self.path)}: {why}")

    def group(self, place: str) -> Any:
        """Return a group by its path; None if there is none."""
        found = self._file
        for name in filter(None, place.split("/")):
            if not _is_group(found) or name not in found:
                return None
            found = self._member(found, name)
        return found if _is_group(found) else None

    def members(self, group: Any) -> list[str]:
        """Return the names in a group."""
        self._groups += 1
        if self._groups > MOST_GROUPS:
            raise self.refuse(f"it has more than {MOST_GROUPS:,} groups, or groups that hold themselves.")
        return [str(name) for name in group]

    def _member(self, group: Any, name: str) -> Any:
        link = type(group.get(name, getlink=True)).__name__
        if link != "HardLink":
            raise self.refuse(
                f"{brief(name)} is no data but a link ({link}); links are not followed. {_ADVICE}"
            )
        return group[name]

    def subgroup(self, group: Any, name: str) -> Any:
        """Return a group in a group; None where it is an array."""
        found = self._member(group, name)
        return found if _is_group(found) else None

    def array(self, group: Any, name: str) -> FloatArray:
        """Return an array: float64 as it is, narrower ones as float32."""
        found = self._member(group, name)
        if _is_group(found):
            raise self.refuse(f"{found.name} is a group, and an array is needed.")
        if found.external or found.is_virtual:
            raise self.refuse(f"{found.name} is kept in another file; such data are not read. {_ADVICE}")
        self._take(found.name, int(found.size or 0) * found.dtype.itemsize)
        half = _text(found.attrs.get("dtype")) == "bfloat16"
        if half and found.dtype.itemsize == 2:
            wide = np.frombuffer(np.ascontiguousarray(found[()]).tobytes(), "<u2").astype(np.uint32) << 16
            return wide.view(np.float32).reshape(found.shape)
        if found.shape is None or found.dtype.kind != "f" or found.dtype.itemsize not in (2, 4, 8):
            raise self.refuse(
                f"{found.name} is of {found.dtype}; weights are real numbers of 16, 32 or 64 bits. Quantized "
                "ones must be "
                "made such first."
            )
        wide_too = np.float64 if found.dtype.itemsize == 8 else np.float32
        return np.ascontiguousarray(found[()], wide_too)

    def arrays(self, place: str) -> list[FloatArray]:
        """Return the arrays of a group that are called 0, 1, 2 and so on, as Keras 3 names them."""
        group = self.group(place)
        names = [] if group is None else self.members(group)
        return [self.array(group, str(number)) for number in range(len(names)) if str(number) in names]

    def attribute(self, group: Any, name: str) -> Any:
        """Return an attribute as text or a list of texts; None if there is none."""
        if name not in group.attrs:
            return None
        about = group.attrs.get_id(name)
        self._take(name, math.prod(about.shape) * about.dtype.itemsize)
        value = group.attrs[name]
        if isinstance(value, np.ndarray):
            return [_text(each) for each in value.ravel().tolist()]
        return _text(value)

    def _take(self, name: str, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise self.refuse(f"{brief(name)} is said to have {size:,} bytes, more than the file can hold.")


def _is_group(found: Any) -> bool:
    return hasattr(found, "keys")


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8")
    return value if isinstance(value, str) else None


@contextmanager
def opened_weights(path: Path, data: bytes) -> Iterator[WeightStore]:
    """Open the bytes of an HDF5 file; what h5py raises inside is said in words.

    Raises
    ------
    ConvertError
        If it is no HDF5 file, or damaged.
    """
    library = need("h5py", "keras", "a file of Keras")
    try:
        with library.File(io.BytesIO(data), "r") as file:
            yield WeightStore(path, file, len(data))
    except GatewiseError:
        raise
    except _DAMAGE as error:
        raise ConvertError(
            f"{named(path)}: its weights are no HDF5, or damaged: {one_line(error)[:200].rstrip('.')}."
        ) from None


def written(arrays: Mapping[str, Mapping[str, FloatArray]], names: Mapping[str, str]) -> bytes:
    """Return the bytes of an HDF5 file.

    Parameters
    ----------
    arrays : dict
        The arrays of each group by its path: {"layers/lstm/cell/vars": {"0": kernel, …}}.
    names : dict
        The attribute "name" of a group, by its path.
    """
    library = need("h5py", "keras", "a file of Keras")
    data = io.BytesIO()
    with library.File(data, "w") as file:
        for place, content in arrays.items():
            group = file.require_group(place)
            for name, array in content.items():
                group.create_dataset(name, data=array)
            if place in names:
                group.attrs["name"] = names[place]
    return data.getvalue()
