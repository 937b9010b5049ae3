"""The formats a report can be rendered in, a row each."""

from __future__ import annotations

from typing import Any

from gatewise.support import media
from gatewise.support.media import Format
from gatewise.teach.checker.report import Report


def _format(name: str, suffix: str) -> Format:
    return Format(f"gatewise.teach.checker.render.{name}", f"render_{name}", suffix)


FORMATS = {
    "text": _format("text", ".txt"),
    "json": _format("json", ".json"),
    "sarif": _format("sarif", ".sarif"),
    "md": _format("markdown", ".md"),
    "html": Format("gatewise.teach.checker.render.page.html", "render_html", ".html"),
}


def render(report: Report, format: str, **options: Any) -> str:
    """Write `report` in the format of that name; options as the renderer takes them.

    Raises
    ------
    ArgumentError
        For a format that is not in FORMATS, or an option that it does not take.
    """
    rendered: str = media.render(FORMATS, format, report, **options)
    return rendered
