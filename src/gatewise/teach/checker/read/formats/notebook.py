"""Notebooks: the Markdown cells, one after the other. Lines and columns count within a cell."""

from __future__ import annotations

from typing import Any

from gatewise.teach.checker.read.source import Source

BETWEEN = "\n\n"  # what parts one cell from the next in the text that is read


def is_notebook(data: Any) -> bool:
    """Return whether this JSON is a notebook."""
    return isinstance(data, dict) and isinstance(data.get("cells"), list)


def notebook_source(data: dict[str, Any]) -> Source:
    """Return the text of its Markdown cells, and where each begins."""
    parts: list[str] = []
    cells: list[tuple[int, int]] = []
    length = 0
    for number, cell in enumerate(data["cells"], 1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "markdown":
            continue
        written = cell.get("source", "")
        lines = written if isinstance(written, list) else [written]
        text = "".join(line for line in lines if isinstance(line, str))
        cells.append((length, number))
        parts.append(text)
        length += len(text) + len(BETWEEN)
    return Source(BETWEEN.join(parts), tuple(cells))
