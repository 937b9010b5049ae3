"""The media an exercise is handed out in, one file each; FORMATS is the list. marks.py writes the marks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from gatewise.errors import ArgumentError
from gatewise.teach.exercises.exercise import Exercise


@dataclass(frozen=True)
class Format:
    """A medium: its module, what files are called, and whether one file holds all variants."""

    module: str
    suffix: str
    together: bool = False

    def load(self, function: str) -> Callable[..., str]:
        """A function of the module."""
        found: Callable[..., str] = getattr(
            import_module(f"gatewise.teach.exercises.render.{self.module}"), function
        )
        return found


FORMATS = {
    "md": Format("markdown", ".md"),
    "html": Format("html", ".html"),
    "tex": Format("latex", ".tex"),
    "json": Format("json", ".json"),
    "moodle": Format("moodle", ".xml", together=True),
}


def render(exercise: Exercise, format: str, *, solved: bool = False) -> str:
    """A sheet in the format of that name; `solved` with the answers in it.

    Raises
    ------
    ArgumentError
        For a format that is not in FORMATS.
    """
    if format not in FORMATS:
        raise ArgumentError(f"format {format!r} is not offered; choose one of: {', '.join(FORMATS)}")
    if FORMATS[format].together:
        return render_together([exercise], format)
    return FORMATS[format].load("render_sheet")(exercise, solved=solved)


def render_together(exercises: list[Exercise], format: str) -> str:
    """Several sheets in one file, for formats that hold them together."""
    return FORMATS[format].load("render_sheets")(exercises)
