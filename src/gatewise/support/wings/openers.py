"""What one wing needs of another that it does not know: by name, imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

# What is needed, and the function that gives it.
_OPENERS = {
    "window of a run": ("gatewise.train.explore.window", "window_of_run"),  # for teach
    "layers of a file": ("gatewise.convert", "read"),  # for teach
    "whether a file is of weights": ("gatewise.convert.formats", "holds_weights"),  # for teach
    "page of a window": ("gatewise.teach.explore.sources.run_page", "page_of_window"),  # for train
}


def opener(name: str) -> Any:
    """Return a function of another wing by what it gives."""
    module, function = _OPENERS[name]
    return getattr(import_module(module), function)
