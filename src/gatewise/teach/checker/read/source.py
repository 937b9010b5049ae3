"""A document's characters and their places, and the limits on what is read of it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property

from gatewise.errors import GatewiseError
from gatewise.teach.checker.read.reading import Place

MAX_CHARACTERS = 2_000_000  # of a document: a few seconds of work, a thousand pages
MAX_NUMBERS = 150_000  # in a document: read and judged in seconds
MAX_DEPTH = 40  # of brackets and fractions within each other; worked examples have about 5
MAX_FACTORS = 200  # in one product


class ReadingError(GatewiseError):
    """A document that cannot be read at all: not text, too large, not of its format."""


@dataclass(frozen=True)
class Source:
    """The text; `cells` are the offsets at which the cells of a notebook begin, and their numbers."""

    text: str
    cells: tuple[tuple[int, int], ...] = ()
    _starts: list[int] = field(init=False, repr=False, default_factory=list)

    def __post_init__(self) -> None:
        at = -1
        self._starts.append(0)
        while (at := self.text.find("\n", at + 1)) >= 0:
            self._starts.append(at + 1)

    @cached_property
    def _cell_starts(self) -> list[int]:
        return [offset for offset, _ in self.cells]

    def place(self, start: int, end: int) -> Place:
        """Return where `text[start:end]` stands; of a notebook, in which cell and line of it."""
        row = bisect_right(self._starts, start) - 1
        line, column = row + 1, start - self._starts[row] + 1
        k = bisect_right(self._cell_starts, start) - 1
        if k < 0:
            return Place(start, end - start, line, column)
        offset, cell = self.cells[k]
        first = bisect_right(self._starts, offset) - 1
        return Place(start, end - start, row - first + 1, column, cell)
