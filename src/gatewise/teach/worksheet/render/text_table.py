"""Tables in characters: numbers to the right with their points aligned, words to the left.

A table that is too wide first has the cells of its widest columns of words wrapped; if that is not
enough, it continues below, each part beginning with the first column again.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from gatewise.teach.worksheet.render.box import COLUMN_GAP, is_number, pad_column

NARROWEST_WORDS = 16  # columns of words are wrapped to no less
Column = list[str]  # its title and its cells, equally wide


def draw_table(rows: Sequence[Sequence[str]], width: int, rule: str) -> Iterator[str]:
    """Yield the lines of a table whose first row holds the titles."""
    columns = _columns(rows)
    if _width(columns) > width:
        columns = _columns(list(_wrapped(rows, _narrowed(rows, columns, width))))
    for i, part in enumerate(_parts(columns, width)):
        if i:
            yield ""
        head, *body = (COLUMN_GAP.join(cells) for cells in zip(*part, strict=True))
        yield head
        yield COLUMN_GAP.join(rule * len(column[0]) for column in part)
        yield from body


def _columns(rows: Sequence[Sequence[str]]) -> list[Column]:
    return [_padded(cells) for cells in zip(*rows, strict=True)]


def _padded(cells: Sequence[str]) -> Column:
    title, body = cells[0], cells[1:]
    shown = pad_column(body) if body else []
    width = max(len(cell) for cell in (title, *shown))
    return [cell.rjust(width) if _is_numeric(cells) else cell.ljust(width) for cell in (title, *shown)]


def _is_numeric(cells: Sequence[str]) -> bool:
    return any(is_number(cell) for cell in cells[1:])


def _width(columns: Sequence[Column]) -> int:
    return sum(len(column[0]) + len(COLUMN_GAP) for column in columns) - len(COLUMN_GAP)


def _narrowed(rows: Sequence[Sequence[str]], columns: Sequence[Column], width: int) -> list[int]:
    """How wide each column may be: those of words give way, always the widest of them."""
    most = [len(column[0]) for column in columns]
    words = [k for k, cells in enumerate(zip(*rows, strict=True)) if not _is_numeric(cells)]
    for _ in range(_width(columns) - width):
        widest = max(words, key=most.__getitem__, default=None)
        if widest is None or most[widest] <= NARROWEST_WORDS:
            break
        most[widest] -= 1
    return most


def _wrapped(rows: Sequence[Sequence[str]], most: Sequence[int]) -> Iterator[list[str]]:
    """Yield the rows with each cell as wide as its column may be; a long one takes several lines."""
    for row in rows:
        lines = [
            textwrap.wrap(cell, width, break_long_words=False) if len(cell) > width else [cell]
            for cell, width in zip(row, most, strict=True)
        ]
        for i in range(max(map(len, lines))):
            yield [cell[i] if i < len(cell) else "" for cell in lines]


def _parts(columns: Sequence[Column], width: int) -> Iterator[list[Column]]:
    """Yield groups of columns that fit side by side, each with the first column before it."""
    part = [columns[0]]
    for column in columns[1:]:
        if len(part) > 1 and _width([*part, column]) > width:
            yield part
            part = [columns[0]]
        part.append(column)
    yield part
