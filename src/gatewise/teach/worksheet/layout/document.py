"""What a sheet shows, before any medium: sections of rows, notes, facts and tables.

layout.py chooses what goes in; the renderers turn every block into text, Markdown, LaTeX or HTML.
Nothing here is computed and nothing here knows how it will look.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gatewise.expression import Array, Expression, Number
from gatewise.support.reprs import short_repr


@dataclass(frozen=True)
class Row:
    """One line of working: left = side = side = …, the last side being the result.

    `id` is the row's own, `line` that of the line it belongs to, which may have rows of single entries
    beside its own: B7@t=1[0] of B7@t=1. `uses` are the ids of the lines that the line takes values from;
    what is taken from a line says so by its `source`.

    `labels` names the rows of the result (gate letters, units) when it is a matrix; `note` is a
    sentence under the row; `left` and the sides are trees, printed by the medium.
    """

    id: str
    left: Expression
    sides: tuple[Expression, ...]
    labels: tuple[str, ...] = ()
    note: str = ""
    line: str = ""
    uses: tuple[str, ...] = ()

    @property
    def worked(self) -> bool:
        """Whether the last side is a value that the sides before it lead to."""
        return len(self.sides) > 1 and isinstance(self.sides[-1], (Number, Array))


@dataclass(frozen=True)
class Note:
    """A paragraph of plain Unicode text."""

    text: str


@dataclass(frozen=True)
class Facts:
    """Names and values, as in the header: ("digits", "5")."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Table:
    """Columns of short strings under a title; numbers are right-aligned."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Row | Note | Facts | Table


@dataclass(frozen=True)
class Section:
    """A part of the sheet; `key` is a short ASCII name that serves as an anchor (forward-t0)."""

    key: str
    title: str
    blocks: tuple[Block, ...]

    def __repr__(self) -> str:
        return short_repr(self, self.key, title=self.title, blocks=len(self.blocks))


@dataclass(frozen=True)
class Document:
    """The whole sheet, in reading order.

    `used_by` has, by the id of a line, the ids of the lines that take its value, shown or not.
    """

    title: str
    sections: tuple[Section, ...]
    used_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __repr__(self) -> str:
        return short_repr(self, f"{self.title!r}", sections=[section.key for section in self.sections])
