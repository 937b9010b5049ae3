"""The formats a report can be rendered in, one file each; formats.py has the table of them."""

from gatewise.teach.checker.render.formats import FORMATS, render

__all__ = ["FORMATS", "render"]
