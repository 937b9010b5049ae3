"""The media a report can be rendered in, one file each; FORMATS is the list, outline.py what they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from inspect import signature
from typing import Any

from gatewise.errors import ArgumentError
from gatewise.teach.checker.report import Report


@dataclass(frozen=True)
class Format:
    """A medium: where its renderer is, and what files are called."""

    module: str
    suffix: str

    @property
    def renderer(self) -> Callable[..., str]:
        """The function that makes text of a Report."""
        module = import_module(f"gatewise.teach.checker.render.{self.module}")
        renderer: Callable[..., str] = getattr(module, f"render_{self.module}")
        return renderer


FORMATS = {
    "text": Format("text", ".txt"),
    "json": Format("json", ".json"),
    "sarif": Format("sarif", ".sarif"),
    "md": Format("markdown", ".md"),
    "html": Format("html", ".html"),
}


def render(report: Report, format: str, **options: Any) -> str:
    """`report` in the format of that name; options as the renderer takes them.

    Raises
    ------
    ArgumentError
        For a format that is not in FORMATS, or an option that it does not take.
    """
    if format not in FORMATS:
        raise ArgumentError(f"format {format!r} is not offered; choose one of: {', '.join(FORMATS)}")
    renderer = FORMATS[format].renderer
    _, *takes = signature(renderer).parameters
    if unknown := [name for name in options if name not in takes]:
        taken = f"its options are {', '.join(takes)}" if takes else "it has no options"
        raise ArgumentError(f"format {format!r} does not take {', '.join(unknown)}; {taken}.")
    return renderer(report, **options)
