"""What a problem must be like to be handed out: fair to work by hand, its mistakes to be told apart."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from gatewise.cells.quantities import quantities_of
from gatewise.engine.passes import backward, forward
from gatewise.learn.losses import l2
from gatewise.teach.exercises.solution import SAME, Solution
from gatewise.teach.worksheet.digits import exact
from gatewise.teach.worksheet.work.build import SequenceProblem

GATE_RANGE = (0.05, 0.95)  # outside it a gate is so shut or open that many mistakes have no effect
SIGNIFICANT = 3  # digits that a gradient must have of those that are shown
APART = 3  # units of the last digit between the right value and those of mistakes
LABEL_RANGE = 0.9  # an output lies between −1 and 1; a label beyond is never reached
# How near to a tie a value may lie, in units of its last digit.
TIE = Decimal("0.002")


def is_worth_working(problem: SequenceProblem, digits: int) -> bool:
    """Look quickly, in floating point, at gates, labels and gradients: most problems fail here."""
    if problem.label is None or np.abs(problem.label).max() > LABEL_RANGE:
        return False
    trace = forward(problem.params, problem.x, problem.state, engine="reference")
    cell = problem.params.cell
    sizes = np.concatenate([np.abs(trace[name]).ravel() for name in cell.gates or cell.carried[:1]])
    if not (sizes.min() >= GATE_RANGE[0] and sizes.max() <= GATE_RANGE[1]):  # so is NaN
        return False
    _, delta = l2(trace.out, problem.label)
    grads = backward(problem.params, trace, delta, keep=True)
    smallest = 10.0 ** (SIGNIFICANT - 1 - digits)
    known = quantities_of(cell).equations
    names = {e.left.name for e in known if e.phase in ("backward", "gradients")} - {"delta"}
    entries = np.concatenate([np.abs(delta).ravel(), *(np.abs(grads[name]).ravel() for name in names)])
    return bool(np.isfinite(entries).all() and entries[entries > 0].min(initial=np.inf) >= smallest)


def faults(solution: Solution) -> Iterator[str]:
    """Say in words what keeps a problem from being handed out; yield nothing if it is fit."""
    for id in solution.lines:
        yield from _confusions(solution, id)
    for id, line in solution.lines.items():
        assert line.formula is not None
        carried = np.ravel(solution.full_values[id])
        exactly = np.ravel(solution.hand.evaluate_exactly(line.formula))
        for entry, value, by_hand in zip(solution.entries[id], carried, exactly, strict=True):
            if _is_tie(exact(float(value)), solution.digits) or _is_tie(exact(by_hand), solution.digits):
                yield f"{entry.id} is a tie"


def is_fit(solution: Solution) -> bool:
    """Whether a problem can be handed out."""
    return next(faults(solution), None) is None


def _is_tie(value: Decimal, digits: int) -> bool:
    units = abs(value).scaleb(digits)
    return value != 0 and abs(units % 1 - Decimal("0.5")) < TIE


def _confusions(solution: Solution, id: str) -> Iterator[str]:
    """Mistakes at a line whose value is too near to the right one, or to another mistake's."""
    limit = APART * solution.unit(id)
    values = [("the right value", solution.worked(id))]
    values += [(mistake.id, value) for mistake, value in solution.mistaken(id)]
    for k, (name, value) in enumerate(values):
        for other_name, other in values[k + 1 :]:
            distance = float(np.abs(value - other).max(initial=0.0))
            if SAME < distance < limit and not math.isnan(distance):
                yield f"{id}: {name} and {other_name} differ by {distance:.1e}"
