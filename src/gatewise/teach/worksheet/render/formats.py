"""The formats a worksheet can be rendered in, a row each.

Only JSON takes the sheet itself, for it has every line; the others take the document that is laid out.
"""

from __future__ import annotations

from typing import Any

from gatewise.support import media
from gatewise.support.media import Format
from gatewise.teach.worksheet.layout.contents import SheetContents


def _format(name: str, suffix: str, media_type: str, takes: str = "document") -> Format:
    return Format(
        f"gatewise.teach.worksheet.render.{name}", f"render_{name}", suffix, media_type, takes=takes
    )


FORMATS = {
    "text": _format("text", ".txt", "text/plain"),
    "md": _format("markdown", ".md", "text/markdown"),
    "tex": _format("latex", ".tex", "application/x-tex"),
    "html": _format("html", ".html", "text/html"),
    "json": _format("json", ".json", "application/json", takes=""),
    "pdf": _format("pdf", ".pdf", "application/pdf"),
}


def render(sheet: SheetContents, format: str, **options: Any) -> str | bytes:
    """Write `sheet` in the format of that name; options as the renderer takes them.

    Raises
    ------
    ArgumentError
        For a format that is not in FORMATS, or an option that it does not take.
    """
    rendered: str | bytes = media.render(FORMATS, format, sheet, **options)
    return rendered
