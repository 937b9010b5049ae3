"""What a class hands in: a file, a folder, a folder for each student as Moodle gives it, a zip of these.

Nothing stops at one file: what cannot be read is listed with the reason. Nothing of a zip is written.
"""

from __future__ import annotations

import io
import json
import re
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

LARGEST = 5_000_000  # bytes of a file of answers
MOST_FILES = 2000
LARGEST_ZIP = 100_000_000  # bytes of what is in a zip, unpacked
DEEPEST = 4  # folders within folders
SUFFIXES = (".md", ".markdown", ".txt", ".toml", ".json", ".csv", ".ipynb")
_IGNORED = {"__MACOSX", "Thumbs.db", "desktop.ini"}
_MOODLE = re.compile(r"^(?P<name>.+?)_\d+_assignsubmission_\w*$")
_KINDS = {
    ".docx": "a Word document", ".doc": "a Word document", ".odt": "an OpenDocument text",
    ".rtf": "an RTF document",
    ".pages": "a Pages document", ".pdf": "a PDF", ".xlsx": "an Excel workbook", ".xls": "an Excel workbook",
    ".ods": "an OpenDocument table", ".png": "a picture", ".jpg": "a picture", ".jpeg": "a picture",
    ".heic": "a picture", ".gif": "a picture", ".html": "a web page", ".htm": "a web page",
    ".rar": "a RAR archive", ".7z": "a 7z archive",
}  # fmt: skip


@dataclass(frozen=True)
class HandIn:
    """A file that was handed in: the name its place gives the student, what messages call it, its text."""

    student: str
    file: str
    suffix: str
    text: str


@dataclass(frozen=True)
class NotRead:
    """A file that was handed in and could not be read, and why."""

    file: str
    reason: str


def hand_ins(path: Path) -> Iterator[HandIn | NotRead]:
    """Go through what was handed in at `path`, in the order of names.

    Raises
    ------
    OSError
        If there is nothing there.
    """
    files = list(
        _files(path, PurePosixPath(path.name), 0) if path.is_dir() else _file(path, PurePosixPath(path.name))
    )
    for number, (place, data) in enumerate(files):
        if number == MOST_FILES:
            yield NotRead(
                str(place), f"these are {len(files)} files; at most {MOST_FILES} are marked at once"
            )
            return
        yield _read(place, data, below=path.is_dir() or path.suffix.lower() == ".zip")


def _files(folder: Path, place: PurePosixPath, depth: int) -> Iterator[tuple[PurePosixPath, bytes | str]]:
    """Go through a folder; what comes is a place and its bytes, or the reason why there are none."""
    for path in sorted(folder.iterdir()):
        here = place / path.name
        if _is_ignored(path.name):
            continue
        if path.is_dir():
            if depth == DEEPEST:
                yield here, f"folders are read to {DEEPEST} deep"
            else:
                yield from _files(path, here, depth + 1)
        else:
            yield from _file(path, here)


def _is_ignored(name: str) -> bool:
    """Return whether a file or folder is one that systems leave behind."""
    return name.startswith(".") or name in _IGNORED


def _too_large(size: int) -> str:
    return f"it has {size:,} bytes; answers have at most {LARGEST:,}"


def _file(path: Path, place: PurePosixPath) -> Iterator[tuple[PurePosixPath, bytes | str]]:
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            yield place, "it is no file"
        elif path.suffix.lower() == ".zip":
            yield from _zipped(path.read_bytes() if about.st_size <= LARGEST_ZIP else b"", place)
        elif about.st_size > LARGEST:
            yield place, _too_large(about.st_size)
        else:
            yield place, path.read_bytes()
    except OSError as error:
        yield place, f"it cannot be read: {error.strerror}"


def _zipped(data: bytes, place: PurePosixPath) -> Iterator[tuple[PurePosixPath, bytes | str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = sorted(archive.infolist(), key=lambda member: member.filename)
            if len(members) > MOST_FILES or sum(member.file_size for member in members) > LARGEST_ZIP:
                yield place, f"a zip has at most {MOST_FILES} files and {LARGEST_ZIP:,} bytes unpacked"
                return
            for member in members:
                inside = PurePosixPath(member.filename.replace("\\", "/"))
                parts = [part for part in inside.parts if part not in ("/", "..")]
                if member.is_dir() or not parts or any(map(_is_ignored, parts)):
                    continue
                here = place.joinpath(*parts)
                if member.flag_bits & 1:
                    yield here, "it is encrypted"
                elif member.file_size > LARGEST:
                    yield here, _too_large(member.file_size)
                else:
                    with archive.open(member) as file:
                        yield here, file.read(LARGEST + 1)
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, ValueError):
        yield place, "it is no zip that can be opened"


def _read(place: PurePosixPath, data: bytes | str, *, below: bool) -> HandIn | NotRead:
    file, suffix = str(place), place.suffix.lower()
    if isinstance(data, str):
        return NotRead(file, data)
    if suffix not in SUFFIXES:
        kind = _KINDS.get(suffix, f"of a kind that is not known ({suffix or 'no suffix'})")
        return NotRead(file, f"it is {kind}; answers are {', '.join(SUFFIXES)}, or a zip of such files")
    text = decoded(data)
    if text is None:
        return NotRead(file, "it is a binary file: it holds NUL bytes; answers are text")
    if suffix == ".ipynb":
        text = _cells(text)
        if text is None:
            return NotRead(file, "it is no notebook: not JSON with cells")
    return HandIn(_student(place) if below else place.stem, file, suffix, text)


def decoded(data: bytes) -> str | None:
    """Return bytes as text, in UTF-8, UTF-16, or else as Windows writes it; None if they are no text."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # The five bytes that Windows-1252 leaves open are no letters in Latin-1 either.
        text = data.decode("cp1252", "replace")
    if "\0" not in text:
        return text
    for encoding, nothing in (("utf-16-le", data[1::2]), ("utf-16-be", data[::2])):
        if nothing.count(0) > len(nothing) * 0.9:
            return data.decode(encoding, "replace")
    return None


def _cells(text: str) -> str | None:
    """Return the text of a notebook's Markdown cells."""
    try:
        document: Any = json.loads(text)
        cells = [cell for cell in document["cells"] if cell.get("cell_type") == "markdown"]
        return "\n\n".join("".join(cell["source"]) for cell in cells)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _student(place: PurePosixPath) -> str:
    """Return the student that a place names: a folder of their own, as Moodle calls it, or the file."""
    for folder in place.parts[1:-1]:
        if moodle := _MOODLE.match(folder):
            return moodle["name"]
    if moodle := _MOODLE.match(place.stem):
        return moodle["name"]
    return place.parts[1].removesuffix(".zip") if len(place.parts) > 2 else place.stem
