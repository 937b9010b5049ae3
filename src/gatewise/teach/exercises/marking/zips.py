"""Zips that are handed in, read within bounds and in memory: nothing of them is written to the disk.

What cannot be read, a member or the whole, is a reason in place of bytes; the other members go on.
"""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

LARGEST = 5_000_000  # bytes of a file of answers
MOST_FILES = 2000
LARGEST_ZIP = 100_000_000  # bytes of a zip, and of what is in it unpacked
DEEPEST_ZIP = 3  # zips within zips
Found = tuple[PurePosixPath, bytes | str]  # a place, and its bytes or the reason why there are none
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, OSError, EOFError, ValueError,
    NotImplementedError, RuntimeError, OverflowError,
)  # fmt: skip


def too_large(size: int, most: int = LARGEST) -> str:
    """Say that a file is larger than is read, with both numbers."""
    what = "answers have" if most == LARGEST else "a zip has"
    return f"it has {size:,} bytes; {what} at most {most:,}"


class ZipReader:
    """Reads a zip and the zips in it; the bounds are on all of them together."""

    def __init__(self, is_ignored: Callable[[str], bool]) -> None:
        self.is_ignored = is_ignored
        self.files = 0
        self.bytes = 0

    def read(self, data: bytes, place: PurePosixPath, depth: int = 1) -> Iterator[Found]:
        """Yield what is in a zip, by name."""
        try:
            archive = zipfile.ZipFile(io.BytesIO(data))
            members = sorted(archive.infolist(), key=lambda member: member.filename)
        except _DAMAGE:
            yield place, "it is no zip that can be opened"
            return
        self.files += len(members)
        self.bytes += sum(member.file_size for member in members)
        if self.files > MOST_FILES or self.bytes > LARGEST_ZIP:
            size = f"it has {self.files:,} files and {self.bytes:,} bytes unpacked"
            yield place, f"{size}; a zip has at most {MOST_FILES:,} and {LARGEST_ZIP:,}"
            return
        empty = True
        for member in members:
            inside = PurePosixPath(member.filename.replace("\\", "/"))
            parts = [part for part in inside.parts if part not in ("/", "..")]
            if not member.is_dir() and parts and not any(map(self.is_ignored, parts)):
                empty = False
                yield from self._member(archive, member, place.joinpath(*parts), depth)
        if empty:
            yield place, "it is an empty zip"

    def _member(
        self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, place: PurePosixPath, depth: int
    ) -> Iterator[Found]:
        is_zip = place.suffix.lower() == ".zip"
        most = LARGEST_ZIP if is_zip else LARGEST
        if member.flag_bits & 1:
            yield place, "it is encrypted"
        elif member.file_size > most:
            yield place, too_large(member.file_size, most)
        elif is_zip and depth == DEEPEST_ZIP:
            yield place, f"zips within zips are read to {DEEPEST_ZIP} deep"
        else:
            try:
                with archive.open(member) as file:
                    data = file.read(most + 1)  # whatever size the zip says it has
            except _DAMAGE:
                yield place, "the zip is damaged here"
            else:
                yield from self.read(data, place, depth + 1) if is_zip else [(place, data)]
