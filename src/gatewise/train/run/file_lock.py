"""A lock on an open file, by whatever this system has for it, held until the file is closed."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from gatewise.support.streams import tell

_FAR = 1 << 30  # Windows lets nobody read what is locked: a byte beyond all that is written


def take(handle: int) -> bool:
    """Lock an open file, and say whether that went; False if another process has it."""
    fcntl, msvcrt = _module("fcntl"), _module("msvcrt")
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        elif msvcrt is not None:
            os.lseek(handle, _FAR, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            tell("this system has no locks on files: see to it that one process alone writes in a run folder")
    except (BlockingIOError, PermissionError):
        return False
    return True


def _module(name: str) -> Any:
    """Return a module that not every system has, or None."""
    try:
        return import_module(name)
    except ImportError:
        return None
