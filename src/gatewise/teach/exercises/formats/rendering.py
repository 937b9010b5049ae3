"""The table of formats that an exercise can be handed out in, and writing it in one of them."""

from __future__ import annotations

from gatewise.support.given import check_order
from gatewise.support.media import Format, find_format
from gatewise.support.options import as_flag
from gatewise.teach.exercises.sheet import Exercise


def _format(name: str, suffix: str) -> Format:
    return Format(f"gatewise.teach.exercises.formats.{name}", "render_sheet", suffix)


FORMATS = {
    "md": _format("markdown", ".md"),
    "html": _format("html", ".html"),
    "tex": _format("latex", ".tex"),
    "json": _format("json", ".json"),
    "moodle": Format("gatewise.teach.exercises.formats.moodle", "render_sheets", ".xml", together=True),
}


def render(exercise: Exercise, format: str, *, solved: bool = False) -> str:
    """Write a sheet in the format of that name; `solved` with the answers in it.

    Raises
    ------
    ArgumentError
        For a format that is not in FORMATS.
    """
    given = {"exercise": exercise, "format": format}
    check_order("exercises.render", given, {"exercise": Exercise, "format": str})
    solved = as_flag("solved", solved)
    chosen = find_format(FORMATS, format)
    if chosen.together:
        return render_together([exercise], format)
    rendered: str = chosen.renderer(exercise, solved=solved)
    return rendered


def render_together(exercises: list[Exercise], format: str) -> str:
    """Write several sheets into one file, for formats that hold them together."""
    rendered: str = FORMATS[format].renderer(exercises)
    return rendered
