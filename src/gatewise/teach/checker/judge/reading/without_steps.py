"""What a document writes without its step, or T for it: gates, o = σ(W_o x_t + …), its only target y, h_T."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from gatewise.expression import Add, Call, Expression, Negative, Step, Symbol, rebuild, walk
from gatewise.teach.checker.judge.numbers.grids import grid_of, normalized
from gatewise.teach.checker.judge.reading.own import own_symbol
from gatewise.teach.checker.judge.reading.structure import Key, key_of
from gatewise.teach.checker.read.formats.prints import at_step
from gatewise.teach.checker.read.names import name_of
from gatewise.teach.checker.read.reading import Claim, Reading, Side
from gatewise.teach.checker.read.words import STEPPED

GATES = ("a", "i", "f", "o", "z")
OTHER_GATES = ("Gamma", "r", "u", "n")
T = Step("t")


def with_steps(reading: Reading) -> Reading:
    """Return the reading with the steps of gates, of its only target, and of T where T has a number."""
    keys = set(_keys(reading))
    if keys:
        reading = replace(reading, claims=tuple(_stepped(claim, keys) for claim in reading.claims))
    target = _step_of_target(reading)
    if target is not None:
        reading = _replaced(
            reading, lambda node: replace(node, step=target) if node.name == "label" else node
        )
    last = _last_step(reading)
    return (
        reading
        if last is None
        else _replaced(reading, lambda node: at_step(node, last) if _is_at_end(node) else node)
    )


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
    if len(numbers) > 1 or T in steps:
        return None
    return next(iter(numbers or steps), None)


def _last_step(reading: Reading) -> int | None:
    """Return the number of step T, if something of step T has a value, and other steps are numbers."""
    valued = any(
        isinstance(claim.left.tree, Symbol)
        and any(_is_at_end(node) for side in (claim.left, *claim.sides) for node in walk(side.tree))
        and any(grid_of(normalized(side.tree)) for side in claim.sides)
        for claim in reading.claims
    )
    if not valued:
        return None
    steps = [
        symbol.step.offset
        for symbol in reading.symbols
        if symbol.step is not None and not symbol.step.base and symbol.name in STEPPED.values()
    ]
    return max(steps, default=None)


def _is_at_end(node: Expression) -> bool:
    """Return whether this is a quantity at step T, and no transpose."""
    if not isinstance(node, Symbol) or node.step is None or node.step.base != "T":
        return False
    name = name_of(node)
    return name is not None and "T" not in name.high


def _replaced(reading: Reading, change: Callable[[Symbol], Symbol]) -> Reading:
    """Return the reading with each symbol changed."""

    def put(node: Expression) -> Expression:
        return change(node) if isinstance(node, Symbol) else rebuild(node, put)

    def of(claim: Claim) -> Claim:
        sides = tuple(replace(side, tree=put(side.tree)) for side in claim.sides)
        return replace(claim, left=replace(claim.left, tree=put(claim.left.tree)), sides=sides)

    return replace(reading, claims=tuple(map(of, reading.claims)))


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

    def side_of(side: Side) -> Side:
        return replace(side, tree=put(side.tree))

    def put(node: Expression) -> Expression:
        if not isinstance(node, Symbol):
            return rebuild(node, put)
        bare = node.step is None and key_of(own_symbol(node)) in keys
        return replace(node, step=T) if bare else node

    return replace(claim, left=side_of(claim.left), sides=tuple(map(side_of, claim.sides)))


def _names_t(tree: Expression) -> bool:
    return any(
        isinstance(node, Symbol) and node.step is not None and node.step.base == "t" for node in walk(tree)
    )
