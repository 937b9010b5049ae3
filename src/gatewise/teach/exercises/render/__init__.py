"""The formats an exercise can be handed out in, one file each, and marks.py, which writes marks."""

from gatewise.teach.exercises.render.formats import FORMATS, render, render_together

__all__ = ["FORMATS", "render", "render_together"]
