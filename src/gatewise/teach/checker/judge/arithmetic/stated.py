"""What a document states: the values of its own symbols, each with its place, by scope."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gatewise.expression import Symbol
from gatewise.teach.checker.judge.arithmetic.scopes import Mention, scope_of, scopes
from gatewise.teach.checker.judge.numbers.grids import Grid, grid_of, normalized
from gatewise.teach.checker.judge.reading.own import left_of
from gatewise.teach.checker.read.reading import Claim, Reading, Side

Values = NDArray[np.float64]
ROUNDED = 3  # decimals: what has so many, and is worked out somewhere, is rounded


@dataclass(frozen=True)
class Stated:
    """A value that a claim states of a quantity: the last side of the chain that is numbers."""

    key: Symbol
    claim: Claim
    side: Side
    grid: Grid
    worked: bool  # whether its chain shows work, or it is a quantity that is worked out
    digits: int  # decimals of what the document works out

    @property
    def offset(self) -> int:
        return self.claim.left.at.offset

    @property
    def value(self) -> Values:
        """The numbers, a row or column of them as a vector."""
        rows = [[number.value for number in row] for row in self.grid]
        even = len({len(row) for row in rows}) == 1
        values = np.array(rows if even else [value for row in rows for value in row])
        if values.size == 1:
            return np.array(values.ravel()[0])
        return values.ravel() if 1 in values.shape else values

    @property
    def radius(self) -> Values:
        """How far each may lie from what was rounded; 0 for givens of fewer decimals than what is worked out.

        A given of as many is rounded, too, as far as one can see: of a weight of 0.03855791 a sheet of five
        decimals prints 0.03856.
        """
        numbers = [number for row in self.grid for number in row]
        units = np.array([number.unit if number.unit < 1 else 0.0 for number in numbers])
        if self.worked:
            rounded = np.full(units.shape, max(number.decimals for number in numbers) >= ROUNDED)
        else:
            least = max(ROUNDED, self.digits)
            rounded = np.array([number.decimals >= least for number in numbers])
        return np.where(rounded, units / 2, 0.0).reshape(self.value.shape)


class Statements:
    """The stated values of a document, to be looked up from a place in it."""

    def __init__(self, reading: Reading, is_derived: Callable[[Symbol], bool], digits: int) -> None:
        self.all = list(_stated(reading, is_derived, digits))
        self.by_key: dict[Symbol, list[Stated]] = defaultdict(list)
        for stated in self.all:
            self.by_key[stated.key].append(stated)
        mentions = [
            Mention((s.key, s.claim.update), s.offset, tuple(n for row in s.grid for n in row), not s.worked)
            for s in self.all
            if s.key.step is not None or not s.worked
        ]
        self.scopes = scopes(reading.text, [h.at.offset for h in reading.headings], mentions)
        self.rounded_texts = {
            number.unsigned
            for grid in (*(stated.grid for stated in self.all if stated.worked), *_unnamed(reading))
            for row in grid
            for number in row
            if number.decimals >= ROUNDED
        }
        self.texts = {number.unsigned for s in self.all for row in s.grid for number in row}
        meanings: dict[str, set[tuple[Symbol, bool]]] = defaultdict(set)
        for stated in self.all:
            for number in (number for row in stated.grid for number in row):
                meanings[number.unsigned].add((stated.key, number.text.startswith("-")))
        # Texts of several quantities, each of which may stand for another value.
        self.ambiguous = {text for text, keys in meanings.items() if len(keys) > 1}
        # What the chains whose printed values are wrong come to, and its radius, by where they begin.
        self.worked: dict[int, tuple[Values, Values]] = {}

    def scope(self, offset: int) -> int:
        return scope_of(self.scopes, offset)

    def look_up(self, key: Symbol, offset: int) -> Stated | None:
        """Return the value that a symbol has at a place: the last before it, else the next, in its scope."""
        found = self.by_key.get(key)
        if not found:
            return None
        scope = self.scope(offset)
        inside = [stated for stated in found if self.scope(stated.offset) == scope]
        found = inside or [stated for stated in found if self.scope(stated.offset) < scope][-1:]
        if not found:
            return None
        k = bisect_right([stated.offset for stated in found], offset - 1)
        return found[max(k - 1, 0)]


def _stated(reading: Reading, is_derived: Callable[[Symbol], bool], digits: int) -> Iterator[Stated]:
    for claim in reading.claims:
        left = left_of(claim)
        if left is None or (left.step is not None and left.step.base):
            continue
        grids = [(side, grid_of(normalized(side.tree))) for side in claim.sides]
        numbers = [(side, grid) for side, grid in grids if grid is not None and _is_known(grid)]
        if numbers and grids[-1][1] is not None:
            side, grid = numbers[-1]
            yield Stated(left, claim, side, grid, len(claim.sides) > 1 or is_derived(left), digits)


def _unnamed(reading: Reading) -> Iterator[Grid]:
    """Yield what chains come to that do not say what it is the value of: 0.6 · (−0.3) + 0.01 = −0.170."""
    for claim in reading.claims:
        if left_of(claim) is None and grid_of(normalized(claim.left.tree)) is None and claim.sides:
            grid = grid_of(normalized(claim.sides[-1].tree))
            if grid is not None and _is_known(grid):
                yield grid


def _is_known(grid: Grid) -> bool:
    return all(number.is_known and number.printed.at is not None for row in grid for number in row)
