"""HDF5 files of Keras: what is in one, read in a process of its own, and written.

The library of HDF5 may never return from a damaged file: hdf5_process.py is what reads.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gatewise.errors import ConvertError
from gatewise.support.arrays import FloatArray, of_bfloat16
from gatewise.support.extras import need
from gatewise.support.files import named

LONGEST = 10  # seconds of computing that the library has for a file, and one more for each of PACE bytes
PACE = 5_000_000
LENGTH = 8  # bytes of the length of what the process tells
_START = (
    "import json, runpy, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "runpy.run_path(sys.argv[2], run_name='__main__')"
)
_PATIENCE = 10  # of those seconds, for a machine that is busy with other work


@dataclass(frozen=True)
class H5Group:
    """A group of an HDF5 file.

    Attributes
    ----------
    members : dict
        By name, in the order in which they were written: a group, an array, or why it is not read.
    attributes : dict
        Those that are texts or lists of texts.
    """

    members: dict[str, H5Group | FloatArray | UnreadMember] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class UnreadMember:
    """Why something in a file is not read; it is said once it is asked for."""

    why: str


class WeightStore:
    """The groups and arrays of an HDF5 file.

    Raises
    ------
    ConvertError
        From its methods, where the file is damaged, links to elsewhere or declares more than it holds.
    """

    def __init__(self, path: Path, root: H5Group) -> None:
        self.path, self.root = path, root

    def refuse(self, why: str) -> ConvertError:
        """Return an error that names the file."""
        return ConvertError(f"{named(self.path)}: {why}")

    def group(self, place: str) -> H5Group | None:
        """Return a group by its path; None if there is none."""
        found: H5Group | None = self.root
        for name in filter(None, place.split("/")):
            found = self.subgroup(found, name) if found is not None and name in found.members else None
        return found

    def subgroup(self, group: H5Group, name: str) -> H5Group | None:
        """Return a group in a group; None where it is an array."""
        found = self._member(group, name)
        return found if isinstance(found, H5Group) else None

    def array(self, group: H5Group, name: str) -> FloatArray:
        """Return an array: float64 as it is, narrower ones as float32."""
        found = self._member(group, name)
        if isinstance(found, H5Group):
            raise self.refuse(f"{name} is a group, and an array is needed.")
        return found

    def arrays(self, place: str) -> list[FloatArray]:
        """Return the arrays of a group that are called 0, 1, 2 and so on, as Keras 3 names them."""
        group = self.group(place) or H5Group()
        names = [str(number) for number in range(len(group.members))]
        return [self.array(group, name) for name in names if name in group.members]

    def attribute(self, group: H5Group, name: str) -> Any:
        """Return an attribute as text or a list of texts; None if there is none."""
        return group.attributes.get(name)

    def _member(self, group: H5Group, name: str) -> H5Group | FloatArray:
        found = group.members[name]
        if isinstance(found, UnreadMember):
            raise self.refuse(found.why)
        return found


def read_store(path: Path, data: bytes) -> WeightStore:
    """Read the bytes of an HDF5 file.

    Raises
    ------
    ConvertError
        If it is no HDF5 file, or damaged.
    """
    table, numbers = _contents(path, data)
    root = _built(table, numbers)
    if not isinstance(root, H5Group):
        raise ConvertError(
            f"{named(path)}: {root.why if isinstance(root, UnreadMember) else 'it has no groups.'}"
        )
    return WeightStore(path, root)


def _contents(path: Path, data: bytes) -> tuple[Any, memoryview]:
    """Let a process read the file; where none can be started, this one does."""
    seconds = LONGEST + len(data) // PACE
    script = Path(__file__).with_name("hdf5_process.py")
    command = [sys.executable, "-I", "-S", "-c", _START, json.dumps(sys.path), str(script), str(seconds)]
    try:
        ended = subprocess.run(
            command,
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE * seconds,
        )
    except subprocess.TimeoutExpired:
        ended = None
    except (OSError, ValueError):  # there is no program of Python, or no process
        return _contents_here(data)
    if ended is not None and ended.returncode == 1:  # it could not begin
        return _contents_here(data)
    if ended is None or ended.returncode:
        raise ConvertError(
            f"{named(path)}: its weights are damaged: the library of HDF5 did not come back from "
            f"reading them, in {seconds} seconds of computing."
        )
    answer = memoryview(ended.stdout)
    start = LENGTH + int.from_bytes(answer[:LENGTH], "little")
    return json.loads(bytes(answer[LENGTH:start])), answer[start:]


def _contents_here(data: bytes) -> tuple[Any, memoryview]:
    need("h5py", "keras", "a file of Keras")
    from gatewise.convert.keras.hdf5_process import contents

    table, numbers = contents(data)
    return table, memoryview(numbers)


def _built(told: Any, numbers: memoryview) -> H5Group | FloatArray | UnreadMember:
    """Make of a table what it describes."""
    if "refused" in told:
        return UnreadMember(told["refused"])
    if "shape" in told:
        raw = numbers[told["at"] : told["at"] + told["bytes"]]
        if told["dtype"] == "bfloat16":
            return of_bfloat16(raw.tobytes()).reshape(told["shape"])
        dtype = np.dtype(told["dtype"])
        return np.frombuffer(raw, dtype).reshape(told["shape"]).astype(dtype.newbyteorder("="))
    return H5Group(
        {name: _built(each, numbers) for name, each in told["members"].items()}, told["attributes"]
    )


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
