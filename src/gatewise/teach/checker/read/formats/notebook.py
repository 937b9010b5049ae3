"""Notebooks: their cells one after the other, code and what it printed as fenced blocks.

Lines and columns count within a cell, or within an output.
"""

from __future__ import annotations

from typing import Any

from gatewise.teach.checker.read.formats.blocks import name_asked_for
from gatewise.teach.checker.read.source import Source

BETWEEN = "\n\n"  # what parts one cell from the next in the text that is read
FENCE = "~~~"


def is_notebook(data: Any) -> bool:
    """Return whether this JSON is a notebook."""
    return isinstance(data, dict) and isinstance(data.get("cells"), list)


def notebook_source(data: dict[str, Any]) -> Source:
    """Return the text of its cells and outputs, and where each begins."""
    parts: list[str] = []
    cells: list[tuple[int, int]] = []
    length = 0

    def add(text: str, number: int, fence: str = "") -> None:
        nonlocal length
        if fence:
            text = text.replace(FENCE, "~ ~").rstrip("\n")
            before, after = f"{FENCE}{fence}\n", f"\n{FENCE}"
        else:
            before = after = ""
        cells.append((length + len(before), number))
        parts.append(before + text + after)
        length += len(parts[-1]) + len(BETWEEN)

    for number, cell in enumerate(data["cells"], 1):
        if not isinstance(cell, dict):
            continue
        written = _text(cell.get("source", ""))
        if cell.get("cell_type") == "markdown":
            add(written, number)
        elif cell.get("cell_type") == "code":
            if written.strip():
                add(written, number, "python")
            outputs = cell.get("outputs", ())
            for output in outputs if isinstance(outputs, list) else ():
                shown, is_value = _output(output)
                if shown.strip():
                    asked = name_asked_for(written) if is_value else ""
                    add(shown, number, f"output {asked}".rstrip())
    return Source(BETWEEN.join(parts), tuple(cells))


def _text(written: Any) -> str:
    """Return a text that a notebook keeps in one piece or as lines."""
    lines = written if isinstance(written, list) else [written]
    return "".join(line for line in lines if isinstance(line, str))


def _output(output: Any) -> tuple[str, bool]:
    """Return what a cell printed, or the plain form of its value; and whether it is that."""
    if not isinstance(output, dict):
        return "", False
    data = output.get("data")
    if isinstance(data, dict):
        return _text(data.get("text/plain", "")), True
    return _text(output.get("text", "")), False
