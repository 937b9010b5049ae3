"""What a document states without a step, where it works a single one: f = 0.7350 for f_1."""

from __future__ import annotations

from gatewise.expression import Symbol
from gatewise.teach.checker.judge.numbers.grids import grids_of
from gatewise.teach.checker.judge.reading.dialect import Dialect
from gatewise.teach.checker.read.reading import Reading


def of_one_step(reading: Reading, dialect: Dialect) -> frozenset[str]:
    """Return the quantities that are stated without a step, if those of a single step are.

    One alone may be said of anything, as f = 1 is; it counts if it has decimals, and the inputs are of one
    step.
    """
    lefts = {equation.left.name for equation in dialect.cell.forward}
    stated: list[str] = []
    inputs: set[int] = set()
    precise = False
    for claim in reading.claims:
        left = claim.left.tree
        grids = grids_of(claim)
        if not isinstance(left, Symbol) or not grids:
            continue
        meant = dialect.symbol(left)
        if meant.name == "x" and meant.step is not None:
            inputs.add(meant.step.offset)
        if meant.name not in lefts:
            continue
        if meant.step is not None and not (meant.step.base or meant.step.offset < 0):
            return frozenset()
        if meant.step is None:
            stated.append(meant.name)
            precise |= grids[-1][0][0].decimals > 1
    alone = len(stated) == 1 and not (precise and inputs == {0})
    return frozenset() if alone or len(stated) != len(set(stated)) else frozenset(stated)
