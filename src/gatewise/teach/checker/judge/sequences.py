"""Lists of the values of all steps, x = (1.2, −0.7, 0.4), as the values of x_1, x_2, x_3.

Whether a list is that or one vector is told by the steps that are stated elsewhere, by what the work of each
step puts in, by the sizes of the weights, and at last by words. Where nothing tells it stays a vector.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from gatewise.expression import Array, Expression, Symbol
from gatewise.teach.checker.judge.numbers.grids import Grid, grid_of, normalized
from gatewise.teach.checker.judge.numbers.printed import WrittenNumber, agree, written_number
from gatewise.teach.checker.judge.numbers.sizes import MOST_STEPS
from gatewise.teach.checker.judge.reading.choices import first_step
from gatewise.teach.checker.judge.reading.own import left_of, own_symbol
from gatewise.teach.checker.read.names import NamesSeen, name_of, symbol_for
from gatewise.teach.checker.read.reading import Claim, Printed, Reading, Side

GIVEN = ("x", "label")  # what may be a list although none of its steps is stated elsewhere
_SAID = re.compile(
    r"\b(?:s[eé][qc]u[eê]n\w*|time series|\w*folgen?|zeitreihen?|series?|pulse|steps|schritten?|pasos)\b"
    r"|序列",
    re.IGNORECASE,
)
_SAID_ONE = re.compile(
    r"(?:input|entrada|entrée|eingabe)[_ ](?:size|dim\w*|größe)\s*(?:=|:|is)\s*1\b", re.IGNORECASE
)
MOST_LINES = 200  # of work, that are looked through for what they put in
BEFORE = 120  # characters in which a word says what a list is


def with_inputs_by_step(reading: Reading) -> Reading:
    """Return the reading with the values of each step in the place of lists of them."""
    if reading.standard:
        return reading
    stated = _Stated(reading)
    claims = tuple(part for claim in reading.claims for part in _parts(claim, stated))
    return replace(reading, claims=claims)


def _parts(claim: Claim, stated: _Stated) -> Iterator[Claim]:
    trees = [normalized(side.tree) for side in claim.sides]
    values = _values(trees[-1]) if trees else None
    if values is None or not 2 <= len(values) <= MOST_STEPS:
        yield claim
        return
    if any(_names(tree) is None and _values(tree) is None for tree in trees):
        yield claim  # work stands between
        return
    left = left_of(claim)
    if left is not None and (left.step is not None or left.part):
        yield claim
        return
    names = [_names(normalized(claim.left.tree)), *map(_names, trees[:-1])]
    listed = next((each for each in names if each and len(each) == len(values)), None)
    if listed is None and len(claim.sides) == 1 and left is not None:
        first = stated.first_of(claim, left, values)
        listed = None if first is None else _numbered(claim.left.tree, len(values), first)
    if listed is None:
        yield claim
        return
    for symbol, number in zip(listed, values, strict=True):
        at = number.at or claim.left.at
        yield replace(
            claim,
            left=Side(symbol, at, claim.left.source),
            sides=(Side(number, at, number.text),),
        )


def _values(tree: Expression) -> list[Printed] | None:
    """Return the numbers of a row or column; None for anything else."""
    if not isinstance(tree, Array) or not tree.rows or 1 not in (len(tree.rows), max(map(len, tree.rows))):
        return None
    entries = [entry for row in tree.rows for entry in row]
    numbers = [entry for entry in entries if isinstance(entry, Printed) and entry.at is not None]
    return numbers if len(numbers) == len(entries) else None


def _names(tree: Expression) -> list[Symbol] | None:
    """Return the quantities of single steps in a row or column of nothing else."""
    if not isinstance(tree, Array):
        return None
    entries = [entry for row in tree.rows for entry in row]
    found = [entry for entry in entries if isinstance(entry, Symbol) and _of_one_step(entry)]
    return found if len(found) == len(entries) > 1 else None


def _of_one_step(symbol: Symbol) -> bool:
    own = own_symbol(symbol)
    return own.step is not None and not own.step.base and not symbol.entry


def _numbered(left: Expression, count: int, first: int) -> list[Symbol] | None:
    """Return x_1, x_2, … for x."""
    name = name_of(left) if isinstance(left, Symbol) else None
    if name is None:
        return None
    made = [
        symbol_for(replace(name, low=(*name.low, str(k))), NamesSeen())[0]
        for k in range(first, first + count)
    ]
    symbols = [symbol for symbol in made if isinstance(symbol, Symbol)]
    return symbols if len(symbols) == count else None


@dataclass
class _Steps:
    """What is stated of the steps of a letter: numbers, and whether any of them is a vector."""

    numbers: dict[int, list[WrittenNumber]] = field(default_factory=dict)
    has_vectors: bool = False


class _Stated:
    """What a document states by which a list is told from a vector."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.steps: dict[str, _Steps] = {}
        self.work: list[tuple[int, set[str]]] = []  # what each step's work has in it
        self.weights: list[tuple[int, int]] = []
        self.units = 1
        self.usual: int | None = None  # the first step, once it was looked for
        self.says_one = _SAID_ONE.search(reading.text) is not None
        for claim in reading.claims:
            self._add(claim)

    def _add(self, claim: Claim) -> None:
        left = left_of(claim)
        if left is None:
            return
        grid = grid_of(normalized(claim.sides[-1].tree)) if claim.sides else None
        step = left.step.offset if left.step is not None and not left.step.base else None
        if step is not None and not left.part:
            of = self.steps.setdefault(left.name, _Steps())
            if grid is not None and sum(map(len, grid)) == 1:
                of.numbers.setdefault(step, []).append(grid[0][0])
            elif grid is not None:
                of.has_vectors = True
        if step is not None and len(claim.sides) > 1:
            worked = next((list(side.numbers) for side in claim.sides if any(side.numbers)), [])
            self.work.append((step, {written_number(number).text for number in worked}))
        if grid is not None and left.step is None:
            self._add_size(claim.left.tree, left, grid)
        elif grid is not None and isinstance(claim.left.tree, Symbol) and claim.left.tree.name == "out":
            self.units = max(self.units, sum(map(len, grid)))

    def _add_size(self, tree: Expression, left: Symbol, grid: Grid) -> None:
        size = len(grid), max(map(len, grid))
        name = tree.name if isinstance(tree, Symbol) else ""
        if name in ("W", "U") or left.name.lower() in ("w", "u"):
            self.weights.append(size)
        elif name == "b":
            self.units = max(self.units, *size)

    def first_of(self, claim: Claim, left: Symbol, values: Sequence[Printed]) -> int | None:
        """Return the step of the first value of a list; None if it is a vector, or nothing tells."""
        numbers = [written_number(number) for number in values]
        of = self.steps.get(left.name, _Steps())
        if of.has_vectors:
            return None
        starts = (1, 0)
        matches = {k: self._stated_as(of, numbers, k) for k in starts}
        if any(matches.values()):
            return max(starts, key=lambda k: matches[k])
        if not isinstance(claim.left.tree, Symbol) or claim.left.tree.name not in GIVEN:
            return self._usual_first() if of.numbers else None
        worked = {k: self._put_in(numbers, k) for k in starts}
        best = max(starts, key=lambda k: worked[k])
        if worked[best]:
            return best if worked[best] > 0 else None
        return self._usual_first() if self._fits_no_weight(len(values), claim) else None

    def _stated_as(self, of: _Steps, numbers: Sequence[WrittenNumber], first: int) -> int:
        """Count the values that are stated of their steps, too."""
        return sum(
            any(agree(number, known) for known in of.numbers.get(first + k, ()))
            for k, number in enumerate(numbers)
        )

    def _put_in(self, numbers: Sequence[WrittenNumber], first: int) -> int:
        """Count the lines whose work has the value of their step alone, less those that have all values."""
        count = 0
        telling = [abs(number.value) not in (0.0, 1.0) for number in numbers]
        for step, work in self.work[:MOST_LINES]:
            present = [number.text in work for number in numbers]
            here = {
                number.text
                for number, put, tells in zip(numbers, present, telling, strict=True)
                if put and tells
            }
            if all(present) and len(here) > 1:
                count -= 1
            elif 0 <= step - first < len(numbers):
                count += here == {numbers[step - first].text}
        return count

    def _fits_no_weight(self, size: int, claim: Claim) -> bool:
        """Return whether no weight stands on a vector of this size; without weights, whether words say so."""
        if self.says_one:
            return True
        if not self.weights:
            at = claim.left.at.offset
            return _SAID.search(self.reading.text[max(at - BEFORE, 0) : at]) is not None
        fitting = (size, size + self.units)
        return not any(n in fitting or m in fitting for n, m in self.weights)

    def _usual_first(self) -> int:
        if self.usual is None:
            said = first_step(self.reading, lambda symbol: symbol)
            self.usual = 1 if said is None else min(int(said.value), 1)
        return self.usual
