"""What a path is of: a problem, weights or a run, or a worked document, which is any text that is neither."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from gatewise.support.files import kind_of
from gatewise.support.wings.openers import opener
from gatewise.teach.checker.checking import SUFFIXES

PathKind = Literal["problem", "document", "weights", "folder"]


def kind_of_path(path: Path) -> PathKind:
    """Return what is at a path.

    Returns
    -------
    "weights"
        A run, or a file of weights, by its suffix or its first bytes.
    "folder"
        One without a run in it.
    "problem"
        A .toml file, or TOML whose name does not say what it is.
    "document"
        All else: `gatewise check` reads every text, whatever it is called, and says where it is none.
    """
    if opener("whether a file is of weights")(path):
        return "weights"
    if path.is_dir():
        return "folder"
    suffix = path.suffix.lower()
    toml = suffix == ".toml" or (suffix not in SUFFIXES and kind_of(path) == "toml" and _is_toml(path))
    return "problem" if toml else "document"


def _is_toml(path: Path) -> bool:
    """Say whether a file is TOML to its end, as prose that begins with an equation is not."""
    try:
        tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return True
