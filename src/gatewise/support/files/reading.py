"""Files opened for reading in one way: what a file is, and how large, is asked before anything of it is used.

A regular file is read, and a pipe where the user named it on the command line. A directory, a device or a
socket is refused, and inside a run folder a link is, too. Refusals are OSErrors like the system's own, whose
`strerror` says in our words what is wrong: whoever opens a file says it with the name they have for it.
"""

from __future__ import annotations

import errno
import os
import select
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple

CHUNK = 1 << 20  # bytes read at once of what does not say its size: a pipe, a file of /proc
LARGEST_AT_ONCE = 1 << 30  # bytes that are read at once of what does
_KINDS = {
    stat.S_IFDIR: (errno.EISDIR, "it is a directory, and a file is needed"),
    stat.S_IFCHR: (errno.EINVAL, "it is a device, and a file is needed"),
    stat.S_IFBLK: (errno.EINVAL, "it is a device, and a file is needed"),
    stat.S_IFSOCK: (errno.EINVAL, "it is a socket, and a file is needed"),
    stat.S_IFIFO: (errno.EINVAL, "it is a pipe; pipes are read where the command line names them, not here"),
    stat.S_IFLNK: (errno.ELOOP, "it is a link, and links are not followed here; put the file in its place"),
}


class Limit(NamedTuple):
    """How much of a kind of file is read at most, in bytes, and what to do with a larger one."""

    most: int
    advice: str


def open_input(path: Path, *, pipe: bool = False, link: bool = True) -> BinaryIO:
    """Open a file for reading.

    Parameters
    ----------
    pipe : bool
        Whether it may be a pipe, as the command line gives `<(…)`; whoever waits for its writer hears Ctrl-C.
    link : bool
        Whether a symbolic link is followed.

    Raises
    ------
    OSError
        If it cannot be opened, or is of another kind; `strerror` says so in words.
    """
    # Without O_NONBLOCK a pipe that nobody writes to would hold us here before it can be refused.
    flags = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        _check_kind(path, path.stat(follow_symlinks=link), pipe)
        descriptor = os.open(path, flags if link else flags | getattr(os, "O_NOFOLLOW", 0))
    except ValueError:  # a NUL, or half of a surrogate pair
        raise OSError(errno.EINVAL, "its name cannot be that of a file", str(path)) from None
    try:
        about = os.fstat(descriptor)  # again: another may have taken its place
        _check_kind(path, about, pipe)
        if stat.S_ISFIFO(about.st_mode):
            _wait_for_writer(descriptor)
        return open(path, "rb", opener=lambda *_: descriptor)  # which has its name, unlike fdopen
    except BaseException:
        os.close(descriptor)
        raise


def _check_kind(path: Path, about: os.stat_result, pipe: bool) -> None:
    kind = stat.S_IFMT(about.st_mode)
    if kind in _KINDS and not (pipe and kind == stat.S_IFIFO):
        number, words = _KINDS[kind]
        raise OSError(number, words, str(path))


def _wait_for_writer(descriptor: int) -> None:
    """Wait until a pipe has something to read or its writer is gone; Ctrl-C ends the waiting."""
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    waiting.poll()
    os.set_blocking(descriptor, True)


def read_bounded(file: BinaryIO, limit: Limit) -> bytes:
    """Read an open file to its end, or refuse one that has more than the limit.

    Raises
    ------
    OSError
        If it has more; of a regular file that is known before a byte is read.
    """
    return b"".join(_parts(file, limit))


def copy_bounded(file: BinaryIO, copy: IO[bytes], limit: Limit) -> None:
    """Copy an open file to another, or refuse one that has more than the limit, as `read_bounded` does."""
    for part in _parts(file, limit):
        copy.write(part)


def _parts(file: BinaryIO, limit: Limit) -> Iterator[bytes]:
    size = _size(file)
    if size > limit.most:
        raise _too_large(file, f"{size:,}", limit)
    left, chunk = limit.most + 1, size + 1 if 0 < size <= LARGEST_AT_ONCE else CHUNK
    while part := file.read(min(chunk, left)):
        left -= len(part)
        if not left:
            raise _too_large(file, f"over {limit.most:,}", limit)
        yield part


def _size(file: BinaryIO) -> int:
    """Return how large a regular file is; 0 for what does not say."""
    try:
        about = os.fstat(file.fileno())
    except (OSError, AttributeError):  # in memory
        return 0
    return about.st_size if stat.S_ISREG(about.st_mode) else 0


def _too_large(file: BinaryIO, size: str, limit: Limit) -> OSError:
    words = f"it has {size} bytes, and at most {limit.most:,} are read; {limit.advice}"
    return OSError(errno.EFBIG, words, str(getattr(file, "name", "")))


def read_input(path: Path, limit: Limit, *, pipe: bool = False, link: bool = True) -> bytes:
    """Read a file to its end, within a limit; `pipe` and `link` are those of `open_input`.

    Raises
    ------
    OSError
        If it cannot be opened, is of another kind, or is larger.
    """
    with open_input(path, pipe=pipe, link=link) as file:
        return read_bounded(file, limit)
