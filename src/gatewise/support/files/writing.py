"""Files written in one step: whatever fails, a reader finds the old file or the whole new one."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from gatewise.errors import ArgumentError, GatewiseError
from gatewise.support.files.reading import open_input
from gatewise.support.given import brief

LONGEST_PATH = 400  # characters of a path that a message repeats


class OutputError(GatewiseError):
    """A result cannot be written where it was asked for."""


def as_path(name: str, given: object, what: str) -> Path:
    """Return a path that was given as text or path, or refuse what is neither; `what` is to be there.

    Raises
    ------
    ArgumentError
        If it is no path; the message says what was given.
    """
    try:
        place = os.fspath(given)  # type: ignore[call-overload]  # what is no path raises TypeError
    except Exception:  # noqa: BLE001  # its own method may raise anything
        place = None
    if not isinstance(place, str):
        raise ArgumentError(f"{name} is {brief(given)}; it must be the path of {what}.")
    try:
        os.lstat(place)
        fine = bool(place) and "\0" not in place
    except ValueError:  # a NUL, or half of a surrogate pair
        fine = False
    except OSError as error:  # that nothing is there is for whoever opens it
        fine = error.errno != errno.ENAMETOOLONG
    if not place or not fine:
        raise ArgumentError(f"{name} is {brief(place)}, which is no path; it must be that of {what}.")
    return Path(place)


def named(path: object) -> str:
    """Return a path as messages have it, cut where it is very long."""
    return str(path)[:LONGEST_PATH]


def write_file(path: Path, data: bytes, *, previous: Path | None = None, link: bool = True) -> None:
    """Write a file in one step; it is left as it was if that fails.

    The permissions of an existing file are kept, and what is no file of its own (/dev/null, a pipe) is
    written to directly.

    Parameters
    ----------
    previous : Path, optional
        Where the file that is replaced stays, beside `path`.
    link : bool
        Whether a symbolic link is followed; else the file replaces it, and nothing but a file is written to.

    Raises
    ------
    OutputError
        If it cannot be written; the message has the path and the reason.
    """
    path_given, path = path, path.resolve() if link else path
    try:
        old = path.stat() if path.exists() and (link or not path.is_symlink()) else None
        if link and old is not None and not stat.S_ISREG(old.st_mode):
            path.write_bytes(data)  # for a directory, an OSError that says so
        elif old is not None and not os.access(path, os.W_OK):
            raise PermissionError(None, "the file is write-protected")
        else:
            _replace(path, data, None if old is None else stat.S_IMODE(old.st_mode), previous)
    except OSError as error:
        reason = "its folder does not exist" if not path.parent.exists() else error.strerror or error
        raise OutputError(f"{path_given} cannot be written: {reason}.") from None


def _replace(path: Path, data: bytes, mode: int | None, previous: Path | None) -> None:
    temporary = _beside(path)
    try:
        # Created by name, not by tempfile, so that a new file gets the permissions the user's umask gives.
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        if previous is not None and path.exists():
            _keep(path, previous)
        temporary.replace(path)
        _sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _keep(path: Path, previous: Path) -> None:
    """Give the file at `path` the second name `previous`; at no moment is one of the two missing."""
    link = _beside(previous)
    try:
        os.link(path, link)
        link.replace(previous)
    finally:
        link.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}")


def _sync(folder: Path) -> None:
    """Have the folder's names on the disk, too; Windows has no such wish."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def append_line(path: Path, line: str) -> None:
    """Add a line to a file, which is no link.

    Raises
    ------
    OutputError
        If it cannot be written; the message has the path and the reason.
    """
    flags = (
        os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    )
    try:
        with os.fdopen(os.open(path, flags, 0o666), "wb") as file:
            file.write(line.encode())
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}.") from None


def write_files(folder: Path, files: Iterable[tuple[str, bytes]], *, kept: str = "") -> None:
    """Write several files into a folder, all of them or none; the folder is made if it is not there.

    They are written into a folder beside it first, as `files` gives them, so that what fails on the way, or
    is stopped, leaves nothing behind. Files of the same name are replaced, others in the folder stay.

    Parameters
    ----------
    kept : str, optional
        Files that end so are never replaced by others: where one is there with another content, nothing is
        written.

    Raises
    ------
    OutputError
        If the folder or a file in it cannot be written; the message has the path and the reason.
    """
    folder = folder.resolve()
    try:
        if folder.exists() and not folder.is_dir():
            raise NotADirectoryError(None, "it is a file, not a folder")
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = _beside(folder)
        made.mkdir()
    except OSError as error:
        raise OutputError(f"{folder} cannot be made a folder: {error.strerror or error}.") from None
    try:
        names = []
        for name, data in files:
            if kept and name.endswith(kept) and _is_other(folder / name, data):
                raise FileExistsError(
                    None, f"{name} is there with another content, and is not replaced; name another folder"
                )
            write_file(made / name, data)
            names.append(name)
        if not folder.exists():
            made.rename(folder)
        for name in names if made.exists() else ():
            (made / name).replace(folder / name)
        _sync(folder)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror or error}.") from None
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _is_other(path: Path, data: bytes) -> bool:
    """Return whether a file is there that does not hold `data`."""
    if not path.exists():
        return False
    with open_input(path) as file:
        return file.read(len(data) + 1) != data
