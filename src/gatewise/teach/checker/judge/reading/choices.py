"""What a document says of its steps."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from gatewise.expression import (
    Add,
    Call,
    Expression,
    Number,
    Product,
    Sigma,
    Symbol,
    walk,
)
from gatewise.teach.checker.judge.numbers.grids import grid_of, normalized
from gatewise.teach.checker.judge.reading.own import own_symbol
from gatewise.teach.checker.read.reading import Claim, Reading

GATES = ("a", "i", "f", "o", "r", "u", "gates", "z")
SOON = 9  # steps at which work may begin
_FIRST = re.compile(r"\bt\s*=\s*(?:\$)?([01])\s*(?:,\s*(?:\\l?dots|…|\.\.\.)|(?:\\dots|…|\.\.\.|to|bis)\s)")

_COUNTED = re.compile(r"^[ \t]*t ?= ?([0-9])[ \t,:]", re.MULTILINE)  # as programs print their steps


@dataclass(frozen=True)
class Said:
    """A choice and what says so."""

    value: str
    because: str


def first_step(reading: Reading, meaning: Callable[[Symbol], Symbol]) -> Said | None:
    """Return the step at which the work begins; None if nothing says so. `meaning` says what letters are."""
    gates: set[int] = set()
    slopes: set[int] = set()  # of gates
    worked: set[int] = set()  # states and outputs that are worked out of numbers
    states: dict[int, bool] = {}
    inputs: set[int] = set()
    others: set[int] = set()
    compared: set[int] = set()  # where an output meets its label, as no initial state does
    for claim in reading.claims:
        left = claim.left.tree
        for symbol in claim.symbols:
            own = own_symbol(symbol)
            if own.step is None or own.step.base:
                continue
            name, t = meaning(symbol).name, own.step.offset
            stem = name.removeprefix("d_").removeprefix("dg_").removeprefix("delta_")
            if name in GATES:
                gates.add(t)
            elif stem in GATES and name != stem:
                slopes.add(t)
            elif name == "x":
                inputs.add(t)
            elif name in ("state", "out"):
                if symbol is left and t < SOON and any(_is_worked(side.tree) for side in claim.sides):
                    worked.add(t)
                is_value = symbol is left and len(claim.sides) == 1 and _is_number(claim)
                states[t] = states.get(t, True) and (is_value or symbol is not left)
            elif name in ("label", "loss", "delta", "d_out", "d_state"):
                others.add(t)
                compared |= {t} if name in ("label", "loss", "delta") else set()
    if any(t < 0 for t in (*states, *gates)):
        return Said("0", "a state of step −1 is named")
    if gates:
        first = min(gates | worked)
        if first > 1:  # of a stretch of the work: whatever else there is of an earlier step
            first = max(1, min({first} | others | slopes | inputs))
        begins = first == 0 or 0 not in inputs
        if begins and 0 < min(inputs, default=first) < first:
            return Said(str(min(inputs)), f"its inputs begin at step {min(inputs)}")
        return Said(str(first), f"its gates begin at step {first}") if begins else None
    if inputs:
        return Said(str(min(inputs)), f"its inputs begin at step {min(inputs)}")
    if worked or slopes:
        first = min(worked or slopes)
        return Said(str(first), f"its work begins at step {first}")
    if found := _of_sums(reading):
        return found
    if spoken := _FIRST.search(reading.text):
        return Said(spoken[1], f"the text says {spoken[0].strip()}")
    if counted := _COUNTED.findall(reading.text):
        return Said(min(counted), f"its lines begin with t = {min(counted)}")
    if states:
        first = min(states)
        first += states[first] and first == 0 and 0 not in compared  # one given before the work begins
        if min((t for t in others if t), default=first) >= first:
            return Said(str(first), "its states")
    if others:
        return Said(str(min(others)), f"its derivatives begin at step {min(others)}")
    return None


def _of_sums(reading: Reading) -> Said | None:
    for claim in reading.claims:
        for side in claim.sides:
            for node in walk(side.tree):
                to_the_end = isinstance(node, Sigma) and not node.low.base and node.high.base == "T"
                if isinstance(node, Sigma) and to_the_end and node.low.offset in (0, 1):
                    return Said(str(node.low.offset), side.source)
    return None


def _is_worked(tree: Expression) -> bool:
    """Return whether numbers are worked here: tanh(0.6), or 0.5 · 0.4 + 0.3."""
    nodes = list(walk(tree))
    works = isinstance(tree, (Add, Product)) or (isinstance(tree, Call) and tree.function == "tanh")
    return (
        works and any(isinstance(n, Number) for n in nodes) and not any(isinstance(n, Symbol) for n in nodes)
    )


def _is_number(claim: Claim) -> bool:
    return all(grid_of(normalized(side.tree)) is not None for side in claim.sides)
