"""The media a sheet can be rendered in, one file each; FORMATS is the list.

Each renderer turns a `Document` into text or bytes and knows nothing of LSTMs. prose.py finds the
quantities in sentences for all of them. A library that only one medium needs is imported when that
medium is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from inspect import signature
from typing import Any

from gatewise.errors import ArgumentError
from gatewise.teach.worksheet.contents import SheetContents


@dataclass(frozen=True)
class Format:
    """A medium: where its renderer is, what files are called and what they are.

    `needs` is "document" for what shows the laid-out sheet, "sheet" for what holds all of its lines.
    """

    module: str
    suffix: str
    media_type: str
    needs: str = "document"

    @property
    def renderer(self) -> Callable[..., str | bytes]:
        module = import_module(f"gatewise.teach.worksheet.render.{self.module}")
        renderer: Callable[..., str | bytes] = getattr(module, f"render_{self.module}")
        return renderer


FORMATS = {
    "text": Format("text", ".txt", "text/plain"),
    "md": Format("markdown", ".md", "text/markdown"),
    "tex": Format("latex", ".tex", "application/x-tex"),
    "html": Format("html", ".html", "text/html"),
    "json": Format("json", ".json", "application/json", needs="sheet"),
    "pdf": Format("pdf", ".pdf", "application/pdf"),
}


def render(sheet: SheetContents, format: str, **options: Any) -> str | bytes:
    """`sheet` in the format of that name; options as the renderer takes them.

    Raises
    ------
    ArgumentError
        For a format that is not in FORMATS, or an option that it does not take.
    """
    if format not in FORMATS:
        raise ArgumentError(f"format {format!r} is not offered; choose one of: {', '.join(FORMATS)}")
    chosen = FORMATS[format]
    renderer = chosen.renderer
    _, *takes = signature(renderer).parameters
    if unknown := [name for name in options if name not in takes]:
        taken = f"its options are {', '.join(takes)}" if takes else "it has no options"
        raise ArgumentError(f"format {format!r} does not take {', '.join(unknown)}; {taken}.")
    return renderer(sheet if chosen.needs == "sheet" else sheet.document, **options)
