"""The sizes of a document's problem: those of the problem that is known, or those that most claims have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from gatewise.cells.beside.by_gate import PREFIX
from gatewise.cells.cell import Cell
from gatewise.cells.known.table import LSTM
from gatewise.cells.quantities import SCALARS, Quantities
from gatewise.engine.params import Params
from gatewise.expression import Symbol
from gatewise.teach.checker.judge.numbers.grids import grid_of, normalized
from gatewise.teach.checker.judge.numbers.sizes import Sizes
from gatewise.teach.checker.read.reading import Reading
from gatewise.teach.problem import Problem

# How many steps there may be for each one that is written out: beyond it, t = 99999 is no step of this work.
STEPS_LEFT_OUT, FEW_STEPS = 20, 100
MOST_UNITS = 100  # that single entries are stated of
MOST_SAID = 100  # inputs, and units, that are believed of a sheet's head
_SAID = re.compile(r"\b([DH]) = ([0-9]{1,4})\b")
SURE = 100  # votes: x_t alone says plainly what D is, while W_a of one column may be lying down


Known = Problem | Params
"""What is known of a document's work: all that is given, or the parameters alone."""


def params_of(known: Known) -> Params:
    """Return the parameters that are known."""
    return known if isinstance(known, Params) else known.params


def sizes_of_known(known: Known, steps: int) -> Sizes:
    """Return the sizes of what a document is known to be about; `steps` are its own, if no data say them."""
    params = params_of(known)
    T = steps if isinstance(known, Params) else known.x.shape[-2]
    return Sizes(T, params.input_size, params.hidden_size, cell=params.cell, Q=params.output_size)


def infer_sizes(reading: Reading, lefts: Iterable[Symbol | None], cell: Cell = LSTM) -> Sizes:
    """Infer T, D, H and, of a cell that projects its output, Q: the sizes that most claims have."""
    steps: set[int] = set()
    known = Sizes(1, 1, 1, cell=cell)
    forward = [equation.left.name for equation in cell.forward]
    derived = (f"{sign}{name}" for sign in ("d_", PREFIX) for name in (*cell.carried, *cell.gates))
    stepped = {"x", "label", *forward, "delta", "d_x", *derived}
    # What stands alone for a step after the last, as δstate_T = 0 of the LSTM of 1997, names no step.
    ends = (term for terms in known.quantities.carried.values() for term in terms)
    stepped -= {term.name for term in ends if isinstance(term, Symbol)}
    votes: dict[str, Counter[int]] = {"D": Counter(), "H": Counter(), "Q": Counter()}
    lefts = list(lefts)
    of_steps = {left.name for left in lefts if left is not None and left.step is not None}
    for claim, left in zip(reading.claims, lefts, strict=True):
        if left is None or not known.has_part(left):
            continue
        if left.step is None and left.name in stepped and left.name in of_steps:
            continue  # h = (0.76, 0.36, 0.18) beside h_3 = 0.18: one number for each step
        if left.step is not None and not left.step.base and left.name in stepped:
            steps.add(left.step.offset)
        for side in claim.sides:
            grid = grid_of(normalized(side.tree))
            if grid is not None:
                for letter, size in _votes(left, len(grid), max(map(len, grid)), known.quantities):
                    votes[letter][size] += SURE if left.name in ("x", "d_x") else 1
    named = _named_entries(lefts, known)
    said = sizes_said(reading)
    H = max(votes["H"].most_common(1)[0][0] if votes["H"] else said.get("H", 1), named.get("H", 1))
    if not votes["D"] and H == 1 and "D" not in said:
        votes["D"][1] += 1
    D = max(votes["D"].most_common(1)[0][0] if votes["D"] else said.get("D", 1), named.get("D", 1))
    most = STEPS_LEFT_OUT * len(steps) + FEW_STEPS
    T = max((t + 1 for t in steps if t < most), default=1)
    Q = votes["Q"].most_common(1)[0][0] if votes["Q"] else 0
    return Sizes(max(T, 1), D, H, cell=cell, Q=Q)


def sizes_said(reading: Reading) -> dict[str, int]:
    """Return what a sheet's head says of D and H: where it shows single entries alone, nothing else does."""
    said = {found[1]: int(found[2]) for found in _SAID.finditer(str(reading.facts.get("sizes", "")))}
    return {letter: size for letter, size in said.items() if 0 < size <= MOST_SAID}


def _named_entries(lefts: Iterable[Symbol | None], known: Sizes) -> dict[str, int]:
    """Return how large H and D must at least be for the single entries that are stated."""
    least: dict[str, int] = {}
    for left in lefts:
        if left is None or not left.entry or not known.has_part(left) or left.name in SCALARS:
            continue
        for letter, place in zip(known.quantities.letters(left), left.entry, strict=False):
            if place is not None and place < MOST_UNITS and letter in ("H", "D"):
                least[letter] = max(least.get(letter, 1), place + 1)
    return least


def _votes(left: Symbol, rows: int, columns: int, quantities: Quantities) -> Iterator[tuple[str, int]]:
    """Yield what a value of so many rows and columns says of D, H and Q."""
    if any(place is not None for place in left.entry) or left.name in (*SCALARS, "z"):
        return
    size, (of_rows, *of_columns) = rows * columns, quantities.letters(left)
    first, times = of_rows[-1], int(of_rows[:-1] or 1)
    if of_columns:
        second = of_columns[0][-1]
        if left.part and second == "D" and left.name in quantities.parameters and 1 in (rows, columns):
            yield second, size
            return
        yield second, columns
        if first != second and rows % times == 0:
            yield first, rows // times
    elif size % times == 0 and (size > 1 or not _may_be_zero(left.name, quantities)):
        yield first, size // times


def _may_be_zero(name: str, quantities: Quantities) -> bool:
    """Say whether 0 may stand for a vector of zeros, as what there is before the first step."""
    cell = quantities.cell
    return name in cell.carried or name.startswith("delta_") or not quantities.has(name)
