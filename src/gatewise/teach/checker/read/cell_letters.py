"""The letters of a cell's own sheets: what its names, functions and labels of rows stand for.

The reader knows those of the LSTM, whatever people call its quantities (names.py). A sheet of another cell is
read in that cell's letters, which may mean something else: c is a parameter of a GRU, h is what a projected
LSTM gives before it is projected, and what a cell of one's own has is named by whoever wrote its equations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from gatewise.cells.cell import Cell
from gatewise.cells.quantities import Quantities, quantities_of
from gatewise.expression import Call, Expression, Symbol, walk
from gatewise.expression.functions import numbered

_COMPOUND = re.compile(r"(d|dg|delta)_(.+)")
_SHORT = re.compile(r"(d|delta)(.+)")
CLIP = "clip"  # as in clip(s, 3)


@dataclass(frozen=True)
class CellLetters:
    """The letters of one cell. `letters_of` makes them, once for each cell."""

    cell: Cell

    @property
    def quantities(self) -> Quantities:
        """Its quantities."""
        return quantities_of(self.cell)

    @cached_property
    def own(self) -> frozenset[str]:
        """The names of its parameters, and of the quantities of a step."""
        return frozenset((*self.cell.parameters, *(equation.left.name for equation in self.cell.forward)))

    @cached_property
    def functions(self) -> dict[str, str]:
        """The functions of its equations by the words for them; g and h are functions of the LSTM of 1997."""
        found = {name for node in self._nodes() if isinstance(node, Call) for name in self._plain(node)}
        return {name: name for name in (found - {"sum"})}

    def _nodes(self) -> Iterator[Expression]:
        derived = self.cell.derivation
        for equation in (*self.cell.forward, *derived.backward):
            yield from walk(equation.right)

    @staticmethod
    def _plain(call: Call) -> tuple[str, ...]:
        found = numbered(call.function)
        return (call.function,) if found is None else (CLIP,) if found.name == CLIP else ()

    def has(self, word: str) -> bool:
        """Say whether a word is a name of the cell's own, or of a derivative of one."""
        return word in self.own or self._derived(word)[1] in self.own

    def is_word(self, word: str) -> bool:
        """Say whether a word stands in its formulas."""
        return self.has(word) or word in self.functions

    def _derived(self, word: str) -> tuple[str, str]:
        """Split d_k, dk and delta_s into what they are of and how; ("", word) for another word."""
        for pattern in (_COMPOUND, _SHORT):
            found = pattern.fullmatch(word)
            if found is not None and word not in self.own and found[2] in self.own:
                return found[1], found[2]
        return "", word

    def taken_apart(self, word: str, prefix: str, low: tuple[str, ...]) -> tuple[str, str, tuple[str, ...]]:
        """Return what a name is derived by, its own word and its low indices: d_k is δ of k, as dk is."""
        derived = not prefix and word in ("d", "dg", "delta") and word not in self.own
        if derived and low and low[0] in self.own:
            return word, low[0], low[1:]
        if not prefix:
            prefix, word = self._derived(word)
        return prefix, word, low

    def symbol(self, prefix: str, word: str) -> Symbol | None:
        """Return the quantity of a word of its own, without indices; None for any other word."""
        if word not in self.own:
            return None
        if prefix == "delta" and word not in self.quantities.returning:
            prefix = "d"
        return Symbol(f"{prefix}_{word}" if prefix else word)


@lru_cache(maxsize=64)
def letters_of(cell: Cell) -> CellLetters:
    """Return the letters of a cell."""
    return CellLetters(cell)
