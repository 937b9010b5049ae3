"""What a class hands in: a file, a folder, a folder for each student as Moodle gives it, a zip of these.

Nothing stops at one file: what cannot be read is listed with the reason. Nothing of a zip is written.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from gatewise.support.files import JsonError, Limit, parse_json, read_input
from gatewise.support.toml import TomlError, parse_toml
from gatewise.teach.exercises.marking.reading.zips import (
    LARGEST,
    LARGEST_ZIP,
    MOST_FILES,
    Found,
    ZipReader,
    too_large,
)

MOST_CONTROLS = 8  # control characters that a text in an older encoding may have
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
    ".rar": "a RAR archive", ".7z": "a 7z archive", ".gz": "a packed file", ".tgz": "a packed file",
    ".tar": "a tar archive", ".xz": "a packed file", ".bz2": "a packed file", ".tex": "LaTeX",
    ".pptx": "a presentation", ".key": "a presentation", ".webp": "a picture", ".svg": "a picture",
}  # fmt: skip
# How files begin that are no text, whatever they are called.
_STARTS = {
    b"%PDF": "a PDF", b"PK\x03\x04": "a zip or an Office document", b"\xd0\xcf\x11\xe0": "an Office document",
    b"{\\rtf": "an RTF document", b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture",
    b"\x1f\x8b": "a packed file", b"Rar!": "a RAR archive", b"7z\xbc\xaf": "a 7z archive",
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
    place = PurePosixPath(path.name)
    files = _files(path, path.resolve(), place, 0) if path.is_dir() else _file(path, place)
    for number, (file, data) in enumerate(files):
        if number == MOST_FILES:
            yield NotRead(
                str(file), f"it and what follows is too much; {MOST_FILES:,} files are marked at once"
            )
            return
        yield _read(file, data, below=path.is_dir() or path.suffix.lower() == ".zip")


def piped(data: bytes) -> HandIn | NotRead:
    """Return the one hand-in that standard input holds: JSON, TOML or text, as it looks."""
    place = PurePosixPath("standard input")
    if len(data) > LARGEST:
        return NotRead(str(place), f"it has more than {LARGEST:,} bytes")
    text = decoded(data)
    suffix = ".md" if text is None else _looks_like(text)
    return replace(_read(place.with_suffix(suffix), data, below=False), file=str(place))


def _looks_like(text: str) -> str:
    """Return the suffix that text without a name should have."""
    if text.lstrip()[:1] in ("{", "["):
        return ".json"
    try:
        return ".toml" if parse_answers(text) else ".md"
    except TomlError:
        return ".md"


def parse_answers(text: str) -> dict[str, Any]:
    """Parse answers in TOML, their numbers as texts.

    Raises
    ------
    TomlError
    """
    return parse_toml(text, longest_key="answers.F1", deepest="a matrix is a list of lists", parse_float=str)


def _files(folder: Path, top: Path, place: PurePosixPath, depth: int) -> Iterator[Found]:
    """Go through a folder; a link is read where it leads to a file within it, and no file is read twice."""
    try:
        paths = [path for path in sorted(folder.iterdir()) if not _is_ignored(path.name)]
    except OSError as error:
        yield place, f"it cannot be read: {error.strerror}"
        return
    if not paths and depth:
        yield place, "it is an empty folder"
    for path in paths:
        here = place / path.name
        if path.is_symlink() and (path.is_dir() or not _is_within(path, top)):
            yield here, "it is a link to elsewhere"
        elif not path.is_dir():
            yield from _file(path, here)
        elif depth == DEEPEST:
            yield here, f"folders are read to {DEEPEST} deep"
        else:
            yield from _files(path, top, here, depth + 1)


def _is_within(link: Path, top: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(top)
    except (OSError, RuntimeError):  # it leads nowhere, or in a circle
        return False


def _is_ignored(name: str) -> bool:
    """Return whether a file or folder is one that systems leave behind."""
    return name.startswith((".", "~$")) or name in _IGNORED


def _file(path: Path, place: PurePosixPath) -> Iterator[Found]:
    """Return the bytes of a file, or what is in a zip."""
    is_zip = path.suffix.lower() == ".zip"
    most = LARGEST_ZIP if is_zip else LARGEST
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            yield place, "it is no file"
        elif place.suffix.lower() not in (*SUFFIXES, ".zip"):
            yield place, b""  # of a kind that is not read, however large
        elif about.st_size > most:
            yield place, too_large(about.st_size, most)
        else:
            data = read_input(path, Limit(most, "hand it in in parts"))
            yield from ZipReader(_is_ignored).read(data, place) if is_zip else [(place, data)]
    except OSError as error:
        yield place, f"it cannot be read: {error.strerror}"


def _read(place: PurePosixPath, data: bytes | str, *, below: bool) -> HandIn | NotRead:
    file, suffix = str(place), place.suffix.lower()
    if isinstance(data, str):
        return NotRead(file, data)
    if suffix not in SUFFIXES:
        kind = _KINDS.get(suffix, f"of a kind that is not known ({suffix or 'no suffix'})")
        return NotRead(file, f"it is {kind}; answers are {', '.join(SUFFIXES)}, or a zip of such files")
    if len(data) > LARGEST:
        return NotRead(file, too_large(len(data)))
    if other := next((kind for start, kind in _STARTS.items() if data.startswith(start)), ""):
        return NotRead(file, f"it is {other} by another name; answers are text")
    text: str | None = decoded(data)
    if text is None:
        return NotRead(
            file, "it is a binary file: it holds NUL bytes or control characters; answers are text"
        )
    if suffix == ".ipynb":
        text = _cells(text)
        if text is None:
            return NotRead(file, "it is no notebook: not JSON with cells")
    return HandIn(_student(place) if below else place.stem, file, suffix, text)


def decoded(data: bytes) -> str | None:
    """Return bytes as text, in UTF-8, -16 or -32, or else as Windows writes it; None if they are no text."""
    if data[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        return data.decode("utf-32", "replace")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # The five bytes that Windows-1252 leaves open are no letters in Latin-1 either.
        text = data.decode("cp1252", "replace")
        if "\0" not in text and _controls(data) > MOST_CONTROLS:
            return None
    if "\0" not in text:
        return text
    for encoding, nothing in (("utf-16-le", data[1::2]), ("utf-16-be", data[::2])):
        if nothing.count(0) > len(nothing) * 0.9:
            return data.decode(encoding, "replace")
    return None


def _controls(data: bytes) -> int:
    """Count the bytes at the beginning that no text has, whatever its encoding."""
    return sum(byte < 32 and byte not in b"\t\n\r\f\x1a\x1b" for byte in data[:10_000])


def _cells(text: str) -> str | None:
    """Return the text of a notebook's Markdown cells."""
    try:
        document: Any = parse_json(text)
        cells = [cell for cell in document["cells"] if cell.get("cell_type") == "markdown"]
        return "\n\n".join("".join(cell["source"]) for cell in cells)
    except (JsonError, KeyError, TypeError, AttributeError):
        return None


def _student(place: PurePosixPath) -> str:
    """Return the student that a place names: a folder of their own, as Moodle calls it, or the file."""
    for folder in place.parts[1:-1]:
        if moodle := _MOODLE.match(folder):
            return moodle["name"]
    if moodle := _MOODLE.match(place.stem):
        return moodle["name"]
    return place.parts[1].removesuffix(".zip") if len(place.parts) > 2 else place.stem
