"""A sheet as Markdown, with formulas as GitHub, VS Code and notebooks show them.

The formulas are LaTeX (latex.py). Each stands on one line between `$$`, which every reader of Markdown
takes; sentences stay plain text, so that the source reads well too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gatewise.expression import Symbol
from gatewise.expression import text as plain
from gatewise.teach.worksheet.layout.document import Block, Document, Facts, Note, Row, Table
from gatewise.teach.worksheet.render import prose
from gatewise.teach.worksheet.render.box import is_number
from gatewise.teach.worksheet.render.folding import FoldingPrinter
from gatewise.teach.worksheet.render.latex import latex, working

WIDTH = 80  # characters of a formula that fit in the column of text on GitHub

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>$#|~])")


def render_markdown(document: Document) -> str:
    """`document` in GitHub-flavoured Markdown."""
    parts = [f"# {escape(document.title)}"]
    for section in document.sections:
        if section.title:
            parts.append(f"## {escape(section.title)}")
        for block in section.blocks:
            parts += _block(block)
    return "\n\n".join(parts) + "\n"


def escape(sentence: str) -> str:
    """Write a sentence, its quantities in Unicode, with nothing that Markdown would take for markup."""
    shown = "".join(plain(part) if isinstance(part, Symbol) else part for part in prose.parts(sentence))
    return _SPECIAL.sub(r"\\\1", shown)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Row():
            yield from _row(block)
        case Note(text):
            yield escape(text)
        case Facts(pairs):
            yield "\n".join(f"- **{escape(name)}**: {escape(value)}" for name, value in pairs)
        case Table(title, columns, rows):
            if title:
                yield f"**{escape(title)}**"
            yield "\n".join(_table(columns, rows))


def _row(row: Row) -> Iterator[str]:
    left, lines = working(row, FoldingPrinter(latex, WIDTH))
    body = " \\\\\n".join(lines)
    yield f"**`{row.id}`**"
    yield f"$$\n\\begin{{aligned}}\n{left} {body}\n\\end{{aligned}}\n$$"
    if row.note:
        yield escape(row.note)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    numeric = [any(is_number(row[k]) for row in rows) for k in range(len(columns))]
    rule = ["--:" if right else ":--" for right in numeric]
    for cells in (
        [escape(cell) for cell in columns],
        rule,
        *([escape(cell) for cell in row] for row in rows),
    ):
        yield f"| {' | '.join(cells)} |"
