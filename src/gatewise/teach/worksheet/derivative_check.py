"""The check of a sheet's gradients against measured derivatives, of as many entries as there is time for."""

from __future__ import annotations

from gatewise.learn import derivatives
from gatewise.teach.worksheet.work.build import SequenceProblem

# What a check of derivatives may take, a second or two: steps of the forward pass, and products in them.
CHECK_STEPS = 20_000
CHECK_PRODUCTS = 400_000_000


def is_small(problem: SequenceProblem) -> bool:
    """Say whether there is time to check the derivative of every entry."""
    return _entry_count(problem) <= _affordable(problem)


def measured(problem: SequenceProblem) -> derivatives.DerivativeReport | None:
    """Measure the derivatives of a problem's loss beside its gradients; None without labels."""
    if problem.label is None:
        return None
    cell = problem.params.cell
    affordable = _affordable(problem) // (len(cell.parameters) + 1 + len(cell.carried))  # of each input
    small = is_small(problem)
    return derivatives.check(
        problem.summed,
        problem.x,
        problem.label,
        state=problem.state,
        directions=8 if small else 2,
        elementwise=affordable > 0,
        entries=_entry_count(problem) if small else affordable,
    )


def _affordable(problem: SequenceProblem) -> int:
    """How many forward passes a check may take."""
    T = len(problem.x)
    return min(CHECK_STEPS // T, CHECK_PRODUCTS // (T * problem.params.size))


def _entry_count(problem: SequenceProblem) -> int:
    return int(problem.params.size + problem.x.size + sum(part.size for part in problem.state))
