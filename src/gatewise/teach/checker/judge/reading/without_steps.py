"""Gates that a document writes without their step: o = σ(W_o x_t + U_o h_{t−1} + b_o) is of step t."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gatewise.expression import Call, Expression, Step, Symbol, rebuild, walk
from gatewise.teach.checker.judge.numbers.grids import normalized
from gatewise.teach.checker.judge.reading.own import own_symbol
from gatewise.teach.checker.judge.reading.structure import Key, key_of
from gatewise.teach.checker.read.reading import Claim, Reading, Side
from gatewise.teach.checker.read.words import STEPPED

GATES = ("a", "i", "f", "o", "z")
OTHER_GATES = ("Gamma", "r", "u", "n")
T = Step("t")


def with_steps(reading: Reading) -> Reading:
    """Return the reading with step t at gates that its general formulas have without one."""
    keys = set(_keys(reading))
    if not keys:
        return reading
    return replace(reading, claims=tuple(_stepped(claim, keys) for claim in reading.claims))


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
