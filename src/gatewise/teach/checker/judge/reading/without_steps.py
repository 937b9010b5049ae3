"""What a document writes without its step, or T for it: gates, o = σ(W_o x_t + …), its only target y, h_T."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from gatewise.expression import (
    Add,
    Call,
    Expression,
    Negative,
    Number,
    Step,
    Symbol,
    walk,
    with_symbols,
)
from gatewise.teach.checker.judge.numbers.grids import grids_of, normalized
from gatewise.teach.checker.judge.reading.own import left_of, own_symbol
from gatewise.teach.checker.judge.reading.structure import Key, key_of
from gatewise.teach.checker.read.finish import changed
from gatewise.teach.checker.read.formats.prints import at_step
from gatewise.teach.checker.read.names import name_of
from gatewise.teach.checker.read.reading import Claim, Reading
from gatewise.teach.checker.read.words import STEPPED

GATES = ("a", "i", "f", "o", "z")
OTHER_GATES = ("Gamma", "r", "u", "n")
EACH = Step("t")


def with_steps(reading: Reading) -> Reading:
    """Return the reading with the steps of gates, of its only target, and of T where T has a number."""
    if keys := set(_keys(reading)):
        reading = replace(reading, claims=tuple(_stepped(claim, keys) for claim in reading.claims))
    if (target := _step_of_target(reading)) is not None:
        reading = _changed(reading, lambda node: replace(node, step=target) if node.name == "label" else node)
    if (last := _last_step(reading)) is not None:
        reading = _changed(reading, lambda node: at_step(node, last) if _is_at_end(node) else node)
    return reading


def _step_of_target(reading: Reading) -> Step | None:
    """Return the step of the one output that y is compared with, where no target has a step of its own."""
    if any(symbol.name == "label" and symbol.step is not None for symbol in reading.symbols):
        return None
    steps = set()
    for claim in reading.claims:
        for side in claim.sides:
            for node in walk(normalized(side.tree)):
                match node:
                    case Add((Symbol("out") as out, Negative(Symbol("label")))) | Add(
                        (Symbol("label"), Negative(Symbol("out") as out))
                    ) if out.step is not None:
                        steps.add(out.step)
    numbers = {step for step in steps if not step.base}
    found = numbers or steps
    return found.pop() if len(found) == 1 and EACH not in steps else None


def _last_step(reading: Reading) -> int | None:
    """Return which step T is, where something of step T has a value: as it is said, or the last of h and c.

    None where steps are worked twice, as in two sequences, or T is not among those that are worked.
    """
    valued = [claim for claim in reading.claims if grids_of(claim)]
    if not any(_is_at_end(node) for claim in valued for node in _symbols_of(claim)):
        return None
    worked: dict[Symbol, str] = {}
    for claim in valued:
        left = left_of(claim)
        if left is None or left.step is None or STEPPED.get(left.name) not in ("out", "state"):
            continue
        if worked.setdefault(left, claim.sides[-1].source) != claim.sides[-1].source:
            return None
    steps = {left.step.offset for left in worked if left.step is not None and not left.step.base}
    said = {
        round(float(side.tree.text))
        for claim in reading.claims
        if isinstance(claim.left.tree, Symbol) and claim.left.tree.name == "T"
        for side in claim.sides
        if isinstance(side.tree, Number)
    }
    if not steps or len(said) > 1 or (said and not said <= steps):
        return None
    return said.pop() if said else max(steps)


def _symbols_of(claim: Claim) -> Iterator[Expression]:
    for side in (claim.left, *claim.sides):
        yield from walk(side.tree)


def _is_at_end(node: Expression) -> bool:
    """Return whether this is a quantity at step T, and no transpose."""
    if not isinstance(node, Symbol) or node.step is None or node.step.base != "T":
        return False
    name = name_of(node)
    return name is not None and "T" not in name.high


def _changed(reading: Reading, change: Callable[[Symbol], Symbol]) -> Reading:
    """Return the reading with each symbol changed."""
    claims = (changed(claim, lambda tree: with_symbols(tree, change)) for claim in reading.claims)
    return replace(reading, claims=tuple(claims))


def _keys(reading: Reading) -> Iterator[Key]:
    """Yield the letters of gates that stand without a step before a function of x_t or h_{t−1}."""
    for claim in reading.claims:
        left = claim.left.tree
        if not isinstance(left, Symbol) or left.step is not None or left.name.startswith(("d_", "delta")):
            continue
        own = own_symbol(left)
        usual = STEPPED.get(own.name)
        if own.step is not None or not (usual in GATES or own.name in OTHER_GATES):
            continue
        trees = [normalized(side.tree) for side in claim.sides]
        if any(isinstance(tree, Call) and _names_t(tree) for tree in trees):
            yield key_of(own)


def _stepped(claim: Claim, keys: set[Key]) -> Claim:
    """Return a general claim with step t at these letters; one with numbers, or of a step, as it is."""
    general = any(_names_t(side.tree) for side in (claim.left, *claim.sides))
    if not general:
        return claim

    def put(symbol: Symbol) -> Symbol:
        bare = symbol.step is None and key_of(own_symbol(symbol)) in keys
        return replace(symbol, step=EACH) if bare else symbol

    return changed(claim, lambda tree: with_symbols(tree, put))


def _names_t(tree: Expression) -> bool:
    return any(
        isinstance(node, Symbol) and node.step is not None and node.step.base == "t" for node in walk(tree)
    )
