"""Tables that blanks or commas part into columns, as programs print them: a column for each quantity.

         f       i       c
    t
    1  0.7350  0.6770  0.9999

A first column without a head numbers the rows. It is taken for the steps if it is named so, or if the
document gives the input for these very steps; else what the rows are of cannot be told, and they are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gatewise.teach.checker.read.collect import Collector
from gatewise.teach.checker.read.formats.cells import TableCell
from gatewise.teach.checker.read.formats.tables import names_steps, read_rows

_FIELD = re.compile(r"[^\s|,;]+")
_NAME = re.compile(r"[^\W\d][\w~̃̂̄'′{}\\^-]{0,15}|#")
_NUMBER = re.compile(r"[-−+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|nan|NaN|-")
_RULE = re.compile(r"[\s|+=─-]*[+=─-]{2,}[\s|+=─-]*")
Lines = Sequence[tuple[int, int]]


def tables_in(text: str, lines: Lines) -> Iterator[tuple[int, int]]:
    """Yield the first line of each such table, and the line after its last."""
    k = 0
    while k < len(lines):
        end = _end_of_table(text, lines, k)
        if end:
            yield k, end
        k = end or k + 1


def _end_of_table(text: str, lines: Lines, first: int) -> int:
    """Return the line after the table that begins at this one; 0 if none does."""
    head = _cells(text, lines[first])
    if len(head) < 2 or not all(_NAME.fullmatch(cell.text) for cell in head):
        return 0
    body = first + 1
    if body < len(lines) and _index_name(_cells(text, lines[body])):
        body += 1
    k = body
    while k < len(lines) and (
        _is_row(_cells(text, lines[k]), len(head)) or (k == body and _is_rule(text, lines[k]))
    ):
        k += 1
    rows = [line for line in lines[body:k] if not _is_rule(text, line)]
    return k if rows else 0


def _is_rule(text: str, line: tuple[int, int]) -> bool:
    return _RULE.fullmatch(text, *line) is not None


def _index_name(cells: Sequence[TableCell]) -> bool:
    return len(cells) == 1 and names_steps(cells[0].text)


def _is_row(cells: Sequence[TableCell], width: int) -> bool:
    numbers = sum(_NUMBER.fullmatch(cell.text) is not None for cell in cells)
    return len(cells) - width in (0, 1) and numbers == len(cells)


def _cells(text: str, line: tuple[int, int]) -> list[TableCell]:
    return [TableCell(found[0], *found.span()) for found in _FIELD.finditer(text, *line)]


def read_columns(text: str, lines: Lines, collector: Collector) -> None:
    """Read the table on these lines."""
    head, *body = [_cells(text, line) for line in lines if not _is_rule(text, line)]
    index = body.pop(0)[0] if _index_name(body[0]) else None
    numbered = bool(body) and len(body[0]) > len(head)
    if numbered and names_steps(head[0].text):
        body, numbered = [row[1:] for row in body], False
    if numbered:
        steps = {row[0].step for row in body}
        known = index is not None or steps == collector.steps_given
        start = lines[0][0]
        head = [index or TableCell("" if known else "row", start, start), *head]
    read_rows(text, [head, *body], collector)
