"""Problems drawn from a seed: the same seed and variant give the same numbers, on every machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gatewise.cells.cell import Cell
from gatewise.cells.known.table import LSTM
from gatewise.cells.quantities import quantities_of
from gatewise.engine.any_cell import state_of
from gatewise.engine.params import Params
from gatewise.engine.passes import forward
from gatewise.engine.sizes import shapes_of
from gatewise.errors import ArgumentError
from gatewise.expression import walk
from gatewise.teach.exercises.quality import is_fit, is_worth_working
from gatewise.teach.exercises.solution import Solution
from gatewise.teach.worksheet.digits import Values
from gatewise.teach.worksheet.work.build import SequenceProblem

MOST_SHEETS = 200  # fit problems of which a sheet is tried
MOST_GATES, MOST_SIGNS = 8, 100  # of a cell, and of each of its equations
MOST_DRAWN = 60_000  # problems looked at before giving up; one in some tens is fit


@dataclass(frozen=True)
class ExerciseSizes:
    """How large a problem is: T steps, D inputs, H units, and the decimals that are worked with."""

    steps: int = 2
    inputs: int = 2
    units: int = 1
    digits: int = 5


LIMITS = {"steps": (2, 6), "inputs": (1, 4), "units": (1, 3), "digits": (4, 8)}
# Even tenths for λ and x: of a number rounded by hand, tenths that are odd would often be a tie.
LEARNING_RATE = 0.2
MATRIX, VECTOR = (0.1, 1.2), (0.05, 0.8)  # how large the entries of parameters are


def refuse_unfit(cell: Cell) -> None:
    """Refuse a cell of which no exercise is made.

    Raises
    ------
    ArgumentError
        If it has so many gates, or so long an equation, that nobody would work it by hand; or names that
        only capitals tell apart, which answers are not read by.
    """
    gates = [gate.lower() for gate in cell.gates]
    parameters = [name.lower() for name in cell.parameters]
    for names in (gates, parameters):
        for name in names:
            if names.count(name) > 1:
                raise ArgumentError(
                    f"cell {cell.name} has names that only capitals tell apart ({name}, {name.upper()}); "
                    "answers are read without them. Give one another letter."
                )
    if len(gates) > MOST_GATES:
        raise ArgumentError(
            f"cell {cell.name} has {len(gates)} gates; exercises are made of at most {MOST_GATES}."
        )
    for equation in quantities_of(cell).equations:
        signs = sum(1 for _ in walk(equation.right))
        if signs > MOST_SIGNS:
            raise ArgumentError(
                f"equation {equation.id} of cell {cell.name} has {signs} names and signs; exercises are "
                f"made of at most {MOST_SIGNS}."
            )


def nothing_carried(params: Params) -> Any:
    """Return zeros for all that the cell carries into the first step."""
    return state_of(params.cell)(*(np.zeros(params.length_of(name)) for name in params.cell.carried))


def draw(rng: np.random.Generator, sizes: ExerciseSizes, cell: Cell = LSTM) -> Solution:
    """Draw problems of a cell until one is fit to be handed out.

    Raises
    ------
    ArgumentError
        If sizes are out of range, or none of many problems of these sizes is fit.
    """
    for name, (least, most) in LIMITS.items():
        value = getattr(sizes, name)
        if not least <= value <= most:
            raise ArgumentError(f"{name}={value}; an exercise can have {least} to {most}.")
    refuse_unfit(cell)
    for _ in range(MOST_DRAWN):
        problem = _problem(rng, sizes, cell)
        if is_worth_working(problem, sizes.digits):
            solution = Solution(problem, sizes.digits)
            if is_fit(solution):
                return solution
    of = "" if cell is LSTM else f" of cell {cell.name}"
    raise ArgumentError(
        f"none of {MOST_DRAWN} problems{of} with steps={sizes.steps}, inputs={sizes.inputs}, "
        f"units={sizes.units} is fit at {sizes.digits} digits. Ask for fewer steps or units, or for more "
        "digits."
    )


def _problem(rng: np.random.Generator, sizes: ExerciseSizes, cell: Cell) -> SequenceProblem:
    T, D, H = sizes.steps, sizes.inputs, sizes.units

    def numbers(least: float, most: float, *shape: int, decimals: int = 2) -> Values:
        """Decimals of either sign; whole steps of the last digit, so that they are exact."""
        steps = rng.integers(round(least * 10**decimals), round(most * 10**decimals), shape, endpoint=True)
        signs = rng.integers(0, 2, shape) * 2 - 1
        return np.asarray(steps * signs / 10**decimals, dtype=np.float64)

    projects = any("Q" in letters for letters in cell.parameters.values())
    shapes = shapes_of(cell, D, H, max(1, H - 1) if projects else None)
    drawn = {name: numbers(*(MATRIX if len(shape) > 1 else VECTOR), *shape) for name, shape in shapes.items()}
    params = Params.of(drawn, cell)
    x, size = 2 * numbers(0.1, 1.0, T, D, decimals=1), np.abs(numbers(0.1, 0.9, T, params.output_size))
    start = nothing_carried(params)
    out = forward(params, x, start, engine="reference").out
    label = np.where(out > 0, -size, size)  # on the other side of 0: the gradients have digits to show
    return SequenceProblem(params, x, label, start, LEARNING_RATE, {})
