"""`read` and `read_file`: the format is found, its reader is called, the whole is finished."""

from __future__ import annotations

from pathlib import Path

from gatewise.checker.read.collect import Collector
from gatewise.checker.read.markup import read_markup
from gatewise.checker.read.source import MAX_CHARACTERS, ReadingError, Source
from gatewise.checker.reading import Reading

NOTATIONS = ("document", "textbook", "torch", "keras")


def read(text: str, *, name: str = "document", notation: str | None = None) -> Reading:
    """Read a worked LSTM."""
    if notation is not None and notation not in NOTATIONS:
        raise ReadingError(f"notation {notation!r} is not known; choose one of: {', '.join(NOTATIONS)}")
    if len(text) > MAX_CHARACTERS:
        raise ReadingError(
            f"{name} has {len(text):,} characters, and at most {MAX_CHARACTERS:,} are read. "
            "Give the part of it that is to be checked."
        )
    source = Source(text)
    collector = Collector(source)
    read_markup(source, collector, tex=name.endswith(".tex"))
    return collector.reading(notation)


def read_file(path: str | Path, *, notation: str | None = None) -> Reading:
    """Read a file: Markdown, LaTeX, a notebook, one of our sheets, or claims in TOML, JSON or CSV."""
    path = Path(path)
    return read(path.read_text("utf-8"), name=path.name, notation=notation)
