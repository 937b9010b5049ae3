"""From claims to statements: which quantity a claim is about, its formulas, its working and its results."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from gatewise.cells.beside.losses import HALF
from gatewise.cells.cell import Cell
from gatewise.cells.known.table import LSTM
from gatewise.cells.known.two_biases import OF_SECOND
from gatewise.cells.quantities import quantities_of
from gatewise.expression import Expression, Negative, Product, Symbol, Transpose, walk
from gatewise.teach.checker.judge.bind.infer_sizes import infer_sizes
from gatewise.teach.checker.judge.numbers.grids import (
    Fit,
    Grid,
    fit,
    grid_of,
    grids_of,
    is_symbolic,
    normalized,
)
from gatewise.teach.checker.judge.numbers.printed import WrittenNumber
from gatewise.teach.checker.judge.numbers.sizes import Sizes
from gatewise.teach.checker.judge.reading.own import left_of
from gatewise.teach.checker.read.reading import Claim, Printed, Reading, Side

FAR = 2  # steps before the first, or from t: beyond, a formula says nothing of this work


@dataclass(frozen=True)
class WorkedSide:
    """A side with numbers put in, or worked further, in normal form."""

    side: Side
    tree: Expression


@dataclass
class Statement:
    """What a claim says of a quantity.

    `places` are the flat places in the whole quantity that the left side stands for. `results` are the last
    numbers of the chain with their places; empty if the value does not fit (`fit`), then `grid` has it.
    """

    claim: Claim
    update: int
    left: Symbol
    base: Symbol
    places: NDArray[np.intp]
    formulas: list[Side] = field(default_factory=list)
    worked_sides: list[WorkedSide] = field(default_factory=list)
    results: list[tuple[WrittenNumber, int]] = field(default_factory=list)
    fit: Fit = "fits"
    grid: Grid | None = None
    value: Side | None = None

    @property
    def is_shorthand(self) -> bool:
        """Whether one number, in no brackets, stands for a vector: for all its units, or one of them."""
        tree = None if self.value is None else self.value.tree
        bare = tree.argument if isinstance(tree, Negative) else tree
        return self.fit == "short" and isinstance(bare, Printed)


@dataclass
class BoundDocument:
    """A reading bound to the quantities of a cell."""

    reading: Reading
    sizes: Sizes
    statements: list[Statement]
    general_formulas: list[tuple[Claim, Symbol]]  # formulas for every t
    unbound: list[Claim]  # what is not about a known quantity

    def statements_of(self, update: int) -> list[Statement]:
        return [statement for statement in self.statements if statement.update == update]

    @property
    def derived(self) -> list[Statement]:
        """The statements of what is worked out, not given: initial states are given, too."""
        return [s for s in self.statements if self.sizes.rule(s.base) is not None]

    @property
    def updates(self) -> list[int]:
        return sorted({statement.update for statement in self.statements}) or [1]


def bind_document(
    reading: Reading, sizes: Sizes | None = None, cell: Cell = LSTM, loss: str = HALF
) -> BoundDocument:
    """Find out what every claim is about; `sizes`, if they are known, say of which cell."""
    cell = cell if sizes is None else sizes.cell
    lefts = [_bound_quantity(claim, cell) for claim in reading.claims]
    sizes = sizes or infer_sizes(reading, lefts, cell)
    sizes = replace(sizes, biases=_bias_count(reading, lefts) if cell is LSTM else 1, loss=loss)
    sizes.refuse_too_large()
    document = BoundDocument(reading, sizes, [], [], [])
    learned = False
    seen: dict[tuple[int, Symbol], Symbol | None] = {}  # the letters by which values are stated first
    gradients = {f"d_{name}" for name in sizes.parameters}
    for claim, left in zip(reading.claims, lefts, strict=True):
        left = _closed(left, sizes)
        if left is None or not _in_range(left, sizes):
            document.unbound.append(claim)
            continue
        learned |= left.name in gradients
        if left.step is not None and left.step.base:
            document.general_formulas.append((claim, left))
            continue
        valued = bool(grids_of(claim))
        is_parameter = left.name in sizes.parameters
        if is_parameter and not left.new and learned and (claim.update, left) in seen and valued:
            left = replace(left, new=True)  # a document may write W_a again for what it is after the update
        if valued and seen.setdefault((claim.update, left), own := left_of(claim)) != own and is_parameter:
            document.unbound.append(claim)  # another letter for what is given above by its own
            continue
        statement = _statement(claim, left, sizes)
        if _is_of_one_gate(statement, sizes):
            document.unbound.append(claim)
        else:
            document.statements.append(statement)
    return document


def _is_of_one_gate(statement: Statement, sizes: Sizes) -> bool:
    """Return whether a matrix is too short for all gates, and of what is none of them: δW = δ_1 x_1ᵀ."""
    left = statement.left
    if left.part or statement.fit != "short" or not sizes.quantities.parts_of(left.name):
        return False
    symbols = [n for side in statement.formulas for n in walk(side.tree) if isinstance(n, Symbol)]
    return any(not sizes.has_part(symbol) for symbol in symbols)


def _bias_count(reading: Reading, lefts: Iterable[Symbol | None]) -> int:
    """Return 2 for a document that has a second bias, b_hh beside b_ih."""
    formulas = (side.tree for claim in reading.claims for side in claim.sides)
    named = any(left is not None and left.name in OF_SECOND for left in lefts) or any(
        isinstance(node, Symbol) and node.name in OF_SECOND for tree in formulas for node in walk(tree)
    )
    return 2 if named else 1


def _bound_quantity(claim: Claim, cell: Cell) -> Symbol | None:
    """Return the quantity on the left; a term of a δ that is not of the sequence by its boundary value."""
    tree = normalized(claim.left.tree)
    if isinstance(tree, Transpose):
        tree = tree.argument
    if isinstance(tree, Symbol):
        return tree
    steps = {node.step for node in walk(tree) if isinstance(node, Symbol) and node.step}
    if isinstance(tree, Product) and len(steps) == 1:
        step = steps.pop()
        for order in (tree, replace(tree, factors=tree.factors[::-1])):
            made = quantities_of(cell).closed(order, step.offset)
            if isinstance(made, Symbol) and not step.base:
                return made
    return None


def _closed(left: Symbol | None, sizes: Sizes) -> Symbol | None:
    """Return a quantity; one that a δ takes from step T, where there is none, by its boundary value."""
    if left is None or left.step is None or left.step.base:
        return left
    made = sizes.quantities.closed(left, sizes.T)
    return made if isinstance(made, Symbol) else left


def _in_range(left: Symbol, sizes: Sizes) -> bool:
    if not sizes.has_part(left) or (left.name == "z" and not left.part):
        return False
    if left.part and left.step is None and len(left.entry) > 2:
        return False
    if left.step is not None:
        last = FAR if left.step.base else sizes.T
        if not -FAR <= left.step.offset <= last:
            return False
    shape = sizes.shape(replace(left, entry=()))
    return len(left.entry) <= len(shape) and all(
        place is None or 0 <= place < size for place, size in zip(left.entry, shape, strict=False)
    )


def _statement(claim: Claim, left: Symbol, sizes: Sizes) -> Statement:
    base, places = sizes.cells(left)
    statement = Statement(claim, claim.update, left, base, places)
    transposed = isinstance(normalized(claim.left.tree), Transpose)
    for side in claim.sides:
        tree = normalized(side.tree)
        grid = grid_of(tree)
        if grid is not None:
            _add_value(statement, side, grid, transposed)
        elif is_symbolic(tree):
            statement.formulas.append(side)
        else:
            statement.worked_sides.append(WorkedSide(side, tree))
    return statement


def _add_value(statement: Statement, side: Side, grid: Grid, transposed: bool) -> None:
    if transposed and len({len(row) for row in grid}) == 1:
        grid = [list(column) for column in zip(*grid, strict=True)]
    shape = statement.places.shape
    how, places = fit(grid, shape)
    flat = [number for row in grid for number in row]
    own = statement.places.ravel()
    statement.fit, statement.grid, statement.value = how, grid, side
    if places is None:
        statement.results = []
    elif how == "zero":
        statement.results = [(flat[0], int(place)) for place in own if flat[0].is_known]
    else:
        statement.results += [
            (number, int(own[place]))
            for number, place in zip(flat, places.tolist(), strict=True)
            if number.is_known
        ]


__all__ = [
    "BoundDocument",
    "Statement",
    "WorkedSide",
    "bind_document",
]
