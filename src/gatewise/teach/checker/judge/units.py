"""One unit of a vector, c_{1,2}, as an entry of it: which index is the step, and from where units count.

The step is the index that has the letter t, that is one less in the state on the right, or that quantities
with one index have. Where nothing tells, such a symbol stays what it is: a quantity by itself, of which
nothing is said. Units count from the least that any has, 0 or 1.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from gatewise.expression import Expression, Symbol, with_symbols
from gatewise.teach.checker.judge.layers import layers_of
from gatewise.teach.checker.judge.numbers.grids import grid_of, normalized
from gatewise.teach.checker.read.names import Name, NamesSeen, name_of, symbol_for
from gatewise.teach.checker.read.reading import Claim, Reading
from gatewise.teach.checker.read.words import GATE_LETTERS, PARAMETERS

_INDEX = re.compile(
    r"[({\[<⟨]*(?:(?P<number>\d{1,3})|(?P<time>[tT](?:[-+]\d{1,3})?)|(?P<unit>[ijmnu]))[)}\]>⟩]*"
)
_JOINED = re.compile(r"(?P<gate>[A-Za-z]?)(?P<units>\d{1,2})")
_BRACKETED = re.compile(r"[(<⟨].*")
FORMS = ("low", "high")  # both indices below, c_{1,2}; one below and one above, c_2^{(1)}
STATES = ("state", "out")
SURE, LIKELY = 10, 2


class Pair(NamedTuple):
    """A name with two indices: where they stand, and both of them."""

    form: str
    first: re.Match[str]
    second: re.Match[str]


@dataclass
class _Seen:
    """What the symbols of a document say of the two indices of each form."""

    votes: dict[str, list[int]] = field(default_factory=lambda: {form: [0, 0] for form in FORMS})
    indices: dict[str, tuple[set[int], set[int]]] = field(
        default_factory=lambda: {form: (set(), set()) for form in FORMS}
    )
    zeros: Counter[tuple[str, int, bool]] = field(default_factory=Counter)  # 0 in an index, of a state or not
    singles: Counter[str] = field(default_factory=Counter)  # where quantities with one index have it
    steps: set[int] = field(default_factory=set)  # of vectors that are stated
    size: int = 0  # of these
    of_parameters: set[int] = field(default_factory=set)
    bracketed: set[int] = field(default_factory=set)


def with_units(reading: Reading) -> Reading:
    """Return the reading with single units as entries of their vectors."""
    if reading.standard:
        return reading
    seen = _Seen()
    for claim in reading.claims:
        _look_at(claim, seen)
    layered = bool(seen.indices["high"][0]) and bool(layers_of(reading))
    steps_at = {form: None if layered and form == "high" else _step_at(form, seen) for form in FORMS}
    units = {
        unit for form, at in steps_at.items() if at is not None for unit in seen.indices[form][1 - at]
    } | seen.of_parameters
    whole = seen.size > 1 and seen.size in seen.bracketed and 0 not in seen.bracketed
    changes = _Changes(steps_at, 0 if 0 in units else 1, 1 if whole else 0, bool(units - seen.of_parameters))
    if not (units or whole):
        return reading
    return replace(reading, claims=tuple(map(changes.claim, reading.claims)))


# What says which index is the step ---------------------------------------------------------------------


def _pair_of(symbol: Symbol) -> Pair | None:
    """Return the two indices of a name that has two, as far as they can be steps or units."""
    name = name_of(symbol)
    if name is None or symbol.step is None:
        return None
    if len(name.low) == 2 and not name.high and not name.brackets:
        form, texts = "low", name.low
    elif len(name.low) == len(name.high) == 1 and not name.brackets:
        form, texts = "high", (name.low[0], name.high[0])
        if _BRACKETED.match(texts[1]) is None:
            return None
    else:
        return None
    first, second = map(_INDEX.fullmatch, texts)
    return None if first is None or second is None else Pair(form, first, second)


def _look_at(claim: Claim, seen: _Seen) -> None:
    left = claim.left.tree
    own = _pair_of(left) if isinstance(left, Symbol) else None
    for symbol in claim.symbols:
        pair = _pair_of(symbol)
        if pair is not None:
            _vote(pair, seen, _bare(symbol) in STATES)
            if own is not None and isinstance(left, Symbol) and _word(symbol) == _word(left):
                _vote_by_recurrence(own, pair, seen)
        _note_other(symbol, seen)
    if isinstance(left, Symbol) and left.step is not None and own is None and not left.entry:
        grid = grid_of(normalized(claim.sides[-1].tree)) if claim.sides else None
        size = sum(map(len, grid)) if grid is not None else 0
        if size > 1 and not left.step.base:
            seen.steps.add(left.step.offset)
            seen.size = max(seen.size, size)


def _word(symbol: Symbol) -> str:
    name = name_of(symbol)
    return symbol.name if name is None else name.prefix + name.word


def _bare(symbol: Symbol) -> str:
    return symbol.name.partition("(")[0]


def _vote(pair: Pair, seen: _Seen, is_state: bool) -> None:
    for k, found in enumerate((pair.first, pair.second)):
        if found["number"]:
            number = int(found["number"])
            seen.indices[pair.form][k].add(number)
            seen.zeros[pair.form, k, is_state] += number == 0
        elif found["time"]:
            seen.votes[pair.form][k] += SURE
        else:
            seen.votes[pair.form][1 - k] += LIKELY


def _vote_by_recurrence(left: Pair, right: Pair, seen: _Seen) -> None:
    """Count which index is one less on the right, where the other is the same."""
    if left.form != right.form:
        return
    numbers = [found["number"] for found in (left.first, left.second, right.first, right.second)]
    if not all(numbers):
        return
    a, b, c, d = map(int, numbers)
    if (a - 1, b) == (c, d):
        seen.votes[left.form][0] += LIKELY
    elif (a, b - 1) == (c, d):
        seen.votes[left.form][1] += LIKELY


def _note_other(symbol: Symbol, seen: _Seen) -> None:
    """Note the single index of a quantity, the units of a parameter, and those in brackets."""
    name = name_of(symbol)
    if name is None:
        return
    if symbol.step is None and _is_parameter(symbol):
        if not name.brackets:
            seen.of_parameters.update(_units_of_parameter(name)[1])
    elif symbol.step is not None and len(name.low) + len(name.high) + len(name.brackets) == 1:
        seen.singles["low" if name.low else "high"] += 1
    if symbol.entry and name.brackets and symbol.step is not None:
        seen.bracketed.update(place for place in symbol.entry if place is not None)


def _step_at(form: str, seen: _Seen) -> int | None:
    """Return which of the two indices of a form is the step; None if nothing tells."""
    numbers = seen.indices[form]
    if not any(numbers):
        return None
    votes = list(seen.votes[form])
    for k in (0, 1):  # states alone have a step 0
        votes[k] += bool(seen.zeros[form, k, True]) and not seen.zeros[form, k, False]
    if form == "high" and votes[0] == votes[1]:  # h^{(1)} of whole vectors, or h_1
        votes = [seen.singles["low"], seen.singles["high"]]
    if votes[0] == votes[1] and seen.steps:
        fits = [numbers[k] <= seen.steps and numbers[1 - k] <= set(range(seen.size + 1)) for k in (0, 1)]
        votes = list(map(int, fits))
    if votes[0] == votes[1]:
        return None
    if form == "high" and votes[0] > votes[1] and max(numbers[1], default=0) > seen.size:
        return None  # what stands above may be of layers; units are those of vectors that are given
    return int(votes[1] > votes[0])


# The symbols as entries --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Changes:
    """Where the step stands in each form, and from where units count, in brackets and elsewhere."""

    steps_at: dict[str, int | None]
    base: int
    base_in_brackets: int
    several: bool  # whether single units of vectors are named

    def claim(self, claim: Claim) -> Claim:
        sides = tuple(replace(side, tree=self.tree(side.tree)) for side in claim.sides)
        left = self.tree(claim.left.tree)
        if isinstance(left, Symbol) and not self.several:
            left = _of_one_unit(left, claim)
        return replace(claim, left=replace(claim.left, tree=left), sides=sides)

    def tree(self, node: Expression) -> Expression:
        return with_symbols(node, self.symbol)

    def symbol(self, symbol: Symbol) -> Symbol:
        """Return a symbol as the entry that it names."""
        name = name_of(symbol)
        if name is None:
            return symbol
        if symbol.step is None and _is_parameter(symbol) and not name.brackets:
            gates, units = _units_of_parameter(name)
            return self._entry(symbol, replace(name, low=gates), units) if units else symbol
        if symbol.entry and name.brackets and symbol.step is not None:
            entry = tuple(None if k is None else k - self.base_in_brackets for k in symbol.entry)
            return replace(symbol, entry=entry)
        pair = _pair_of(symbol)
        at = None if pair is None else self.steps_at[pair.form]
        if pair is None or at is None:
            return symbol
        step, unit = (pair.first, pair.second) if at == 0 else (pair.second, pair.first)
        if unit["number"] is None or step["unit"]:
            return symbol
        bare = replace(name, low=(step["number"] or step["time"],), high=())
        return self._entry(symbol, bare, [int(unit["number"])])

    def _entry(self, symbol: Symbol, name: Name, units: list[int]) -> Symbol:
        made, _ = symbol_for(replace(name, brackets=(",".join(map(str, units)),)), NamesSeen())
        if not isinstance(made, Symbol):
            return symbol
        return replace(made, entry=tuple(unit - self.base for unit in units))


def _is_parameter(symbol: Symbol) -> bool:
    return symbol.name.removeprefix("d_") in PARAMETERS.values()


def _units_of_parameter(name: Name) -> tuple[tuple[str, ...], list[int]]:
    """Return the low indices of a parameter that are letters, and those that are numbers: W_{f,12}: 1, 2."""
    matrix = PARAMETERS.get(name.word, "") in ("W", "U")
    letters: list[str] = []
    units: list[int] = []
    for text in name.low:
        found = _JOINED.fullmatch(text)
        if found is None or (found["gate"] and found["gate"] not in GATE_LETTERS):
            letters.append(text)
            continue
        letters += [found["gate"]] if found["gate"] else []
        digits = found["units"]
        units += map(int, digits) if matrix and len(digits) == len("12") else [int(digits)]
    if not letters and len(units) == 1:  # b_1 may be of a layer
        return name.low, []
    return tuple(letters), units


def _of_one_unit(left: Symbol, claim: Claim) -> Symbol:
    """Return W_{f,2} of a single unit, which is a number, as what is in column 2 of its only row."""
    matrix = left.name.removeprefix("d_") in ("W", "U")
    grid = grid_of(normalized(claim.sides[-1].tree)) if claim.sides else None
    if matrix and len(left.entry) == 1 and grid is not None and sum(map(len, grid)) == 1:
        return replace(left, entry=(0, left.entry[0]))
    return left
